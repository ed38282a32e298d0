//! The probe: with the real server and real dylibs, and with servers that hang, die, babble or are none.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use sidecargo::cargo::probe::{DylibAnswer, Limits, ProbeAnswer, Question, ServerAnswer, ask};

use crate::bench::{Bench, is_alive};

const PATIENT: Limits = Limits {
    whole: Duration::from_mins(1),
    each: Duration::from_secs(20),
};

fn utf8(path: impl Into<PathBuf>) -> Utf8PathBuf {
    Utf8PathBuf::from_path_buf(path.into()).unwrap()
}

fn question(server: &Path, dylibs: &[Utf8PathBuf], limits: Limits) -> ProbeAnswer {
    ask(&Question {
        server: Utf8Path::from_path(server).unwrap(),
        directory: Utf8Path::new("/"),
        environment: &BTreeMap::new(),
        dylibs,
        limits,
    })
}

fn named(names: &[&str]) -> Vec<Utf8PathBuf> {
    names
        .iter()
        .map(|name| format!("/t/{name}.so").into())
        .collect()
}

/// The real server, where the toolchain has one.
fn server(bench: &Bench) -> Option<PathBuf> {
    let server = bench.sysroot().join("libexec/rust-analyzer-proc-macro-srv");
    if !server.is_file() {
        eprintln!("skipped: the toolchain has no proc-macro server");
    }
    Some(server).filter(|server| server.is_file())
}

/// Builds a macro crate whose library runs `constructor` as soon as it is loaded, and gives the library.
fn library_with_constructor(bench: &Bench, name: &str, constructor: &str) -> Utf8PathBuf {
    bench.write(
        &format!("{name}/Cargo.toml"),
        &format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[lib]\nproc-macro = true\n[workspace]\n"),
    );
    bench.write(
        &format!("{name}/src/lib.rs"),
        &format!(
            "extern crate proc_macro;\n#[used]\n#[link_section = \".init_array\"]\nstatic START: extern \"C\" fn() = start;\nextern \"C\" fn start() {{ {constructor} }}\n#[proc_macro]\npub fn empty(_: proc_macro::TokenStream) -> proc_macro::TokenStream {{ Default::default() }}\n"
        ),
    );
    let manifest = format!("{name}/Cargo.toml");
    bench.cargo(&["build", "--offline", "--manifest-path", &manifest]);
    utf8(
        bench
            .root()
            .join(format!("{name}/target/debug/lib{name}.so")),
    )
}

#[test]
#[cfg(target_os = "linux")]
fn the_real_server_tells_of_real_dylibs() {
    let bench = Bench::built();
    let Some(server) = server(&bench) else { return };
    let good = utf8(bench.dylib());
    let short = utf8(bench.outside("libshort.so"));
    let bytes = fs::read(&good).unwrap();
    fs::write(&short, &bytes[..bytes.len() / 2]).unwrap();
    let aborting = library_with_constructor(&bench, "aborting", "std::process::abort()");
    let sleeping = library_with_constructor(
        &bench,
        "sleeping",
        "loop { std::thread::sleep(std::time::Duration::from_secs(1)) }",
    );
    let printing = library_with_constructor(&bench, "printing", "println!(\"hello\\n[1, 2]\")");
    let dylibs = [
        good.clone(),
        short,
        utf8(bench.outside("libnone.so")),
        aborting,
        sleeping,
        printing,
        good,
    ];
    let limits = Limits {
        each: Duration::from_secs(4),
        ..PATIENT
    };
    let answer = question(&server, &dylibs, limits);

    assert!(
        matches!(answer.server, ServerAnswer::Speaks { protocol: 1.. }),
        "{answer:?}"
    );
    let own = DylibAnswer::Macros(vec!["plain".to_owned(), "Nothing".to_owned()]);
    let [first, short, none, aborting, sleeping, printing, last] = answer.dylibs.as_slice() else {
        panic!("{answer:?}");
    };
    assert_eq!((first, last), (&own, &own));
    assert!(
        matches!(short, DylibAnswer::Refused(words) if words.contains("libshort.so")),
        "{short:?}"
    );
    assert!(
        matches!(none, DylibAnswer::Refused(words) if words.contains("os error 2")),
        "{none:?}"
    );
    assert!(
        matches!(aborting, DylibAnswer::Ended(how) if how.contains("SIGABRT")),
        "{aborting:?}"
    );
    assert_eq!(sleeping, &DylibAnswer::Silent);
    assert_eq!(printing, &DylibAnswer::Macros(vec!["empty".to_owned()]));
}

/// A server that does as the name of the dylib says, and notes every process of its own.
fn obedient(bench: &Bench) -> (PathBuf, PathBuf) {
    let notes = bench.outside("processes");
    let text = format!(
        r#"
echo $$ >> {notes}
while read -r line; do
  case $line in
    *ApiVersionCheck*) echo 'starting'; echo '{{"ApiVersionCheck":5}}' ;;
    *hang*) sleep 1000 & echo $! >> {notes}; wait ;;
    *leave*) sleep 1000 & echo $! >> {notes}; exit 0 ;;
    *stubborn*) trap '' TERM; while :; do sleep 1; done ;;
    *die*) echo 'out of memory' >&2; exit 3 ;;
    *babble*) echo '{{"ListMacros":{{"Ok":"no list"}}}}' ;;
    *endless*) while :; do printf '%04096d' 0; done ;;
    *noise*) echo 'a line'; echo '[]'; echo; echo '{{"ListMacros":{{"Ok":[["one","Attr"]]}}}}' ;;
    *last*) echo '{{"ListMacros":{{"Ok":[["two","CustomDerive"]]}}}}'; exit 1 ;;
    *old*) echo '{{"Error":{{"code":1,"message":"cannot do it"}}}}' ;;
    *) echo '{{"ListMacros":{{"Err":"no"}}}}' ;;
  esac
done"#,
        notes = notes.display()
    );
    (bench.script("server", &text), notes)
}

#[test]
fn a_server_that_fails_at_a_dylib_is_started_again_for_the_next() {
    let bench = Bench::built();
    let (server, notes) = obedient(&bench);
    let names = [
        "noise", "die", "hang", "babble", "last", "leave", "old", "stubborn", "plain",
    ];
    let limits = Limits {
        each: Duration::from_secs(3),
        ..PATIENT
    };
    let answer = question(&server, &named(&names), limits);

    assert_eq!(answer.server, ServerAnswer::Speaks { protocol: 5 });
    let macros = |name: &str| DylibAnswer::Macros(vec![name.to_owned()]);
    let expected = [
        macros("one"),
        DylibAnswer::Ended("it ended (exit status: 3): out of memory".to_owned()),
        DylibAnswer::Silent,
        DylibAnswer::Ended("it said {\"ListMacros\":{\"Ok\":\"no list\"}}".to_owned()),
        macros("two"),
        DylibAnswer::Ended("it ended (exit status: 0)".to_owned()),
        DylibAnswer::Refused("cannot do it".to_owned()),
        DylibAnswer::Silent,
        DylibAnswer::Refused("no".to_owned()),
    ];
    assert_eq!(answer.dylibs, expected);
    let processes = fs::read_to_string(notes).unwrap();
    let left: Vec<&str> = processes
        .lines()
        .filter(|process| is_alive(process))
        .collect();
    assert_eq!(left, [""; 0], "of {processes:?}");
}

#[test]
fn an_endless_line_is_cut_and_ended() {
    let bench = Bench::built();
    let (server, notes) = obedient(&bench);
    let limits = Limits {
        each: Duration::from_secs(2),
        ..PATIENT
    };
    let answer = question(&server, &named(&["endless", "plain"]), limits);
    assert_eq!(
        answer.dylibs,
        [DylibAnswer::Silent, DylibAnswer::Refused("no".to_owned())]
    );
    assert!(!fs::read_to_string(notes).unwrap().lines().any(is_alive));
}

#[test]
fn when_the_time_for_all_is_over_the_rest_is_not_asked() {
    let bench = Bench::built();
    let (server, notes) = obedient(&bench);
    let limits = Limits {
        whole: Duration::from_secs(3),
        each: Duration::from_mins(1),
    };
    let answer = question(&server, &named(&["noise", "hang", "noise"]), limits);
    let asked = DylibAnswer::Macros(vec!["one".to_owned()]);
    assert_eq!(
        answer.dylibs,
        [asked, DylibAnswer::Silent, DylibAnswer::NotAsked]
    );
    assert!(!fs::read_to_string(notes).unwrap().lines().any(is_alive));
}

#[test]
fn what_is_no_server_is_told_from_one() {
    let bench = Bench::built();
    let none = |server: &Path, limits| {
        let answer = question(server, &named(&["plain"]), limits);
        assert_eq!(answer.dylibs, [DylibAnswer::NotAsked]);
        answer.server
    };
    let missing = none(&bench.outside("nowhere"), PATIENT);
    assert!(
        matches!(missing, ServerAnswer::CannotStart(_)),
        "{missing:?}"
    );
    let refusing = bench.script(
        "refusing",
        "echo 'This is an IDE implementation detail' >&2\nexit 122",
    );
    assert_eq!(
        none(&refusing, PATIENT),
        ServerAnswer::NotUnderstood(
            "it ended (exit status: 122): This is an IDE implementation detail".to_owned()
        )
    );
    let other = bench.script("other", "echo '{\"jsonrpc\":\"2.0\"}'; cat > /dev/null");
    assert_eq!(
        none(&other, PATIENT),
        ServerAnswer::NotUnderstood("it said {\"jsonrpc\":\"2.0\"}".to_owned())
    );
    let silent = bench.script("silent", "cat > /dev/null");
    let short = Limits {
        whole: PATIENT.whole,
        each: Duration::from_millis(500),
    };
    assert_eq!(none(&silent, short), ServerAnswer::Silent);
}

#[test]
fn check_lists_the_macros_and_gives_the_server_the_last_word() {
    let bench = Bench::built();
    if server(&bench).is_none() {
        return;
    }
    let plain = bench.check(&[]);
    assert_eq!(plain.the_macro()["macros"], serde_json::Value::Null);
    let probed = bench.check(&["--probe"]);
    assert_eq!(probed.exit, Some(0), "{:?}", probed.codes());
    assert_eq!(probed.the_macro()["status"], "fresh");
    assert_eq!(
        probed.the_macro()["macros"],
        serde_json::json!(["plain", "Nothing"])
    );

    // A server that finds fault where we find none.
    let says = |reason: &str| {
        format!(
            "while read -r line; do case $line in *Api*) echo '{{\"ApiVersionCheck\":6}}' ;;\n*) echo '{{\"ListMacros\":{{\"Err\":\"{reason}\"}}}}' ;; esac; done"
        )
    };
    let settings = |path: &Path| format!("[procMacro]\nserver = \"{}\"\n", path.display());
    let dylib = bench.dylib();
    for (reason, status, kind) in [
        (
            "libpq.so.5: cannot open shared object file: No such file or directory",
            "unknown",
            "refused",
        ),
        ("Could not read file magic", "corrupt", "content-altered"),
        (
            "mismatched ABI expected: `rustc 1.1.0`, got `rustc 1.2.0`",
            "wrong-rustc",
            "wrong-rustc",
        ),
    ] {
        let words = format!("Cannot create expander for {}: {reason}", dylib.display());
        let server = bench.script("server", &says(&words));
        let file = bench.outside("config/rust-analyzer/rust-analyzer.toml");
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, settings(&server)).unwrap();
        let report = bench.check(&["--probe"]);
        assert_eq!(report.the_macro()["status"], status, "{:#}", report.json);
        assert_eq!(report.the_macro()["reason"]["kind"], kind);
        // Without the question the file alone is judged.
        assert_eq!(bench.check(&[]).the_macro()["status"], "fresh");
    }
}

//! Damage that no verdict rests on until something is built from it: the build finds it, and the remedy gets past it.

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use sidecargo::remedy::{ChoiceKind, Failure, MendReport, MendResult, RunResult};
use sidecargo::settings::Settings;
use sidecargo::verdict::Verdict;

use crate::bench::{Bench, FILES, inspector};

/// The library of the crate that `mac` is built from, and that of one further down.
const NEAR: &str = "core_of_mac";
const DEEP: &str = "deep";

fn bench() -> Bench {
    let mut files = FILES.to_vec();
    for (name, text) in &mut files {
        match *name {
            "Cargo.toml" => {
                *text = "[workspace]\nmembers = [\"app\", \"mac\", \"core\", \"deep\", \"other\"]\nresolver = \"2\"\n";
            }
            "core/Cargo.toml" => {
                *text = "[package]\nname = \"core-of-mac\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[dependencies]\ndeep = { path = \"../deep\" }\n";
            }
            "core/src/lib.rs" => {
                *text = "pub const M: u32 = 1;\npub fn m() -> usize { deep::m() }\n";
            }
            "mac/src/lib.rs" => {
                *text = "include!(concat!(env!(\"OUT_DIR\"), \"/generated.rs\"));\n#[proc_macro_attribute]\npub fn keep(_: proc_macro::TokenStream, item: proc_macro::TokenStream) -> proc_macro::TokenStream {\n    let _ = N + core_of_mac::M + core_of_mac::m() as u32;\n    item\n}\n";
            }
            _ => {}
        }
    }
    files.push((
        "deep/Cargo.toml",
        "[package]\nname = \"deep\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
    ));
    files.push((
        "deep/src/lib.rs",
        "pub fn m() -> usize { std::env::args().count() }\n",
    ));
    let mut bench = Bench::new(&files);
    assert_eq!(bench.mend(ChoiceKind::Preferred).result, MendResult::Mended);
    bench
}

impl Bench {
    fn libraries(&self, krate: &str, extension: &str) -> Vec<Utf8PathBuf> {
        let deps = self.root.join("target/debug/deps");
        let start = format!("lib{krate}-");
        let found: Vec<Utf8PathBuf> = deps
            .read_dir_utf8()
            .unwrap()
            .map(|entry| entry.unwrap().into_path())
            .filter(|path| {
                path.file_name().unwrap().starts_with(&start) && path.extension() == Some(extension)
            })
            .collect();
        assert!(!found.is_empty(), "{krate} {extension}");
        found
    }

    /// Damages a crate's libraries and leaves them the times that they had, which is all that cargo looks at.
    fn damage(&self, krate: &str, extension: &str, damage: impl Fn(&mut Vec<u8>)) {
        for path in self.libraries(krate, extension) {
            let time = fs::metadata(&path).unwrap().modified().unwrap();
            let mut bytes = fs::read(&path).unwrap();
            damage(&mut bytes);
            fs::write(&path, bytes).unwrap();
            let file = fs::File::options().write(true).open(&path).unwrap();
            file.set_modified(time).unwrap();
        }
    }

    #[cfg(unix)]
    fn move_behind_a_link(&self, name: &str) {
        let (path, elsewhere) = (self.root.join(name), self.root.join("elsewhere"));
        fs::rename(&path, &elsewhere).unwrap();
        std::os::unix::fs::symlink(&elsewhere, &path).unwrap();
    }

    fn edit(&self, source: &str) {
        let path = self.root.join(source);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(path, format!("{text}// edited\n")).unwrap();
    }
}

fn unusable(report: &MendReport) -> Vec<&str> {
    let rounds = report.rounds.iter();
    rounds
        .flat_map(|round| &round.unusable)
        .filter_map(|path| path.file_name()?.split_once('-'))
        .map(|(name, _)| name)
        .collect()
}

type Damage = fn(&mut Vec<u8>);

const CUT: Damage = |bytes| bytes.truncate(bytes.len() / 2);
const CUT_AT_THE_END: Damage = |bytes| bytes.truncate(bytes.len() - 200);
const EMPTY: Damage = Vec::clear;
const OVERWRITTEN: Damage = |bytes| *bytes = b"<html>".to_vec();
const ZEROS: Damage = |bytes| bytes.fill(0);

#[test]
fn a_library_that_was_damaged_quietly_is_built_anew() {
    let cases: &[(&str, &str, &str, Damage, &str)] = &[
        ("cut, near", NEAR, "rlib", CUT, "mac/src/lib.rs"),
        (
            "end cut, near",
            NEAR,
            "rlib",
            CUT_AT_THE_END,
            "mac/src/lib.rs",
        ),
        ("empty, near", NEAR, "rlib", EMPTY, "mac/src/lib.rs"),
        ("zeros, near", NEAR, "rlib", ZEROS, "mac/src/lib.rs"),
        ("cut, deep", DEEP, "rlib", CUT, "mac/src/lib.rs"),
        (
            "end cut, deep",
            DEEP,
            "rlib",
            CUT_AT_THE_END,
            "mac/src/lib.rs",
        ),
        ("empty, deep", DEEP, "rlib", EMPTY, "core/src/lib.rs"),
        (
            "overwritten, deep",
            DEEP,
            "rlib",
            OVERWRITTEN,
            "mac/src/lib.rs",
        ),
        ("metadata cut, deep", DEEP, "rmeta", CUT, "core/src/lib.rs"),
        (
            "metadata empty, deep",
            DEEP,
            "rmeta",
            EMPTY,
            "core/src/lib.rs",
        ),
        // rustc takes it over from its incremental cache, which holds the same file by another name.
        ("metadata cut, near", NEAR, "rmeta", CUT, "core/src/lib.rs"),
    ];
    let mut bench = bench();
    for (name, krate, extension, damage, edited) in cases {
        bench.damage(krate, extension, damage);
        bench.edit(edited);
        let report = bench.mend(ChoiceKind::Preferred);
        assert_eq!(report.result, MendResult::Mended, "{name}: {report:#?}");
        assert_eq!(unusable(&report), [format!("lib{krate}")], "{name}");
        assert_eq!(report.rounds.len(), 2, "{name}: {report:#?}");
        assert!(
            matches!(report.rounds[1].outcome.result, RunResult::Succeeded),
            "{name}: {report:#?}"
        );
        assert_eq!(bench.macro_named("mac").verdict, Verdict::Fresh, "{name}");
        let again = bench.mend(ChoiceKind::Preferred);
        assert_eq!(again.result, MendResult::NothingToDo, "{name}");
    }
}

#[test]
fn all_that_is_damaged_is_found_in_turn() {
    let mut bench = bench();
    bench.damage(NEAR, "rlib", CUT);
    bench.damage(DEEP, "rlib", CUT);
    fs::remove_file(bench.macro_named("mac").dylib.unwrap()).unwrap();
    let report = bench.mend(ChoiceKind::Preferred);
    assert_eq!(report.result, MendResult::Mended, "{report:#?}");
    let sentence = report.besides().unwrap();
    assert!(
        sentence.starts_with("The build could not use ") && sentence.contains("libcore_of_mac-"),
        "{sentence}"
    );
}

#[test]
fn a_source_that_does_not_compile_is_not_built_twice() {
    let mut bench = bench();
    bench.edit("mac/src/lib.rs");
    let source = bench.root.join("mac/src/lib.rs");
    let good = fs::read_to_string(&source).unwrap();
    for bad in ["extern crate deeper;\n", "fn broken( {\n"] {
        fs::write(&source, format!("{good}{bad}")).unwrap();
        let report = bench.mend(ChoiceKind::Preferred);
        assert_eq!(report.result, MendResult::Unmended, "{report:#?}");
        assert_eq!(report.rounds.len(), 1, "{report:#?}");
        assert_eq!(report.besides(), None);
    }
}

#[cfg(unix)]
#[test]
fn what_lies_behind_a_link_out_of_the_build_directory_stays() {
    let mut bench = bench();
    bench.damage(DEEP, "rlib", EMPTY);
    bench.edit("mac/src/lib.rs");
    bench.move_behind_a_link("target/debug/deps");
    let libraries = bench.libraries(DEEP, "rlib");
    let report = bench.mend(ChoiceKind::Preferred);
    assert_eq!(report.result, MendResult::Unmended, "{report:#?}");
    // The build's own words say more than that a file could not be removed.
    assert!(
        matches!(report.failure(), Some(Failure::Command { .. })),
        "{report:#?}"
    );
    assert!(libraries.iter().all(|path| path.exists()), "{report:#?}");
    assert_eq!(report.besides(), None);
}

#[cfg(unix)]
#[test]
fn a_build_directory_behind_a_link_is_mended_too() {
    let mut bench = bench();
    bench.damage(NEAR, "rlib", CUT);
    bench.edit("mac/src/lib.rs");
    // rustc names what it found by its real path.
    bench.move_behind_a_link("target");
    let report = bench.mend(ChoiceKind::Preferred);
    assert_eq!(report.result, MendResult::Mended, "{report:#?}");
    assert_eq!(unusable(&report), ["libcore_of_mac"]);
}

/// A program in cargo's place that blames, each time that it runs, the library that `name` makes of a count.
fn blaming(bench: &Bench, name: &str) -> Settings {
    let program = bench.root.join("blaming-cargo");
    let deps = bench.root.join("target/debug/deps");
    let text = |path: &Utf8Path| path.as_str().to_owned();
    let message = format!(
        r#"{{"reason":"compiler-message","package_id":"p","manifest_path":"/w/b/Cargo.toml","target":{{"kind":["lib"],"crate_types":["lib"],"name":"b","src_path":"/w/b/src/lib.rs","edition":"2021"}},"message":{{"rendered":"error[E0786]: found invalid metadata files for crate `b`\n  = note: corrupt metadata encountered in {}/{name}\n","children":[],"code":null,"level":"error","message":"found invalid metadata files for crate `b`","spans":[]}}}}"#,
        text(&deps)
    );
    let count = bench.root.join("count");
    let script = format!(
        "echo x >> {count}\ncount=$(printf %016d $(wc -l < {count}))\n: > {deps}/{}\ncat <<END\n{}\nEND\nexit 101\n",
        name.replace("COUNT", "$count"),
        message
            .replace("COUNT", "$count")
            .replace('`', "\\`")
            .replace("\\n", "\\\\n"),
    );
    fs::write(&program, script).unwrap();
    let mut settings = Settings::default();
    settings.cargo.override_command = Some(vec!["sh".to_owned(), program.to_string()]);
    settings
}

#[cfg(unix)]
#[test]
fn a_build_that_blames_for_ever_is_not_run_for_ever() {
    for (name, rounds) in [
        ("libb-0123456789abcdef.rlib", 2),
        ("libb-COUNT.rlib", 6),
        ("no-product-of-cargos.rlib", 1),
    ] {
        let mut bench = bench();
        let settings = blaming(&bench, name);
        fs::remove_file(bench.macro_named("mac").dylib.unwrap()).unwrap();
        bench.inspector = inspector(&bench.root, &settings);
        let report = bench.mend(ChoiceKind::Preferred);
        assert_eq!(report.result, MendResult::Unmended, "{name}: {report:#?}");
        assert_eq!(report.rounds.len(), rounds, "{name}: {report:#?}");
    }
}

//! What is told before cargo has told all: the very findings of the whole look, or nothing. Built once by real cargo, changed in one way
//! after the other, looked at with nothing kept.
#![cfg(test)]

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use camino::Utf8PathBuf;
use sidecargo::cargo::questions::Tools;
use sidecargo::inspect::{Inspection, Inspector};
use sidecargo::settings::{Expansion, Processes, Settings};

const FILES: &[(&str, &str)] = &[
    (
        "Cargo.toml",
        "[workspace]\nmembers = [\"app\", \"mac\", \"other\", \"hidden\"]\nexclude = [\"alone\"]\nresolver = \"2\"\n",
    ),
    (
        "app/Cargo.toml",
        "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[dependencies]\nmac = { path = \"../mac\" }\nother = { path = \"../other\" }\n",
    ),
    ("app/src/main.rs", "fn main() {}\n"),
    (
        "mac/Cargo.toml",
        "[package]\nname = \"mac\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[lib]\nproc-macro = true\n[features]\nmore = []\n[dependencies]\nhelper = { path = \"../helper\" }\n",
    ),
    ("mac/src/lib.rs", ""),
    (
        "helper/Cargo.toml",
        "[package]\nname = \"helper\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[features]\nmore = []\n",
    ),
    ("helper/src/lib.rs", ""),
    (
        "other/Cargo.toml",
        "[package]\nname = \"other\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[lib]\nproc-macro = true\n",
    ),
    ("other/src/lib.rs", ""),
    // A macro that no member is: how it comes in, only the whole look tells.
    (
        "hidden/Cargo.toml",
        "[package]\nname = \"hidden\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[dependencies]\nfar = { path = \"../alone/far\" }\n",
    ),
    ("hidden/src/lib.rs", ""),
    (
        "alone/far/Cargo.toml",
        "[package]\nname = \"far\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[lib]\nproc-macro = true\n[workspace]\n",
    ),
    ("alone/far/src/lib.rs", ""),
    // A package of its own below the workspace.
    (
        "alone/Cargo.toml",
        "[package]\nname = \"alone\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[lib]\nproc-macro = true\n",
    ),
    ("alone/src/lib.rs", ""),
];

struct Project {
    _keep: tempfile::TempDir,
    root: Utf8PathBuf,
}

impl Project {
    fn new() -> Self {
        let keep = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::from_path_buf(keep.path().canonicalize().unwrap()).unwrap();
        let project = Self { _keep: keep, root };
        for (name, text) in FILES {
            project.write(name, text);
        }
        project
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn replace(&self, name: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.root.join(name)).unwrap();
        assert!(text.contains(from), "{name}: no {from:?}");
        self.write(name, &text.replace(from, to));
    }

    fn cargo(&self, directory: &str, arguments: &[&str]) {
        let output = Command::new("cargo")
            .args(arguments)
            .arg("--offline")
            .current_dir(self.root.join(directory))
            .env_remove("CARGO_TARGET_DIR")
            .env_remove("RUSTFLAGS")
            .output()
            .unwrap();
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{words}");
    }

    fn built() -> Self {
        let project = Self::new();
        project.cargo("", &["check", "--workspace", "--all-targets"]);
        project
    }

    /// The files below the build directory with such an end.
    fn find(&self, end: &str) -> Vec<Utf8PathBuf> {
        let mut found = Vec::new();
        let mut directories = vec![self.root.clone()];
        while let Some(directory) = directories.pop() {
            for entry in directory.read_dir_utf8().unwrap().flatten() {
                if entry.path().is_dir() {
                    directories.push(entry.into_path());
                } else if entry.path().as_str().ends_with(end) {
                    found.push(entry.into_path());
                }
            }
        }
        found
    }

    /// Puts the dylibs of a crate aside; there is at least one.
    fn lose(&self, crate_name: &str) {
        let begin = format!("{}{crate_name}-", std::env::consts::DLL_PREFIX);
        let dylibs: Vec<Utf8PathBuf> = self
            .find(std::env::consts::DLL_SUFFIX)
            .into_iter()
            .filter(|path| path.file_name().unwrap().starts_with(&begin))
            .collect();
        assert!(!dylibs.is_empty(), "no dylib of {crate_name}");
        for dylib in dylibs {
            fs::rename(&dylib, dylib.with_extension("aside")).unwrap();
        }
    }

    /// Looks with nothing kept: what was told early, and the whole.
    fn look(&self, start: &str, settings: &Settings) -> (Option<Inspection>, Inspection) {
        let tools = Tools {
            cargo: "cargo".to_owned(),
            stand_in: Utf8PathBuf::from(env!("CARGO_BIN_EXE_sidecargo")),
        };
        let _ = fs::remove_dir_all(self.root.join("target/.sidecargo"));
        let start = self.root.join(start);
        let mut inspector = Inspector::with_tools(&start, settings.clone(), tools);
        let mut told = Vec::new();
        let whole = inspector
            .inspect_telling(&mut |early| told.push(early))
            .unwrap();
        assert!(told.len() < 2, "it is told at most once");
        (told.pop(), whole)
    }

    /// The packages that are told of early, in the words of the whole look.
    #[track_caller]
    fn told(&self, start: &str, settings: &Settings) -> BTreeSet<String> {
        let (early, whole) = self.look(start, settings);
        let Some(early) = early else {
            return BTreeSet::new();
        };
        assert!(!early.findings.is_empty(), "nothing is not told");
        for finding in &early.findings {
            assert!(
                whole.findings.contains(finding),
                "{finding:#?}\nis not among\n{:#?}",
                whole.findings
            );
        }
        let findings = early.findings.iter();
        findings
            .flat_map(|finding| &finding.packages)
            .map(ToString::to_string)
            .collect()
    }
}

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

#[track_caller]
fn check(circumstances: &str, project: &Project, settings: &Settings, told: &[&str]) {
    let found = project.told("", settings);
    assert_eq!(found, names(told), "{circumstances}");
}

#[test]
fn what_is_gone_is_told_early_and_in_the_same_words() {
    let project = Project::built();
    let settings = Settings::default();
    check("all is well", &project, &settings, &[]);
    project.lose("mac");
    check("one is gone", &project, &settings, &["mac"]);
    assert_eq!(
        project.told("app", &settings),
        names(&["mac"]),
        "from a member"
    );
    project.lose("other");
    check("two are gone", &project, &settings, &["mac", "other"]);
    project.lose("far");
    check("one comes in nobody knows how", &project, &settings, &[]);
}

#[test]
fn a_package_below_a_workspace_that_leaves_it_out_is_told_of_as_well() {
    let project = Project::new();
    project.cargo("alone", &["check", "--all-targets"]);
    let settings = Settings::default();
    assert_eq!(project.told("alone", &settings), names(&[]));
    // Nothing depends on it, and cargo builds its dylib for nobody.
    let (_, whole) = project.look("alone", &settings);
    assert_eq!(whole.workspace.root, project.root.join("alone"));
}

type Change = fn(&mut Settings);

#[test]
fn what_settings_may_turn_round_is_not_told_early() {
    let project = Project::built();
    project.lose("mac");
    let changes: [(&str, Change, &[&str]); 7] = [
        (
            "another command",
            |it| it.cargo.override_command = Some(vec!["make".to_owned()]),
            &[],
        ),
        (
            "other arguments",
            |it| it.cargo.extra_arguments = vec!["--exclude=app".to_owned()],
            &[],
        ),
        (
            "nothing expands",
            |it| it.proc_macro.expansion = Expansion::Disabled,
            &[],
        ),
        (
            "it is ignored",
            |it| {
                it.proc_macro
                    .ignored
                    .extend([("mac".to_owned(), [].into())]);
            },
            &[],
        ),
        ("no process", |it| it.processes = Processes::Forbidden, &[]),
        (
            "another profile",
            |it| it.cargo.profile = Some("release".to_owned()),
            &[],
        ),
        (
            "other flags",
            |it| {
                let flags = ("RUSTFLAGS".to_owned(), Some("-Cdebuginfo=1".to_owned()));
                it.cargo.extra_environment.extend([flags]);
            },
            &[],
        ),
    ];
    for (circumstances, change, told) in changes {
        let mut settings = Settings::default();
        change(&mut settings);
        check(circumstances, &project, &settings, told);
    }
}

/// The unit that cargo expects is another then, and was never built: rust-analyzer builds it by itself.
#[test]
fn what_changed_since_the_build_is_not_told_early() {
    let project = Project::built();
    project.lose("mac");
    let settings = Settings::default();
    for (file, from, to) in [
        (
            "app/Cargo.toml",
            "mac = { path",
            "mac = { features = [\"more\"], path",
        ),
        (
            "mac/Cargo.toml",
            "helper = { path",
            "helper = { features = [\"more\"], path",
        ),
        ("mac/Cargo.toml", "0.1.0", "0.2.0"),
        ("helper/Cargo.toml", "0.1.0", "0.2.0"),
        ("Cargo.toml", "resolver", "exclude = []\nresolver"),
    ] {
        if file == "Cargo.toml" {
            let text = "\n[profile.dev.build-override]\nopt-level = 1\n";
            let before = fs::read_to_string(project.root.join(file)).unwrap();
            project.write(file, &format!("{before}{text}"));
            check("build-override", &project, &settings, &[]);
            project.write(file, &before);
            continue;
        }
        project.replace(file, from, to);
        check(to, &project, &settings, &[]);
        project.replace(file, to, from);
    }
    check("as it was", &project, &settings, &["mac"]);
}

#[test]
fn what_another_command_built_is_not_told_early() {
    let project = Project::new();
    check("a fresh clone", &project, &Settings::default(), &[]);
    project.cargo("", &["build", "-p", "mac"]);
    project.lose("mac");
    check("built by itself", &project, &Settings::default(), &[]);
}

#[test]
fn while_somebody_builds_nothing_is_told_early() {
    let project = Project::built();
    project.lose("mac");
    let settings = Settings::default();
    let lock = fs::File::options()
        .write(true)
        .open(project.root.join("target/debug/.cargo-lock"))
        .unwrap();
    lock.lock().unwrap();
    check("the lock is held", &project, &settings, &[]);
    lock.unlock().unwrap();
    check("it is free", &project, &settings, &["mac"]);

    let hash_files = |end: &str| {
        let mut found = project.find(end);
        found.retain(|path| path.as_str().contains("/.fingerprint/"));
        found
    };
    // A unit that began anew and did not end: on the macro itself, and on what it is made of, somebody may be at work. Units that only
    // check are none of that.
    for end in ["/lib-helper", "/lib-mac"] {
        let mut told_of = 0;
        let files = hash_files(end);
        for path in &files {
            let before = fs::read(path).unwrap();
            fs::write(path, "").unwrap();
            told_of += project.told("", &settings).len();
            fs::write(path, before).unwrap();
        }
        assert!(told_of < files.len(), "{end}");
    }
    for path in hash_files("/lib-mac") {
        fs::remove_file(&path).unwrap();
    }
    check("no build is complete", &project, &settings, &[]);
}

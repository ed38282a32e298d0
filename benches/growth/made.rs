//! Workspaces of any number of packages, one in twenty a proc macro that is made of two others.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use camino::Utf8PathBuf;
use sidecargo::cargo::invocation::CHANNEL_OVERRIDE;
use sidecargo::cargo::questions::Tools;
use sidecargo::inspect::Inspector;
use sidecargo::settings::Settings;

use super::stand_in;

const SIDECARGO: &str = env!("CARGO_BIN_EXE_sidecargo");
const BY_HAND: &[&str] = &[
    "check",
    "--workspace",
    "--all-targets",
    "--keep-going",
    "--offline",
    "--compile-time-deps",
    "-Zunstable-options",
];
const NEW_LAYOUT: &str = "[unstable]\nbuild-dir-new-layout = true\n";

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    V1,
    V2,
}

impl Layout {
    pub(crate) const ALL: [(Self, &'static str); 2] = [(Self::V1, "v1"), (Self::V2, "v2")];
}

pub(crate) struct Made {
    pub(crate) root: PathBuf,
    pub(crate) layout: Layout,
}

impl Made {
    /// Makes and builds it, or takes the one of the last run.
    pub(crate) fn of(name: &str, layout: Layout, packages: usize) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/benchmarks/growth");
        let made = Self {
            root: root.join(name),
            layout,
        };
        if !made.root.join("built").exists() {
            let _ = fs::remove_dir_all(&made.root);
            made.write(packages);
            made.cargo(BY_HAND);
            made.cargo(&["check", "--workspace", "--offline"]);
            fs::write(made.root.join("built"), "").expect("a mark");
        }
        made
    }

    /// Packages 20·n are macros made of 20·n+1 and 20·n+2; all others use the macro of their twenty and the package before.
    fn write(&self, packages: usize) {
        self.file(
            "Cargo.toml",
            "[workspace]\nmembers = [\"p*\"]\nresolver = \"2\"\n",
        );
        if self.layout == Layout::V2 {
            self.file(".cargo/config.toml", NEW_LAYOUT);
        }
        for number in 0..packages {
            let mut manifest = format!(
                "[package]\nname = \"p{number}\"\nversion = \"0.1.0\"\nedition = \"2021\"\n"
            );
            let first = number - number % 20;
            let needs: Vec<usize> = match number % 20 {
                0 => {
                    manifest.push_str("[lib]\nproc-macro = true\n");
                    (number + 1..(number + 3).min(packages)).collect()
                }
                1 | 2 => Vec::new(),
                3 => vec![first],
                _ => vec![first, number - 1],
            };
            manifest.push_str("[dependencies]\n");
            for other in needs {
                let _ = writeln!(manifest, "p{other} = {{ path = \"../p{other}\" }}");
            }
            self.file(&format!("p{number}/Cargo.toml"), &manifest);
            self.file(&format!("p{number}/src/lib.rs"), "");
        }
    }

    fn file(&self, path: &str, text: &str) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
        fs::write(path, text).expect("a file");
    }

    fn cargo(&self, arguments: &[&str]) {
        let mut cargo = Command::new("cargo");
        cargo
            .args(arguments)
            .envs(stand_in::environment())
            .env(CHANNEL_OVERRIDE, "nightly")
            .current_dir(&self.root)
            .stdout(Stdio::null());
        let output = cargo.stderr(Stdio::piped()).output().expect("cargo starts");
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "cargo {arguments:?}: {words}");
    }

    pub(crate) fn inspector(&self) -> Inspector {
        let root = Utf8PathBuf::from_path_buf(self.root.clone()).expect("a plain path");
        let mut settings = Settings::default();
        let nightly = (CHANNEL_OVERRIDE.to_owned(), Some("nightly".to_owned()));
        settings.cargo.extra_environment.extend([nightly]);
        let tools = Tools {
            cargo: "cargo".to_owned(),
            stand_in: SIDECARGO.into(),
        };
        Inspector::with_tools(&root, settings, tools)
    }

    pub(crate) fn profile_directory(&self) -> PathBuf {
        self.root.join("target/debug")
    }

    /// Every directory of fingerprints.
    pub(crate) fn fingerprint_directories(&self) -> Vec<PathBuf> {
        match self.layout {
            Layout::V1 => children(&self.profile_directory().join(".fingerprint")),
            Layout::V2 => children(&self.profile_directory().join("build"))
                .iter()
                .flat_map(|package| children(package))
                .map(|unit| unit.join("fingerprint"))
                .collect(),
        }
    }

    /// The system calls without which nothing can be known.
    pub(crate) fn read_fingerprints(&self) -> usize {
        let files = self.fingerprint_directories().into_iter();
        files
            .flat_map(|directory| children(&directory))
            .map(|file| fs::read(file).map_or(0, |read| read.len()))
            .sum()
    }
}

pub(crate) fn children(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}

/// The names of all that lies in a directory and below it.
pub(crate) fn list(directory: &Path) -> usize {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.file_type() {
            Ok(kind) if kind.is_dir() => list(&entry.path()),
            _ => 1,
        })
        .sum()
}

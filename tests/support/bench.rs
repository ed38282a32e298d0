//! A directory of a test's own: a small workspace with one proc macro, the environment that programs get in it, and scripts beside it.
//! What is run in it is each test target's own matter.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::process::{Environment, Output, Run};

/// The workspace: `app`, which uses a macro of `mac`.
const FILES: &[(&str, &str)] = &[
    (
        "Cargo.toml",
        "[workspace]\nmembers = [\"mac\"]\n\n[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[dependencies]\nmac = { path = \"mac\" }\n",
    ),
    ("src/main.rs", "#[mac::plain]\nfn main() {}\n"),
    (
        "mac/Cargo.toml",
        "[package]\nname = \"mac\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[lib]\nproc-macro = true\n",
    ),
    (
        "mac/src/lib.rs",
        "extern crate proc_macro;\nuse proc_macro::TokenStream;\n#[proc_macro_attribute]\npub fn plain(_: TokenStream, item: TokenStream) -> TokenStream { item }\n#[proc_macro_derive(Nothing)]\npub fn nothing(_: TokenStream) -> TokenStream { TokenStream::new() }\n",
    ),
];

/// A directory of a test's own; gone when it is dropped.
pub(crate) struct Bench {
    directory: tempfile::TempDir,
    environment: Environment,
}

impl Bench {
    /// The workspace, not built.
    pub(crate) fn new() -> Self {
        let bench = Self::empty();
        for (path, text) in FILES {
            bench.write(path, text);
        }
        bench
    }

    /// No workspace yet, and an environment in which the person's own settings have no say.
    pub(crate) fn empty() -> Self {
        let directory = tempfile::Builder::new()
            .prefix("bench-")
            .tempdir_in(super::scratch())
            .unwrap();
        fs::create_dir_all(directory.path().join("workspace")).unwrap();
        let mut bench = Self {
            directory,
            environment: Environment::new(),
        };
        let config = bench.outside("config").into_os_string();
        bench.set("XDG_CONFIG_HOME", config);
        bench.set("RUSTUP_AUTO_INSTALL", "0");
        bench
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.directory.path().join("workspace")
    }

    /// A path beside the workspace.
    pub(crate) fn outside(&self, path: &str) -> PathBuf {
        self.directory.path().join(path)
    }

    pub(crate) fn environment(&self) -> &Environment {
        &self.environment
    }

    pub(crate) fn set(&mut self, name: &str, value: impl Into<OsString>) {
        self.environment.insert(name.into(), Some(value.into()));
    }

    pub(crate) fn unset(&mut self, name: &str) {
        self.environment.insert(name.into(), None);
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        let path = self.root().join(path);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    pub(crate) fn replace(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert!(text.contains(from), "{path} has no {from}");
        self.write(path, &text.replace(from, to));
    }

    /// Writes a shell script beside the workspace and gives its path.
    pub(crate) fn script(&self, path: &str, text: &str) -> PathBuf {
        let path = self.outside(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    /// Puts a directory before what is on PATH.
    pub(crate) fn path_begins_with(&mut self, directory: &Path) {
        let known = self.environment.get(OsStr::new("PATH"));
        let known = known.cloned().flatten();
        let known = known.unwrap_or_else(|| std::env::var_os("PATH").unwrap());
        let path = std::env::join_paths(
            std::iter::once(directory.to_path_buf()).chain(std::env::split_paths(&known)),
        )
        .unwrap();
        self.set("PATH", path);
    }

    /// A tool, to be run in the workspace.
    pub(crate) fn prepared(&self, program: impl AsRef<OsStr>, arguments: &[&str]) -> Run {
        Run::new(program, &self.root())
            .args(arguments)
            .envs(&self.environment)
            .limit(std::time::Duration::from_mins(4))
    }

    pub(crate) fn run(&self, program: impl AsRef<OsStr>, arguments: &[&str]) -> Output {
        self.prepared(program, arguments).output()
    }
}

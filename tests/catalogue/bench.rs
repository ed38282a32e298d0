//! A small workspace with one proc macro for each test, and Sidecargo and other tools run on it.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use crate::support::process::{Environment, Output, Run};

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
        "extern crate proc_macro;\nuse proc_macro::TokenStream;\n#[proc_macro_attribute]\npub fn plain(_: TokenStream, item: TokenStream) -> TokenStream { item }\n",
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

    pub(crate) fn empty() -> Self {
        let directory = tempfile::Builder::new()
            .prefix("catalogue-")
            .tempdir_in(crate::support::scratch())
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

    pub(crate) fn set(&mut self, name: &str, value: impl Into<OsString>) {
        self.environment.insert(name.into(), Some(value.into()));
    }

    pub(crate) fn unset(&mut self, name: &str) {
        self.environment.insert(name.into(), None);
    }

    pub(crate) fn path_begins_with(&mut self, directory: &Path) {
        let known = self.environment.get(std::ffi::OsStr::new("PATH"));
        let known = known.cloned().flatten();
        let known = known.unwrap_or_else(|| std::env::var_os("PATH").unwrap());
        let path = std::env::join_paths(
            std::iter::once(directory.to_path_buf()).chain(std::env::split_paths(&known)),
        )
        .unwrap();
        self.set("PATH", path);
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn script(&self, path: &str, text: &str) -> PathBuf {
        let path = self.outside(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    /// A tool, run in the workspace.
    pub(crate) fn run(&self, program: impl AsRef<std::ffi::OsStr>, arguments: &[&str]) -> Output {
        self.prepared(program, arguments).output()
    }

    pub(crate) fn prepared(&self, program: impl AsRef<std::ffi::OsStr>, arguments: &[&str]) -> Run {
        Run::new(program, &self.root())
            .args(arguments)
            .envs(&self.environment)
            .limit(Duration::from_mins(4))
    }

    pub(crate) fn sidecargo(&self, arguments: &[&str]) -> Output {
        self.run(env!("CARGO_BIN_EXE_sidecargo"), arguments)
    }

    pub(crate) fn explain(&self, text: &str) -> String {
        let output = self.sidecargo(&["explain", "--", text]);
        assert!(output.success(), "{text}\n{}", output.stderr);
        on_one_line(&output.stdout)
    }

    pub(crate) fn check(&self) -> Value {
        let output = self.sidecargo(&["check", "--format", "json"]);
        serde_json::from_str(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}{}", output.stdout, output.stderr))
    }

    /// The findings of a code.
    pub(crate) fn findings(&self, code: &str) -> Vec<Value> {
        let report = self.check();
        let findings = report["findings"].as_array().unwrap();
        let wanted = findings.iter().filter(|finding| finding["code"] == code);
        wanted.cloned().collect()
    }

    /// Runs the commands of a remedy as they stand in the report.
    pub(crate) fn carry_out(&self, remedy: &Value) -> Vec<Output> {
        let steps = remedy["steps"].as_array().unwrap();
        assert!(!steps.is_empty(), "{remedy}");
        steps
            .iter()
            .map(|step| {
                let words: Vec<&str> = step["run"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|word| word.as_str().unwrap())
                    .collect();
                let mut run = Run::new(words[0], Path::new(step["cwd"].as_str().unwrap()))
                    .args(&words[1..])
                    .envs(&self.environment)
                    .limit(Duration::from_mins(4));
                for (name, value) in step["env"].as_object().unwrap() {
                    run = run.env(name, value.as_str().unwrap());
                }
                run.output()
            })
            .collect()
    }
}

pub(crate) fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The target of this machine, as `--target` takes it.
pub(crate) fn host() -> String {
    let output = Run::new("rustc", Path::new("/")).args(["-vV"]).output();
    let line = output
        .stdout
        .lines()
        .find_map(|line| line.strip_prefix("host: "));
    line.unwrap().to_owned()
}

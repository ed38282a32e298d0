//! The small workspace, built once and copied for each test, and Sidecargo run on it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use serde_json::Value;

pub(crate) use crate::support::bench::Bench;
use crate::support::process::{Environment, Run};
use crate::support::toolchain::on_path;
use crate::support::tree;

/// What Sidecargo reported.
pub(crate) struct Report {
    pub(crate) exit: Option<i32>,
    pub(crate) json: Value,
    pub(crate) stderr: String,
}

impl Bench {
    /// The workspace, freshly built, without a network.
    pub(crate) fn built() -> Self {
        static BASE: OnceLock<Bench> = OnceLock::new();
        let base = BASE.get_or_init(|| {
            let mut bench = Self::new();
            bench.set("CARGO_NET_OFFLINE", "true");
            bench.cargo(&["check", "--workspace", "--all-targets"]);
            bench
        });
        let mut bench = Self::empty();
        bench.set("CARGO_NET_OFFLINE", "true");
        tree::copy(&base.root(), &bench.root()).unwrap();
        bench
    }

    /// Puts directories before what is on PATH, and takes every other rust-analyzer off it.
    pub(crate) fn only_tools_of(&mut self, directories: &[&str]) {
        let others = self.outside("others");
        fs::create_dir_all(&others).unwrap();
        for tool in ["cargo", "rustc", "rustup"] {
            let real = Self::real(tool);
            if real.is_absolute() {
                // Rustup's stand-ins go by the name that they are called by.
                let text = format!("exec {} \"$@\"", real.display());
                self.script(&format!("others/{tool}"), &text);
            }
        }
        let rest: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH").unwrap())
            .filter(|directory| {
                !["rust-analyzer", "cargo"]
                    .iter()
                    .any(|tool| directory.join(tool).exists())
            })
            .collect();
        let path = directories
            .iter()
            .map(|directory| self.outside(directory))
            .chain([others])
            .chain(rest);
        let path = std::env::join_paths(path).unwrap();
        self.set("PATH", path);
    }

    /// A tool of this machine, as PATH gives it to the tests.
    pub(crate) fn real(tool: &str) -> PathBuf {
        on_path(tool, &Environment::new())
    }

    pub(crate) fn cargo(&self, arguments: &[&str]) -> String {
        let output = Run::new("cargo", &self.root())
            .args(arguments)
            .envs(self.environment())
            .output();
        assert!(output.success(), "{arguments:?}: {}", output.stderr);
        output.stdout
    }

    pub(crate) fn sysroot(&self) -> PathBuf {
        let output = Run::new("rustc", &self.root())
            .args(["--print", "sysroot"])
            .envs(self.environment())
            .output();
        assert!(output.success(), "{}", output.stderr);
        PathBuf::from(output.stdout.trim())
    }

    pub(crate) fn check(&self, arguments: &[&str]) -> Report {
        let output = Run::new(env!("CARGO_BIN_EXE_sidecargo"), &self.root())
            .args(["check", "--format", "json"])
            .args(arguments)
            .envs(self.environment())
            .limit(Duration::from_mins(2))
            .output();
        Report {
            exit: output.status,
            json: serde_json::from_str(&output.stdout)
                .unwrap_or_else(|error| panic!("{error}: {}{}", output.stdout, output.stderr)),
            stderr: output.stderr,
        }
    }

    /// The built dylib of the macro that `check` expects.
    pub(crate) fn dylib(&self) -> PathBuf {
        PathBuf::from(self.check(&[]).the_macro()["dylib"].as_str().unwrap())
    }
}

impl Report {
    pub(crate) fn the_macro(&self) -> &Value {
        &self.json["proc_macros"][0]
    }

    pub(crate) fn codes(&self) -> Vec<String> {
        let findings = self.json["findings"].as_array().unwrap();
        findings
            .iter()
            .map(|finding| {
                format!(
                    "{} {}",
                    finding["severity"].as_str().unwrap(),
                    finding["code"].as_str().unwrap()
                )
            })
            .collect()
    }

    /// The finding of this code; there must be one.
    pub(crate) fn finding(&self, code: &str) -> &Value {
        self.json["findings"]
            .as_array()
            .unwrap()
            .iter()
            .find(|finding| finding["code"] == code)
            .unwrap_or_else(|| panic!("no {code} in {:#}", self.json["findings"]))
    }

    pub(crate) fn message(&self, code: &str) -> &str {
        self.finding(code)["message"].as_str().unwrap()
    }

    /// The commands of the preferred remedy.
    pub(crate) fn commands(&self, code: &str) -> Vec<String> {
        let steps = self.finding(code)["remedies"][0]["steps"].as_array();
        steps
            .into_iter()
            .flatten()
            .filter_map(|step| {
                let words = step["run"].as_array()?;
                let words = words.iter().map(|word| word.as_str().unwrap());
                Some(words.collect::<Vec<_>>().join(" "))
            })
            .collect()
    }
}

/// Whether a process of this number still runs. One that was ended may take a moment to go, and stays as a name where nobody waits for it.
pub(crate) fn is_alive(process: &str) -> bool {
    let runs = || {
        let status = fs::read_to_string(Path::new("/proc").join(process).join("stat"));
        status.is_ok_and(|status| {
            let state = status.rsplit(") ").next().unwrap_or_default();
            !state.starts_with(['Z', 'X'])
        })
    };
    for _ in 0..200 {
        if !runs() {
            return false;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    true
}

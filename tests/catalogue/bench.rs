//! Sidecargo run on the small workspace, and what it reports carried out.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;

pub(crate) use crate::support::bench::Bench;
use crate::support::process::{Output, Run};
pub(crate) use crate::support::toolchain::host;

impl Bench {
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
                    .envs(self.environment())
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

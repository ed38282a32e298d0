//! Findings about what an editor starts: which rust-analyzer, and what of the toolchain it lacks. Pure.

use super::Telling;
use super::versions::{Build, short};
use crate::cargo::probe::ServerAnswer;
use crate::cargo::tools::VersionAnswer;
use crate::remedy::{Plan, RemedyKind, other_plans};
use crate::verdict::finding::{Code, Finding, Severity};
use crate::verdict::judge::Presence;
use crate::verdict::phrases::{code, list};

impl Telling<'_> {
    /// What the toolchain lacks of what an editor uses. Told only where tools are asked after: expanding needs neither.
    pub(super) fn components(&self) -> Option<Finding> {
        let found = self.facts.rust_analyzers?;
        let only_stand_ins = !found.is_empty()
            && found
                .iter()
                .all(|found| found.answer == VersionAnswer::ComponentMissing);
        let mut missing = Vec::new();
        if only_stand_ins {
            missing.push("rust-analyzer");
        }
        if self.facts.sources == Presence::Absent {
            missing.push("rust-src");
        }
        if missing.is_empty() {
            return None;
        }
        let meaning = if only_stand_ins {
            "an editor that starts `rust-analyzer` from PATH gets none"
        } else {
            "rust-analyzer knows nothing of the standard library; macros expand all the same"
        };
        let names: Vec<String> = missing.iter().map(code).collect();
        let (cure, remedies) = if self.is_rustups() {
            (
                format!(
                    "Add what is missing: `rustup component add {}`.",
                    missing.join(" ")
                ),
                vec![self.add_components(&missing)],
            )
        } else {
            (
                "Install the package that your system has for it.".to_owned(),
                Vec::new(),
            )
        };
        self.finding(
            Code::ToolchainComponentMissing,
            if only_stand_ins {
                self.for_the_editor()
            } else {
                Severity::Information
            },
            format!(
                "The toolchain of {} lacks {}, so {meaning}. {cure}",
                self.facts.toolchain.rustc.short(),
                list(&names, "and")
            ),
            remedies,
        )
    }

    fn add_components(&self, components: &[&str]) -> Plan {
        let steps = components
            .iter()
            .flat_map(|component| other_plans::add_component(component, self.context).steps)
            .collect();
        Plan::new(
            RemedyKind::Install,
            format!("Add the {} of the toolchain", components.join(" and ")),
            steps,
        )
    }

    pub(super) fn ambiguous(&self) -> Option<Finding> {
        let found = self.facts.rust_analyzers?;
        let (working, version) = self.first_that_works()?;
        let first = found.first()?;
        let message = if first.version().is_none() {
            let why = match &first.answer {
                VersionAnswer::ComponentMissing => {
                    "rustup's stand-in for a component that this toolchain does not have".to_owned()
                }
                VersionAnswer::ToolchainMissing => {
                    "rustup's stand-in, and its toolchain is not installed".to_owned()
                }
                VersionAnswer::Failed(words) => format!("one that does not run ({words})"),
                _ => "one that gives no answer".to_owned(),
            };
            format!(
                "The first rust-analyzer on PATH, {}, is {why}, and hides {} ({}). Name the one that works in the editor's settings, or remove the first.",
                self.path(&first.path),
                self.path(&working.path),
                short(version)
            )
        } else {
            let others: Vec<String> = found
                .iter()
                .filter(|found| found.version().is_some_and(|other| other != version))
                .map(|found| {
                    format!(
                        "{} ({})",
                        self.path(&found.path),
                        short(found.version().unwrap_or_default())
                    )
                })
                .collect();
            if others.is_empty() {
                return None;
            }
            format!(
                "PATH has rust-analyzers of different versions: {} ({}) comes before {}. Which one an editor starts depends on how the editor was started; keep one, or name it in the editor's settings.",
                self.path(&working.path),
                short(version),
                list(&others, "and")
            )
        };
        self.finding(
            Code::RustAnalyzerAmbiguous,
            self.for_the_editor(),
            message,
            Vec::new(),
        )
    }

    pub(super) fn rust_analyzer_too_old(&self) -> Option<Finding> {
        let Some(ServerAnswer::Speaks { protocol }) = self.facts.server.answer else {
            return None;
        };
        let (found, version) = self.first_that_works()?;
        let known = Build::parse(version).lags_behind(protocol)?;
        let (cure, remedies) = if self.is_rustups() {
            (
                "Update it where it came from, or use the toolchain's own (`rustup component add rust-analyzer`)",
                vec![Plan {
                    kind: RemedyKind::UpdateTools,
                    ..other_plans::add_component("rust-analyzer", self.context)
                }],
            )
        } else {
            ("Update it where it came from", Vec::new())
        };
        self.finding(
            Code::RustAnalyzerTooOld,
            self.for_the_editor(),
            format!(
                "rust-analyzer {} ({}) is too old for {}: it speaks the proc-macro server's protocol up to version {known}, and the server has version {protocol}, so no macro expands. {cure}.",
                short(version),
                self.path(&found.path),
                self.facts.toolchain.rustc.short()
            ),
            remedies,
        )
    }
}

//! Findings about the tools, from what was seen of them: toolchain, proc-macro server, rust-analyzer, lock file, environment. Pure.
//!
//! Each names the one thing to update. Tools that only an editor needs are information, unless a session depends on them.

mod editor;
mod hazard;
mod server;
mod versions;

use camino::{Utf8Path, Utf8PathBuf};

use super::finding::{Code, Finding, Severity};
use super::judge::Presence;
use super::phrases::{code, path_below};
use super::refusal::{ServerFit, ServerOrigin};
use super::severity;
use crate::cargo::probe::ServerAnswer;
use crate::cargo::tools::FoundRustAnalyzer;
use crate::expected::{LockFile, SelectedBy, Toolchain};
use crate::names::Triple;
use crate::remedy::{Plan, PlanContext, other_plans};
use crate::settings::{Expansion, ToolQuestions};
pub(super) use hazard::hazard;
pub use hazard::{FlagSharing, Hazard, HazardScope};
use versions::{Build, NEWEST_MINIMUM, minor_of_rust, short};

/// What was seen of the tools.
#[derive(Debug, Clone)]
pub struct ToolFacts<'a> {
    /// The toolchain that builds the workspace.
    pub toolchain: &'a Toolchain,
    /// Whether the person chose it by name, so that another one comes only by changing that choice.
    pub choice: ToolchainChoice,
    /// Whether there are proc macros at all.
    pub macros: Presence,
    /// The proc-macro server that rust-analyzer would start.
    pub server: ServerState,
    /// Those on PATH, in its order; `None` where they were not asked.
    pub rust_analyzers: Option<&'a [FoundRustAnalyzer]>,
    /// The toolchain's own rust-analyzer.
    pub own_rust_analyzer: Presence,
    /// The sources of the standard library.
    pub sources: Presence,
    /// Targets that are built for and whose standard library is not installed.
    pub missing_targets: &'a [Triple],
    /// How the lock file stands to the manifests.
    pub lock_file: LockFile,
    /// What stands in the way in the environment.
    pub hazards: &'a [Hazard],
}

/// How a toolchain came to be the active one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ToolchainChoice {
    /// By a toolchain file, a variable or an override.
    Named,
    /// It is what there is.
    Default,
}

/// The proc-macro server that rust-analyzer would start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerState {
    /// Where it comes from.
    pub origin: ServerOrigin,
    /// The program; for a setting also where none is there.
    pub path: Option<Utf8PathBuf>,
    /// Whether it is there.
    pub presence: Presence,
    /// What it proved to be, where it was asked.
    pub answer: Option<ServerAnswer>,
    /// Whether it belongs to the rustc that builds here.
    pub fit: ServerFit,
}

/// The findings, those that keep macros from being built first.
#[must_use]
pub fn findings(facts: &ToolFacts<'_>, context: &PlanContext<'_>) -> Vec<Finding> {
    if context.settings.proc_macro.expansion == Expansion::Disabled {
        return Vec::new();
    }
    let telling = Telling { facts, context };
    let mut found: Vec<Option<Finding>> = facts
        .hazards
        .iter()
        .map(|hazard| self::hazard(hazard, context))
        .collect();
    found.push(telling.lock_file());
    found.extend(
        facts
            .missing_targets
            .iter()
            .map(|target| telling.target(target)),
    );
    if facts.macros == Presence::Present {
        found.push(telling.toolchain_too_old());
        found.push(telling.server());
        found.push(telling.components());
        found.push(telling.ambiguous());
        found.push(telling.rust_analyzer_too_old());
    }
    found.into_iter().flatten().collect()
}

/// A finding about no macro; `None` where the person switched its code off.
pub(super) fn general(
    code: Code,
    usual: Severity,
    message: String,
    remedies: Vec<Plan>,
    context: &PlanContext<'_>,
) -> Option<Finding> {
    Some(Finding {
        code,
        severity: severity(code, usual, context.settings)?,
        message,
        packages: Vec::new(),
        location: None,
        package_ids: Vec::new(),
        remedies,
        related: Vec::new(),
    })
}

struct Telling<'a> {
    facts: &'a ToolFacts<'a>,
    context: &'a PlanContext<'a>,
}

impl Telling<'_> {
    fn finding(
        &self,
        code: Code,
        usual: Severity,
        message: String,
        remedies: Vec<Plan>,
    ) -> Option<Finding> {
        general(code, usual, message, remedies, self.context)
    }

    /// How much it matters that a tool of the editor's does not work.
    fn for_the_editor(&self) -> Severity {
        match self.context.settings.tool_questions {
            ToolQuestions::AskedForSession => Severity::Warning,
            ToolQuestions::Asked | ToolQuestions::Skipped => Severity::Information,
        }
    }

    fn is_rustups(&self) -> bool {
        self.facts.toolchain.selected_by != SelectedBy::Path
    }

    fn path(&self, path: &Utf8Path) -> String {
        code(path_below(path, &self.context.workspace.root))
    }

    /// An update of the toolchain, where updating is all it takes.
    fn update_toolchain(&self) -> Vec<Plan> {
        if self.is_rustups() && self.facts.choice == ToolchainChoice::Default {
            vec![other_plans::update_toolchain(None, self.context)]
        } else {
            Vec::new()
        }
    }

    fn lock_file(&self) -> Option<Finding> {
        if self.facts.lock_file == LockFile::Settled {
            return None;
        }
        self.finding(
            Code::LockfileOutdated,
            // Cargo settles it by itself, and what is expected here is what it will settle on.
            Severity::Information,
            "`Cargo.lock` does not have what the manifests ask for; the next cargo command will change it, and with it perhaps the versions of macros. Run `cargo update --workspace` and commit the file; commands with `--locked` fail until then."
                .to_owned(),
            vec![other_plans::update_lock(self.context)],
        )
    }

    fn target(&self, target: &Triple) -> Option<Finding> {
        let (cure, remedies) = if self.is_rustups() {
            (
                format!("Add it: `rustup target add {target}`."),
                vec![other_plans::add_target(target.as_str(), self.context)],
            )
        } else {
            (
                "Install the package that your system has for it.".to_owned(),
                Vec::new(),
            )
        };
        self.finding(
            Code::TargetNotInstalled,
            Severity::Warning,
            format!(
                "This workspace is built for {}, and {} does not have the standard library of that target, so builds fail (\"can't find crate for `std`\"). {cure}",
                code(target),
                self.facts.toolchain.rustc.short()
            ),
            remedies,
        )
    }

    fn toolchain_too_old(&self) -> Option<Finding> {
        let toolchain = self.facts.toolchain;
        let minor = minor_of_rust(toolchain.rustc.as_str())?;
        let in_use = self.first_that_works();
        // The toolchain's own rust-analyzer is as old as the toolchain, and the two fit.
        let has_own = self.facts.own_rust_analyzer == Presence::Present;
        let (minimum, usual, who) = match in_use {
            Some((found, version)) => (
                Build::parse(version).minimum_toolchain()?,
                Severity::Warning,
                format!(
                    "rust-analyzer {} ({})",
                    short(version),
                    self.path(&found.path)
                ),
            ),
            None if has_own => return None,
            None => (
                NEWEST_MINIMUM,
                Severity::Information,
                "today's rust-analyzer".to_owned(),
            ),
        };
        if minor >= minimum {
            return None;
        }
        let (cure, mut remedies) = if self.is_rustups() {
            (
                "Use a newer toolchain, or have the editor start the rust-analyzer of this one (`rustup component add rust-analyzer`)",
                vec![other_plans::add_component("rust-analyzer", self.context)],
            )
        } else {
            (
                "Use a newer toolchain, or a rust-analyzer of the same age",
                Vec::new(),
            )
        };
        remedies.extend(self.update_toolchain());
        self.finding(
            Code::ToolchainTooOld,
            usual,
            format!(
                "This workspace uses {}, and {who} supports only 1.{minimum} and newer, so its macros may not expand although they are well built. {cure}.",
                toolchain.rustc.short()
            ),
            remedies,
        )
    }

    fn first_that_works(&self) -> Option<(&FoundRustAnalyzer, &str)> {
        self.facts
            .rust_analyzers?
            .iter()
            .find_map(|found| Some((found, found.version()?)))
    }
}

#[cfg(test)]
#[path = "tools/tests.rs"]
mod tests;

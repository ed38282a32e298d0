//! A look at a workspace of which cargo does not say what it needs: no macros are judged, and one finding says why.

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::Utf8Path;

use super::by_reading::directory_of_profile;
use super::{BuildActivity, Coverage, InspectError, Inspection, Inspector, hazards};
use crate::cargo::questions::QuestionError;
use crate::cargo::tools::{VersionAnswer, on_path, version};
use crate::expected::{self, Workspace};
use crate::locate::{self, toolchain_file};
use crate::names::Location;
use crate::remedy::PlanContext;
use crate::settings::Settings;
use crate::verdict::tools::ToolchainChoice;
use crate::verdict::unavailable::{self, Circumstances, Rustup, Unavailable};

/// What chose the toolchain that cannot be used, as far as reading tells.
struct Chooser {
    words: Option<String>,
    choice: ToolchainChoice,
    channel: Option<Location>,
}

impl Inspector {
    /// The inspection where cargo, asked in `directory`, refused with these words.
    ///
    /// # Errors
    /// When there is nothing to report because the person switched the finding off: then the refusal stays an error.
    pub(super) fn without_answer(
        &self,
        refusal: InspectError,
        environment: &BTreeMap<String, String>,
    ) -> Result<Inspection, InspectError> {
        let InspectError::Question(QuestionError::Refused { directory, words }) = &refusal else {
            return Err(refusal);
        };
        let unavailable = unavailable::read(words, directory);
        let workspace = self.workspace_by_reading(directory, environment);
        let context = PlanContext {
            workspace: &workspace,
            toolchain: None,
            settings: &self.settings,
            cargo: &self.tools.cargo,
        };
        let of_cargo = self.settings.cargo.environment_over(environment);
        let path = of_cargo.get("PATH").map_or("", String::as_str);
        let chooser = chooser(&workspace.root, &of_cargo);
        let cargo_version = match &unavailable {
            Unavailable::CargoTooOld { .. } => cargo_version(path, &workspace.root, &self.settings),
            _ => None,
        };
        let circumstances = Circumstances {
            hazards: &hazards::hazards(&workspace.root, &self.settings.cargo, environment),
            chosen_by: chooser.words.as_deref(),
            choice: chooser.choice,
            channel: chooser.channel.as_ref(),
            rustup: if on_path("rustup", path).is_empty() {
                Rustup::Absent
            } else {
                Rustup::Present
            },
            cargo_version: cargo_version.as_deref(),
        };
        let Some(finding) = unavailable::finding(&unavailable, &circumstances, &context) else {
            return Err(refusal);
        };
        if unavailable.can_be_read_alone() {
            let mut inspection = self.read_alone(environment)?;
            inspection.findings.insert(0, finding);
            inspection.limits = Some(
                "cargo cannot be asked: damaged dylibs and those of another platform are shown; missing and stale ones cannot be known"
                    .to_owned(),
            );
            return Ok(inspection);
        }
        Ok(Inspection {
            profile_directory: workspace
                .build_directory
                .join(directory_of_profile(&self.profile())),
            workspace: Arc::new(workspace),
            layout: None,
            profile: self.profile(),
            toolchain: None,
            rust_analyzer: None,
            build: BuildActivity::Idle,
            orphans: Vec::new(),
            macros: Vec::new(),
            findings: vec![finding],
            inputs: Vec::new(),
            footing: Arc::default(),
            sources: Arc::default(),
            coverage: Coverage::Whole,
            limits: Some(
                "cargo did not say which proc macros there are, so none was looked at".to_owned(),
            ),
        })
    }

    fn workspace_by_reading(
        &self,
        directory: &Utf8Path,
        environment: &BTreeMap<String, String>,
    ) -> Workspace {
        let root = locate::workspace_root(directory).unwrap_or_else(|| directory.to_owned());
        let build_directory =
            expected::possible_build_directories(&root, &self.settings.cargo, environment)
                .into_iter()
                .next()
                .unwrap_or_else(|| root.join("target"));
        Workspace {
            target_directory: build_directory.clone(),
            build_directory,
            root,
            members: Vec::new(),
        }
    }
}

/// In rustup's own order (rustup 1.28, `config.rs`): the variable, then the nearest file. Overrides are left to rustup's words.
fn chooser(root: &Utf8Path, environment: &BTreeMap<String, String>) -> Chooser {
    if environment
        .get("RUSTUP_TOOLCHAIN")
        .is_some_and(|name| !name.is_empty())
    {
        return Chooser {
            words: Some("the environment variable RUSTUP_TOOLCHAIN".to_owned()),
            choice: ToolchainChoice::Named,
            channel: None,
        };
    }
    let read = |path: &Utf8Path| locate::read_text(path).ok();
    let channel = toolchain_file::place_of_channel(root, &read);
    Chooser {
        words: channel.as_ref().map(|channel| {
            let name = channel.path.file_name().unwrap_or("rust-toolchain.toml");
            format!("`{name}`")
        }),
        choice: if channel.is_some() {
            ToolchainChoice::Named
        } else {
            ToolchainChoice::Default
        },
        channel,
    }
}

fn cargo_version(path: &str, root: &Utf8Path, settings: &Settings) -> Option<String> {
    let cargo = on_path("cargo", path).into_iter().next()?;
    match version(&cargo, "cargo", root, &settings.cargo.extra_environment) {
        VersionAnswer::Version(version) => Some(version.split_whitespace().next()?.to_owned()),
        _ => None,
    }
}

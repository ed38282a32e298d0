//! The commands that plans consist of, with the person's settings in them. Pure: building one starts nothing.

use std::collections::BTreeSet;

use super::plan::Step;
use crate::cargo::invocation::{self, Invocation};
use crate::expected::{Toolchain, Workspace};
use crate::names::PackageName;
use crate::settings::{Settings, TargetDirectory};

/// What plans need to know besides the verdicts.
#[derive(Debug, Clone, Copy)]
pub struct PlanContext<'a> {
    /// The workspace.
    pub workspace: &'a Workspace,
    /// The tools, where they are known.
    pub toolchain: Option<&'a Toolchain>,
    /// The person's settings.
    pub settings: &'a Settings,
    /// Cargo, by name or path, as a person would call it.
    pub cargo: &'a str,
}

/// The command of a full clean.
#[must_use]
pub fn clean_all_invocation(context: &PlanContext<'_>) -> Invocation {
    clean_invocation(context)
}

/// `cargo clean -p` for these packages, in the profile and directory that are looked at.
#[must_use]
pub fn clean_packages_invocation(
    packages: &BTreeSet<PackageName>,
    context: &PlanContext<'_>,
) -> Invocation {
    let chosen = packages
        .iter()
        .flat_map(|package| ["-p".to_owned(), package.to_string()]);
    let mut invocation = clean_invocation(context).arguments(chosen);
    if let Some(profile) = &context.settings.cargo.profile {
        invocation = invocation.arguments(["--profile", profile.as_str()]);
    }
    invocation
}

/// rust-analyzer's own build, or the command that it is told to use instead.
#[must_use]
pub fn build_invocation(context: &PlanContext<'_>) -> Invocation {
    let settings = &context.settings.cargo;
    let root = &context.workspace.root;
    if let Some([program, arguments @ ..]) = settings.override_command.as_deref() {
        return Invocation::new(program.as_str(), root)
            .arguments(arguments.iter().cloned())
            .extra_environment(&settings.extra_environment);
    }
    let version = context
        .toolchain
        .and_then(|toolchain| semver::Version::parse(&toolchain.cargo).ok());
    invocation::build_compile_time_dependencies(
        context.cargo,
        // What any cargo understands, where it is not known which one it is.
        &version.unwrap_or(semver::Version::new(1, 0, 0)),
        root,
        &context.workspace.target_directory,
        settings,
    )
}

/// A command as a step that a person can read and copy.
#[must_use]
pub fn step(invocation: Invocation) -> Step {
    Step::Run {
        run: std::iter::once(invocation.program)
            .chain(invocation.arguments)
            .collect(),
        env: invocation.environment,
        unset: invocation.unset,
        cwd: invocation.directory,
    }
}

fn clean_invocation(context: &PlanContext<'_>) -> Invocation {
    let settings = &context.settings.cargo;
    let mut invocation =
        Invocation::new(context.cargo, &context.workspace.root).arguments(["clean"]);
    let directory = match &settings.target_directory {
        TargetDirectory::Workspace => None,
        TargetDirectory::RustAnalyzerSubdirectory => {
            Some(context.workspace.target_directory.clone())
        }
        TargetDirectory::Path(path) => Some(path.clone()),
    };
    if let Some(directory) = directory {
        invocation = invocation.arguments(["--target-dir", directory.as_str()]);
    }
    invocation
        .arguments(lock_file_arguments(&settings.extra_arguments))
        .arguments(invocation::configuration_arguments(settings))
        .extra_environment(&settings.extra_environment)
}

/// Those of `cargo.extraArgs` that say how the lock file and the network may be used.
fn lock_file_arguments(arguments: &[String]) -> impl Iterator<Item = &String> {
    arguments
        .iter()
        .filter(|argument| matches!(argument.as_str(), "--offline" | "--locked" | "--frozen"))
}

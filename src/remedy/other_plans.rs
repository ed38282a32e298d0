//! Plans for what no rebuild mends: tools, versions, variables, directories, rust-analyzer's memory. Pure.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;

use super::commands::{PlanContext, build_invocation, step};
use super::plan::{Plan, RemedyKind, Step, VariableChange};
use super::planning::names;
use crate::cargo::invocation::Invocation;
use crate::expected::Toolchain;
use crate::inspect::InspectedMacro;
use crate::names::PackageName;
use crate::verdict::Code;

/// What mends a finding that is about no macro, as far as the settings tell what is wanted.
pub(super) fn without_macros(code: Code, context: &PlanContext<'_>) -> Vec<Plan> {
    match code {
        Code::TargetNotInstalled => context
            .settings
            .cargo
            .target
            .iter()
            .map(|target| add_target(target, context))
            .collect(),
        Code::ToolchainNotInstalled => vec![install_toolchain(None, context)],
        Code::ToolchainComponentMissing => vec![add_component("rust-src", context)],
        Code::ToolchainTooOld
        | Code::ProcMacroServerMissing
        | Code::ProcMacroServerIncompatible => {
            vec![update_toolchain(None, context)]
        }
        Code::RustAnalyzerTooOld => vec![add_component("rust-analyzer", context)],
        Code::LockfileOutdated => vec![update_lock(context)],
        Code::ToolchainChanged => vec![reload()],
        _ => Vec::new(),
    }
}

/// `rustup toolchain install`, of the channel given or of the one that the workspace asks for (rustup 1.28).
#[must_use]
pub fn install_toolchain(channel: Option<&str>, context: &PlanContext<'_>) -> Plan {
    let wanted = channel.unwrap_or("the workspace's toolchain");
    Plan::new(
        RemedyKind::Install,
        format!("Install {wanted}"),
        rustup(context, ["toolchain", "install"].into_iter().chain(channel)),
    )
}

/// `rustup default stable`, where none was ever chosen.
#[must_use]
pub fn choose_stable(context: &PlanContext<'_>) -> Plan {
    Plan::new(
        RemedyKind::Install,
        "Choose the stable toolchain",
        rustup(context, ["default", "stable"]),
    )
}

/// `rustup component add`, for the toolchain of the workspace.
#[must_use]
pub fn add_component(component: &str, context: &PlanContext<'_>) -> Plan {
    Plan::new(
        RemedyKind::Install,
        format!("Add the component {component}"),
        rustup(context, ["component", "add", component]),
    )
}

/// `rustup target add`, for the toolchain of the workspace.
#[must_use]
pub fn add_target(target: &str, context: &PlanContext<'_>) -> Plan {
    Plan::new(
        RemedyKind::Install,
        format!("Add the target {target}"),
        rustup(context, ["target", "add", target]),
    )
}

/// `rustup update`, of one channel or of all that are installed.
#[must_use]
pub fn update_toolchain(channel: Option<&str>, context: &PlanContext<'_>) -> Plan {
    Plan::new(
        RemedyKind::UpdateTools,
        format!("Update {}", channel.unwrap_or("the toolchains")),
        rustup(context, ["update"].into_iter().chain(channel)),
    )
}

fn rustup<'text>(
    context: &PlanContext<'_>,
    arguments: impl IntoIterator<Item = &'text str>,
) -> Vec<Step> {
    // `RUSTUP_TOOLCHAIN` or `RUSTUP_HOME` may be among the variables, as they are for cargo.
    let invocation = Invocation::new("rustup", &context.workspace.root)
        .arguments(arguments)
        .extra_environment(&context.settings.cargo.extra_environment);
    vec![step(invocation)]
}

/// `cargo update -p NAME --precise VERSION`, and the download of that version.
#[must_use]
pub fn pin(package: &PackageName, version: &str, context: &PlanContext<'_>) -> Plan {
    let arguments = ["update", "-p", package.as_str(), "--precise", version];
    Plan::new(
        RemedyKind::Pin,
        format!("Pin {package} to {version}"),
        vec![cargo(&arguments, context), fetch(context)],
    )
}

/// `cargo update --workspace`: what the manifests ask for and the lock file lacks, and no more; and the download of it.
#[must_use]
pub fn update_lock(context: &PlanContext<'_>) -> Plan {
    Plan::new(
        RemedyKind::UpdateLock,
        "Bring Cargo.lock up to date",
        vec![cargo(&["update", "--workspace"], context), fetch(context)],
    )
}

/// `cargo fetch` alone.
#[must_use]
pub fn download(context: &PlanContext<'_>) -> Plan {
    Plan::new(
        RemedyKind::Install,
        "Download what the workspace needs",
        vec![fetch(context)],
    )
}

const FETCH: &str = "fetch";

/// `cargo fetch`: until what the lock file names is on this machine, nobody that may not ask a registry can read the workspace.
#[must_use]
pub fn fetch(context: &PlanContext<'_>) -> Step {
    cargo(&[FETCH], context)
}

/// Whether a step downloads, and changes nothing of the workspace.
pub(super) fn is_fetch(step: &Step) -> bool {
    matches!(step, Step::Run { run, .. } if matches!(run.as_slice(), [_, fetch] if fetch == FETCH))
}

/// A command of cargo's in the root of the workspace.
pub(super) fn cargo(arguments: &[&str], context: &PlanContext<'_>) -> Step {
    step(
        Invocation::new(context.cargo, &context.workspace.root)
            .arguments(arguments.iter().copied())
            .extra_environment(&context.settings.cargo.extra_environment),
    )
}

/// The build once more with a variable set, or taken away where `value` is `None`, for that run alone.
#[must_use]
pub fn with_variable(name: &str, value: Option<&str>, context: &PlanContext<'_>) -> Plan {
    let variable = VariableChange {
        name: name.to_owned(),
        value: value.map(str::to_owned),
    };
    let title = match value {
        Some(value) => format!("Build once with {name}={value}"),
        None => format!("Build once without {name}"),
    };
    let mut invocation = build_invocation(context);
    invocation.environment.remove(name);
    let change = BTreeMap::from([(variable.name.clone(), variable.value.clone())]);
    let steps = vec![step(invocation.extra_environment(&change))];
    Plan {
        variable: Some(variable),
        ..Plan::new(RemedyKind::SetEnv, title, steps)
    }
}

/// The first cargo that keeps intermediate files apart by `build.build-dir`.
const BUILD_DIR_SINCE: (u64, u64) = (1, 91);

/// How host and container, or two machines, keep out of each other's way. Each has to be told for itself, so there is no step to run.
#[must_use]
pub fn separate_directories(toolchain: Option<&Toolchain>) -> Plan {
    let knows_build_dir = toolchain
        .and_then(|toolchain| semver::Version::parse(&toolchain.cargo).ok())
        .is_some_and(|version| (version.major, version.minor) >= BUILD_DIR_SINCE);
    let line = if knows_build_dir {
        r#"build.build-dir = "{cargo-cache-home}/build/{workspace-path-hash}" in the cargo configuration of each"#
    } else {
        "CARGO_TARGET_DIR set to a directory of its own on one of them"
    };
    Plan::new(
        RemedyKind::SeparateDirectories,
        format!("Keep the machines apart: {line}"),
        Vec::new(),
    )
}

/// Asks rust-analyzer to load its proc macros again; the front end does it, so there is no step to run.
#[must_use]
pub fn reload() -> Plan {
    Plan::new(
        RemedyKind::Reload,
        "Reload rust-analyzer's proc macros",
        Vec::new(),
    )
}

/// The same after giving the dylibs a new time: rust-analyzer keeps errors by path and time. What is built from them is then rebuilt.
#[must_use]
pub fn reload_with_new_times(macros: &[&InspectedMacro]) -> Plan {
    let dylibs: Vec<Utf8PathBuf> = macros
        .iter()
        .filter_map(|inspected| inspected.dylib.clone())
        .collect();
    Plan::new(
        RemedyKind::Reload,
        format!(
            "Give {} a new file time and reload rust-analyzer (what is built from it is then rebuilt)",
            names(macros)
        ),
        dylibs
            .into_iter()
            .map(|touch| Step::Touch { touch })
            .collect(),
    )
}

#[cfg(test)]
#[path = "other_plans_tests.rs"]
mod tests;

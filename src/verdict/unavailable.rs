//! What it means that cargo, or rustup before it, refuses to say what a workspace needs. Pure: their words in, a finding out.

mod reading;

use camino::Utf8Path;

use super::finding::{Code, Finding, Severity};
use super::phrases::{code, list};
use super::tools::{Hazard, ToolchainChoice, general, hazard};
use crate::names::{Location, PackageName};
use crate::remedy::{Plan, PlanContext, other_plans};

pub use reading::read;

/// What a refusal comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unavailable {
    /// Rustup does not have the toolchain.
    ToolchainNotInstalled {
        /// Its name, where rustup gave it.
        name: Option<String>,
        /// What installs it.
        install: Install,
    },
    /// Rustup has the toolchain, but it lacks this component.
    ComponentMissing {
        /// The component.
        component: String,
    },
    /// Packages need a newer rustc.
    RustVersion {
        /// The active rustc, as cargo calls it.
        rustc: String,
        /// The packages with the version that each needs.
        packages: Vec<(PackageName, String)>,
    },
    /// This cargo is too old for the workspace, or for what rust-analyzer asks of it.
    CargoTooOld {
        /// What it does not understand.
        stumbled_on: StumbledOn,
        /// Cargo's words.
        words: String,
    },
    /// The lock file would have to change, and this cargo cannot change a copy.
    LockfileOutdated,
    /// Something was never downloaded.
    NotDownloaded {
        /// Cargo's words.
        words: String,
    },
    /// Anything else.
    Unreadable {
        /// Cargo's words.
        words: String,
        /// Where the fault is, where they tell.
        place: Option<Location>,
    },
}

/// What installs a toolchain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Install {
    /// `rustup toolchain install`, which reads from the workspace what to install.
    OfWorkspace,
    /// `rustup toolchain install NAME`.
    ByName,
    /// `rustup default stable`: none was ever chosen.
    Default,
    /// Nothing that rustup could do: a toolchain of somebody's own.
    Nothing,
}

/// What an old cargo does not understand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StumbledOn {
    /// The options that rust-analyzer passes.
    Options,
    /// What the workspace's files say.
    Workspace,
}

impl Unavailable {
    /// Whether what lies on disk may still be read and judged by itself: the workspace is in order, its cargo just cannot be asked.
    #[must_use]
    pub fn can_be_read_alone(&self) -> bool {
        matches!(self, Self::CargoTooOld { .. })
    }

    /// Whether the fault is in what chose the toolchain.
    fn is_about_toolchain_file(&self) -> bool {
        matches!(
            self,
            Self::ToolchainNotInstalled { .. } | Self::ComponentMissing { .. }
        )
    }
}

/// What the finding needs to know besides.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances<'a> {
    /// What stands in the way in the environment: where a program is missing, that is the cause.
    pub hazards: &'a [Hazard],
    /// What chose the toolchain, in words such as "`rust-toolchain.toml`", where that is known.
    pub chosen_by: Option<&'a str>,
    /// How it was chosen.
    pub choice: ToolchainChoice,
    /// Where the toolchain's channel is named, where that is a file.
    pub channel: Option<&'a Location>,
    /// Whether rustup is there to be run.
    pub rustup: Rustup,
    /// Cargo's version, where it told it.
    pub cargo_version: Option<&'a str>,
}

/// Whether rustup is there to be run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // The names say it.
#[non_exhaustive]
pub enum Rustup {
    Present,
    Absent,
}

/// The finding; `None` where the person switched its code off.
#[must_use]
pub fn finding(
    unavailable: &Unavailable,
    circumstances: &Circumstances<'_>,
    context: &PlanContext<'_>,
) -> Option<Finding> {
    let missing_program = circumstances.hazards.iter().find(|hazard| {
        matches!(
            hazard,
            Hazard::MissingProgram { .. } | Hazard::MissingWrapper(_)
        )
    });
    if let Some(missing) = missing_program {
        return hazard(missing, context);
    }
    let told = Told::of(unavailable, circumstances, context);
    let mut finding = general(
        told.code,
        told.severity,
        told.message,
        told.remedies,
        context,
    )?;
    finding.packages = told.packages;
    finding.location = match unavailable {
        Unavailable::Unreadable { place, .. } => place.clone(),
        _ if unavailable.is_about_toolchain_file() => circumstances.channel.cloned(),
        _ => None,
    };
    Some(finding)
}

struct Told {
    code: Code,
    severity: Severity,
    message: String,
    packages: Vec<PackageName>,
    remedies: Vec<Plan>,
}

impl Told {
    fn of(
        unavailable: &Unavailable,
        circumstances: &Circumstances<'_>,
        context: &PlanContext<'_>,
    ) -> Self {
        let told = |code, severity, message, remedies| Self {
            code,
            severity,
            message,
            packages: Vec::new(),
            remedies,
        };
        match unavailable {
            Unavailable::ToolchainNotInstalled { name, install } => told(
                Code::ToolchainNotInstalled,
                Severity::Error,
                not_installed(name.as_deref(), *install, circumstances),
                match install {
                    Install::OfWorkspace => vec![other_plans::install_toolchain(None, context)],
                    Install::ByName => vec![other_plans::install_toolchain(name.as_deref(), context)],
                    Install::Default => vec![other_plans::choose_stable(context)],
                    Install::Nothing => Vec::new(),
                },
            ),
            Unavailable::ComponentMissing { component } => told(
                Code::ToolchainComponentMissing,
                Severity::Error,
                format!(
                    "The active toolchain has no {}, so it cannot be asked which proc macros this workspace needs, and rust-analyzer cannot load it. Add it: `rustup component add {component}`.",
                    code(component)
                ),
                vec![other_plans::add_component(component, context)],
            ),
            Unavailable::RustVersion { rustc, packages } => Self {
                packages: packages.iter().map(|(name, _)| name.clone()).collect(),
                ..told(
                    Code::ToolchainTooOld,
                    Severity::Warning,
                    rust_version_in_words(rustc, packages, circumstances),
                    update(circumstances, context),
                )
            },
            Unavailable::CargoTooOld { stumbled_on, words } => told(
                Code::ToolchainTooOld,
                Severity::Warning,
                format!(
                    "{} is too old {}, so which proc macros this workspace needs is not known. Use a newer toolchain. Cargo says: {}",
                    circumstances
                        .cargo_version
                        .map_or_else(|| "This cargo".to_owned(), |version| format!("Cargo {version}")),
                    match stumbled_on {
                        StumbledOn::Options => "to be asked as rust-analyzer asks it",
                        StumbledOn::Workspace => "for this workspace",
                    },
                    full_stop(&relative(words, &context.workspace.root))
                ),
                update(circumstances, context),
            ),
            Unavailable::LockfileOutdated => told(
                Code::LockfileOutdated,
                Severity::Warning,
                "`Cargo.lock` does not have what the manifests ask for, so which proc macros this workspace needs is not settled. Run `cargo update --workspace`."
                    .to_owned(),
                vec![other_plans::update_lock(context)],
            ),
            Unavailable::NotDownloaded { words } => told(
                Code::WorkspaceUnreadable,
                Severity::Warning,
                format!(
                    "Something that this workspace needs was never downloaded, so which proc macros it needs is not known. Run `cargo fetch`. Cargo says: {}",
                    full_stop(&relative(words, &context.workspace.root))
                ),
                vec![other_plans::download(context)],
            ),
            Unavailable::Unreadable { words, .. } => told(
                Code::WorkspaceUnreadable,
                Severity::Warning,
                format!(
                    "Cargo cannot read this workspace, so which proc macros it needs is not known, and rust-analyzer cannot load it either: {}",
                    full_stop(&relative(words, &context.workspace.root))
                ),
                Vec::new(),
            ),
        }
    }
}

fn full_stop(text: &str) -> String {
    if text.ends_with(['.', '?', '…']) {
        text.to_owned()
    } else {
        format!("{text}.")
    }
}

/// Paths of the workspace as a person in it writes them.
fn relative(words: &str, root: &Utf8Path) -> String {
    words.replace(&format!("{root}/"), "")
}

fn not_installed(
    name: Option<&str>,
    install: Install,
    circumstances: &Circumstances<'_>,
) -> String {
    if install == Install::Default {
        return "Rustup has no default toolchain and this workspace names none, so neither cargo nor rust-analyzer can work here. Choose one: `rustup default stable`."
            .to_owned();
    }
    let toolchain = name.map_or_else(
        || "The toolchain that this workspace asks for".to_owned(),
        |name| format!("The toolchain {}", code(name)),
    );
    let chosen = circumstances
        .chosen_by
        .map_or_else(String::new, |chosen_by| {
            format!(", which {chosen_by} names,")
        });
    let cure = match install {
        Install::OfWorkspace => "Install it: `rustup toolchain install`.".to_owned(),
        Install::ByName => format!(
            "Install it: `rustup toolchain install {}`.",
            name.unwrap_or_default()
        ),
        Install::Default | Install::Nothing => "Link or build it, or name another one.".to_owned(),
    };
    format!(
        "{toolchain}{chosen} is not installed, so neither cargo nor rust-analyzer can work here. {cure}"
    )
}

fn rust_version_in_words(
    rustc: &str,
    packages: &[(PackageName, String)],
    circumstances: &Circumstances<'_>,
) -> String {
    let needs: Vec<String> = packages
        .iter()
        .map(|(name, wanted)| format!("{} needs rustc {wanted}", code(name)))
        .collect();
    let needs = if needs.is_empty() {
        "A package of this workspace needs a newer one".to_owned()
    } else {
        list(&needs, "and")
    };
    let cure = match circumstances.choice {
        ToolchainChoice::Named => "Name a newer toolchain",
        ToolchainChoice::Default => "Update the toolchain",
    };
    format!(
        "{needs}, but this workspace is built by {rustc}, so cargo refuses to build it. {cure}, or take older versions (`cargo update -p NAME --precise VERSION`)."
    )
}

fn update(circumstances: &Circumstances<'_>, context: &PlanContext<'_>) -> Vec<Plan> {
    if circumstances.rustup == Rustup::Present && circumstances.choice == ToolchainChoice::Default {
        vec![other_plans::update_toolchain(None, context)]
    } else {
        Vec::new()
    }
}

#[cfg(test)]
#[path = "unavailable/tests.rs"]
mod tests;

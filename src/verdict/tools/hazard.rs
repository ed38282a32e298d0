//! Findings about what stands in the way in the environment: programs that are missing or broken, flags that differ, variables that
//! make builds undo each other. Pure.

use super::general;
use crate::expected::ConfiguredWrapper;
use crate::remedy::{PlanContext, other_plans};
use crate::verdict::finding::{Code, Finding, Severity};
use crate::verdict::phrases::{code, flags, path_below};

/// What stands in the way in the environment.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Hazard {
    /// A variable names a program for cargo to start, and there is no such program.
    MissingProgram {
        /// The variable.
        variable: String,
        /// The program.
        program: String,
    },
    /// A configuration file of cargo puts a program around rustc, and there is no such program.
    MissingWrapper(ConfiguredWrapper),
    /// The program around rustc is there and does not run it.
    BrokenWrapper {
        /// What names it: a variable, or a key in a file.
        named_by: String,
        /// The variable that takes its place, such as `RUSTC_WRAPPER`.
        variable: String,
        /// The program.
        program: String,
        /// What it said in the place of rustc's version.
        said: String,
    },
    /// The last build had other compiler flags than a build from here has.
    OtherFlags {
        /// Those of the last build.
        built: Vec<String>,
        /// Those of a build from here.
        wanted: Vec<String>,
        /// Who sets those of here, where it is a variable.
        set_by: Option<HazardScope>,
        /// Whether each build throws the other's work away.
        sharing: FlagSharing,
    },
    /// `RUSTC_BOOTSTRAP` is set, which some build scripts read.
    Bootstrap {
        /// Whose cargo sees it.
        scope: HazardScope,
    },
}

/// What becomes of libraries that are built with other flags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FlagSharing {
    /// Both have one place, and each build replaces the other's (cargo before 1.85).
    OnePlace,
    /// Each has a place of its own.
    PlacesOfTheirOwn,
}

/// Whose cargo sees a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum HazardScope {
    /// Everything that is started from here.
    Environment,
    /// rust-analyzer's alone, by `cargo.extraEnv`.
    Editor,
}

/// The finding on one hazard.
pub(in crate::verdict) fn hazard(hazard: &Hazard, context: &PlanContext<'_>) -> Option<Finding> {
    let without = |variable: &str| vec![other_plans::with_variable(variable, None, context)];
    let (usual, message, remedies) = match hazard {
        Hazard::MissingProgram { variable, program } => (
            Severity::Warning,
            format!(
                "The environment variable {} names the program {}, which is not there, so no build works here. Unset it, or install that program.",
                code(variable),
                code(program)
            ),
            without(variable),
        ),
        Hazard::MissingWrapper(wrapper) => (
            Severity::Warning,
            format!(
                "{} sets {} to {}, which is not there, so no build works here. Take the line out, or install that program.",
                code(path_below(&wrapper.file, &context.workspace.root)),
                code(format!("build.{}", wrapper.key)),
                code(&wrapper.program)
            ),
            vec![other_plans::with_variable(
                &wrapper.key.to_uppercase().replace('-', "_"),
                Some(""),
                context,
            )],
        ),
        Hazard::BrokenWrapper {
            named_by,
            variable,
            program,
            said,
        } => (
            Severity::Warning,
            format!(
                "{named_by} puts {} around the compiler, and it does not run it (\"{said}\"), so no build works here. Mend or update that program, or build without it.",
                code(program)
            ),
            vec![other_plans::with_variable(variable, Some(""), context)],
        ),
        Hazard::OtherFlags {
            built,
            wanted,
            set_by,
            sharing,
        } => (
            // That the macros are stale is told by itself.
            Severity::Information,
            other_flags(built, wanted, *set_by, *sharing),
            Vec::new(),
        ),
        Hazard::Bootstrap {
            scope: HazardScope::Editor,
        } => (
            Severity::Warning,
            "rust-analyzer's setting `cargo.extraEnv` sets RUSTC_BOOTSTRAP, which several proc-macro crates are rebuilt for: editor and terminal undo each other's builds. Set it for both, or take it out."
                .to_owned(),
            Vec::new(),
        ),
        Hazard::Bootstrap {
            scope: HazardScope::Environment,
        } => (
            Severity::Information,
            "The environment variable RUSTC_BOOTSTRAP is set here. Several proc-macro crates are rebuilt whenever it changes, so have the editor and every terminal agree on it."
                .to_owned(),
            without("RUSTC_BOOTSTRAP"),
        ),
    };
    general(Code::EnvironmentHazard, usual, message, remedies, context)
}

fn other_flags(
    built: &[String],
    wanted: &[String],
    set_by: Option<HazardScope>,
    sharing: FlagSharing,
) -> String {
    let who = match set_by {
        Some(HazardScope::Editor) => {
            ", set by rust-analyzer's `cargo.extraEnv` (RUSTFLAGS)".to_owned()
        }
        Some(HazardScope::Environment) => ", set by the environment variable RUSTFLAGS".to_owned(),
        None => String::new(),
    };
    let consequence = match sharing {
        FlagSharing::OnePlace => "each rebuilds the other's work",
        FlagSharing::PlacesOfTheirOwn => "what one builds does nothing for the other",
    };
    format!(
        "The last build here had other compiler flags ({}) than a build from here has ({}{who}): {consequence}. Have editor and terminal agree on them, best by `build.rustflags` in `.cargo/config.toml`.",
        flags(built),
        flags(wanted)
    )
}

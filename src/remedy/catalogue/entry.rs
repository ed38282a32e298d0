//! One known failure as data. `CONTRIBUTING.md` has the form in which a file holds it.

use semver::VersionReq;

use super::super::plan::RemedyKind;
use crate::names::PackageName;
use crate::verdict::{Code, Severity};

/// A failure that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// What tells it from others, such as `sccache-start-server`.
    pub name: String,
    /// The codes it points at, the likeliest first; empty where nothing is broken.
    pub codes: Vec<Code>,
    /// Any of them is its sign in an output; `…` stands for whatever lies between two parts. Letter case does not matter.
    pub texts: Vec<String>,
    /// Whether it gives way to others that fit too.
    pub rank: Rank,
    /// What it means, in one to three sentences.
    pub meaning: String,
    /// How it comes about, step by step, where that is worth telling.
    pub chain: Option<String>,
    /// How not to meet it again.
    pub avoid: Option<String>,
    /// One of them must hold; empty where nothing is asked.
    pub conditions: Vec<Conditions>,
    /// What is said before any build when the conditions are known to hold.
    pub foresight: Option<Foresight>,
    /// What mends it, the best first.
    pub cures: Vec<Cure>,
}

/// Whether an entry gives way to others that fit too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rank {
    /// It says something definite.
    Specific,
    /// It says little by itself and is looked at last.
    General,
}

/// What is said before any build.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Foresight {
    /// How much it matters.
    pub severity: Severity,
    /// The sentence, with `{package}`, `{target}` and `{tool}` for what was found.
    pub message: String,
}

/// What must hold, all of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Conditions {
    /// The environment that cargo gets.
    pub environment: Vec<VariableCondition>,
    /// The program that cargo has around rustc, without directory and extension.
    pub wrapper: Option<String>,
    /// What Cargo.lock has.
    pub packages: Vec<PackageCondition>,
    /// The machine that builds; any of these patterns, `*` standing for anything.
    pub hosts: Vec<String>,
    /// What is built for; any of these patterns.
    pub targets: Vec<String>,
    /// Programs on PATH; any of them.
    pub tools: Vec<ToolCondition>,
}

/// A variable and how it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct VariableCondition {
    /// The variable.
    pub name: String,
    /// How it must be.
    pub state: VariableState,
}

/// How a variable must be.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)] // The names say it.
#[non_exhaustive]
pub enum VariableState {
    Set,
    Unset,
    Is(String),
}

/// A package and how it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PackageCondition {
    /// Its name.
    pub name: PackageName,
    /// Which versions.
    pub versions: VersionReq,
    /// One of these features must be on; empty where none matters.
    pub features: Vec<String>,
}

/// A program and how it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ToolCondition {
    /// Its name on PATH; `--version` is asked of it.
    pub name: String,
    /// Which versions.
    pub versions: VersionReq,
}

/// What mends a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cure {
    /// The build once more with a variable set, or taken away.
    Variable {
        /// The variable.
        name: String,
        /// Its value; `None` takes it away.
        value: Option<String>,
    },
    /// A version that works. It is offered only where it resolves.
    Pin {
        /// The package.
        package: PackageName,
        /// The version.
        version: String,
        /// Where it is put down.
        place: PinPlace,
    },
    /// A command.
    Command {
        /// What kind of mending it is.
        kind: RemedyKind,
        /// What a menu shows.
        title: String,
        /// The program and its arguments.
        run: Vec<String>,
    },
    /// Something that only a person can do.
    Advice {
        /// What kind of mending it is.
        kind: RemedyKind,
        /// What to do.
        title: String,
    },
}

/// Where a version is put down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PinPlace {
    /// In Cargo.lock alone.
    LockFile,
    /// In the manifest of the member that asks for the package.
    Manifest,
}

//! Cargo's unit graph (`--unit-graph`, version 1), as far as it is used: who depends on whom. Data only.

use camino::Utf8PathBuf;
use serde::Deserialize;

/// All units of a build.
#[derive(Debug, Default, Deserialize)]
pub struct UnitGraph {
    /// The units; dependencies name them by their place here.
    pub units: Vec<GraphUnit>,
}

/// One unit of the unit graph.
#[derive(Debug, Deserialize)]
pub struct GraphUnit {
    /// The package's id.
    pub pkg_id: String,
    /// Its dependencies.
    pub dependencies: Vec<GraphDependency>,
    /// The target that it is for; `None` for the host.
    #[serde(default)]
    pub platform: Option<String>,
    /// Whether it is a part of the standard library, which is then built along (`-Zbuild-std`).
    #[serde(default)]
    pub is_std: bool,
    /// What is built.
    #[serde(default)]
    pub target: Option<GraphTarget>,
    /// How it is built, such as `check` or `run-custom-build`.
    #[serde(default)]
    pub mode: Option<String>,
    /// Its features.
    #[serde(default)]
    pub features: Vec<String>,
}

/// The target of a unit.
#[derive(Debug, Deserialize)]
pub struct GraphTarget {
    /// Such as `lib`, `proc-macro` or `bin`.
    pub kind: Vec<String>,
    /// The file of its root module.
    pub src_path: Utf8PathBuf,
    /// Its edition.
    pub edition: String,
}

/// One edge of the unit graph.
#[derive(Debug, Deserialize)]
pub struct GraphDependency {
    /// The place of the unit.
    pub index: usize,
    /// The name that it has in the dependent's source.
    #[serde(default)]
    pub extern_crate_name: String,
}

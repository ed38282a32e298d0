//! The report as one JSON object. A contract: scripts and the server's `sidecargo.report` depend on it, its schema lies beside it.

use std::collections::BTreeSet;

use camino::Utf8Path;
use serde::Serialize;
use serde_json::{Value, json};

use crate::expected::{PackageSource, SelectedBy};
use crate::inspect::{BuildActivity, InspectedMacro, Inspection, RustAnalyzer};
use crate::names::{Layout, PackageId, PackageName, RustcVersion, Triple, UnitHash};
use crate::verdict::{self, Finding, Tally, Verdict};

/// Raised when a field changes its meaning or goes away; new fields do not raise it.
pub const SCHEMA_VERSION: u32 = 1;

/// The JSON Schema of the object.
pub const SCHEMA: &str = include_str!("check.schema.json");

/// The object as text, with a line end.
///
/// # Errors
/// Only when serialisation itself fails.
pub(super) fn render(inspection: &Inspection) -> Result<String, serde_json::Error> {
    let mut text = serde_json::to_string_pretty(&Report::of(inspection)?)?;
    text.push('\n');
    Ok(text)
}

/// The object as a value, for front ends that pass it on.
///
/// # Errors
/// Only when serialisation itself fails.
pub fn value(inspection: &Inspection) -> Result<Value, serde_json::Error> {
    serde_json::to_value(Report::of(inspection)?)
}

#[derive(Serialize)]
struct Report<'a> {
    schema_version: u32,
    workspace_root: &'a Utf8Path,
    target_directory: &'a Utf8Path,
    build_directory: &'a Utf8Path,
    layout: &'static str,
    profile: &'a str,
    toolchain: ToolchainReport<'a>,
    build_running: bool,
    proc_macros: Vec<MacroReport<'a>>,
    findings: &'a [Finding],
    summary: Tally,
    #[serde(skip_serializing_if = "Option::is_none")]
    limits: Option<&'a str>,
}

#[derive(Serialize)]
struct ToolchainReport<'a> {
    rustc: Option<&'a RustcVersion>,
    host: Option<&'a Triple>,
    cargo: Option<&'a str>,
    selected_by: Option<SelectedBy>,
    proc_macro_server: Option<&'a Utf8Path>,
    rust_analyzer: Option<&'a RustAnalyzer>,
}

#[derive(Serialize)]
struct MacroReport<'a> {
    name: &'a PackageName,
    version: &'a str,
    package_id: &'a PackageId,
    source: PackageSource,
    required_by: BTreeSet<&'a PackageName>,
    unit: Option<UnitHash>,
    dylib: Option<&'a Utf8Path>,
    status: &'static str,
    reason: Option<Value>,
    built_by: Option<&'a RustcVersion>,
    macros: Option<&'a [String]>,
}

impl<'a> Report<'a> {
    fn of(inspection: &'a Inspection) -> Result<Self, serde_json::Error> {
        Ok(Self {
            schema_version: SCHEMA_VERSION,
            workspace_root: &inspection.workspace.root,
            target_directory: &inspection.workspace.target_directory,
            build_directory: &inspection.workspace.build_directory,
            layout: match inspection.layout {
                Some(Layout::V1) => "v1",
                Some(Layout::V2) => "v2",
                None => "none",
            },
            profile: &inspection.profile,
            toolchain: ToolchainReport::of(inspection),
            build_running: inspection.build == BuildActivity::Running,
            proc_macros: inspection
                .macros
                .iter()
                .map(MacroReport::of)
                .collect::<Result<_, _>>()?,
            findings: &inspection.findings,
            summary: verdict::summary(inspection.macros.iter().map(|inspected| &inspected.verdict)),
            limits: inspection.limits.as_deref(),
        })
    }
}

impl<'a> ToolchainReport<'a> {
    fn of(inspection: &'a Inspection) -> Self {
        let toolchain = inspection.toolchain.as_ref();
        Self {
            rustc: toolchain.map(|toolchain| &toolchain.rustc),
            host: toolchain.map(|toolchain| &toolchain.host),
            cargo: toolchain.map(|toolchain| toolchain.cargo.as_str()),
            selected_by: toolchain.map(|toolchain| toolchain.selected_by),
            proc_macro_server: toolchain
                .and_then(|toolchain| toolchain.proc_macro_server.as_deref()),
            rust_analyzer: inspection.rust_analyzer.as_ref(),
        }
    }
}

impl<'a> MacroReport<'a> {
    fn of(inspected: &'a InspectedMacro) -> Result<Self, serde_json::Error> {
        let expected = &inspected.expected;
        Ok(Self {
            name: &expected.name,
            version: &expected.version,
            package_id: &expected.package_id,
            source: expected.source,
            required_by: expected
                .ways
                .iter()
                .filter(|way| way.packages.len() > 1)
                .filter_map(|way| way.packages.first())
                .collect(),
            unit: inspected.unit,
            dylib: inspected.dylib.as_deref(),
            status: inspected.verdict.status(),
            reason: reason(&inspected.verdict)?,
            built_by: inspected.built_by.as_ref(),
            macros: inspected.exports.as_deref(),
        })
    }
}

/// The reason with its facts; `kind` names it.
pub(crate) fn reason(verdict: &Verdict) -> Result<Option<Value>, serde_json::Error> {
    Ok(match verdict {
        Verdict::Fresh | Verdict::Building => None,
        Verdict::Missing(reason) => Some(serde_json::to_value(reason)?),
        Verdict::Corrupt(reason) => Some(serde_json::to_value(reason)?),
        Verdict::WrongPlatform(reason) => Some(serde_json::to_value(reason)?),
        Verdict::Stale(reason) => Some(serde_json::to_value(reason)?),
        Verdict::Unknown(reason) => Some(serde_json::to_value(reason)?),
        Verdict::WrongRustc {
            built,
            wanted,
            place,
        } => Some(json!({
            "kind": "wrong-rustc",
            "built": built,
            "wanted": wanted,
            "place": place,
        })),
    })
}

#[cfg(test)]
pub(crate) mod schema_check;
#[cfg(test)]
mod tests;

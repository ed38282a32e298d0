//! An inspection as a report: for people, as JSON, as SARIF, as annotations. Pure: inspection in, text out.

pub(crate) mod brief;
mod github;
pub(crate) mod human;
pub mod json;
#[cfg(test)]
pub(crate) mod samples;
mod sarif;

use camino::Utf8Path;

use super::arguments::Format;
use super::failure::Failure;
use crate::inspect::{InspectedMacro, Inspection};
use crate::verdict::{Code, Finding, Severity, code_of};

pub(crate) use human::{Context, Detail};

/// The whole report in the format that was asked for. `repository` is the directory that code-scanning tools count paths from.
pub(crate) fn render(
    inspection: &Inspection,
    format: Format,
    repository: &Utf8Path,
    context: &Context<'_>,
) -> Result<String, Failure> {
    Ok(match format {
        Format::Human => human::render(inspection, context),
        Format::Json => json::render(inspection)?,
        Format::Sarif => sarif::render(inspection, repository)?,
        Format::Github => github::render(inspection, repository, context),
    })
}

/// Which findings make `check` fail.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Counting {
    /// When not empty, these codes count whatever their severity, and no others.
    pub(crate) deny: Vec<Code>,
    /// These never count.
    pub(crate) allow: Vec<Code>,
}

impl Counting {
    /// Whether this finding counts.
    pub(crate) fn counts(&self, finding: &Finding) -> bool {
        let denied = if self.deny.is_empty() {
            finding.severity >= Severity::Warning
        } else {
            self.deny.contains(&finding.code)
        };
        denied && !self.allow.contains(&finding.code)
    }

    /// The codes that would count by their severity but were asked not to, each once.
    pub(crate) fn left_out<'a>(
        &'a self,
        findings: &'a [Finding],
    ) -> impl Iterator<Item = Code> + 'a {
        let mut codes: Vec<Code> = findings
            .iter()
            .filter(|finding| finding.severity >= Severity::Warning && !self.counts(finding))
            .map(|finding| finding.code)
            .collect();
        codes.sort_unstable();
        codes.dedup();
        codes.into_iter()
    }
}

/// The macros whose verdict a finding speaks of; none for findings of another kind.
fn macros_of<'a>(inspection: &'a Inspection, finding: &Finding) -> Vec<&'a InspectedMacro> {
    inspection
        .macros
        .iter()
        .filter(|inspected| {
            code_of(&inspected.verdict) == Some(finding.code)
                && finding.package_ids.contains(&inspected.expected.package_id)
        })
        .collect()
}

/// Where a finding shows for tools that cannot show one without a place: its own, else the top of the root manifest.
fn place_or_manifest(
    inspection: &Inspection,
    finding: &Finding,
) -> (camino::Utf8PathBuf, Option<crate::names::Location>) {
    match &finding.location {
        Some(location) => (location.path.clone(), Some(location.clone())),
        None => (inspection.workspace.root.join("Cargo.toml"), None),
    }
}

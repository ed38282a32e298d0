//! One look as the actor takes it: with the places and the lines of text that showing it needs. Reads manifests; decides nothing.

use std::collections::BTreeMap;

use camino::Utf8Path;

use super::edits;
use super::model::{LineTexts, ManifestEdit};
use super::settings::{Complaint, ServerSettings};
use crate::expected::SelectedBy;
use crate::inspect::Inspection;
use crate::locate::{self, Lines, Manifests, toolchain_file};
use crate::names::{Location, PackageId};
use crate::verdict::{Finding, Verdict};

/// One look, with what is needed to show it.
#[derive(Debug, Clone)]
pub(crate) struct Sighting {
    /// The error in words that fit after "failed to".
    pub(crate) inspection: Result<Inspection, String>,
    /// The lines that the findings point to.
    pub(crate) lines: LineTexts,
    /// Where the macros that are not fresh show in manifests.
    pub(crate) places: BTreeMap<PackageId, Location>,
    /// What remedies change in manifests, by their titles.
    pub(crate) edits: Vec<(String, ManifestEdit)>,
    /// Where the toolchain file names the channel, where that chose the toolchain.
    pub(crate) channel: Option<Location>,
    pub(crate) settings: ServerSettings,
    pub(crate) complaints: Vec<Complaint>,
}

impl Sighting {
    /// With all that is needed to show it.
    pub(super) fn of(
        inspection: Result<Inspection, String>,
        settings: ServerSettings,
        complaints: Vec<Complaint>,
    ) -> Self {
        let (channel, places, lines) = match &inspection {
            Ok(inspection) => {
                let channel = channel(inspection);
                let places = places(inspection);
                let lines = lines(&inspection.findings, channel.iter().chain(places.values()));
                (channel, places, lines)
            }
            Err(_) => (None, BTreeMap::new(), LineTexts::default()),
        };
        let edits = inspection.as_ref().map(edits::edits).unwrap_or_default();
        Self {
            inspection,
            lines,
            places,
            edits,
            channel,
            settings,
            complaints,
        }
    }
}

fn channel(inspection: &Inspection) -> Option<Location> {
    let toolchain = inspection.toolchain.as_ref()?;
    if toolchain.selected_by != SelectedBy::ToolchainFile {
        return None;
    }
    let read = |path: &Utf8Path| locate::read_text(path).ok();
    toolchain_file::place_of_channel(&inspection.workspace.root, &read)
}

/// Where the macros that are not fresh show in manifests, the shortest way each.
fn places(inspection: &Inspection) -> BTreeMap<PackageId, Location> {
    let read = |path: &Utf8Path| locate::read_text(path).ok();
    let mut manifests = Manifests::new(&inspection.workspace, &read);
    let affected = inspection
        .macros
        .iter()
        .filter(|inspected| inspected.verdict != Verdict::Fresh);
    affected
        .filter_map(|inspected| {
            let place = manifests.place_of_macro(&inspected.expected)?;
            Some((inspected.expected.package_id.clone(), place.location))
        })
        .collect()
}

/// The texts of the lines that findings point to, so that columns can be counted as each client counts them.
fn lines<'a>(findings: &'a [Finding], others: impl Iterator<Item = &'a Location>) -> LineTexts {
    let mut texts = LineTexts::new();
    let places = findings.iter().flat_map(|finding| {
        let related = finding.related.iter().map(|place| &place.location);
        finding.location.iter().chain(related)
    });
    for place in places.chain(others) {
        // Dylibs are pointed at too, at their start, where there is nothing to count.
        if place.column <= 1 && place.end_column <= 1 {
            continue;
        }
        let key = (place.path.clone(), place.line);
        if texts.contains_key(&key) {
            continue;
        }
        if let Ok(text) = locate::read_text(&place.path) {
            texts.insert(key, Lines::new(&text).line(place.line).to_owned());
        }
    }
    texts
}

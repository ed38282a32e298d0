//! From verdicts to findings: what to tell, how gravely, in which order. Pure; where it shows and what mends it are put in by [`attach`].

use std::cmp::Ordering;
use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::finding::{Code, Finding, RelatedPlace, Severity, start_of};
use super::group::{Group, groups};
use super::reason::{RustcPlace, Verdict};
use super::words::{Words, dylib_note};
use crate::expected::{Toolchain, Workspace};
use crate::inspect::InspectedMacro;
use crate::locate::Place;
use crate::names::{Location, PackageId};
use crate::remedy::Plan;
use crate::settings::{Expansion, ProcMacroSettings, Settings};

/// How many places a finding of many macros names besides its own.
const RELATED_LIMIT: usize = 20;

/// What the messages need to know besides the verdicts.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The workspace; paths below its root are told relative to it.
    pub workspace: &'a Workspace,
    /// The directory of the profile in the build directory, absolute.
    pub profile_directory: &'a Utf8Path,
    /// The tools, where they are known.
    pub toolchain: Option<&'a Toolchain>,
    /// The person's settings: severities, and what rust-analyzer is told not to expand.
    pub settings: &'a Settings,
}

/// The findings on these macros, the gravest first, still without places and remedies.
///
/// Nothing is said of what rust-analyzer will not expand, nor of codes that the person switched off.
#[must_use]
pub fn gather(macros: &[InspectedMacro], context: &Context<'_>) -> Vec<Finding> {
    let settings = &context.settings.proc_macro;
    if settings.expansion == Expansion::Disabled {
        return Vec::new();
    }
    let words = Words::new(context, macros.len());
    let wanted = macros
        .iter()
        .filter(|inspected| !is_ignored(inspected, settings));
    let mut findings: Vec<Finding> = groups(wanted)
        .into_iter()
        .filter_map(|group| finding(&group, &words, context))
        .collect();
    findings.sort_by(gravest_first);
    findings
}

/// The order in which findings are told.
#[must_use]
pub fn gravest_first(one: &Finding, other: &Finding) -> Ordering {
    (other.severity, one.code, &one.packages).cmp(&(one.severity, other.code, &other.packages))
}

/// The severity that a finding is told with: the person's, or else `usual`; `None` where the code is switched off.
#[must_use]
pub fn severity(code: Code, usual: Severity, settings: &Settings) -> Option<Severity> {
    settings.severity.get(&code).copied().unwrap_or(Some(usual))
}

/// Whether rust-analyzer is told to expand none of the macros that a dylib is known to have.
fn is_ignored(inspected: &InspectedMacro, settings: &ProcMacroSettings) -> bool {
    // The key may be written with dashes or underscores (rust-analyzer `reload.rs`, `eq_ignore_underscore`).
    let ignored = settings
        .ignored
        .iter()
        .find(|(name, _)| name.replace('-', "_") == inspected.expected.crate_name.as_str());
    let Some((_, ignored)) = ignored else {
        return false;
    };
    inspected.exports.as_ref().is_some_and(|exports| {
        !exports.is_empty() && exports.iter().all(|name| ignored.contains(name))
    })
}

fn usual_severity(verdict: &Verdict) -> Severity {
    match verdict {
        Verdict::Corrupt(_)
        | Verdict::WrongPlatform(_)
        | Verdict::WrongRustc {
            place: RustcPlace::Expected,
            ..
        } => Severity::Error,
        Verdict::Missing(_) | Verdict::WrongRustc { .. } | Verdict::Stale(_) => Severity::Warning,
        Verdict::Unknown(_) => Severity::Information,
        Verdict::Fresh | Verdict::Building => Severity::Hint,
    }
}

fn finding(group: &Group<'_>, words: &Words<'_>, context: &Context<'_>) -> Option<Finding> {
    let first = group.macros.first()?;
    let severity = severity(group.code, usual_severity(&first.verdict), context.settings)?;
    let expected = || group.macros.iter().map(|inspected| &inspected.expected);
    Some(Finding {
        code: group.code,
        severity,
        message: words.message(&group.macros, group.sharing),
        packages: expected().map(|expected| expected.name.clone()).collect(),
        location: None,
        package_ids: expected()
            .map(|expected| expected.package_id.clone())
            .collect(),
        remedies: Vec::new(),
        related: related(group, words),
    })
}

/// The files to look at: the dylib that cannot serve, the source that changed.
fn related(group: &Group<'_>, words: &Words<'_>) -> Vec<RelatedPlace> {
    let mut places: Vec<RelatedPlace> = Vec::new();
    for inspected in &group.macros {
        let Some((path, message)) = telling_file(inspected, words) else {
            continue;
        };
        let is_new = places.iter().all(|place| place.location.path != path);
        if is_new && places.len() < RELATED_LIMIT {
            places.push(RelatedPlace {
                location: start_of(path),
                message,
            });
        }
    }
    places
}

fn telling_file(inspected: &InspectedMacro, words: &Words<'_>) -> Option<(Utf8PathBuf, String)> {
    if let Verdict::Stale(reason) = &inspected.verdict {
        let path = reason.root().path().or_else(|| reason.path())?;
        return Some((path.clone(), words.change_note(inspected, reason)));
    }
    let message = dylib_note(inspected)?;
    Some((inspected.dylib.clone()?, message))
}

/// Puts into each finding where it shows, from the places of its macros, and what mends it.
///
/// Of several places the one with the shortest way is taken; the others and the inherited keys become related places.
/// `switch` is the place of the toolchain file's channel, where a switched toolchain of many macros shows.
#[must_use]
pub fn attach(
    findings: Vec<Finding>,
    places: &BTreeMap<PackageId, Place>,
    switch: Option<&Location>,
    mut remedies: impl FnMut(&Finding) -> Vec<Plan>,
) -> Vec<Finding> {
    findings
        .into_iter()
        .map(|mut finding| {
            put_place(&mut finding, places, switch);
            finding.remedies = remedies(&finding);
            finding
        })
        .collect()
}

fn put_place(
    finding: &mut Finding,
    places: &BTreeMap<PackageId, Place>,
    switch: Option<&Location>,
) {
    let is_switch = finding.code == Code::DylibWrongRustc && finding.packages.len() > 1;
    let mut others = Vec::new();
    let shortest = finding
        .package_ids
        .iter()
        .filter_map(|id| places.get(id))
        .min_by_key(|place| place.way.len());
    finding.location = switch
        .filter(|_| is_switch)
        .or(shortest.map(|place| &place.location))
        .cloned();
    for (name, id) in finding.packages.iter().zip(&finding.package_ids) {
        let Some(place) = places.get(id) else {
            continue;
        };
        let way: Vec<String> = place.way.iter().map(ToString::to_string).collect();
        others.push(RelatedPlace {
            location: place.location.clone(),
            message: format!("{name} comes in here ({})", way.join(" → ")),
        });
        if let Some(inherited) = &place.inherited_from {
            others.push(RelatedPlace {
                location: inherited.clone(),
                message: format!("{name} is inherited from here"),
            });
        }
    }
    others.sort_by(|one, other| one.location.cmp(&other.location));
    others.dedup_by(|one, other| one.location == other.location);
    others.retain(|other| Some(&other.location) != finding.location.as_ref());
    let room = RELATED_LIMIT.saturating_sub(finding.related.len());
    finding.related.extend(others.into_iter().take(room));
}

#[cfg(test)]
#[path = "gather_tests.rs"]
mod tests;

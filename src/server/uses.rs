//! The uses of proc macros in open files, and what is said at those of affected ones. Pure.

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::Utf8Path;

use super::columns::{Point, units_before};
use super::model::{Encoding, FindingKey, Mark, MarkPlace};
use crate::inspect::Inspection;
use crate::locate::Lines;
use crate::locate::uses::{Crates, MacroKind, MacroUse, Outline};
use crate::names::{Location, PackageId, PackageName};
use crate::settings::ProcMacroSettings;
use crate::verdict::{Effect, Finding, RelatedPlace, Verdict, at_use};

/// A use of a proc macro, placed as the client counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PlacedUse {
    pub(crate) kind: MacroKind,
    /// The macro's path as it is written.
    pub(crate) path: String,
    /// First and last place, as the client counts.
    pub(crate) range: (Point, Point),
    pub(crate) package_id: PackageId,
}

impl PlacedUse {
    /// As people write of it: `#[instrument]`, `Serialize`, `indoc!`.
    fn in_words(&self) -> String {
        let path = &self.path;
        match self.kind {
            MacroKind::Derive => format!("`{path}`"),
            MacroKind::Attribute => format!("`#[{path}]`"),
            MacroKind::Bang => format!("`{path}!`"),
        }
    }

    /// Whether a range of the client's touches it.
    pub(crate) fn touches(&self, range: (Point, Point)) -> bool {
        let before = |one: Point, other: Point| (one.line, one.units) <= (other.line, other.units);
        before(self.range.0, range.1) && before(range.0, self.range.1)
    }
}

/// The uses in an open file.
pub(crate) fn placed_uses(
    crates: &Crates,
    path: &Utf8Path,
    text: &str,
    outline: &Outline,
    encoding: Encoding,
) -> Vec<PlacedUse> {
    let lines = Lines::new(text);
    let place = |used: MacroUse<'_>| {
        let (first, end_column) = lines.on_first_line(&used.range);
        let line = lines.line(first.line);
        let point = |column: u32| Point {
            line: first.line.saturating_sub(1),
            units: units_before(Some(line), column, encoding),
        };
        PlacedUse {
            kind: used.kind,
            path: used.path,
            range: (point(first.column), point(end_column)),
            package_id: used.package_id.clone(),
        }
    };
    crates.uses(path, outline).into_iter().map(place).collect()
}

/// What is to be said wherever a macro of one package is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UseFinding {
    package: PackageName,
    /// The package's name in its library, by which rust-analyzer's settings know it.
    crate_name: String,
    effect: Effect,
    /// The cause in one sentence, without place and remedies.
    finding: Finding,
}

/// What is to be said at uses, out of what is shown of a workspace. `places` are where the macros show in manifests; of what `before`
/// said that is kept which a build is deciding on.
pub(crate) fn use_findings(
    shown: &BTreeMap<FindingKey, Finding>,
    inspection: &Inspection,
    places: &BTreeMap<PackageId, Location>,
    mut before: BTreeMap<PackageId, UseFinding>,
) -> BTreeMap<PackageId, UseFinding> {
    let mut findings = BTreeMap::new();
    for finding in shown.values() {
        for id in &finding.package_ids {
            let inspected = inspection
                .macros
                .iter()
                .find(|inspected| inspected.expected.package_id == *id);
            let said = match inspected {
                Some(inspected) if inspected.verdict != Verdict::Building => {
                    let Some((effect, cause)) = at_use(inspected) else {
                        continue;
                    };
                    let expected = &inspected.expected;
                    let own = Finding {
                        message: cause,
                        packages: vec![expected.name.clone()],
                        package_ids: vec![id.clone()],
                        location: None,
                        remedies: Vec::new(),
                        related: related(
                            finding,
                            id,
                            inspected.dylib.as_deref(),
                            places,
                            &expected.name,
                        ),
                        ..finding.clone()
                    };
                    Some(UseFinding {
                        package: expected.name.clone(),
                        crate_name: expected.crate_name.as_str().to_owned(),
                        effect,
                        finding: own,
                    })
                }
                _ => before.remove(id),
            };
            findings.extend(said.map(|said| (id.clone(), said)));
        }
    }
    findings
}

/// The manifest's key that brings the macro in, and the files that the finding points to besides manifests.
fn related(
    finding: &Finding,
    id: &PackageId,
    dylib: Option<&Utf8Path>,
    places: &BTreeMap<PackageId, Location>,
    name: &PackageName,
) -> Vec<RelatedPlace> {
    let manifest = places.get(id).map(|location| RelatedPlace {
        location: location.clone(),
        message: format!("{name} comes in here"),
    });
    let of_dylib = finding
        .related
        .iter()
        .find(|place| dylib == Some(&place.location.path))
        .cloned();
    // Where several macros have one cause, the finding names some of their dylibs.
    let dylib = of_dylib.or_else(|| {
        Some(RelatedPlace {
            location: Location {
                path: dylib?.to_owned(),
                line: 1,
                column: 1,
                end_column: 1,
            },
            message: format!("the built {name} belongs here"),
        })
    });
    manifest.into_iter().chain(dylib).collect()
}

/// The marks at uses in one file, of those where there is something to say.
pub(crate) fn marks<'a>(
    uses: &'a [PlacedUse],
    file: &'a Arc<Utf8Path>,
    findings: &'a BTreeMap<PackageId, UseFinding>,
    root: &'a Arc<Utf8Path>,
    settings: &'a ProcMacroSettings,
) -> impl Iterator<Item = Mark> {
    // What is said is the same wherever a macro is written alike.
    let mut known: BTreeMap<(MacroKind, &str, &PackageId), Option<Arc<Finding>>> = BTreeMap::new();
    uses.iter().filter_map(move |used| {
        let alike = (used.kind, used.path.as_str(), &used.package_id);
        let finding = known
            .entry(alike)
            .or_insert_with(|| said_at(used, findings, settings).map(Arc::new));
        Some(Mark {
            workspace: Arc::clone(root),
            finding: Arc::clone(finding.as_ref()?),
            place: MarkPlace::Use {
                file: Arc::clone(file),
                range: used.range,
            },
        })
    })
}

fn said_at(
    used: &PlacedUse,
    findings: &BTreeMap<PackageId, UseFinding>,
    settings: &ProcMacroSettings,
) -> Option<Finding> {
    let said = findings.get(&used.package_id)?;
    if is_ignored(used, said, settings) {
        return None;
    }
    let message = format!(
        "{} {}: {}.",
        used.in_words(),
        said.effect.in_words(),
        said.finding.message
    );
    Some(Finding {
        message,
        ..said.finding.clone()
    })
}

/// Whether rust-analyzer is told not to expand this macro.
fn is_ignored(used: &PlacedUse, said: &UseFinding, settings: &ProcMacroSettings) -> bool {
    let name = used.path.rsplit("::").next().unwrap_or(&used.path);
    settings.ignored.iter().any(|(package, names)| {
        package.replace('-', "_") == said.crate_name && names.iter().any(|ignored| ignored == name)
    })
}

#[cfg(test)]
mod tests;

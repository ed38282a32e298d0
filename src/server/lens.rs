//! The line above a manifest's dependencies that counts the proc macros that fail, and mends them. Pure.

use super::actions::command_for;
use super::model::{CommandName, Lens, Target};
use crate::inspect::Inspection;
use crate::locate::manifest::ManifestIndex;
use crate::verdict::{Code, Finding};

/// The lenses of a manifest of this workspace; none where all is well.
pub(crate) fn lenses(
    manifest: &ManifestIndex,
    inspection: &Inspection,
    shown: &[&Finding],
) -> Vec<Lens> {
    let Some(title) = tally(inspection, shown) else {
        return Vec::new();
    };
    let is_mendable = shown.iter().any(|finding| {
        let mut remedies = finding.remedies.iter();
        remedies.any(|plan| command_for(plan.kind) != CommandName::Remedy)
    });
    let title = if is_mendable {
        format!("{title} · Mend all")
    } else {
        title
    };
    let headers = manifest.dependency_headers().into_iter();
    headers
        .map(|location| Lens {
            line: location.line,
            title: title.clone(),
            command: is_mendable.then_some(CommandName::FixAll),
            target: Target::new(&inspection.workspace.root, &[]),
        })
        .collect()
}

/// Such as "2 of 16 proc macros will not expand, 1 expands with old code".
fn tally(inspection: &Inspection, shown: &[&Finding]) -> Option<String> {
    let count = |counts: &dyn Fn(Code) -> bool| {
        let mut packages: Vec<_> = shown
            .iter()
            .filter(|finding| counts(finding.code))
            .flat_map(|finding| &finding.package_ids)
            .collect();
        packages.sort();
        packages.dedup();
        packages.len()
    };
    let total = inspection.macros.len();
    let broken = count(&|code| {
        matches!(
            code,
            Code::DylibMissing
                | Code::DylibCorrupt
                | Code::DylibWrongPlatform
                | Code::DylibWrongRustc
        )
    });
    let stale = count(&|code| code == Code::DylibStale);
    let noun = if total == 1 { "macro" } else { "macros" };
    let expand = if stale == 1 { "expands" } else { "expand" };
    match (broken, stale) {
        (0, 0) => None,
        (0, stale) => Some(format!(
            "{stale} of {total} proc {noun} {expand} with old code"
        )),
        (broken, 0) => Some(format!("{broken} of {total} proc {noun} will not expand")),
        (broken, stale) => Some(format!(
            "{broken} of {total} proc {noun} will not expand, {stale} {expand} with old code"
        )),
    }
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;

    use super::*;
    use crate::remedy::{Plan, RemedyKind};
    use crate::verdict::fixtures::inspected;
    use crate::verdict::{Corruption, MissingReason, StaleReason, Verdict};

    fn said(verdicts: &[Verdict]) -> Vec<String> {
        let macros = verdicts
            .iter()
            .enumerate()
            .map(|(number, verdict)| inspected(&[&format!("m{number}")], verdict.clone()))
            .collect::<Vec<_>>();
        let mut inspection = Inspection::of_macros(macros);
        for finding in &mut inspection.findings {
            finding.remedies = vec![Plan::new(RemedyKind::Rebuild, String::new(), Vec::new())];
        }
        let text = "[package]\nname = \"a\"\n\n  [dependencies]\nm0 = \"1\"\n[dev-dependencies]\n[workspace.dependencies]\nx = \"1\"\n";
        let manifest = ManifestIndex::parse(Utf8Path::new("/w/Cargo.toml"), text);
        let shown: Vec<&Finding> = inspection.findings.iter().collect();
        manifest
            .map(|manifest| lenses(&manifest, &inspection, &shown))
            .unwrap_or_default()
            .into_iter()
            .map(|lens| format!("{}: {} {:?}", lens.line, lens.title, lens.command))
            .collect()
    }

    #[test]
    fn what_fails_is_counted_above_the_dependencies() {
        let gone = || Verdict::Missing(MissingReason::Deleted);
        let stale = || {
            Verdict::Stale(StaleReason::SourceChanged {
                path: "/w/src/lib.rs".into(),
            })
        };
        assert!(said(&[Verdict::Fresh, Verdict::Building]).is_empty());
        assert_eq!(
            said(&[gone(), Verdict::Corrupt(Corruption::Empty), Verdict::Fresh]),
            [
                "4: 2 of 3 proc macros will not expand · Mend all Some(FixAll)",
                "7: 2 of 3 proc macros will not expand · Mend all Some(FixAll)"
            ]
        );
        assert_eq!(
            said(&[stale()]).first().map(String::as_str),
            Some("4: 1 of 1 proc macro expands with old code · Mend all Some(FixAll)")
        );
        assert_eq!(
            said(&[gone(), stale()]).first().map(String::as_str),
            Some(
                "4: 1 of 2 proc macros will not expand, 1 expands with old code · Mend all Some(FixAll)"
            )
        );
    }
}

//! What remedies change in manifests, as edits that a client makes itself. Reads manifests; changes nothing.

use camino::Utf8Path;

use super::model::ManifestEdit;
use crate::inspect::Inspection;
use crate::locate::manifest::ManifestIndex;
use crate::locate::{self, Lines};
use crate::remedy::Requirement;

/// The edits of an inspection's remedies, by their titles; a remedy without one is run by commands instead.
pub(crate) fn edits(inspection: &Inspection) -> Vec<(String, ManifestEdit)> {
    let plans = inspection
        .findings
        .iter()
        .flat_map(|finding| &finding.remedies);
    plans
        .filter_map(|plan| {
            let requirement = plan.requirement()?;
            let mut members = inspection.workspace.members.iter();
            let member = members.find(|member| member.name.as_str() == requirement.member)?;
            let text = locate::read_text(&member.manifest_path).ok()?;
            let edit = edit(&member.manifest_path, &text, requirement)?;
            Some((plan.title.clone(), edit))
        })
        .collect()
}

fn edit(path: &Utf8Path, text: &str, requirement: Requirement<'_>) -> Option<ManifestEdit> {
    let index = ManifestIndex::parse(path, text).ok()?;
    let place = index.requirement_of(requirement.package)?;
    Some(ManifestEdit {
        line: Lines::new(text).line(place.line).to_owned(),
        text: format!("\"={}\"", requirement.version),
        place,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_requirement_alone_is_changed_in_every_form() {
        let check = |text: &str| {
            let requirement = Requirement {
                package: "thing",
                version: "1.0.13",
                member: "app",
            };
            let edit = edit(Utf8Path::new("/w/Cargo.toml"), text, requirement)?;
            let characters: Vec<char> = edit.line.chars().collect();
            let (start, end) = (edit.place.column as usize, edit.place.end_column as usize);
            let before: String = characters.get(..start - 1).unwrap().iter().collect();
            let after: String = characters.get(end - 1..).unwrap().iter().collect();
            Some(format!("{before}{}{after}", edit.text))
        };
        for (text, changed) in [
            (
                "[dependencies]\nthing = \"1\" # why\n",
                Some("thing = \"=1.0.13\" # why"),
            ),
            (
                "[dependencies]\nthing = { version = \"1\", features = [\"a\"] }\n",
                Some("thing = { version = \"=1.0.13\", features = [\"a\"] }"),
            ),
            (
                "[dependencies.thing]\nfeatures = []\nversion = '1'\n",
                Some("version = \"=1.0.13\""),
            ),
            (
                "[dependencies]\nthing.version = \"1\"\n",
                Some("thing.version = \"=1.0.13\""),
            ),
            ("[dependencies]\nthing = { workspace = true }\n", None),
            ("[dependencies]\nother = \"1\"\n", None),
            (
                "[dependencies]\nthing = { version = \"\"\"\n1\"\"\" }\n",
                None,
            ),
            ("[dependencies", None),
        ] {
            assert_eq!(check(text).as_deref(), changed, "{text}");
        }
    }
}

//! What a remedy costs besides itself: the crates that have to be built anew because a macro was. Pure.

use std::collections::BTreeSet;

use crate::expected::SourceGraph;
use crate::inspect::InspectedMacro;
use crate::names::PackageId;

/// The packages whose crates depend on these macros, directly or not, in the order of their ids. The next build builds them anew, whether
/// the macro was removed, cleaned or changed.
#[must_use]
pub fn dependents(macros: &[&InspectedMacro], graph: &SourceGraph) -> Vec<PackageId> {
    let is_macro = |id: &PackageId| {
        macros
            .iter()
            .any(|inspected| inspected.expected.package_id == *id)
    };
    let mut reached: BTreeSet<usize> = (0..)
        .zip(&graph.crates)
        .filter(|(_, krate)| is_macro(&krate.package_id))
        .map(|(place, _)| place)
        .collect();
    loop {
        let before = reached.len();
        for (place, krate) in (0..).zip(&graph.crates) {
            let mut needed = krate.dependencies.values().flatten();
            if needed.any(|needed| reached.contains(needed)) {
                reached.insert(place);
            }
        }
        if reached.len() == before {
            break;
        }
    }
    let packages: BTreeSet<&PackageId> = reached
        .iter()
        .filter_map(|place| Some(&graph.crates.get(*place)?.package_id))
        .filter(|id| !is_macro(id))
        .collect();
    packages.into_iter().cloned().collect()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::expected::{SourceCrate, SourceKind};
    use crate::verdict::Verdict;
    use crate::verdict::fixtures::inspected;

    #[test]
    fn all_that_stands_on_a_macro_is_built_anew() {
        let krate = |id: &str, needed: &[usize]| SourceCrate {
            package_id: PackageId::new(id),
            kind: SourceKind::Library,
            root: "/w/lib.rs".into(),
            edition: 2021,
            features: BTreeSet::new(),
            dependencies: needed
                .iter()
                .map(|place| (format!("c{place}"), BTreeSet::from([*place])))
                .collect::<BTreeMap<_, _>>(),
            member_manifest: None,
        };
        let graph = SourceGraph {
            crates: vec![
                krate("app", &[1]),
                krate("between", &[2]),
                krate("mac@1.0.2", &[]),
                krate("other@1.0.2", &[]),
                krate("tool", &[3]),
            ],
        };
        let named = |name: &str| {
            let inspected = inspected(&[name], Verdict::Fresh);
            dependents(&[&inspected], &graph)
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(named("mac"), "app between");
        assert_eq!(named("other"), "tool");
        assert_eq!(named("absent"), "");
    }
}

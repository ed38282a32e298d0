//! How a change in one unit looks from another that is made of it. Pure.

use std::collections::{BTreeMap, VecDeque};

use super::reason::StaleReason;
use crate::expected::{Expectation, UnitIndex};
use crate::names::PackageName;

/// The reason as `top` has to tell it when the change is in `place`, a unit below it: with the packages in between.
///
/// For another unit of the same package, such as its build script, the chain is that package alone.
#[must_use]
pub fn seen_from(
    expectation: &Expectation,
    top: UnitIndex,
    place: UnitIndex,
    reason: StaleReason,
) -> StaleReason {
    if top == place {
        return reason;
    }
    let mut chain: Vec<PackageName> = way(expectation, top, place)
        .into_iter()
        .filter_map(|index| expectation.units.get(index.0))
        .map(|unit| unit.package.clone())
        .collect();
    chain.dedup();
    let Some(dependency) = chain.get(1).or(chain.first()).cloned() else {
        return reason;
    };
    StaleReason::DependencyChanged {
        dependency,
        chain,
        path: reason.path().cloned(),
        because: Some(Box::new(reason)),
    }
}

/// A shortest way through the unit graph, both ends included; empty where there is none.
fn way(expectation: &Expectation, top: UnitIndex, place: UnitIndex) -> Vec<UnitIndex> {
    let mut came_from = BTreeMap::from([(top, top)]);
    let mut pending = VecDeque::from([top]);
    while let Some(index) = pending.pop_front() {
        if index == place {
            break;
        }
        let dependencies = expectation
            .units
            .get(index.0)
            .into_iter()
            .flat_map(|unit| &unit.dependencies)
            .flat_map(|dependency| &dependency.units);
        for target in dependencies {
            if !came_from.contains_key(target) {
                came_from.insert(*target, index);
                pending.push_back(*target);
            }
        }
    }
    let mut way = Vec::new();
    let mut index = place;
    while let Some(before) = came_from.get(&index) {
        way.push(index);
        if index == top {
            way.reverse();
            return way;
        }
        index = *before;
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::expected::{
        ExpectedDependency, ExpectedInputs, ExpectedUnit, PackageSource, UnitRole,
    };
    use crate::fingerprint::FingerprintFields;
    use crate::names::UnitHash;
    use crate::verdict::fixtures;

    /// Units by package, each with the places of those it depends on.
    fn expectation(units: &[(&str, &[usize])]) -> Expectation {
        let units = units
            .iter()
            .map(|(package, dependencies)| ExpectedUnit {
                package: PackageName::new(*package),
                version: "0.1.0".to_owned(),
                package_root: "/w".into(),
                source: PackageSource::Path,
                hash: UnitHash::parse("0123456789abcdef").unwrap(),
                role: UnitRole::Library,
                fingerprint_directory: "debug/.fingerprint".into(),
                fingerprint_stem: "lib".to_owned(),
                outputs: Vec::new(),
                inputs: ExpectedInputs::Precalculated(String::new()),
                fields: FingerprintFields::default(),
                dependencies: dependencies.iter().copied().map(dependency).collect(),
                package_environment: std::collections::BTreeMap::new(),
            })
            .collect();
        Expectation {
            units,
            ..fixtures::expectation()
        }
    }

    fn dependency(place: usize) -> ExpectedDependency {
        ExpectedDependency {
            package_id_hash: 0,
            name: String::new(),
            public: false,
            units: vec![UnitIndex(place)],
        }
    }

    fn chain(expectation: &Expectation, place: usize) -> Option<Vec<String>> {
        let changed = StaleReason::ContentChanged {
            path: "/w/file.rs".into(),
        };
        match seen_from(expectation, UnitIndex(0), UnitIndex(place), changed) {
            StaleReason::DependencyChanged { chain, .. } => {
                Some(chain.iter().map(ToString::to_string).collect())
            }
            _ => None,
        }
    }

    #[test]
    fn the_shortest_way_is_told_and_own_units_are_one() {
        let expectation = expectation(&[
            ("mac", &[1, 3]),
            ("mac", &[2]),
            ("deep", &[]),
            ("other", &[4]),
            ("deep", &[2]),
        ]);
        assert_eq!(chain(&expectation, 0), None);
        assert_eq!(chain(&expectation, 1).unwrap(), ["mac"]);
        assert_eq!(chain(&expectation, 2).unwrap(), ["mac", "deep"]);
        assert_eq!(chain(&expectation, 4).unwrap(), ["mac", "other", "deep"]);
    }
}

//! Random trees of units, built once and then meddled with: the verdict must be that of cargo's rules written down plainly.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use proptest::prelude::*;

use super::fixtures;
use super::freshness::{Dirt, Environment, Freshness, assess, wanting_fingerprints};
use super::reason::StaleReason;
use crate::expected::{
    Expectation, ExpectedDependency, ExpectedInputs, ExpectedUnit, HashMirror, PackageSource,
    UnitIndex, UnitRole,
};
use crate::fingerprint::{
    DependencyFingerprint, Fingerprint, FingerprintFields, FingerprintHash, LocalFingerprint,
};
use crate::names::{PackageName, UnitHash};
use crate::observed::checksum::ChecksumState;
use crate::observed::unit::{
    Begun, HashFile, InputPlace, ObservedInput, ObservedInputs, ObservedOutput, ObservedUnit,
    StoredFingerprint,
};

/// One unit of the model: what it depends on, and the state of its files in seconds.
#[derive(Debug, Clone)]
struct Unit {
    dependencies: Vec<usize>,
    setting_built: u64,
    setting_now: u64,
    input: Option<u64>,
    dep_info: u64,
    output: Option<u64>,
    hash_file: Kept,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    Whole,
    Emptied,
    Deleted,
}

#[derive(Debug, Clone)]
enum Meddling {
    TouchInput(usize, u64),
    DeleteInput(usize),
    TouchOutput(usize, u64),
    DeleteOutput(usize),
    ChangeSetting(usize),
    EmptyHashFile(usize),
    DeleteHashFile(usize),
}

/// A build of all units in order: unit `n` begins at `100 + 10 n` and ends five seconds later, from an input of second 50.
fn built(dependencies: &[Vec<usize>]) -> Vec<Unit> {
    dependencies
        .iter()
        .enumerate()
        .map(|(place, wanted)| Unit {
            dependencies: wanted.clone(),
            setting_built: 1,
            setting_now: 1,
            input: Some(50),
            dep_info: 100 + 10 * place as u64,
            output: Some(105 + 10 * place as u64),
            hash_file: Kept::Whole,
        })
        .collect()
}

fn meddle(units: &mut [Unit], meddling: &Meddling) {
    let count = units.len();
    match *meddling {
        Meddling::TouchInput(place, time) => units[place % count].input = Some(time),
        Meddling::DeleteInput(place) => units[place % count].input = None,
        Meddling::TouchOutput(place, time) => units[place % count].output = Some(time),
        Meddling::DeleteOutput(place) => units[place % count].output = None,
        Meddling::ChangeSetting(place) => units[place % count].setting_now = 2,
        Meddling::EmptyHashFile(place) => units[place % count].hash_file = Kept::Emptied,
        Meddling::DeleteHashFile(place) => units[place % count].hash_file = Kept::Deleted,
    }
}

/// Cargo's rules, plainly: files first, then the fingerprint's value, which holds the values of all below.
fn files_are_up_to_date(units: &[Unit], place: usize) -> bool {
    let unit = &units[place];
    let Some(output) = unit.output else {
        return false;
    };
    let below = unit.dependencies.iter().all(|dependency| {
        files_are_up_to_date(units, *dependency)
            && units[*dependency]
                .output
                .is_some_and(|newest| newest <= output)
    });
    below && unit.input.is_some_and(|input| input <= unit.dep_info)
}

fn settings_are_as_built(units: &[Unit], place: usize) -> bool {
    let unit = &units[place];
    unit.setting_now == unit.setting_built
        && unit
            .dependencies
            .iter()
            .all(|dependency| settings_are_as_built(units, *dependency))
}

fn cargo_would_leave_it(units: &[Unit], place: usize) -> bool {
    units[place].hash_file == Kept::Whole
        && settings_are_as_built(units, place)
        && files_are_up_to_date(units, place)
}

fn second(second: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(second)
}

fn fields(setting: u64) -> FingerprintFields {
    FingerprintFields {
        rustc: 1,
        features: "[]".to_owned(),
        profile: setting,
        ..FingerprintFields::default()
    }
}

fn local(place: usize) -> PathBuf {
    PathBuf::from(format!("debug/.fingerprint/u{place}/dep-lib-u{place}"))
}

/// What was written when everything was built.
fn stored(units: &[Unit]) -> Vec<Fingerprint> {
    let mut written: Vec<Fingerprint> = Vec::new();
    for (place, unit) in units.iter().enumerate() {
        let of_dependency = |dependency: &usize| {
            let hash: FingerprintHash = written[*dependency].hash();
            DependencyFingerprint(*dependency as u64, format!("u{dependency}"), false, hash)
        };
        written.push(Fingerprint {
            fields: fields(unit.setting_built),
            dependencies: unit.dependencies.iter().map(of_dependency).collect(),
            local: vec![LocalFingerprint::CheckDepInfo {
                dep_info: local(place),
                checksum: false,
            }],
        });
    }
    written
}

fn expectation(units: &[Unit], hash_mirror: HashMirror) -> Expectation {
    let expected = units.iter().enumerate().map(|(place, unit)| ExpectedUnit {
        package: PackageName::new(format!("u{place}")),
        version: "0.1.0".to_owned(),
        package_root: format!("/ws/u{place}").into(),
        source: PackageSource::Path,
        hash: UnitHash::parse(&format!("{place:016x}")).unwrap(),
        role: UnitRole::Library,
        fingerprint_directory: format!("debug/.fingerprint/u{place}").into(),
        fingerprint_stem: format!("lib-u{place}"),
        outputs: vec![format!("debug/deps/libu{place}.rlib").into()],
        inputs: ExpectedInputs::DepInfo {
            path: local(place).to_str().unwrap().into(),
            checksum: false,
        },
        fields: fields(unit.setting_now),
        dependencies: unit
            .dependencies
            .iter()
            .map(|dependency| ExpectedDependency {
                package_id_hash: *dependency as u64,
                name: format!("u{dependency}"),
                public: false,
                units: vec![UnitIndex(*dependency)],
            })
            .collect(),
        package_environment: BTreeMap::new(),
    });
    Expectation {
        units: expected.collect(),
        hash_mirror,
        ..fixtures::expectation()
    }
}

fn observed(units: &[Unit]) -> Vec<ObservedUnit> {
    units
        .iter()
        .zip(stored(units))
        .enumerate()
        .map(|(place, (unit, fingerprint))| ObservedUnit {
            hash_file: match unit.hash_file {
                Kept::Whole => HashFile::Value(fingerprint.hash()),
                Kept::Emptied => HashFile::Empty,
                Kept::Deleted => HashFile::Missing,
            },
            hash_written: None,
            begun: Begun::Once,
            fingerprint: StoredFingerprint::Read(fingerprint),
            outputs: vec![ObservedOutput {
                path: format!("/ws/target/debug/deps/libu{place}.rlib").into(),
                modified: unit.output.map(second),
                stamp: None,
            }],
            inputs: ObservedInputs::DepInfo {
                built: second(unit.dep_info),
                files: vec![ObservedInput {
                    path: format!("/ws/u{place}/src/lib.rs").into(),
                    modified: unit.input.map(second),
                    place: InputPlace::Source,
                    checksum: ChecksumState::NotRecorded,
                }],
                variables: Vec::new(),
            },
        })
        .collect()
}

/// What an observer reads that leaves the JSON unread where the value may settle the matter, and reads it where it is wanted.
fn read_in_two_steps(
    whole: &[ObservedUnit],
    assess: impl Fn(&[ObservedUnit]) -> Vec<Freshness>,
) -> Vec<ObservedUnit> {
    let mut lean = whole.to_vec();
    for unit in &mut lean {
        if matches!(unit.hash_file, HashFile::Value(_)) {
            unit.fingerprint = StoredFingerprint::NotRead;
        }
    }
    let assessed = assess(&lean);
    for index in wanting_fingerprints(&lean, &assessed) {
        lean[index.0].fingerprint = whole[index.0].fingerprint.clone();
    }
    lean
}

#[test]
fn only_where_the_value_is_another_the_json_is_wanted() {
    let wanted = |units: &[Unit], hash_mirror| {
        let expectation = expectation(units, hash_mirror);
        let own = BTreeMap::new();
        let environment = Environment {
            own: &own,
            cargo: &expectation.environment,
        };
        let mut lean = observed(units);
        for unit in &mut lean {
            unit.fingerprint = StoredFingerprint::NotRead;
        }
        let assessed = assess(&expectation, &lean, environment, second(10_000));
        wanting_fingerprints(&lean, &assessed)
    };
    let units = built(&[vec![], vec![0], vec![1], vec![]]);
    assert_eq!(wanted(&units, HashMirror::Proven), []);
    let all = [0, 1, 2, 3].map(UnitIndex);
    assert_eq!(wanted(&units, HashMirror::Unproven), all);
    let mut units = units;
    units[1].setting_now = 2;
    units[3].input = Some(500);
    assert_eq!(wanted(&units, HashMirror::Proven), [1, 2].map(UnitIndex));
}

fn verdicts(units: &[Unit], hash_mirror: HashMirror) -> Vec<Option<Dirt>> {
    let expectation = expectation(units, hash_mirror);
    let own = BTreeMap::new();
    let environment = Environment {
        own: &own,
        cargo: &expectation.environment,
    };
    let assess =
        |observed: &[ObservedUnit]| assess(&expectation, observed, environment, second(10_000));
    let whole = observed(units);
    let assessed = assess(&whole);
    assert_eq!(
        assess(&read_in_two_steps(&whole, assess)),
        assessed,
        "what the first step left unread decided something"
    );
    assessed
        .into_iter()
        .map(|freshness| freshness.dirt)
        .collect()
}

fn meddling() -> impl Strategy<Value = Meddling> {
    let place = 0_usize..8;
    // Times on both sides of every build, equal ones included: cargo takes an equal time for fresh.
    let time = 90_u64..200;
    prop_oneof![
        3 => (place.clone(), time.clone()).prop_map(|(place, time)| Meddling::TouchInput(place, time)),
        1 => place.clone().prop_map(Meddling::DeleteInput),
        3 => (place.clone(), time).prop_map(|(place, time)| Meddling::TouchOutput(place, time)),
        1 => place.clone().prop_map(Meddling::DeleteOutput),
        2 => place.clone().prop_map(Meddling::ChangeSetting),
        1 => place.clone().prop_map(Meddling::EmptyHashFile),
        1 => place.prop_map(Meddling::DeleteHashFile),
    ]
}

/// Unit `n` may depend on any unit before it.
fn trees() -> impl Strategy<Value = Vec<Vec<usize>>> {
    proptest::collection::vec(any::<u8>(), 1..8).prop_map(|masks| {
        masks
            .iter()
            .enumerate()
            .map(|(place, mask)| (0..place).filter(|other| mask >> other & 1 == 1).collect())
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_verdict_is_that_of_cargos_rules(tree in trees(), meddlings in proptest::collection::vec(meddling(), 0..4)) {
        let mut units = built(&tree);
        for meddling in &meddlings {
            meddle(&mut units, meddling);
        }
        let wanted: Vec<bool> = (0..units.len()).map(|place| cargo_would_leave_it(&units, place)).collect();
        let found: Vec<bool> = verdicts(&units, HashMirror::Proven).iter().map(Option::is_none).collect();
        prop_assert_eq!(&found, &wanted, "{:#?}", units);
    }
}

#[test]
fn an_untouched_build_is_fresh_even_where_hashes_cannot_be_worked_out() {
    let units = built(&[vec![], vec![0], vec![0, 1]]);
    assert_eq!(verdicts(&units, HashMirror::Unproven), [None, None, None]);
}

#[test]
fn the_reason_names_the_way_down_to_the_change() {
    let mut units = built(&[vec![], vec![0], vec![1]]);
    units[0].input = Some(500);
    let Some(Dirt::Stale(StaleReason::DependencyChanged {
        dependency,
        chain,
        path,
        because,
    })) = verdicts(&units, HashMirror::Proven).pop().unwrap()
    else {
        unreachable!("a changed dependency is named")
    };
    assert_eq!(dependency.as_str(), "u1");
    let chain: Vec<&str> = chain.iter().map(PackageName::as_str).collect();
    assert_eq!(chain, ["u2", "u1", "u0"]);
    assert_eq!(path.unwrap(), "/ws/u0/src/lib.rs");
    assert!(matches!(
        because.as_deref(),
        Some(StaleReason::SourceChanged { .. })
    ));
}

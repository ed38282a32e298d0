//! Which unit each record of the stand-in compiler is about, told by the hashes in file names and directories.

use std::collections::HashMap;
use std::path::Path;

use crate::cargo::questions::Answer;
use crate::cargo::scratch::ScratchUnit;
use crate::cargo::stand_in::{CompilationRecord, Record};
use crate::names::UnitHash;

/// The stand-in's records by unit.
pub(super) struct UnitRecords<'a> {
    pub(super) compilations: HashMap<UnitHash, &'a CompilationRecord>,
    /// For each run of a build script, the unit that compiled it.
    pub(super) runs: HashMap<UnitHash, UnitHash>,
}

impl<'a> UnitRecords<'a> {
    pub(super) fn of(answer: &'a Answer) -> Self {
        let mut compilations = HashMap::new();
        let mut runs = HashMap::new();
        for record in &answer.records {
            match record {
                Record::Compilation(compilation) => {
                    if let Some(hash) = hash_of_compilation(compilation, &answer.units) {
                        compilations.insert(hash, compilation);
                    }
                }
                Record::BuildScriptRun { program, out_dir } => {
                    if let (Some(run), Some(compiled)) =
                        (hash_in_path(out_dir), hash_in_path(program))
                    {
                        runs.insert(run, compiled);
                    }
                }
            }
        }
        Self { compilations, runs }
    }
}

/// The hash of the unit that a compilation makes: in its file names, or in its directory's. A library with a C-compatible kind from a
/// path has none in its file names (cargo 1.95, `compilation_files.rs`, `use_extra_filename`): then the one unit of that package and
/// target is meant.
fn hash_of_compilation(compilation: &CompilationRecord, units: &[ScratchUnit]) -> Option<UnitHash> {
    if let Some(hash) = compilation.extra_filename.strip_prefix('-') {
        return UnitHash::parse(hash);
    }
    if let Some(hash) = hash_in_path(&compilation.out_directory) {
        return Some(hash);
    }
    let package = compilation.package_environment.get("CARGO_PKG_NAME")?;
    let mut fitting = units.iter().filter(|unit| {
        unit.package == *package
            && unit
                .stem
                .strip_prefix("lib-")
                .is_some_and(|target| target.replace('-', "_") == compilation.crate_name)
    });
    match (fitting.next(), fitting.next()) {
        (Some(unit), None) => Some(unit.hash),
        _ => None,
    }
}

/// The unit hash in the last part of a path that has one: `deps/libserde-H.rlib`, `build/serde-H/out`, `build/serde/H/out`.
pub(super) fn hash_in_path(path: &Path) -> Option<UnitHash> {
    path.iter().rev().find_map(|part| {
        let part = part.to_str()?;
        let stem = part.split_once('.').map_or(part, |(stem, _)| stem);
        UnitHash::parse(stem).or_else(|| UnitHash::split_from(stem).map(|(_, hash)| hash))
    })
}

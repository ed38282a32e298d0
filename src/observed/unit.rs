//! What the disk holds of one expected unit: hash file, fingerprint, outputs with their times, inputs with theirs.

mod inputs;
mod rest;

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use camino::{Utf8Path, Utf8PathBuf};

use super::build_script::{self, NamedInputs};
use super::checksum::{self, ChecksumState};
use super::content::Stamp;
use super::dep_info::{self, Base, DepInfo};
use super::file::{self, ReadError};
use super::identity::{self, Reliance, Sight};
use crate::expected::{ExpectedInputs, ExpectedUnit};
use crate::fingerprint::{Fingerprint, FingerprintHash};

pub use inputs::{InputPlace, ObservedInput, ObservedInputs};
pub(crate) use rest::Rest;

/// A fingerprint JSON names features and dependencies: a few KiB, hundreds for the largest.
const FINGERPRINT_LIMIT: u64 = 16 << 20;
/// A dep-info names every source of a crate.
const DEP_INFO_LIMIT: u64 = 64 << 20;
/// Some build scripts print a lot.
const PRINTED_LIMIT: u64 = 64 << 20;

/// What the disk holds of one unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedUnit {
    /// The file with the fingerprint's value.
    pub hash_file: HashFile,
    /// When that was last written; `None` where it is not there.
    pub hash_written: Option<SystemTime>,
    /// Whether a build of it ever began.
    pub begun: Begun,
    /// The fingerprint JSON.
    pub fingerprint: StoredFingerprint,
    /// The outputs that cargo looks at, in the order of the expectation.
    pub outputs: Vec<ObservedOutput>,
    /// Its own inputs.
    pub inputs: ObservedInputs,
}

/// The file with the fingerprint's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum HashFile {
    /// There is none.
    Missing,
    /// A build began and did not end: cargo empties the file first (cargo 1.95, `fingerprint/mod.rs`, `prepare_target`).
    Empty,
    /// It holds something else.
    Damaged,
    /// Something that is no file lies in its place, and cargo fails where it has to write it.
    NotAFile,
    /// The value.
    Value(FingerprintHash),
}

/// The fingerprint JSON of a unit. Where the value alone settles the matter, cargo does not open it either (cargo 1.95,
/// `fingerprint/mod.rs`, `compare_old_fingerprint`).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoredFingerprint {
    /// It was not looked at.
    NotRead,
    /// Cargo could not read it either.
    Unreadable,
    /// What it says.
    Read(Fingerprint),
}

impl StoredFingerprint {
    /// What it says, where it was read.
    #[must_use]
    pub fn said(&self) -> Option<&Fingerprint> {
        match self {
            Self::Read(fingerprint) => Some(fingerprint),
            Self::NotRead | Self::Unreadable => None,
        }
    }
}

/// Whether a build of a unit ever began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // The names say it.
#[non_exhaustive]
pub enum Begun {
    Never,
    Once,
}

/// A file and when it was last written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedFile {
    /// The file, absolute.
    pub path: PathBuf,
    /// When it was last written; `None` where it is not there.
    pub modified: Option<SystemTime>,
}

/// What a build left, and all that tells whether it is still the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedOutput {
    /// The file, absolute.
    pub path: PathBuf,
    /// When it was last written; `None` where it is not there.
    pub modified: Option<SystemTime>,
    /// Its stamp; `None` where it is no regular file.
    pub stamp: Option<Stamp>,
}

impl ObservedOutput {
    fn of(path: PathBuf) -> (Self, Sight) {
        let answer = fs::metadata(&path);
        let sight = Sight::of_answer(&answer);
        let metadata = answer.ok();
        let output = Self {
            modified: metadata
                .as_ref()
                .and_then(|metadata| metadata.modified().ok()),
            stamp: metadata.as_ref().and_then(Stamp::of_metadata),
            path,
        };
        (output, sight)
    }
}

/// Looks at units; keeps the times it has read, so that one look sees one state of each file.
#[derive(Debug)]
pub struct Observer<'a> {
    build_directory: &'a Utf8Path,
    /// Directories whose files are taken for immutable (cargo 1.91 and later, `fingerprint/mod.rs`, `find_stale_file`).
    immutable: Vec<PathBuf>,
    times: HashMap<PathBuf, (Option<SystemTime>, Sight)>,
    /// What the unit that is being looked at rests on, as far as it was.
    rest: Rest,
}

impl<'a> Observer<'a> {
    /// Looks below this build directory; files in cargo's home are taken for immutable.
    #[must_use]
    pub fn new(build_directory: &'a Utf8Path, cargo_home: Option<&Utf8Path>) -> Self {
        let immutable = cargo_home
            .into_iter()
            .flat_map(|home| ["git", "registry"].map(|name| home.join(name).into_std_path_buf()))
            .collect();
        Self {
            build_directory,
            immutable,
            times: HashMap::new(),
            rest: Rest::default(),
        }
    }

    /// Everything about one unit, with what it rests on.
    pub(crate) fn unit_and_rest(
        &mut self,
        expected: &ExpectedUnit,
        reliance: &mut Reliance,
    ) -> (ObservedUnit, Rest) {
        self.rest = Rest::on_nothing_yet();
        let unit = self.look_at(expected);
        let rest = std::mem::take(&mut self.rest);
        (unit, rest.relied_on(reliance))
    }

    /// Everything about one unit, but for the fingerprint JSON where its value may settle the matter.
    pub fn unit(&mut self, expected: &ExpectedUnit) -> ObservedUnit {
        self.rest = Rest::Unclear;
        self.look_at(expected)
    }

    fn look_at(&mut self, expected: &ExpectedUnit) -> ObservedUnit {
        let directory = self.build_directory.join(&expected.fingerprint_directory);
        let stem = &expected.fingerprint_stem;
        let mut outputs = Vec::new();
        for output in &expected.outputs {
            let (output, sight) = ObservedOutput::of(self.build_directory.join(output).into());
            self.rest.add(&output.path, sight);
            outputs.push(output);
        }
        let hash_path = directory.join(stem);
        let (hash_file, hash_written, sight) = hash_file_with_time(&hash_path);
        self.rest.add(hash_path.as_std_path(), sight);
        // Which of several equal units it was built with, the JSON alone tells.
        let is_ambiguous = expected
            .dependencies
            .iter()
            .any(|dependency| dependency.units.len() > 1);
        let fingerprint = if is_ambiguous || !matches!(hash_file, HashFile::Value(_)) {
            self.rest.become_unclear();
            self.fingerprint(expected)
        } else {
            StoredFingerprint::NotRead
        };
        ObservedUnit {
            hash_file,
            hash_written,
            begun: begun(&directory, hash_file),
            fingerprint,
            outputs,
            inputs: self.inputs(expected),
        }
    }

    /// The fingerprint JSON of one unit.
    #[must_use]
    pub fn fingerprint(&self, expected: &ExpectedUnit) -> StoredFingerprint {
        let directory = self.build_directory.join(&expected.fingerprint_directory);
        let path = directory.join(format!("{}.json", expected.fingerprint_stem));
        fingerprint(&path).map_or(StoredFingerprint::Unreadable, StoredFingerprint::Read)
    }

    fn inputs(&mut self, expected: &ExpectedUnit) -> ObservedInputs {
        match &expected.inputs {
            ExpectedInputs::Precalculated(_) => ObservedInputs::None,
            ExpectedInputs::DepInfo { path, .. } => {
                let path = self.build_directory.join(path);
                let info = self
                    .read(path.as_std_path(), DEP_INFO_LIMIT)
                    .and_then(|(bytes, built)| Some((dep_info::parse(&bytes)?, built?)));
                if let Some((info, built)) = info {
                    self.compilation(expected, info, built)
                } else {
                    self.rest.become_unclear();
                    ObservedInputs::DepInfoDamaged(path)
                }
            }
            ExpectedInputs::BuildScriptOutput { printed, .. } => {
                self.build_script(expected, printed)
            }
        }
    }

    fn compilation(
        &mut self,
        expected: &ExpectedUnit,
        info: DepInfo,
        built: SystemTime,
    ) -> ObservedInputs {
        let mut files = Vec::new();
        for listed in info.files {
            let base = match listed.base {
                Base::Package => expected.package_root.as_std_path(),
                Base::Build => self.build_directory.as_std_path(),
            };
            let path = base.join(&listed.path);
            if self.is_immutable(&path) {
                continue;
            }
            let place = if path.starts_with(self.build_directory) {
                InputPlace::BuildDirectory
            } else {
                InputPlace::Source
            };
            let checksum = match &expected.inputs {
                ExpectedInputs::DepInfo { checksum: true, .. } => {
                    self.rest.become_unclear();
                    checksum::compare(&path, listed.checksum.as_ref())
                }
                _ => ChecksumState::NotRecorded,
            };
            files.push(ObservedInput {
                modified: self.time(&path),
                path,
                place,
                checksum,
            });
        }
        ObservedInputs::DepInfo {
            built,
            files,
            variables: info.variables,
        }
    }

    fn build_script(&mut self, expected: &ExpectedUnit, printed: &Utf8Path) -> ObservedInputs {
        let printed = self.build_directory.join(printed);
        let Some((text, ran)) = self.read(printed.as_std_path(), PRINTED_LIMIT) else {
            self.rest.become_unclear();
            return ObservedInputs::BuildScript {
                ran: file::modified(printed.as_std_path()),
                named: NamedInputs::default(),
                paths: Vec::new(),
            };
        };
        let (out_dir_then, out_dir_now) = self.out_dirs(&printed);
        let named = build_script::parse(&text, &out_dir_then, out_dir_now.as_str());
        let mut paths = Vec::new();
        for path in &named.paths {
            let path = expected.package_root.as_std_path().join(path);
            if !self.is_immutable(&path) {
                paths.push(ObservedFile {
                    modified: self.time(&path),
                    path,
                });
            }
        }
        ObservedInputs::BuildScript { ran, named, paths }
    }

    fn time(&mut self, path: &Path) -> Option<SystemTime> {
        let known = self.times.get(path).copied();
        let (time, sight) = known.unwrap_or_else(|| {
            let answer = fs::metadata(path);
            let sight = Sight::of_answer(&answer);
            let found = match &answer {
                // The newest of many times.
                Ok(metadata) if metadata.is_dir() => {
                    (file::modified_recursively(path), Sight::Unclear)
                }
                Ok(metadata) => (metadata.modified().ok(), sight),
                Err(_) => (None, sight),
            };
            self.times.insert(path.to_owned(), found);
            found
        });
        self.rest.add(path, sight);
        time
    }

    /// The content of a file, and when it was last written; `None` where it cannot be read whole.
    fn read(&mut self, path: &Path, limit: u64) -> Option<(Vec<u8>, Option<SystemTime>)> {
        let (read, sight) = identity::read(path, limit);
        self.rest.add(path, sight);
        read.ok()
    }

    /// `OUT_DIR` as it was when the script ran (`root-output`) and as it is now: beside what was printed, in both layouts.
    fn out_dirs(&mut self, printed: &Utf8Path) -> (String, Utf8PathBuf) {
        let directory = printed.parent().unwrap_or(printed);
        let then = self
            .read(directory.join("root-output").as_std_path(), 1 << 16)
            .and_then(|(bytes, _)| String::from_utf8(bytes).ok())
            .unwrap_or_default();
        let run_directory = if directory.file_name() == Some("run") {
            directory.parent().unwrap_or(directory)
        } else {
            directory
        };
        (then, run_directory.join("out"))
    }

    fn is_immutable(&self, path: &Path) -> bool {
        self.immutable
            .iter()
            .any(|directory| path.starts_with(directory))
    }
}

/// A hash file tells by itself that a build began, whatever else is left of it.
fn begun(directory: &Utf8Path, hash_file: HashFile) -> Begun {
    if hash_file != HashFile::Missing || directory.join("invoked.timestamp").is_file() {
        Begun::Once
    } else {
        Begun::Never
    }
}

pub(super) fn hash_file(path: &Utf8Path) -> HashFile {
    hash_file_with_time(path).0
}

fn hash_file_with_time(path: &Utf8Path) -> (HashFile, Option<SystemTime>, Sight) {
    let (read, sight) = identity::read(path.as_std_path(), 64);
    let error = match read {
        Ok((bytes, written)) => {
            let value = std::str::from_utf8(&bytes)
                .ok()
                .and_then(FingerprintHash::parse);
            let hash_file = match value {
                _ if bytes.is_empty() => HashFile::Empty,
                Some(value) => HashFile::Value(value),
                None => HashFile::Damaged,
            };
            return (hash_file, written, sight);
        }
        Err(error) => error,
    };
    let hash_file = match error {
        ReadError::Missing => HashFile::Missing,
        ReadError::Unfit if !path.is_file() => HashFile::NotAFile,
        ReadError::Unfit | ReadError::System(_) => HashFile::Damaged,
    };
    (hash_file, file::modified(path.as_std_path()), sight)
}

/// Reads a fingerprint JSON; `None` where cargo could not read it either.
#[must_use]
pub fn fingerprint(path: &Utf8Path) -> Option<Fingerprint> {
    let bytes = file::read(path.as_std_path(), FINGERPRINT_LIMIT).ok()?;
    serde_json::from_slice(&bytes).ok()
}

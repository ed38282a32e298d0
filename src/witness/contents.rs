//! What complete builds were made of: digests of each unit's inputs and dylib, so that a change shows which cargo cannot see, such as a
//! source restored with its old time or a dylib altered in place.
//!
//! A memory is used only under the very state of the unit that it was taken in; any rebuild ends it unread.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use super::store;
use crate::expected::{Expectation, ExpectedUnit, UnitRole};
use crate::fingerprint::FingerprintHash;
use crate::names::UnitHash;
use crate::observed::content::{self, ContentDigest, Stamp};
use crate::observed::file::display_path;
use crate::observed::unit::{HashFile, ObservedInputs, ObservedOutput, ObservedUnit};

/// Raised when the form changes.
const FORMAT: u32 = 1;
/// Units that are remembered for one build directory; several workspaces may share it.
const UNITS_LIMIT: usize = 5_000;
const FILE_NAME: &str = "contents.json";

/// What is remembered for one build directory.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Contents {
    format: u32,
    units: BTreeMap<UnitHash, Memory>,
    #[serde(skip)]
    moved: Moved,
}

/// Whether something is to be written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Moved {
    #[default]
    No,
    Yes,
}

/// One unit as a complete build left it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Memory {
    state: State,
    inputs: BTreeMap<String, Known>,
    dylib: Option<Known>,
}

/// What must be the same for a memory to be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct State {
    value: FingerprintHash,
    built: Option<SystemTime>,
    outputs: Vec<(u64, SystemTime, Option<u64>)>,
}

/// A file's content, and the stamp it had when it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    stamp: Stamp,
    digest: ContentDigest,
}

/// What differs from the remembered build although every time says otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Difference {
    /// The dylib.
    Dylib,
    /// An input: the file.
    Input(Utf8PathBuf),
}

impl Contents {
    /// What was remembered for a build directory; empty where nothing can be read.
    #[must_use]
    pub fn recall(build_directory: &Utf8Path) -> Self {
        let path = store::directory(build_directory).join(FILE_NAME);
        store::read::<Self>(&path)
            .filter(|contents| contents.format == FORMAT)
            .unwrap_or_default()
    }

    /// Writes what was learnt since, if anything was.
    pub fn remember(&mut self, build_directory: &Utf8Path) {
        if self.moved == Moved::Yes {
            self.format = FORMAT;
            store::write(build_directory, FILE_NAME, self);
            self.moved = Moved::No;
        }
    }

    /// How a unit differs from its memory; `None` where it does not, or where nothing is remembered of this very state.
    pub fn difference(
        &mut self,
        build_directory: &Utf8Path,
        expected: &ExpectedUnit,
        observed: &ObservedUnit,
    ) -> Option<Difference> {
        let memory = self.units.get_mut(&expected.hash)?;
        if Some(&memory.state) != state(observed).as_ref() {
            return None;
        }
        let places = Places {
            build_directory,
            package_root: &expected.package_root,
        };
        if let (Some(known), Some(dylib)) = (&mut memory.dylib, dylib(expected, observed))
            && known.differs(&dylib.path, dylib.stamp, &mut self.moved)
        {
            return Some(Difference::Dylib);
        }
        let listed = observed.inputs.paths();
        let listed: BTreeSet<String> = listed.filter_map(|path| places.name(path)).collect();
        // What the dep-info lists no more is no input, whatever its time says.
        let inputs = memory.inputs.iter_mut();
        let mut inputs = inputs.filter(|(name, _)| listed.contains(*name));
        inputs.find_map(|(name, known)| {
            let path = places.path(name);
            known
                .differs(&path, Stamp::of(&path), &mut self.moved)
                .then(|| Difference::Input(display_path(&path)))
        })
    }

    /// Remembers a unit that is fresh and that no build touches. The state is read again afterwards: what moved meanwhile is not kept.
    pub fn learn(
        &mut self,
        build_directory: &Utf8Path,
        expected: &ExpectedUnit,
        observed: &ObservedUnit,
        observe_again: impl FnOnce() -> ObservedUnit,
    ) {
        let inputs: Vec<&Path> = observed.inputs.paths().collect();
        let dylib = dylib(expected, observed);
        if inputs.is_empty() && dylib.is_none() {
            return;
        }
        let Some(state_before) = state(observed) else {
            return;
        };
        let is_known = self
            .units
            .get(&expected.hash)
            .is_some_and(|memory| memory.state == state_before);
        if is_known {
            return;
        }
        let places = Places {
            build_directory,
            package_root: &expected.package_root,
        };
        let memory = Memory {
            inputs: inputs
                .into_iter()
                .filter_map(|path| Some((places.name(path)?, Known::read(path)?)))
                .collect(),
            dylib: dylib.and_then(|dylib| Known::read(&dylib.path)),
            state: state_before,
        };
        if state(&observe_again()).as_ref() == Some(&memory.state) {
            if self.units.len() >= UNITS_LIMIT {
                self.units.pop_first();
            }
            self.units.insert(expected.hash, memory);
            self.moved = Moved::Yes;
        }
    }
}

impl Known {
    fn read(path: &Path) -> Option<Self> {
        let stamp = Stamp::of(path)?;
        let digest = content::digest(path)?;
        // Written while it was read: neither content can be vouched for.
        (Stamp::of(path)? == stamp).then_some(Self { stamp, digest })
    }

    /// Whether the content differs; read only where the stamp moved. What cannot be read is not held against it here.
    fn differs(&mut self, path: &Path, stamp: Option<Stamp>, moved: &mut Moved) -> bool {
        if stamp.is_none_or(|stamp| stamp == self.stamp) {
            return false;
        }
        match Self::read(path) {
            Some(now) if now.digest == self.digest => {
                self.stamp = now.stamp;
                *moved = Moved::Yes;
                false
            }
            Some(_) => true,
            None => false,
        }
    }
}

fn state(observed: &ObservedUnit) -> Option<State> {
    let HashFile::Value(value) = observed.hash_file else {
        return None;
    };
    let built = match &observed.inputs {
        ObservedInputs::DepInfo { built, .. } => Some(*built),
        ObservedInputs::BuildScript { ran, .. } => *ran,
        ObservedInputs::None | ObservedInputs::DepInfoDamaged(_) => None,
    };
    let outputs = observed
        .outputs
        .iter()
        .map(|output| {
            let stamp = output.stamp?;
            Some((stamp.size, stamp.modified, stamp.inode))
        })
        .collect::<Option<Vec<_>>>()?;
    Some(State {
        value,
        built,
        outputs,
    })
}

fn dylib<'a>(expected: &ExpectedUnit, observed: &'a ObservedUnit) -> Option<&'a ObservedOutput> {
    let output = observed.outputs.first()?;
    (expected.role == UnitRole::ProcMacro).then_some(output)
}

/// Files are remembered by their place in the package or the build directory, so that both may be moved.
struct Places<'a> {
    build_directory: &'a Utf8Path,
    package_root: &'a Utf8Path,
}

impl Places<'_> {
    fn name(&self, path: &Path) -> Option<String> {
        let text = |path: &Path| path.to_str().map(str::to_owned);
        if let Ok(inside) = path.strip_prefix(self.build_directory) {
            return Some(format!("build:{}", text(inside)?));
        }
        match path.strip_prefix(self.package_root) {
            Ok(inside) => Some(format!("package:{}", text(inside)?)),
            Err(_) => Some(format!("path:{}", text(path)?)),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        match name.split_once(':') {
            Some(("build", inside)) => self.build_directory.join(inside).into(),
            Some(("package", inside)) => self.package_root.join(inside).into(),
            Some((_, path)) => path.into(),
            None => name.into(),
        }
    }
}

/// Every unit that a macro is made of, the macro's own included.
#[must_use]
pub fn units_below(
    expectation: &Expectation,
    top: crate::expected::UnitIndex,
) -> Vec<crate::expected::UnitIndex> {
    let mut reached = std::collections::BTreeSet::from([top]);
    let mut pending = vec![top];
    while let Some(index) = pending.pop() {
        let dependencies = expectation
            .units
            .get(index.0)
            .into_iter()
            .flat_map(|unit| &unit.dependencies);
        for target in dependencies.flat_map(|dependency| &dependency.units) {
            if reached.insert(*target) {
                pending.push(*target);
            }
        }
    }
    reached.into_iter().collect()
}

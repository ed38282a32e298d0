//! What a unit is built from, as the last build recorded it and as it is now. Data only.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use camino::Utf8PathBuf;

use super::ObservedFile;
use crate::observed::build_script::NamedInputs;
use crate::observed::checksum::ChecksumState;

/// A unit's own inputs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ObservedInputs {
    /// Nothing on disk stands for them.
    None,
    /// A compilation's dep-info cannot be read: its path.
    DepInfoDamaged(Utf8PathBuf),
    /// A compilation's dep-info.
    DepInfo {
        /// The dep-info's time: when the build began.
        built: SystemTime,
        /// The files that may change, with their times.
        files: Vec<ObservedInput>,
        /// The variables, with their values at build time.
        variables: Vec<(String, Option<String>)>,
    },
    /// A build script's run.
    BuildScript {
        /// When what it printed was written; `None` where that is lost.
        ran: Option<SystemTime>,
        /// The inputs that it named.
        named: NamedInputs,
        /// The same paths, found, with the newest time in each.
        paths: Vec<ObservedFile>,
    },
}

impl ObservedInputs {
    /// The files and directories that are known, as they are on disk.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        let (files, named) = match self {
            Self::DepInfo { files, .. } => (files.as_slice(), [].as_slice()),
            Self::BuildScript { paths, .. } => ([].as_slice(), paths.as_slice()),
            Self::None | Self::DepInfoDamaged(_) => ([].as_slice(), [].as_slice()),
        };
        let files = files.iter().map(|file| file.path.as_path());
        files.chain(named.iter().map(|file| file.path.as_path()))
    }
}

/// One input of a compilation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedInput {
    /// The file, absolute.
    pub path: PathBuf,
    /// When it was last written; `None` where it is not there.
    pub modified: Option<SystemTime>,
    /// Whether it lies in the build directory, left there by a build script.
    pub place: InputPlace,
    /// What its checksum says; read only where checksums decide.
    pub checksum: ChecksumState,
}

/// Where an input lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum InputPlace {
    /// Among the sources.
    Source,
    /// In the build directory.
    BuildDirectory,
}

//! The private directory in which cargo is asked: it takes the place of the target and build directory and of the lock file, so that
//! nothing of the workspace is touched. It must not know what the answers mean.

use std::collections::BTreeMap;
use std::fs;

use camino::{Utf8Path, Utf8PathBuf};

use super::invocation::{CHANNEL_OVERRIDE, Invocation};
use super::jobserver::{Jobserver, MAKE_FLAGS};
use super::private_directory::PrivateDirectory;
use super::questions::{LockFile, QuestionError, Tools};
use super::rustc_info::{self, RustcInfo};
use super::stand_in::{self, Record};
use super::tools::NO_AUTO_INSTALL;
use crate::observed::file::{self, ReadError};

/// A lock file of ten thousand packages has a few MiB.
const LOCK_FILE_LIMIT: u64 = 64 << 20;

/// The private directory in which a question is asked; gone when it is dropped.
pub(super) struct Scratch {
    directory: PrivateDirectory,
    /// What cargo takes for both the target and the build directory.
    pub(super) target: Utf8PathBuf,
    records: Utf8PathBuf,
    lock_file: Utf8PathBuf,
    jobserver: Option<Jobserver>,
}

impl Scratch {
    pub(super) fn new(root: &Utf8Path) -> Result<Self, QuestionError> {
        // Hundreds of empty files are made and removed in it.
        let directory = PrivateDirectory::in_memory().map_err(|source| QuestionError::Scratch {
            path: file::display_path(&std::env::temp_dir()),
            source,
        })?;
        let path = Utf8PathBuf::try_from(directory.path().to_owned()).map_err(|error| {
            QuestionError::Scratch {
                path: file::display_path(directory.path()),
                source: error.into_io_error(),
            }
        })?;
        let scratch_error = |source| QuestionError::Scratch {
            path: path.clone(),
            source,
        };
        let records = path.join("records");
        fs::create_dir(&records).map_err(scratch_error)?;
        let lock_file = path.join("Cargo.lock");
        let own_lock_file = root.join("Cargo.lock");
        match file::read(own_lock_file.as_std_path(), LOCK_FILE_LIMIT) {
            Ok(bytes) => fs::write(&lock_file, bytes).map_err(scratch_error)?,
            Err(ReadError::Missing) => {}
            Err(ReadError::Unfit) => {
                return Err(QuestionError::Refused {
                    directory: root.to_owned(),
                    words: format!(
                        "Cargo.lock is no regular file of at most {LOCK_FILE_LIMIT} bytes"
                    ),
                });
            }
            Err(ReadError::System(source)) => {
                return Err(QuestionError::LockFile {
                    path: own_lock_file,
                    source,
                });
            }
        }
        Ok(Self {
            target: path.join("target"),
            records,
            lock_file,
            jobserver: Jobserver::new(&path),
            directory,
        })
    }

    /// Points a cargo command at this directory: target AND build directory, since `--target-dir` alone would leave empty
    /// dylibs in a build directory that the configuration names; and at a copy of the lock file, as rust-analyzer does.
    pub(super) fn redirect(
        &self,
        mut question: Invocation,
        tools: &Tools,
        cargo_version: &semver::Version,
    ) -> Invocation {
        drop_option(&mut question.arguments, "--target-dir");
        let has = |is_wanted: fn(&str) -> bool| {
            let mut arguments = question.arguments.iter();
            arguments.any(|argument| is_wanted(argument))
        };
        let is_locked = has(|argument| matches!(argument, "--locked" | "--frozen"));
        if has(|argument| argument == "--config" || argument.starts_with("--config=")) {
            // What it sets goes before the variable, and the last one before all others.
            let place = toml_edit::Value::from(self.target.as_str());
            question =
                question.arguments(["--config".to_owned(), format!("build.build-dir={place}")]);
            if takes_lock_file_by_variable(cargo_version) {
                let place = toml_edit::Value::from(self.lock_file.as_str());
                let place = format!("resolver.lockfile-path={place}");
                question = question.arguments(["--config".to_owned(), place]);
            }
        }
        let version = (cargo_version.major, cargo_version.minor);
        question = if version < (1, 82) {
            // Cargo refuses an option that is there twice.
            question.arguments((!is_locked).then_some("--locked"))
        } else if !takes_lock_file_by_variable(cargo_version) {
            question
                .arguments([
                    "--lockfile-path",
                    self.lock_file.as_str(),
                    "-Zunstable-options",
                ])
                .environment(CHANNEL_OVERRIDE, "nightly")
        } else {
            if version < (1, 97) || is_pre_release_of(cargo_version, 97) {
                question = question
                    .arguments(["-Zlockfile-path"])
                    .environment(CHANNEL_OVERRIDE, "nightly");
            }
            question.environment("CARGO_RESOLVER_LOCKFILE_PATH", self.lock_file.as_str())
        };
        if let Some(jobserver) = &self.jobserver {
            question = question.environment(MAKE_FLAGS, &jobserver.flags);
        }
        question
            .environment("RUSTC_WRAPPER", tools.stand_in.as_str())
            .environment("CARGO_TARGET_DIR", self.target.as_str())
            .environment("CARGO_BUILD_BUILD_DIR", self.target.as_str())
            .environment("CARGO_NET_OFFLINE", "true")
            .environment(NO_AUTO_INSTALL.0, NO_AUTO_INSTALL.1)
            .environment(stand_in::RECORDS_VARIABLE, self.records.as_str())
    }

    /// Cargo writes its copy only where something in it has to change, line endings aside (cargo 1.95, `ops/lockfile.rs`).
    pub(super) fn lock_file_state(&self, root: &Utf8Path) -> LockFile {
        let read = |path: &Utf8Path| file::read(path.as_std_path(), LOCK_FILE_LIMIT).ok();
        match (read(&root.join("Cargo.lock")), read(&self.lock_file)) {
            (Some(kept), Some(wanted)) if kept != wanted => LockFile::Outdated,
            _ => LockFile::Settled,
        }
    }

    pub(super) fn lock_file_text(&self) -> Option<String> {
        let bytes = file::read(self.lock_file.as_std_path(), LOCK_FILE_LIMIT).ok()?;
        String::from_utf8(bytes).ok()
    }

    pub(super) fn has_record(&self, name: &str) -> bool {
        self.records.join(name).is_file()
    }

    pub(super) fn records(&self) -> Vec<Record> {
        let text = fs::read_to_string(self.records.join(stand_in::UNITS)).unwrap_or_default();
        text.lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect()
    }

    pub(super) fn rustc_info(&self) -> RustcInfo {
        rustc_info::read(&self.records)
    }

    pub(super) fn environment(&self, name: &str) -> BTreeMap<String, String> {
        fs::read(self.records.join(name))
            .ok()
            .and_then(|text| serde_json::from_slice(&text).ok())
            .unwrap_or_default()
    }
}

impl std::fmt::Debug for Scratch {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_tuple("Scratch")
            .field(&self.directory)
            .finish()
    }
}

/// Whether a variable tells this cargo where the lock file lies.
pub(super) fn takes_lock_file_by_variable(version: &semver::Version) -> bool {
    (version.major, version.minor) >= (1, 95) && !is_pre_release_of(version, 95)
}

fn is_pre_release_of(version: &semver::Version, minor: u64) -> bool {
    (version.major, version.minor) == (1, minor) && !version.pre.is_empty()
}

fn drop_option(arguments: &mut Vec<String>, option: &str) {
    if let Some(place) = arguments.iter().position(|argument| argument == option) {
        let end = (place + 2).min(arguments.len());
        arguments.drain(place..end);
    }
}

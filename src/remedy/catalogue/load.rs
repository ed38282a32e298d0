//! Reads the files that people add. A file that is not well-formed is told with its line and stops nothing.

use camino::{Utf8Path, Utf8PathBuf};

use super::{Catalogue, ReadProblem, read};
use crate::observed::file::{self, ReadError};

/// More than any team will write down.
const SIZE_LIMIT: u64 = 1 << 20;
/// How many files are read.
const FILES_LIMIT: usize = 16;

/// Why a file, or a part of it, is not used; the text fits after "failed to".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// It cannot be read.
    #[error("read the catalogue {path}: {problem}")]
    Unreadable {
        /// The file.
        path: Utf8PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// A part of it is not well-formed.
    #[error("use a part of the catalogue {path}:{}: {}", problem.line, problem.words)]
    IllFormed {
        /// The file.
        path: Utf8PathBuf,
        /// Where and what.
        problem: ReadProblem,
    },
}

/// The catalogue with the entries of these files first; what cannot be used is left out and told.
#[must_use]
pub fn load(files: &[Utf8PathBuf], base: &Utf8Path) -> (Catalogue, Vec<LoadError>) {
    if files.is_empty() {
        return (Catalogue::built_in().clone(), Vec::new());
    }
    let mut errors = Vec::new();
    let mut entries = Vec::new();
    for (number, path) in (1..).zip(files.iter().map(|path| base.join(path))) {
        let text = if number > FILES_LIMIT {
            Err(format!("no more than {FILES_LIMIT} catalogues are read"))
        } else {
            text_of(&path)
        };
        match text {
            Ok(text) => {
                let (found, problems) = read(&text);
                entries.extend(found);
                errors.extend(problems.into_iter().map(|problem| LoadError::IllFormed {
                    path: path.clone(),
                    problem,
                }));
            }
            Err(problem) => errors.push(LoadError::Unreadable { path, problem }),
        }
    }
    (Catalogue::beginning_with(entries), errors)
}

fn text_of(path: &Utf8Path) -> Result<String, String> {
    let bytes = file::read(path.as_std_path(), SIZE_LIMIT).map_err(|error| match error {
        ReadError::Missing => "there is no such file".to_owned(),
        ReadError::Unfit => {
            format!("it is no regular file of at most {SIZE_LIMIT} bytes")
        }
        ReadError::System(error) => error.to_string(),
    })?;
    String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())
}

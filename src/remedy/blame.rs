//! Which libraries of the build directory a failed build blames, by what rustc and the linker said. Pure: whether they are there, and
//! damaged, is not known here.

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use crate::cargo::messages::CompilerError;
use crate::names::UnitHash;

/// What is said of libraries, each at most once.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Blame {
    /// Files that cannot be used as they are.
    pub(super) files: Vec<Utf8PathBuf>,
    /// Files that a failed linker speaks of, or that the system did not give: at fault or not.
    pub(super) suspects: Vec<Utf8PathBuf>,
    /// Crates of which rustc found no library that it could use; the reason may as well be that none was ever wanted.
    pub(super) crates: Vec<String>,
}

/// The build directory as people call it, and where that leads: rustc names what it found by its real path.
#[derive(Debug, Clone, Copy)]
pub(super) struct BuildDirectory<'a> {
    pub(super) named: &'a Utf8Path,
    pub(super) real: &'a Utf8Path,
}

/// Files that are called so ended in one of these.
const ENDINGS: &[&str] = &[".rlib", ".rmeta", ".so", ".dylib", ".dll"];

/// What linkers say behind a file that is no whole archive: GNU's, LLVM's, Apple's, mold, Microsoft's. rustc has them speak English.
const LINKER_WORDS: &[&str] = &[
    "truncated",
    "malformed",
    "file too short",
    "no more archived files",
    "file format not recognized",
    "unknown file type",
    "not an archive",
    "invalid or corrupt file",
];

/// Reads the errors of a build in this build directory.
pub(super) fn blame(errors: &[CompilerError], build_directory: BuildDirectory<'_>) -> Blame {
    let mut blame = Blame::default();
    for error in errors {
        let text = error.rendered.as_ref().unwrap_or(&error.message);
        blame.hear(&error.message, text, build_directory);
    }
    blame
}

impl Blame {
    /// The messages are rustc's (`rustc_metadata/messages.ftl`, `rustc_codegen_ssa/messages.ftl`, 1.60 to 1.95).
    fn hear(&mut self, message: &str, text: &str, build_directory: BuildDirectory<'_>) {
        let lines = text.lines();
        if message.starts_with("found invalid metadata files for crate") {
            // E0786. A file that the system did not give may be whole; one that is empty is not given either.
            for line in lines {
                let is_refused = line.contains("failed to mmap") || line.contains("failed to open");
                for (path, _) in libraries_in(line, build_directory) {
                    let noted = if is_refused {
                        &mut self.suspects
                    } else {
                        &mut self.files
                    };
                    note(noted, path);
                }
            }
        } else if message.starts_with("found possibly newer version of crate") {
            // E0460 lists all that was found of both; what was built from another version is the one that depends.
            let Some(dependent) = quoted(message).nth(1) else {
                return;
            };
            let start = format!("crate `{dependent}`:");
            let found = lines
                .filter(|line| line.contains(&start))
                .flat_map(|line| libraries_in(line, build_directory));
            for (path, _) in found {
                note(&mut self.files, path);
            }
        } else if message.contains("compiled by an incompatible version of rustc") {
            // E0514 lists what other toolchains left beside it as well, which is in its place.
            let found: Vec<Utf8PathBuf> = lines
                .flat_map(|line| libraries_in(line, build_directory))
                .map(|(path, _)| path)
                .collect();
            let (first, mut rest) = (found.first(), found.iter().skip(1));
            if rest.all(|path| Some(path.file_stem()) == first.map(|first| first.file_stem())) {
                for path in found {
                    note(&mut self.files, path);
                }
            }
        } else if message.starts_with("linking with") {
            for (path, behind) in lines.flat_map(|line| libraries_in(line, build_directory)) {
                let is_named = LINKER_WORDS.iter().any(|words| behind.contains(words));
                let noted = if is_named {
                    &mut self.files
                } else {
                    &mut self.suspects
                };
                note(noted, path);
            }
        } else if message.starts_with("can't find crate for")
            || message.contains("required to be available in")
        {
            // E0463, and a message without a code.
            if let Some(krate) = quoted(message).next() {
                note(&mut self.crates, krate.to_owned());
            }
        }
    }
}

fn note<T: PartialEq>(noted: &mut Vec<T>, one: T) {
    if !noted.contains(&one) {
        noted.push(one);
    }
}

/// What stands between backticks.
fn quoted(message: &str) -> impl Iterator<Item = &str> {
    message.split('`').skip(1).step_by(2)
}

/// The products of units of cargo's that a line names in the build directory, each with what is said behind it.
fn libraries_in<'line>(
    line: &'line str,
    build_directory: BuildDirectory<'_>,
) -> Vec<(Utf8PathBuf, &'line str)> {
    let BuildDirectory { named, real } = build_directory;
    let mut found = paths_in(line, named);
    if real != named {
        found.extend(paths_in(line, real));
    }
    found
        .into_iter()
        .filter(|(below, _)| crate_of(below).is_some())
        .map(|(below, behind)| (named.join(below), behind))
        .collect()
}

/// The files with a library's ending that a line names below a directory, relative to it.
fn paths_in<'line>(line: &'line str, directory: &Utf8Path) -> Vec<(&'line Utf8Path, &'line str)> {
    let start = directory.as_str();
    if start.is_empty() {
        return Vec::new();
    }
    line.match_indices(start)
        .filter_map(|(at, _)| {
            let rest = line.get(at..)?;
            // What stands behind the next path's beginning is that path's.
            let own = rest.get(start.len()..)?;
            let own = own.find(start).map_or(Some(own), |next| own.get(..next))?;
            let end = ENDINGS
                .iter()
                .filter_map(|ending| Some(own.find(ending)? + ending.len()))
                .min()?;
            let (path, behind) = rest.split_at_checked(start.len() + end)?;
            let below = Utf8Path::new(path).strip_prefix(directory).ok()?;
            let stays_below = below
                .components()
                .all(|part| matches!(part, Utf8Component::Normal(_)));
            if !stays_below {
                return None;
            }
            Some((below, behind))
        })
        .collect()
}

/// The crate whose library a file is, by its name as cargo gives it: `mcore` for `libmcore-03f744297c36f8d4.rlib`.
pub(super) fn crate_of(path: &Utf8Path) -> Option<&str> {
    let stem = path.file_stem()?;
    let (name, _) = UnitHash::split_from(stem)?;
    let name = name.strip_prefix("lib").unwrap_or(name);
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    is_name.then_some(name)
}

#[cfg(test)]
#[path = "blame_tests.rs"]
mod tests;

//! Tries a change of versions on a copy of the manifests and the lock file, so that only what resolves is offered. The workspace itself
//! is not touched.

mod configuration;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use super::other_plans::is_fetch;
use super::plan::{Plan, Step};
use crate::cargo::invocation::Invocation;
use crate::cargo::process::{self, Cancel, End, ProcessGroup};
use crate::observed::file;

/// How long a command of a trial may take; most of it is a registry's answer.
const LIMIT: Duration = Duration::from_secs(30);
/// A manifest or lock file beyond this size is not copied.
const FILE_LIMIT: u64 = 16 << 20;
/// How many Rust files are stood in for, and how deep.
const STUBS_LIMIT: usize = 5_000;
const DEPTH_LIMIT: usize = 4;

/// What is tried on.
#[derive(Debug, Clone, Copy)]
pub struct Original<'a> {
    /// The root of the workspace.
    pub root: &'a Utf8Path,
    /// The directories of all packages from a path.
    pub packages: &'a [Utf8PathBuf],
}

/// Whether a registry may be asked where what is on this machine does not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // The names say it.
#[non_exhaustive]
pub enum Network {
    Allowed,
    Forbidden,
}

/// What a plan would change in the lock file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// In words, such as `crc-fast 1.2.2 → 1.3.0`.
    pub words: String,
    /// The names and versions that it would have then.
    pub packages: Vec<(String, String)>,
}

/// What a plan would change in the lock file; `None` where it does not resolve or changes nothing.
#[must_use]
pub fn change_of(plan: &Plan, original: Original<'_>, network: Network) -> Option<Change> {
    let attempts: &[&[&str]] = match network {
        Network::Forbidden => &[&["--offline"]],
        Network::Allowed => &[&["--offline"], &[]],
    };
    attempts.iter().find_map(|options| {
        let directory = tempfile::tempdir().ok()?;
        let base = Utf8Path::from_path(directory.path())?;
        copy(original, base)
            .inspect_err(|error| tracing::debug!(%base, %error, "cannot copy for a trial"))
            .ok()?;
        let deciding = plan.steps.iter().filter(|step| !is_fetch(step));
        for step in deciding {
            is_done(step, base, options).then_some(())?;
        }
        let lock = Utf8Path::new("Cargo.lock");
        let before = packages_of(&original.root.join(lock))?;
        let after = packages_of(&below(base, original.root).join(lock))?;
        Some(Change {
            words: difference(&before, &after)?,
            packages: after,
        })
    })
}

fn is_done(step: &Step, base: &Utf8Path, options: &[&str]) -> bool {
    let Step::Run {
        run,
        env,
        unset,
        cwd,
    } = step
    else {
        return false;
    };
    let Some((program, arguments)) = run.split_first() else {
        return false;
    };
    let mut invocation = Invocation::new(program.as_str(), &below(base, cwd))
        .arguments(arguments.iter().cloned())
        .arguments(options.iter().copied());
    invocation.environment.clone_from(env);
    invocation.unset.clone_from(unset);
    let cancel = Cancel::after(LIMIT);
    let end = process::run(&invocation, ProcessGroup::Own, &cancel, &mut |line| {
        tracing::debug!(text = %line.text, "a trial");
    });
    match end {
        Ok(End::Exited(status)) => status.success(),
        Ok(End::Cancelled) => false,
        Err(error) => {
            tracing::debug!(%error, "a trial cannot be run");
            false
        }
    }
}

/// Where a path lies in the copy. All of it is kept, so that relative paths between packages still lead somewhere.
fn below(base: &Utf8Path, path: &Utf8Path) -> Utf8PathBuf {
    let parts = path.components().filter_map(|part| match part {
        camino::Utf8Component::Normal(name) => Some(name),
        _ => None,
    });
    let mut place = base.to_owned();
    place.extend(parts);
    place
}

/// Manifests, the lock file, cargo's configuration, and empty files where targets have their sources.
fn copy(original: Original<'_>, base: &Utf8Path) -> io::Result<()> {
    let mut stubs = 0;
    let directories: BTreeSet<&Utf8Path> = original
        .packages
        .iter()
        .map(Utf8PathBuf::as_path)
        .chain([original.root])
        .collect();
    for directory in directories {
        copy_file(&directory.join("Cargo.toml"), base)?;
        stub(directory, base, 0, &mut stubs)?;
    }
    copy_file(&original.root.join("Cargo.lock"), base)?;
    for directory in original.root.ancestors() {
        for name in [".cargo/config.toml", ".cargo/config"] {
            copy_changed(&directory.join(name), base, |bytes| {
                configuration::with_whole_paths(bytes, directory)
            })?;
        }
        for name in ["rust-toolchain.toml", "rust-toolchain"] {
            copy_file(&directory.join(name), base)?;
        }
    }
    Ok(())
}

fn copy_file(path: &Utf8Path, base: &Utf8Path) -> io::Result<()> {
    copy_changed(path, base, |bytes| bytes)
}

fn copy_changed(
    path: &Utf8Path,
    base: &Utf8Path,
    change: impl FnOnce(Vec<u8>) -> Vec<u8>,
) -> io::Result<()> {
    let Ok(bytes) = file::read(path.as_std_path(), FILE_LIMIT) else {
        return Ok(());
    };
    let place = below(base, path);
    if let Some(directory) = place.parent() {
        fs::create_dir_all(directory)?;
    }
    fs::write(place, change(bytes))
}

fn stub(directory: &Utf8Path, base: &Utf8Path, depth: usize, stubs: &mut usize) -> io::Result<()> {
    // A package of a vendored registry, which the copy reads where it lies.
    if directory.join(".cargo-checksum.json").is_file() {
        return Ok(());
    }
    for name in file::names(directory) {
        let path = directory.join(&name);
        let is_directory = path.symlink_metadata().is_ok_and(|it| it.is_dir());
        if is_directory {
            let is_of_sources = !name.starts_with('.') && name != "target";
            if is_of_sources && depth < DEPTH_LIMIT {
                stub(&path, base, depth + 1, stubs)?;
            }
        } else if path.extension() == Some("rs") && *stubs < STUBS_LIMIT {
            *stubs += 1;
            let place = below(base, &path);
            if let Some(directory) = place.parent() {
                fs::create_dir_all(directory)?;
            }
            fs::write(place, "")?;
        }
    }
    Ok(())
}

fn packages_of(lock: &Utf8Path) -> Option<Vec<(String, String)>> {
    let bytes = file::read(lock.as_std_path(), FILE_LIMIT).ok()?;
    Some(locked_packages(&String::from_utf8(bytes).ok()?))
}

/// The names and versions in a lock file. Cargo writes it, always in the same way, a key a line.
#[must_use]
pub fn locked_packages(text: &str) -> Vec<(String, String)> {
    let mut packages = Vec::new();
    let mut name = None;
    for line in text.lines() {
        let value = |key: &str| {
            let value = line.strip_prefix(key)?.strip_prefix(" = \"")?;
            value.strip_suffix('"').map(str::to_owned)
        };
        if line == "[[package]]" {
            name = None;
        } else if let Some(text) = value("name") {
            name = Some(text);
        } else if let Some(version) = value("version")
            && let Some(name) = name.take()
        {
            packages.push((name, version));
        }
    }
    packages
}

/// How many changes a title takes before it counts the rest.
const CHANGES_IN_A_TITLE: usize = 3;

fn difference(before: &[(String, String)], after: &[(String, String)]) -> Option<String> {
    let old: BTreeSet<_> = before.iter().collect();
    let new: BTreeSet<_> = after.iter().collect();
    let mut gone: Vec<&(String, String)> = old.difference(&new).copied().collect();
    let mut changes = Vec::new();
    let mut added = Vec::new();
    for package in new.difference(&old) {
        let (name, version) = package;
        match gone.iter().position(|(known, _)| known == name) {
            Some(place) => {
                let (_, from) = gone.remove(place);
                changes.push(format!("{name} {from} → {version}"));
            }
            None => added.push(format!("{name} {version} added")),
        }
    }
    changes.extend(added);
    changes.extend(
        gone.iter()
            .map(|(name, version)| format!("{name} {version} removed")),
    );
    let more = changes.len().saturating_sub(CHANGES_IN_A_TITLE);
    let mut text = changes
        .into_iter()
        .take(CHANGES_IN_A_TITLE)
        .collect::<Vec<_>>()
        .join(", ");
    if more > 0 {
        let _ = write!(text, ", and {more} more");
    }
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock(packages: &[(&str, &str)]) -> String {
        let mut text = String::new();
        for (name, version) in packages {
            let _ = write!(
                text,
                "[[package]]\nname = \"{name}\"\nversion = \"{version}\"\ndependencies = [\n \"x\",\n]\n\n"
            );
        }
        text
    }

    #[test]
    fn the_difference_of_two_lock_files_is_told() {
        let check = |before: &[(&str, &str)], after: &[(&str, &str)]| {
            difference(
                &locked_packages(&lock(before)),
                &locked_packages(&lock(after)),
            )
            .unwrap_or_default()
        };
        assert_eq!(check(&[("a", "1.0.0")], &[("a", "1.0.0")]), "");
        assert_eq!(
            check(
                &[("a", "1.0.0"), ("b", "1.0.0")],
                &[("a", "1.1.0"), ("c", "2.0.0")]
            ),
            "a 1.0.0 → 1.1.0, c 2.0.0 added, b 1.0.0 removed"
        );
        let many: Vec<(&str, &str)> = ["p", "q", "r", "s", "t"].map(|name| (name, "1.0.0")).into();
        assert_eq!(
            check(&[], &many),
            "p 1.0.0 added, q 1.0.0 added, r 1.0.0 added, and 2 more"
        );
    }
}

//! What a `cargo clean` would take away, asked of cargo itself by `--dry-run` (cargo 1.74); nothing is removed.

use super::commands::step;
use super::plan::Step;
use crate::cargo::invocation::Invocation;
use crate::cargo::output::Tail;
use crate::cargo::process::{self, Cancel, End, ProcessError, ProcessGroup};

/// What would go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CleanPreview {
    /// The command that would take it away.
    pub step: Step,
    /// How many files.
    pub files: u64,
    /// How many bytes, as exactly as cargo prints it.
    pub bytes: u64,
    /// What a person might not expect of the command.
    pub notes: Vec<&'static str>,
}

/// Why there is no preview; the text fits after "failed to".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PreviewError {
    /// Cargo could not be run.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// Cargo refused; before 1.74 it knows no `--dry-run`.
    #[error("preview `cargo clean`: {said}")]
    Refused {
        /// What cargo said.
        said: String,
    },
    /// It was stopped.
    #[error("preview `cargo clean`: it was stopped")]
    Cancelled,
}

/// Asks what a clean would take away. With `-p` it waits for a running build, so it can be cancelled.
///
/// # Errors
/// When cargo cannot be run or refuses.
pub fn preview_clean(clean: Invocation, cancel: &Cancel) -> Result<CleanPreview, PreviewError> {
    let is_of_packages = clean.arguments.iter().any(|argument| argument == "-p");
    let dry = clean
        .clone()
        .arguments(["--dry-run", "--color", "never"])
        // With `term.quiet` in its configuration cargo would not say how much it is.
        .environment("CARGO_TERM_QUIET", "false");
    let mut said = Tail::default();
    let end = process::run(&dry, ProcessGroup::Own, cancel, &mut |line| {
        said.push(&line.text);
    })?;
    let said = said.text();
    match end {
        End::Cancelled => Err(PreviewError::Cancelled),
        End::Exited(status) if status.success() => {
            let (files, bytes) = said.lines().find_map(summary).unwrap_or_default();
            Ok(CleanPreview {
                step: step(clean),
                files,
                bytes,
                notes: notes(is_of_packages),
            })
        }
        End::Exited(_) => Err(PreviewError::Refused {
            said: said.trim().to_owned(),
        }),
    }
}

fn notes(is_of_packages: bool) -> Vec<&'static str> {
    if is_of_packages {
        vec![
            "all versions and variants of these packages go, those of other toolchains included",
            "only this profile is cleaned",
            "it waits for a running build to end",
        ]
    } else {
        vec!["everything has to be built again, for all profiles and toolchains"]
    }
}

/// "Summary 45 files, 5.9MiB total" as numbers (cargo 1.95, `ops/cargo_clean.rs`, `display_summary`).
fn summary(line: &str) -> Option<(u64, u64)> {
    let counts = line.trim().strip_prefix("Summary ")?;
    let (files, rest) = counts.split_once(' ')?;
    let files = files.parse().ok()?;
    let size = rest
        .split_once(", ")
        .and_then(|(_, size)| bytes(size.strip_suffix(" total").unwrap_or(size)));
    Some((files, size.unwrap_or_default()))
}

/// "5.9MiB" in bytes.
fn bytes(text: &str) -> Option<u64> {
    let digits = text.find(|letter: char| letter != '.' && !letter.is_ascii_digit())?;
    let (number, unit) = text.split_at_checked(digits)?;
    let shift = match unit {
        "B" => 0,
        "KiB" => 10,
        "MiB" => 20,
        "GiB" => 30,
        "TiB" => 40,
        _ => return None,
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let scale = 10_u64.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let parts =
        whole
            .parse::<u64>()
            .ok()?
            .checked_mul(scale)?
            .checked_add(if fraction.is_empty() {
                0
            } else {
                fraction.parse().ok()?
            })?;
    Some(parts.checked_mul(1 << shift)? / scale)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]

    use super::*;
    use camino::{Utf8Path, Utf8PathBuf};

    #[test]
    fn cargos_sums_are_read() {
        assert_eq!(
            summary("     Summary 45 files, 5.9MiB total"),
            Some((45, 6_186_598))
        );
        assert_eq!(summary("     Summary 1 file, 512B total"), Some((1, 512)));
        assert_eq!(summary("     Summary 0 files"), Some((0, 0)));
        assert_eq!(summary("warning: no files deleted due to --dry-run"), None);
        assert_eq!(bytes("1.5GiB"), Some(1_610_612_736));
        for nonsense in ["", "MiB", "5.9", "1.2.3MiB", "99999999999999999999TiB"] {
            assert_eq!(bytes(nonsense), None, "{nonsense}");
        }
    }

    fn workspace() -> (tempfile::TempDir, Utf8PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::from_path_buf(directory.path().to_owned()).unwrap();
        let manifest = "[package]\nname = \"lonely\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[workspace]\n[lib]\npath = \"lib.rs\"\n";
        std::fs::write(root.join("Cargo.toml"), manifest).unwrap();
        std::fs::write(root.join("lib.rs"), "").unwrap();
        let incremental = root.join("target/debug/incremental/lonely-abc");
        std::fs::create_dir_all(&incremental).unwrap();
        std::fs::write(incremental.join("file"), vec![b'x'; 3 << 20]).unwrap();
        (directory, root)
    }

    fn clean(root: &Utf8Path, package: &str) -> Invocation {
        Invocation::new("cargo", root)
            .arguments(["clean", "-p", package])
            .environment("CARGO_NET_OFFLINE", "true")
            .environment("CARGO_TARGET_DIR", root.join("target"))
    }

    #[test]
    fn a_preview_tells_and_removes_nothing() {
        let (_keep, root) = workspace();
        let preview = preview_clean(clean(&root, "lonely"), &Cancel::default()).unwrap();
        assert_eq!((preview.files, preview.bytes), (1, 3 << 20));
        let Step::Run { run, .. } = &preview.step else {
            panic!("{preview:?}");
        };
        assert_eq!(run.join(" "), "cargo clean -p lonely");
        assert!(
            root.join("target/debug/incremental/lonely-abc/file")
                .exists()
        );
    }

    #[test]
    fn a_quiet_cargo_counts_all_the_same() {
        let (_keep, root) = workspace();
        std::fs::create_dir(root.join(".cargo")).unwrap();
        std::fs::write(root.join(".cargo/config.toml"), "term.quiet = true\n").unwrap();
        let preview = preview_clean(clean(&root, "lonely"), &Cancel::default()).unwrap();
        assert_eq!((preview.files, preview.bytes), (1, 3 << 20));
    }

    #[test]
    fn what_cargo_refuses_is_told() {
        let (_keep, root) = workspace();
        let error = preview_clean(clean(&root, "nobody"), &Cancel::default()).unwrap_err();
        assert!(error.to_string().contains("nobody"), "{error}");
    }
}

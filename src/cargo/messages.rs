//! What cargo's JSON lines say of a build: what was built, which errors stopped it. Reads lines; runs nothing.

use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::diagnostic::DiagnosticLevel;
use cargo_metadata::{CompilerMessage, Message};

use crate::names::{PackageIdParts, PackageSource, is_dylib};

/// How much of one compiler message is kept, in bytes.
const RENDERED_LIMIT: usize = 16 << 10;

/// What one line says, as far as a remedy wants to know.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum BuildEvent {
    /// A unit is built, or was found fresh.
    Artifact {
        /// The target's name.
        name: String,
        /// The dylib, for a proc macro.
        dylib: Option<Utf8PathBuf>,
        /// What was made, where the package comes from a path.
        local: Option<LocalArtifact>,
    },
    /// The compiler reported an error.
    Error(CompilerError),
}

/// What was made of a package on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalArtifact {
    /// The directory of the package.
    pub package_root: Utf8PathBuf,
    /// The files that were made, or found fresh.
    pub files: Vec<Utf8PathBuf>,
}

/// One dylib that cargo would build.
#[derive(Debug, Clone)]
pub struct DylibArtifact {
    /// The package's id.
    pub package_id: String,
    /// The package's manifest.
    pub manifest_path: Utf8PathBuf,
    /// The library target's name.
    pub target_name: String,
    /// The file, in the scratch directory.
    pub file: Utf8PathBuf,
}

/// An error of the compiler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompilerError {
    /// The target that it was compiling.
    pub target: String,
    /// Cargo's id of its package.
    pub package_id: String,
    /// The message alone.
    pub message: String,
    /// The message as rustc prints it, with the source; cut where it is very long.
    pub rendered: Option<String>,
    /// The file, absolute.
    pub path: Option<Utf8PathBuf>,
    /// The line, from one; zero where there is no file.
    pub line: u32,
    /// The column, from one, in characters; zero where there is no file.
    pub column: u32,
}

/// Reads one line of `--message-format=json`; `None` for all that tells nothing here, other programs' words included.
///
/// `directory` is where cargo runs; it names files of the workspace relative to it.
#[must_use]
pub fn read_line(line: &str, directory: &Utf8Path) -> Option<BuildEvent> {
    if !line.starts_with('{') {
        return None;
    }
    match serde_json::from_str(line).ok()? {
        Message::CompilerArtifact(artifact) => {
            let is_local = PackageIdParts::parse(&artifact.package_id.repr)
                .is_some_and(|parts| parts.source == PackageSource::Path);
            let local = is_local.then(|| LocalArtifact {
                package_root: artifact
                    .manifest_path
                    .parent()
                    .unwrap_or(directory)
                    .to_owned(),
                files: artifact.filenames.clone(),
            });
            let dylib = artifact
                .target
                .is_proc_macro()
                .then(|| artifact.filenames.into_iter().find(|path| is_dylib(path)))
                .flatten();
            Some(BuildEvent::Artifact {
                name: artifact.target.name,
                dylib,
                local,
            })
        }
        Message::CompilerMessage(message) => compiler_error(message, directory),
        _ => None,
    }
}

/// The dylibs of proc macros among all that a build printed on its standard output.
pub(super) fn dylib_artifacts(printed: &[u8]) -> Vec<DylibArtifact> {
    Message::parse_stream(printed)
        .filter_map(Result::ok)
        .filter_map(|message| match message {
            Message::CompilerArtifact(artifact) if artifact.target.is_proc_macro() => {
                Some(artifact)
            }
            _ => None,
        })
        .filter_map(|artifact| {
            let mut files = artifact.filenames.into_iter();
            Some(DylibArtifact {
                package_id: artifact.package_id.repr,
                manifest_path: artifact.manifest_path,
                target_name: artifact.target.name,
                file: files.find(|path| is_dylib(path))?,
            })
        })
        .collect()
}

fn compiler_error(message: CompilerMessage, directory: &Utf8Path) -> Option<BuildEvent> {
    let diagnostic = message.message;
    let is_error = matches!(
        diagnostic.level,
        DiagnosticLevel::Error | DiagnosticLevel::Ice
    );
    // The sum that rustc draws at the end.
    if !is_error || diagnostic.message.starts_with("aborting due to") {
        return None;
    }
    let spans = &diagnostic.spans;
    let place = spans.iter().find(|span| span.is_primary).or(spans.first());
    let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Some(BuildEvent::Error(CompilerError {
        target: message.target.name,
        package_id: message.package_id.repr,
        path: place.map(|span| directory.join(&span.file_name)),
        line: place.map_or(0, |span| number(span.line_start)),
        column: place.map_or(0, |span| number(span.column_start)),
        rendered: diagnostic.rendered.map(shortened),
        message: diagnostic.message,
    }))
}

/// Leaves out the middle: a failed linker's whole command line comes before its own words.
fn shortened(text: String) -> String {
    if text.len() <= RENDERED_LIMIT {
        return text;
    }
    let half = RENDERED_LIMIT / 2;
    let begin = text.get(..text.floor_char_boundary(half));
    let end = text.get(text.ceil_char_boundary(text.len() - half)..);
    format!(
        "{}\n…\n{}",
        begin.unwrap_or_default(),
        end.unwrap_or_default()
    )
}

/// What cargo says on standard error about its progress.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum StatusLine<'line> {
    /// Its progress bar: so many units of so many are done.
    Progress {
        /// Units done.
        done: u64,
        /// Units in all.
        total: u64,
    },
    /// It waits for another cargo.
    Blocked {
        /// What that one holds, such as `build directory`.
        on: &'line str,
    },
    /// Anything else.
    Other,
}

/// Reads one line of cargo's standard error (cargo 1.95, `util/progress.rs`, `util/flock.rs`).
#[must_use]
pub fn read_status(line: &str) -> StatusLine<'_> {
    let line = line.trim();
    if let Some(on) = line.strip_prefix("Blocking waiting for file lock on ") {
        return StatusLine::Blocked { on };
    }
    let counts = line
        .strip_prefix("Building [")
        .and_then(|rest| rest.split_once("] "))
        .map(|(_, rest)| rest.split_once(':').map_or(rest, |(counts, _)| counts))
        .and_then(|counts| counts.trim().split_once('/'));
    match counts.map(|(done, total)| (done.parse(), total.parse())) {
        Some((Ok(done), Ok(total))) => StatusLine::Progress { done, total },
        _ => StatusLine::Other,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_proc_macros_artifact_names_its_dylib() {
        let line = r#"{"reason":"compiler-artifact","package_id":"path+file:///w/mac#0.1.0","manifest_path":"/w/mac/Cargo.toml","target":{"kind":["proc-macro"],"crate_types":["proc-macro"],"name":"mac","src_path":"/w/mac/src/lib.rs","edition":"2021","doc":true,"doctest":true,"test":true},"profile":{"opt_level":"0","debuginfo":0,"debug_assertions":true,"overflow_checks":true,"test":false},"features":[],"filenames":["/w/target/debug/deps/libmac-c24759dbbda697b1.rmeta","/w/target/debug/deps/libmac-c24759dbbda697b1.so"],"executable":null,"fresh":false}"#;
        let event = read_line(line, Utf8Path::new("/w")).unwrap();
        let wanted = BuildEvent::Artifact {
            name: "mac".to_owned(),
            dylib: Some("/w/target/debug/deps/libmac-c24759dbbda697b1.so".into()),
            local: Some(LocalArtifact {
                package_root: "/w/mac".into(),
                files: ["rmeta", "so"]
                    .map(|ending| {
                        format!("/w/target/debug/deps/libmac-c24759dbbda697b1.{ending}").into()
                    })
                    .to_vec(),
            }),
        };
        assert_eq!(event, wanted);
    }

    #[test]
    fn other_words_say_nothing() {
        for line in [
            "hello",
            "{ not json",
            "{}",
            r#"{"reason":"build-finished","success":true}"#,
            r#"{"reason":"something-new"}"#,
        ] {
            assert_eq!(read_line(line, Utf8Path::new("/w")), None, "{line}");
        }
    }

    #[test]
    fn errors_are_placed_and_other_messages_left_out() {
        let line = |level: &str, message: &str| {
            format!(
                r#"{{"reason":"compiler-message","package_id":"path+file:///w/mac#0.1.0","manifest_path":"/w/mac/Cargo.toml","target":{{"kind":["lib"],"crate_types":["lib"],"name":"mac","src_path":"/w/mac/src/lib.rs","edition":"2021"}},"message":{{"rendered":"rendered","children":[],"code":null,"level":"{level}","message":"{message}","spans":[{{"byte_end":1,"byte_start":0,"column_end":2,"column_start":5,"expansion":null,"file_name":"mac/src/lib.rs","is_primary":true,"label":null,"line_end":3,"line_start":3,"suggested_replacement":null,"suggestion_applicability":null,"text":[]}}]}}}}"#
            )
        };
        let read = |level, message| read_line(&line(level, message), Utf8Path::new("/w"));
        assert_eq!(
            read("error", "cannot find value"),
            Some(BuildEvent::Error(CompilerError {
                target: "mac".to_owned(),
                package_id: "path+file:///w/mac#0.1.0".to_owned(),
                message: "cannot find value".to_owned(),
                rendered: Some("rendered".to_owned()),
                path: Some("/w/mac/src/lib.rs".into()),
                line: 3,
                column: 5,
            }))
        );
        assert_eq!(read("warning", "unused"), None);
        assert_eq!(read("error", "aborting due to 1 previous error"), None);
    }

    #[test]
    fn a_long_message_keeps_both_ends() {
        let text = format!("error{}{}end", "ä".repeat(RENDERED_LIMIT), "x");
        let short = shortened(text);
        assert!(short.len() <= RENDERED_LIMIT + "\n…\n".len());
        assert!(short.starts_with("errorä") && short.ends_with("äxend"));
        assert_eq!(shortened("error: no".to_owned()), "error: no");
    }

    #[test]
    fn cargos_own_words_are_understood() {
        let progress = "    Building [========>                    ] 1/3: mac, app(bin)  ";
        assert_eq!(
            read_status(progress),
            StatusLine::Progress { done: 1, total: 3 }
        );
        assert_eq!(
            read_status("    Building [ ] 12/57"),
            StatusLine::Progress {
                done: 12,
                total: 57
            }
        );
        let blocked = "    Blocking waiting for file lock on build directory";
        assert_eq!(
            read_status(blocked),
            StatusLine::Blocked {
                on: "build directory"
            }
        );
        for line in ["   Compiling mac v0.1.0", "Building [x] a/b: c", ""] {
            assert_eq!(read_status(line), StatusLine::Other);
        }
    }
}

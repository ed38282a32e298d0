//! The rooms keep to themselves what CONTRIBUTING.md says: read from the source, so that a change that breaks it fails here.
//!
//! Only what ships counts: test modules and files may do what they like.
#![cfg(test)]

use std::fs;
use std::path::{Path, PathBuf};

/// A file of `src/`, what is for tests alone taken out.
struct Source {
    path: String,
    /// Lines of code with their numbers, without comments.
    lines: Vec<(usize, String)>,
}

/// Code that is let through although it breaks a rule.
struct Exception {
    path: &'static str,
    /// What the line holds.
    words: &'static str,
    why: &'static str,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    let sources: Vec<Source> = files
        .iter()
        .filter_map(|file| {
            let path = file.strip_prefix(&root).unwrap().to_str().unwrap();
            let path = path.replace('\\', "/");
            (!is_for_tests(&path)).then(|| Source {
                lines: shipped_lines(&fs::read_to_string(file).unwrap()),
                path,
            })
        })
        .collect();
    assert!(sources.len() > 100, "src/ was not read");
    sources
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn is_for_tests(path: &str) -> bool {
    const TESTS_OTHERWISE_NAMED: &[&str] = &[
        "verdict/fixtures.rs",
        "cli/report/samples.rs",
        "cli/report/json/schema_check.rs",
    ];
    path.contains("/tests/") || path.ends_with("tests.rs") || TESTS_OTHERWISE_NAMED.contains(&path)
}

/// Lines without comments and without the module of tests, which stands last where it stands in the same file.
fn shipped_lines(text: &str) -> Vec<(usize, String)> {
    let mut lines = Vec::new();
    let mut test_attribute = false;
    for (number, line) in text.lines().enumerate() {
        let code = line.trim();
        if test_attribute && code.starts_with("mod ") && code.ends_with('{') {
            break;
        }
        test_attribute = code == "#[cfg(test)]" || (test_attribute && code.starts_with("#["));
        if !code.starts_with("//") {
            lines.push((number + 1, line.to_owned()));
        }
    }
    lines
}

/// Every line of the given files that holds one of these words, except those that are excepted; no exception may be idle.
fn assert_absent(
    rule: &str,
    words: &[&str],
    applies_to: impl Fn(&str) -> bool,
    exceptions: &[Exception],
) {
    let mut broken = Vec::new();
    let mut used = vec![false; exceptions.len()];
    let mut seen = 0;
    for source in sources().iter().filter(|source| applies_to(&source.path)) {
        seen += 1;
        for (number, line) in &source.lines {
            if !words.iter().any(|&word| holds(line, word)) {
                continue;
            }
            let excepted = exceptions
                .iter()
                .position(|each| each.path == source.path && line.contains(each.words));
            match excepted.and_then(|place| used.get_mut(place)) {
                Some(used) => *used = true,
                None => broken.push(format!("src/{}:{number}: {}", source.path, line.trim())),
            }
        }
    }
    assert!(seen > 0, "{rule}: no file was looked at");
    assert!(broken.is_empty(), "{rule}\n{}", broken.join("\n"));
    for (exception, used) in exceptions.iter().zip(used) {
        assert!(
            used,
            "{rule}: the exception for src/{} ({}) is needed no more",
            exception.path, exception.why
        );
    }
}

/// Whether a path stands in a line as a whole: `fs::` is not in `vfs::`.
fn holds(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(start, _)| {
        let before = line.get(..start).and_then(|text| text.chars().next_back());
        !before.is_some_and(|character| character.is_alphanumeric() || character == '_')
    })
}

fn in_room(path: &str, rooms: &[&str]) -> bool {
    rooms.iter().any(|room| {
        path.strip_prefix(room)
            .is_some_and(|rest| rest.starts_with('/') || rest == ".rs")
    })
}

/// What reads, writes, waits, asks the time or the environment.
const INPUT_AND_OUTPUT: &[&str] = &[
    "std::fs",
    "fs::",
    "File::",
    "OpenOptions",
    "std::env::var",
    "std::env::vars",
    "std::env::current",
    "env::var",
    "std::net",
    "std::thread",
    "std::io",
    "io::",
    "SystemTime::now",
    "Instant::now",
    "rustix::",
    "tokio::",
    "tempfile::",
    ".exists()",
    ".is_file()",
    ".is_dir()",
    ".metadata()",
    ".read_dir()",
    "canonicalize",
];

#[test]
fn only_the_cargo_room_starts_processes() {
    assert_absent(
        "only src/cargo/ starts processes",
        &[
            "Command::new",
            "process::Command",
            "process::Child",
            "std::process::{",
            "std::process::*",
            "CommandExt",
            "tokio::process",
            "execve",
            "posix_spawn",
        ],
        |path| !in_room(path, &["cargo"]),
        &[],
    );
}

#[test]
fn only_the_server_names_lsp_types() {
    assert_absent(
        "only src/server/ names the types of the Language Server Protocol",
        &["tower_lsp", "ls_types", "lsp_types"],
        |path| !in_room(path, &["server"]),
        &[],
    );
}

#[test]
fn the_pure_rooms_do_no_input_or_output() {
    assert_absent(
        "verdicts, plans and names are computed from what was read before",
        INPUT_AND_OUTPUT,
        |path| {
            in_room(
                path,
                &[
                    "verdict",
                    "recognise",
                    "names",
                    "pace",
                    "settings/named",
                    "settings/listed",
                ],
            ) || matches!(
                path,
                "remedy/plan.rs"
                    | "remedy/planning.rs"
                    | "remedy/other_plans.rs"
                    | "remedy/blame.rs"
            )
        },
        &[],
    );
}

#[test]
fn asking_expecting_and_observing_are_apart() {
    assert_absent(
        "src/observed/ reads what is on disk, asks no process and decides nothing",
        &[
            "crate::cargo::process",
            "crate::cargo::probe",
            "crate::cargo::query",
            "crate::verdict",
            "crate::remedy",
            "crate::witness",
            "crate::inspect",
            "crate::server",
            "crate::cli",
        ],
        |path| in_room(path, &["observed"]),
        &[],
    );
    assert_absent(
        "src/cargo/ knows no verdicts and no front end",
        &[
            "crate::verdict",
            "crate::inspect",
            "crate::server",
            "crate::cli",
            "crate::remedy",
        ],
        |path| in_room(path, &["cargo"]),
        &[],
    );
    assert_absent(
        "src/expected/ does not read the build directory",
        &[
            "crate::observed",
            "crate::verdict",
            "crate::remedy",
            "crate::server",
            "crate::cli",
        ],
        |path| in_room(path, &["expected"]),
        &[
            Exception {
                path: "expected/config_files.rs",
                words: "use crate::observed::file;",
                why: "the bounded reader, for cargo's configuration files",
            },
            Exception {
                path: "expected/key.rs",
                words: "use crate::observed::file;",
                why: "the bounded reader, for manifests and what else an answer depends on",
            },
            Exception {
                path: "expected/key/packages.rs",
                words: "use crate::observed::file;",
                why: "the bounded reader, for manifests and what lies beside them",
            },
            Exception {
                path: "expected/toolchain.rs",
                words: "use crate::observed::file;",
                why: "the bounded reader, for rustup's settings",
            },
            Exception {
                path: "expected/key/tree.rs",
                words: "use crate::observed::file;",
                why: "names and times in a package's directory",
            },
            Exception {
                path: "expected/key/tree.rs",
                words: "use crate::observed::identity",
                why: "whether a directory's names need be read again",
            },
            Exception {
                path: "expected/key.rs",
                words: "use crate::observed::identity",
                why: "how long times take to settle",
            },
            Exception {
                path: "expected/key/anchors.rs",
                words: "use crate::observed::identity",
                why: "what is seen of the places that states rest on",
            },
            Exception {
                path: "expected/key/remembered.rs",
                words: "use crate::observed::file",
                why: "the bounded reader, for manifests and what else an answer depends on",
            },
            Exception {
                path: "expected/key/remembered.rs",
                words: "use crate::observed::identity",
                why: "by what one sees that they need not be read again",
            },
        ],
    );
}

#[test]
fn no_room_knows_its_front_ends() {
    assert_absent(
        "front ends use the rooms, never the other way round",
        &["crate::server", "crate::cli"],
        |path| !in_room(path, &["server", "cli", "main", "lib"]),
        &[],
    );
    assert_absent(
        "the commands of the terminal know nothing of the server",
        &["crate::server"],
        |path| in_room(path, &["cli"]),
        &[Exception {
            path: "cli/mod.rs",
            words: "use crate::server::{self, SessionEnd};",
            why: "`sidecargo lsp` starts it",
        }],
    );
    assert_absent(
        "front ends go through src/inspect.rs and do not look for themselves",
        &[
            "crate::verdict::judge",
            "crate::observed::unit",
            "crate::observed::dylib",
            "crate::cargo::query",
            "crate::cargo::probe",
        ],
        |path| in_room(path, &["server", "cli"]),
        &[Exception {
            path: "cli/demo/mod.rs",
            words: "use crate::cargo::query",
            why: "the demo has cargo build the workspace that it laid out; what it then shows comes from inspect",
        }],
    );
}

#[test]
fn no_dylib_is_loaded_or_mapped() {
    assert_absent(
        "a dylib is read, never loaded or mapped: a file cut short under a map ends the process",
        &["libloading", "dlopen(", "mmap(", "memmap"],
        |_| true,
        &[],
    );
}

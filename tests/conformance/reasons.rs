//! Compares Sidecargo's reason with what cargo's Dirty line names: the same file, dependency, variable or setting.

use serde_json::Value;

/// What a Dirty line names.
#[derive(Debug, PartialEq, Eq)]
enum Subject<'a> {
    File(&'a str),
    Dependency(&'a str),
    Variable(&'a str),
    /// A setting: kinds of reason that mean the same.
    Kind(&'static [&'static str]),
}

/// Settings, by the words of cargo's `dirty_reason.rs`.
const SETTINGS: &[(&str, &[&str])] = &[
    ("the list of features changed", &["features-changed"]),
    (
        "the list of declared features changed",
        &["features-changed", "manifest-changed"],
    ),
    ("the target configuration changed", &["manifest-changed"]),
    (
        "the path to the source changed",
        &["manifest-changed", "source-changed"],
    ),
    (
        "the profile configuration changed",
        &["profile-changed", "manifest-changed"],
    ),
    ("the rustflags changed", &["rustflags-changed"]),
    (
        "the config settings changed",
        &["manifest-changed", "profile-changed", "environment-changed"],
    ),
    (
        "the local lengths changed",
        &[
            "build-output-lost",
            "build-script-changed",
            "fingerprint-lost",
        ],
    ),
    (
        "the precalculated components changed",
        &["build-script-changed", "source-changed", "content-changed"],
    ),
    (
        "the rerun-if-changed instructions changed",
        &["build-script-changed"],
    ),
    (
        "the local fingerprint type changed",
        &[
            "build-script-changed",
            "manifest-changed",
            "build-output-lost",
        ],
    ),
    (
        "number of dependencies changed",
        &["dependency-changed", "manifest-changed"],
    ),
    (
        "name of dependency changed",
        &["dependency-changed", "manifest-changed"],
    ),
    (
        "the fingerprint comparison turned up nothing obvious",
        &["interrupted", "fingerprint-lost"],
    ),
];

fn subject(dirty: &str) -> Option<Subject<'_>> {
    if let Some((_, kinds)) = SETTINGS.iter().find(|(words, _)| dirty.starts_with(words)) {
        return Some(Subject::Kind(kinds));
    }
    let quoted = || dirty.split('`').nth(1);
    if dirty.starts_with("the dependency `") || dirty.starts_with("info of dependency `") {
        return quoted().map(Subject::Dependency);
    }
    if dirty.starts_with("the file `") || dirty.starts_with("couldn't read metadata for file `") {
        return quoted().map(Subject::File);
    }
    for start in ["the environment variable ", "the env variable "] {
        if let Some(rest) = dirty.strip_prefix(start) {
            return rest.split(' ').next().map(Subject::Variable);
        }
    }
    None
}

/// Why a reason does not fit a Dirty line, if it does not.
pub(crate) fn mismatch(reason: &Value, dirty: &str, package: &str) -> Option<String> {
    let fits = match subject(dirty)? {
        // Cargo calls the run of a package's own build script a dependency of the same name.
        Subject::Dependency(name) if has_word(name, package) => {
            reason["kind"] == "build-script-changed" || names(reason, name)
        }
        Subject::Kind(kinds) => reason["kind"].as_str().is_some_and(|k| kinds.contains(&k)),
        Subject::File(path) => texts(reason).iter().any(|t| same_file(t, path)),
        Subject::Dependency(name) | Subject::Variable(name) => names(reason, name),
    };
    if fits {
        None
    } else {
        Some(format!("cargo says: {dirty}; the reason is {reason}"))
    }
}

fn names(reason: &Value, name: &str) -> bool {
    texts(reason).iter().any(|t| has_word(t, name))
}

/// Whether a reason holds a word, such as what the injector has changed.
pub(crate) fn holds(reason: &Value, word: &str) -> bool {
    texts(reason).iter().any(|t| t.contains(word))
}

/// All texts in a reason, at any depth.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(values) => values.iter().flat_map(texts).collect(),
        Value::Object(map) => map.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

fn has_word(text: &str, word: &str) -> bool {
    let plain = |s: &str| s.replace('_', "-");
    let is_part = |c: char| c.is_alphanumeric() || c == '-';
    let (text, word) = (plain(text), plain(word));
    text.split(|c| !is_part(c)).any(|w| w == word)
}

/// Whether two paths end alike: one may be relative to another directory than the other.
fn same_file(one: &str, other: &str) -> bool {
    let parts = |p: &str| -> Vec<String> {
        p.split('/')
            .rev()
            .filter(|s| !s.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let (one, other) = (parts(one), parts(other));
    let common = one.len().min(other.len());
    common > 0 && one[..common] == other[..common]
}

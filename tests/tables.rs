//! Tables that people read and settings that editors offer say what the code says; `SIDECARGO_UPDATE_TABLES=1 cargo test --test tables`
//! writes the README's anew. Lists that machines read are held to what there is.
#![cfg(test)]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde_json::{Value, json};
use sidecargo::cli::page;
use sidecargo::settings::listed::{OWN, RUST_ANALYZER, Setting, Takes};
use sidecargo::verdict::Code;

/// What editors need not hand on: the server accepts it and does nothing with it.
const NOT_HANDED_ON: &[&str] = &["cargo.buildScripts.rebuildOnSave"];
/// What concerns the extension for VS Code alone and never reaches the server.
const EXTENSION_ONLY: &[&str] = &["server.path", "trace.server"];
const RENEW: &str = "SIDECARGO_UPDATE_TABLES";

/// Two tables in one file are written one after the other.
static README: Mutex<()> = Mutex::new(());

fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Compares what stands between the marks of a table in the README with what belongs there, or writes it.
fn check_table(name: &str, expected: &str) {
    let _one_at_a_time = README
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let path = file("README.md");
    let text = fs::read_to_string(&path).unwrap();
    let begin = format!("<!-- {name}: written by `{RENEW}=1 cargo test --test tables` -->\n");
    let end = format!("<!-- end of {name} -->\n");
    let start = text.find(&begin).unwrap_or_else(|| panic!("no {begin}")) + begin.len();
    let length = text[start..]
        .find(&end)
        .unwrap_or_else(|| panic!("no {end}"));
    let found = &text[start..start + length];
    if found == expected {
        return;
    }
    if std::env::var_os(RENEW).is_some_and(|value| !value.is_empty()) {
        let renewed = format!("{}{expected}{}", &text[..start], &text[start + length..]);
        fs::write(&path, renewed).unwrap();
        return;
    }
    let different = |one: &str, other: &str, mark: char| -> String {
        let others: BTreeSet<&str> = other.lines().collect();
        one.lines()
            .filter(|line| !others.contains(line))
            .fold(String::new(), |mut out, line| {
                let _ = writeln!(out, "{mark} {line}");
                out
            })
    };
    panic!(
        "the README's table of {name} differs from the code (- README, + code); to renew it: {RENEW}=1 cargo test --test tables\n{}{}",
        different(found, expected, '-'),
        different(expected, found, '+'),
    );
}

#[test]
fn the_readme_lists_every_code() {
    let mut table = String::from("| code | what happened |\n| --- | --- |\n");
    for &code in Code::ALL {
        // The links of diagnostics lead to the anchors.
        let _ = writeln!(
            table,
            "| <a id=\"{code}\"></a>[`{code}`](src/cli/explain/pages/{code}.md) | {} |",
            page(code).title()
        );
        assert!(
            file(&format!("src/cli/explain/pages/{code}.md")).is_file(),
            "{code}"
        );
    }
    check_table("codes", &table);
}

#[test]
fn the_readme_lists_every_setting() {
    let mut table = String::from("| setting | values | default | |\n| --- | --- | --- | --- |\n");
    for setting in settings() {
        let _ = writeln!(
            table,
            "| `{}` | {} | `{}` | {} |",
            setting.name,
            values(setting.takes),
            setting.default,
            setting.meaning
        );
    }
    check_table("settings", &table);
}

fn values(takes: Takes) -> String {
    let list = |choices: &[&str]| {
        let choices: Vec<String> = choices.iter().map(|word| format!("`{word}`")).collect();
        choices.join(", ")
    };
    match takes {
        Takes::Boolean => "true, false".to_owned(),
        Takes::Text => "a text".to_owned(),
        Takes::Texts => "a list of texts".to_owned(),
        Takes::AllOrTexts => "`all`, or a list of texts".to_owned(),
        Takes::BooleanOrText => "true, false, or a text".to_owned(),
        Takes::Milliseconds => "a whole number".to_owned(),
        Takes::Choice(choices) => list(choices),
        Takes::Variables => "a table of texts".to_owned(),
        Takes::TableOfTexts => "a table of lists of texts".to_owned(),
        Takes::TableOfChoices(choices) => format!("a table of {}", list(choices)),
        _ => panic!("{takes:?} has no words here yet"),
    }
}

/// Own ones first: they are what a person looks for here.
fn settings() -> impl Iterator<Item = &'static Setting> {
    OWN.iter().chain(RUST_ANALYZER)
}

#[test]
fn vs_code_offers_every_setting_as_the_server_takes_it() {
    let manifest: Value =
        serde_json::from_str(&fs::read_to_string(file("editors/vscode/package.json")).unwrap())
            .unwrap();
    let offered = manifest["contributes"]["configuration"]["properties"]
        .as_object()
        .unwrap();
    let offered_names: BTreeSet<&str> = offered
        .keys()
        .map(|name| name.strip_prefix("sidecargo.").unwrap())
        .collect();
    let mut names = handed_on();
    names.extend(EXTENSION_ONLY);
    assert_eq!(offered_names, names);

    for setting in settings().filter(|setting| !NOT_HANDED_ON.contains(&setting.name)) {
        let name = setting.name;
        let found = &offered[&format!("sidecargo.{name}")];
        let is_own = OWN.contains(setting);
        // What rust-analyzer has too is not set here, so that rust-analyzer's own value holds.
        let default: Value = if is_own {
            serde_json::from_str(setting.default).unwrap()
        } else {
            Value::Null
        };
        assert_eq!(found["default"], default, "{name}");
        let mut types: BTreeSet<&str> = setting.takes.json_types().iter().copied().collect();
        if default.is_null() {
            types.insert("null");
        }
        assert_eq!(json_types(&found["type"]), types, "{name}");
        match setting.takes {
            Takes::Choice(choices) => assert_eq!(found["enum"], json!(choices), "{name}"),
            Takes::TableOfChoices(choices) => {
                assert_eq!(
                    found["additionalProperties"]["enum"],
                    json!(choices),
                    "{name}"
                );
            }
            _ => assert_eq!(found.get("enum"), None, "{name}"),
        }
    }
}

fn json_types(value: &Value) -> BTreeSet<&str> {
    match value {
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    }
}

fn handed_on() -> BTreeSet<&'static str> {
    settings()
        .map(|setting| setting.name)
        .filter(|name| !NOT_HANDED_ON.contains(name))
        .collect()
}

/// The names that stand on lines of their own in an editor's source, as in `'cargo.features',`.
fn names_listed_in(path: &str) -> BTreeSet<String> {
    fs::read_to_string(file(path))
        .unwrap()
        .lines()
        .filter_map(|line| line.trim().strip_prefix('\'')?.strip_suffix("',"))
        .map(str::to_owned)
        .collect()
}

#[test]
fn editors_hand_on_every_setting() {
    let all: BTreeSet<String> = handed_on().into_iter().map(str::to_owned).collect();
    assert_eq!(names_listed_in("editors/vscode/src/settings.ts"), all);

    let shared: BTreeSet<String> = RUST_ANALYZER
        .iter()
        .map(|setting| setting.name)
        .filter(|name| !NOT_HANDED_ON.contains(name))
        .map(str::to_owned)
        .collect();
    assert_eq!(
        names_listed_in("editors/nvim/lua/sidecargo/settings.lua"),
        shared
    );
    let help = fs::read_to_string(file("editors/nvim/doc/sidecargo.txt")).unwrap();
    for setting in OWN {
        assert!(
            help.lines()
                .any(|line| line.split_whitespace().next() == Some(setting.name)),
            "sidecargo.txt does not explain {}",
            setting.name
        );
    }
}

#[test]
fn the_readme_for_helix_shows_the_entries_as_they_are() {
    let readme = fs::read_to_string(file("editors/helix/README.md")).unwrap();
    let entries = fs::read_to_string(file("editors/helix/languages.toml")).unwrap();
    assert!(readme.contains(&format!("```toml\n{entries}```\n")));
}

/// The names of the files in a directory, without their endings.
fn stems(directory: &str) -> BTreeSet<String> {
    fs::read_dir(file(directory))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect()
}

#[test]
fn every_fuzz_target_is_built_and_has_something_to_begin_with() {
    /// Targets whose beginnings are too large to keep or not bytes, and why.
    const WITHOUT_CORPUS: &[(&str, &str)] = &[
        ("dylib", "the compilers at hand write them"),
        ("client_edits", "it takes values, not bytes"),
    ];
    let written = stems("tests/fuzz/fuzz_targets");
    assert!(written.len() > 20, "{written:?}");
    let manifest = fs::read_to_string(file("tests/fuzz/Cargo.toml")).unwrap();
    let manifest: toml_edit::DocumentMut = manifest.parse().unwrap();
    let built = manifest["bin"].as_array_of_tables().unwrap();
    let built = built.iter().map(|target| {
        let name = target["name"].as_str().unwrap();
        let path = format!("fuzz_targets/{name}.rs");
        assert_eq!(target["path"].as_str(), Some(path.as_str()));
        name.to_owned()
    });
    assert_eq!(built.collect::<BTreeSet<_>>(), written);
    for target in &written {
        let corpus = file("tests/fuzz/corpus").join(target);
        let files = fs::read_dir(corpus).into_iter().flatten().flatten();
        let has_some = files
            .filter_map(|entry| entry.metadata().ok())
            .any(|metadata| metadata.len() > 0);
        let needs_some = !WITHOUT_CORPUS.iter().any(|(name, _)| name == target);
        assert_eq!(has_some, needs_some, "{target}");
    }
    let kept = stems("tests/fuzz/corpus");
    let of_none: Vec<_> = kept.difference(&written).collect();
    assert!(of_none.is_empty(), "{of_none:?}");
}

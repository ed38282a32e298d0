//! Uses of the macros that everybody uses, in real sources. Run with `--ignored`: cargo downloads and builds them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::client::{Client, Manners, uri};
use crate::uses::{edit, open, ranges};

/// A workspace of real dependencies, in a directory that goes with it.
struct Real {
    root: PathBuf,
    _directory: tempfile::TempDir,
}

fn cargo(directory: &Path, arguments: &[&str]) -> Vec<u8> {
    let output = Command::new("cargo")
        .args(arguments)
        .current_dir(directory)
        .env_remove("CARGO_TARGET_DIR")
        .env_remove("RUSTFLAGS")
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

impl Real {
    fn empty() -> Self {
        let directory = tempfile::Builder::new().prefix("real").tempdir().unwrap();
        Self {
            root: directory.path().canonicalize().unwrap().join("ws"),
            _directory: directory,
        }
    }

    /// A package of the registry as a workspace of its own, built.
    fn package(name: &str, version: &str) -> Self {
        let real = Self::empty();
        let asker = real.root.with_file_name("asker");
        let manifest = format!(
            "[package]\nname = \"asker\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[lib]\npath = \"lib.rs\"\n\n[dependencies]\n{name} = \"={version}\"\n"
        );
        write(&asker.join("Cargo.toml"), &manifest);
        write(&asker.join("lib.rs"), "");
        let metadata = cargo(&asker, &["metadata", "--format-version", "1"]);
        let metadata: Value = serde_json::from_slice(&metadata).unwrap();
        let packages = metadata["packages"].as_array().unwrap();
        let package = packages
            .iter()
            .find(|package| package["name"] == name)
            .unwrap();
        let source = Path::new(package["manifest_path"].as_str().unwrap());
        copy(source.parent().unwrap(), &real.root);
        real.build();
        real
    }

    fn build(&self) {
        cargo(
            &self.root,
            &["check", "--workspace", "--all-targets", "--quiet"],
        );
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    fn dylib(&self, crate_name: &str) -> PathBuf {
        let prefix = format!("{}{crate_name}-", std::env::consts::DLL_PREFIX);
        let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
        let entries = fs::read_dir(self.root.join("target/debug/deps")).unwrap();
        let mut found = entries.map(|entry| entry.unwrap().path()).filter(|path| {
            name(path).starts_with(&prefix) && name(path).ends_with(std::env::consts::DLL_SUFFIX)
        });
        let dylib = found.next().unwrap();
        assert!(found.next().is_none(), "more than one {crate_name}");
        dylib
    }
}

/// All places of a text in a file, outside of comment lines, as line and both columns.
fn places(text: &str, wanted: &str, marked: &str) -> Vec<(u64, u64, u64)> {
    let mut places = Vec::new();
    for (line, content) in text.lines().enumerate() {
        if content.trim_start().starts_with("//") {
            continue;
        }
        for (at, _) in content.match_indices(wanted) {
            let start = at + wanted.find(marked).unwrap();
            places.push((line as u64, start as u64, (start + marked.len()) as u64));
        }
    }
    places
}

#[test]
#[ignore = "downloads and builds mini-redis"]
fn every_instrument_of_mini_redis_is_marked_and_nothing_else() {
    let real = Real::package("mini-redis", "0.4.1");
    fs::remove_file(real.dylib("tracing_attributes")).unwrap();
    let mut client = Client::hello(&real.root, Manners::Answers);
    let files = [
        "src/cmd/get.rs",
        "src/client.rs",
        "src/server.rs",
        "src/bin/server.rs",
    ];
    let mut place = 0;
    for file in files {
        let path = real.path(file);
        let text = fs::read_to_string(&path).unwrap();
        open(&mut client, &path, &text);
        let expected = places(&text, "#[instrument", "instrument");
        if expected.is_empty() {
            continue;
        }
        let codes = vec!["dylib-missing"; expected.len()];
        let (_, diagnostics) = client.wait_for_codes(0, &path, &codes);
        assert_eq!(ranges(&diagnostics), expected, "{file}");
    }
    let get = real.path("src/cmd/get.rs");
    let text = format!("// ä\n{}", fs::read_to_string(&get).unwrap());
    edit(&mut client, &get, (0, 0), (0, 0), "// ä\n");
    let moved = places(&text, "#[instrument", "instrument");
    (place, _) = client.wait_from(place, "the moved mark", |message| {
        message["params"]["uri"] == uri(&get)
            && message["params"]["diagnostics"]
                .as_array()
                .is_some_and(|diagnostics| ranges(diagnostics) == moved)
    });
    let server = real.path("src/bin/server.rs");
    let shown = client.heard(0, "textDocument/publishDiagnostics");
    assert!(
        shown.iter().all(|shown| shown["uri"] != uri(&server)),
        "{shown:#?}"
    );

    // Another macro, of another file.
    fs::remove_file(real.dylib("tokio_macros")).unwrap();
    let text = fs::read_to_string(&server).unwrap();
    let (_, diagnostics) = client.wait_for_codes(place, &server, &["dylib-missing"]);
    assert_eq!(
        ranges(&diagnostics),
        places(&text, "#[tokio::main]", "tokio::main")
    );

    let place = client.place();
    real.build();
    client.wait_for_codes(place, &get, &[]);
    client.wait_for_codes(place, &real.path("src/client.rs"), &[]);
    client.wait_for_codes(place, &server, &[]);
    client.goodbye();
}

const MANIFEST: &str = r#"[package]
name = "app"
version = "0.1.0"
edition = "2021"

[features]
odd = []

[dependencies]
serde = { version = "1", features = ["derive"] }
clap = { version = "4", features = ["derive"] }
thiserror = "2"
async-trait = "0.1"
tokio = { version = "1", features = ["macros", "rt"] }
tracing = "0.1"
renamed = { package = "indoc", version = "2" }
derive_more = { version = "2", features = ["display"] }
"#;

const SOURCE: &str = r##"//! `#[derive(Serialize)]` and #[tokio::main] in words.
use async_trait::async_trait as by_trait;
use clap::{Parser, Args as More};
use serde::{de::Deserialize as _, Deserialize, Serialize as Ser};
use std::fmt::Debug;
use thiserror::*;

mod nested {
    use super::Deserialize;

    /// #[derive(Deserialize)]
    #[derive(Debug, Deserialize)]
    pub struct Inner(pub u8);

    pub mod prelude {
        pub use clap::Subcommand as Sub;
    }
}

pub mod local {
    // Not the one of async-trait.
    pub use derive_more::Display;
}

use nested::prelude::*;

#[derive(Debug, Clone, Ser, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "odd", derive(Deserialize))]
pub struct Point {
    #[serde(default)]
    x: u8,
}

#[derive(Parser)]
struct Command {
    #[command(subcommand)]
    which: Which,
    #[command(flatten)]
    more: Rest,
}

#[derive(Sub)]
enum Which {
    One,
}

#[derive(More)]
struct Rest {
    #[arg(long)]
    long: bool,
}

#[derive(Debug, Error)]
enum Wrong {
    #[error("ä {0} #[derive(Ser)]")]
    One(#[from] std::io::Error),
}

#[by_trait]
trait Walk {
    async fn walk(&self) -> Result<(), Wrong>;
}

#[by_trait]
impl Walk for Point {
    #[tracing::instrument(skip_all)]
    async fn walk(&self) -> Result<(), Wrong> {
        println!("{}{}", renamed::indoc!("x"), r#"renamed::indoc!("y")"#);
        Ok(())
    }
}

#[derive(local::Display)]
struct Shown;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let _ = nested::Inner(1);
    let command = Command::parse();
    let _ = (command.which, command.more.long, Shown.to_string());
    let _ = Point { x: 1 }.walk().await;
}

#[cfg(test)]
mod tests {
    #[tokio::test]
    async fn one() {}

    #[test]
    fn other() {}
}
"##;

/// The crate of the macro, and what of the source is marked when it is gone: a text to find, and the part of it that is marked.
const MARKED: &[(&str, &[(&str, &str)])] = &[
    (
        "serde_derive",
        &[
            ("#[derive(Debug, Deserialize)]", "Deserialize"),
            ("Clone, Ser,", "Ser"),
            ("Ser, serde::Deserialize", "serde::Deserialize"),
        ],
    ),
    (
        "clap_derive",
        &[
            ("#[derive(Parser)]", "Parser"),
            ("#[derive(Sub)]", "Sub"),
            ("#[derive(More)]", "More"),
        ],
    ),
    ("thiserror_impl", &[("#[derive(Debug, Error)]", "Error")]),
    ("async_trait", &[("#[by_trait]", "by_trait")]),
    (
        "tokio_macros",
        &[
            ("#[tokio::main", "tokio::main"),
            ("#[tokio::test]", "tokio::test"),
        ],
    ),
    (
        "tracing_attributes",
        &[("tracing::instrument", "tracing::instrument")],
    ),
    // Its crate defines it by a macro of its own.
    ("derive_more_impl", &[("local::Display", "local::Display")]),
    ("indoc", &[(", renamed::indoc!", "renamed::indoc!")]),
];

#[test]
#[ignore = "downloads and builds serde, clap, tokio and others"]
fn the_uses_of_well_known_macros_are_told_apart() {
    let real = Real::empty();
    write(&real.path("Cargo.toml"), MANIFEST);
    write(&real.path("src/main.rs"), SOURCE);
    real.build();
    let file = real.path("src/main.rs");
    let mut client = Client::hello(&real.root, Manners::Answers);
    open(&mut client, &file, SOURCE);
    let mut place = 0;
    for (name, marked) in MARKED {
        let mut expected: Vec<_> = marked
            .iter()
            .flat_map(|(wanted, marked)| places(SOURCE, wanted, marked))
            .collect();
        expected.sort_unstable();
        let dylib = real.dylib(name);
        let aside = dylib.with_extension("aside");
        fs::rename(&dylib, &aside).unwrap();
        let codes = vec!["dylib-missing"; expected.len()];
        let diagnostics;
        (place, diagnostics) = client.wait_for_codes(place, &file, &codes);
        assert_eq!(ranges(&diagnostics), expected, "{name}");
        fs::rename(&aside, &dylib).unwrap();
        (place, _) = client.wait_for_codes(place, &file, &[]);
    }
    client.goodbye();
}

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::needless_raw_string_hashes
)]

use std::fs;

use super::*;
use crate::settings::{Expansion, Features, TargetDirectory};

/// A workspace and a home directory with these files.
fn files(workspace: &str, person: &str) -> (tempfile::TempDir, FileSettings) {
    let directory = tempfile::tempdir().unwrap();
    let top = Utf8Path::from_path(directory.path()).unwrap();
    let own = top.join("config/rust-analyzer");
    fs::create_dir_all(&own).unwrap();
    for (directory, text) in [(top, workspace), (own.as_path(), person)] {
        if !text.is_empty() {
            fs::write(directory.join(FILE_NAME), text).unwrap();
        }
    }
    let environment = [
        ("XDG_CONFIG_HOME", top.join("config")),
        ("APPDATA", top.join("config")),
    ]
    .map(|(name, path)| (name.to_owned(), path.into_string()))
    .into();
    let read = read(top, &environment);
    (directory, read)
}

fn complaints(settings: &FileSettings) -> Vec<String> {
    settings
        .complaints
        .iter()
        .map(|complaint| {
            let at = complaint.path.to_string();
            complaint.to_string().replace(&at, "FILE")
        })
        .collect()
}

#[test]
fn the_workspaces_file_goes_before_the_persons() {
    let (_directory, settings) = files(
        "[cargo]\nfeatures = \"all\"\nbuildScripts.overrideCommand = [\"make\", \"macros\"]\n\
         [procMacro.ignored]\nasync-trait = [\"async_trait\"]\n[check]\ncommand = \"clippy\"\n",
        "[cargo]\nfeatures = [\"a\"]\ntargetDir = true\n",
    );
    assert_eq!(settings.cargo.features, Features::All);
    assert_eq!(
        settings.cargo.target_directory,
        TargetDirectory::RustAnalyzerSubdirectory
    );
    assert_eq!(
        settings.cargo.override_command,
        Some(vec!["make".to_owned(), "macros".to_owned()])
    );
    assert!(settings.proc_macro.ignored["async-trait"].contains("async_trait"));
    assert_eq!(complaints(&settings), [""; 0]);
}

#[test]
#[cfg(not(target_os = "macos"))]
fn expansion_is_switched_off_in_the_persons_file_alone() {
    let off = "[procMacro]\nenable = false\nserver = \"/opt/server\"\n";
    let (_directory, settings) = files("", off);
    assert_eq!(settings.proc_macro.expansion, Expansion::Disabled);
    assert_eq!(settings.proc_macro.server, Some("/opt/server".into()));

    let (_directory, settings) = files(off, "");
    assert_eq!(settings.proc_macro, ProcMacroSettings::default());
    assert_eq!(complaints(&settings).len(), 2);
    assert!(complaints(&settings)[0].starts_with("FILE: `procMacro.enable` has no effect here"));
}

#[test]
fn what_is_wrong_is_named_and_the_rest_holds() {
    let (_directory, settings) = files("cargo.allTargets = \"yes\"\ncargo.target = \"t\"\n", "");
    assert_eq!(settings.cargo.target.as_deref(), Some("t"));
    assert_eq!(
        complaints(&settings),
        ["FILE: `cargo.allTargets` must be true or false"]
    );
    let (_directory, settings) = files("cargo = [", "");
    assert_eq!(settings.cargo, CargoSettings::default());
    assert!(complaints(&settings)[0].starts_with("FILE is not TOML ("));
}

#[test]
fn a_target_directory_among_the_arguments_is_the_target_directory() {
    for arguments in [
        r#"["--offline", "--target-dir", "other", "--keep-going"]"#,
        r#"["--offline", "--target-dir=other", "--keep-going"]"#,
    ] {
        let (_directory, settings) = files(&format!("cargo.extraArgs = {arguments}\n"), "");
        assert_eq!(
            settings.cargo.target_directory,
            TargetDirectory::Path("other".into())
        );
        assert_eq!(
            settings.cargo.extra_arguments,
            ["--offline", "--keep-going"]
        );
    }
}

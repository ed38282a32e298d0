#![allow(clippy::unwrap_used)]
use std::fs;

use super::*;
use crate::verdict::fixtures;

#[test]
fn a_configuration_file_among_the_arguments_decides_the_answer() {
    let directory = tempfile::tempdir().unwrap();
    let root = Utf8Path::from_path(directory.path()).unwrap();
    let mut expectation = fixtures::expectation();
    root.clone_into(&mut expectation.workspace.root);
    expectation.workspace.build_directory = root.join("target");
    fs::write(root.join("other.toml"), "").unwrap();
    let environment = BTreeMap::new();
    for arguments in [&["--config", "other.toml"][..], &["--config=other.toml"]] {
        let settings = CargoSettings {
            extra_arguments: arguments.iter().map(|&text| text.to_owned()).collect(),
            ..CargoSettings::default()
        };
        let key = Key::of(&expectation, &settings, &environment);
        assert!(key.still_fits(&expectation, &settings, &environment));
        fs::write(root.join("other.toml"), arguments.join(" ")).unwrap();
        assert!(!key.still_fits(&expectation, &settings, &environment));
    }
}

#[test]
fn what_may_come_to_be_decides_the_answer() {
    let directory = tempfile::tempdir().unwrap();
    let above = Utf8Path::from_path(directory.path()).unwrap();
    let root = above.join("package");
    let mut expectation = fixtures::expectation();
    expectation.workspace.root.clone_from(&root);
    expectation.workspace.build_directory = root.join("target");
    expectation.local_packages = vec![root.clone()];
    for directory in [
        "tests/deep",
        "examples/deep",
        "benches/deep",
        "src/bin/deep",
    ] {
        fs::create_dir_all(root.join(directory)).unwrap();
    }
    fs::create_dir(root.join(".cargo")).unwrap();
    fs::write(root.join("Cargo.toml"), "[package]\nname = \"package\"\n").unwrap();
    let configuration = "[build]\nrustc = \"tools/configured\"\n";
    fs::write(root.join(".cargo/config.toml"), configuration).unwrap();
    fs::create_dir(root.join("tools")).unwrap();
    let settings = CargoSettings::default();
    let rustc = root.join("tools/named").into_string();
    let environment = BTreeMap::from([("RUSTC".to_owned(), rustc)]);
    for appears in [
        "package/tests/deep/main.rs",
        "package/examples/deep/main.rs",
        "package/benches/deep/main.rs",
        "package/src/bin/deep/main.rs",
        "package/tools/named",
        "package/tools/configured",
        "Cargo.toml",
    ] {
        let key = Key::of(&expectation, &settings, &environment);
        assert!(key.still_fits(&expectation, &settings, &environment));
        fs::write(above.join(appears), "fn main() {}").unwrap();
        assert!(
            !key.still_fits(&expectation, &settings, &environment),
            "{appears}"
        );
    }
    fs::write(root.join("Cargo.toml"), "[workspace]\n").unwrap();
    let key = Key::of(&expectation, &settings, &environment);
    fs::remove_file(above.join("Cargo.toml")).unwrap();
    assert!(
        !key.still_fits(&expectation, &settings, &environment),
        "it was there"
    );
}

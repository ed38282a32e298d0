#![allow(clippy::unwrap_used)]

use serde_json::json;

use super::*;

const LOCK_FILE: &str = r#"version = 4

[[package]]
name = "app"
version = "0.1.0"
dependencies = [
 "direct",
 "either 1.0.0",
 "facade",
 "mac",
 "maybe",
]

[[package]]
name = "tool"
version = "0.1.0"
dependencies = [
 "facade",
 "mac",
]

[[package]]
name = "mac"
version = "0.1.0"

[[package]]
name = "direct"
version = "1.2.3"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "00"

[[package]]
name = "maybe"
version = "1.0.0"
source = "registry+https://github.com/rust-lang/crates.io-index"

[[package]]
name = "facade"
version = "2.0.0"
source = "registry+https://github.com/rust-lang/crates.io-index"
dependencies = [
 "behind",
 "shared",
]

[[package]]
name = "core"
version = "2.0.0"
source = "registry+https://github.com/rust-lang/crates.io-index"
dependencies = [
 "shared",
]

[[package]]
name = "behind"
version = "2.0.1"
source = "registry+https://github.com/rust-lang/crates.io-index"

[[package]]
name = "shared"
version = "3.0.0"
source = "registry+https://github.com/rust-lang/crates.io-index"

[[package]]
name = "either"
version = "1.0.0"
source = "registry+https://github.com/rust-lang/crates.io-index"

[[package]]
name = "either"
version = "2.0.0"
source = "registry+https://github.com/rust-lang/crates.io-index"

[[package]]
name = "elsewhere"
version = "1.0.0"
source = "git+https://example.org/elsewhere#0123"
"#;

fn dependency(name: &str, optional: bool, kind: Option<&str>) -> serde_json::Value {
    json!({"name": name, "source": null, "req": "*", "kind": kind, "rename": null, "optional": optional,
        "uses_default_features": true, "features": [], "target": null, "registry": null})
}

fn metadata() -> Metadata {
    let package = |name: &str, dependencies: Vec<serde_json::Value>| {
        json!({"name": name, "version": "0.1.0", "id": format!("path+file:///w/{name}#0.1.0"), "license": null, "license_file": null,
            "description": null, "source": null, "dependencies": dependencies, "features": {}, "publish": null, "authors": [],
            "categories": [], "keywords": [], "readme": null, "repository": null, "homepage": null, "documentation": null,
            "edition": "2021", "links": null, "default_run": null, "rust_version": null, "metadata": null,
            "manifest_path": format!("/w/{name}/Cargo.toml"),
            "targets": [{"kind": ["lib"], "crate_types": ["lib"], "name": name, "src_path": format!("/w/{name}/src/lib.rs"),
                "edition": "2021", "doc": true, "doctest": true, "test": true}]})
    };
    serde_json::from_value(json!({
        "packages": [
            package("tool", vec![dependency("facade", false, None), dependency("mac", false, None)]),
            package("mac", vec![]),
            package("app", vec![
                dependency("direct", false, None),
                dependency("either", false, None),
                dependency("facade", false, None),
                dependency("mac", false, None),
                dependency("maybe", true, None),
                dependency("elsewhere", false, Some("dev")),
            ]),
        ],
        "workspace_members": ["path+file:///w/app#0.1.0"], "resolve": null, "target_directory": "/w/target", "version": 1,
        "workspace_root": "/w", "metadata": null
    }))
    .unwrap()
}

#[test]
fn a_way_is_told_only_where_no_other_can_be_it() {
    let packages = LockedPackages::parse(LOCK_FILE);
    let metadata = metadata();
    for (name, way) in [
        // Members, and what they name themselves.
        ("mac", Some("mac")),
        ("direct", Some("app direct")),
        // What one package alone depends on comes in through it.
        ("behind", Some("app facade behind")),
        // Who brings these in, features decide.
        ("maybe", None),
        ("shared", None),
        // Which of two packages of a name is meant, a name does not tell.
        ("either", None),
        ("elsewhere", None),
        ("core", None),
        ("unheard-of", None),
    ] {
        let found = packages.certain(&PackageName::new(name), &metadata);
        let told = found.map(|found| {
            let names = found.way.packages.iter().map(PackageName::as_str);
            names.collect::<Vec<_>>().join(" ")
        });
        assert_eq!(told.as_deref(), way, "{name}");
    }
}

#[test]
fn ids_are_those_that_cargo_prints() {
    let packages = LockedPackages::parse(LOCK_FILE);
    let metadata = metadata();
    let id = |name: &str| {
        let found = packages.certain(&PackageName::new(name), &metadata);
        let found = found.unwrap();
        let first = found.way.first_step.map(|id| id.to_string());
        (found.package_id.to_string(), first)
    };
    let crates_io = |named: &str| format!("{CRATES_IO}#{named}");
    assert_eq!(id("mac"), ("path+file:///w/mac#0.1.0".to_owned(), None));
    assert_eq!(
        id("behind"),
        (crates_io("behind@2.0.1"), Some(crates_io("facade@2.0.0")))
    );
}

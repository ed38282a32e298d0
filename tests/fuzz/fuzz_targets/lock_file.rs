//! A lock file, and the way of every package that it names.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sidecargo::expected::LockedPackages;
use sidecargo::names::PackageName;

fuzz_target!(|text: &str| {
    let packages = LockedPackages::parse(text);
    let metadata = serde_json::from_str(METADATA).expect("what cargo printed");
    for name in text.split('"').take(64) {
        let _ = packages.certain(&PackageName::new(name), &metadata);
    }
});

/// A workspace of one package that depends on one other.
const METADATA: &str = r#"{"packages": [{"name": "app", "version": "0.1.0", "id": "path+file:///w/app#0.1.0", "license": null,
"license_file": null, "description": null, "source": null, "dependencies": [{"name": "facade", "source": null, "req": "*", "kind": null,
"rename": null, "optional": false, "uses_default_features": true, "features": [], "target": null, "registry": null}], "features": {},
"publish": null, "authors": [], "categories": [], "keywords": [], "readme": null, "repository": null, "homepage": null,
"documentation": null, "edition": "2021", "links": null, "default_run": null, "rust_version": null, "metadata": null,
"manifest_path": "/w/app/Cargo.toml", "targets": [{"kind": ["lib"], "crate_types": ["lib"], "name": "app",
"src_path": "/w/app/src/lib.rs", "edition": "2021", "doc": true, "doctest": true, "test": true}]}],
"workspace_members": ["path+file:///w/app#0.1.0"], "resolve": null, "target_directory": "/w/target", "version": 1,
"workspace_root": "/w", "metadata": null}"#;

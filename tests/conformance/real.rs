//! Real workspaces of the registry, fetched by cargo itself and built by rust-analyzer's command alone, as an editor does.

use crate::support::toolchain::Toolchain;
use crate::support::workspace::{self, Base, Layout};
use crate::support::{cargo, scratch, tree};
use std::fs;
use std::path::{Path, PathBuf};

/// A package that is taken for a workspace of its own.
struct Real {
    name: &'static str,
    version: &'static str,
}

const REAL: &[Real] = &[
    // tokio, tracing, structopt, async-stream
    Real {
        name: "mini-redis",
        version: "0.4.1",
    },
    // diesel, darling
    Real {
        name: "diesel_migrations",
        version: "2.3.2",
    },
    // axum, serde, thiserror, zerocopy
    Real {
        name: "axum-template",
        version: "3.0.0",
    },
    // clap, derive_more, strum, typed-builder
    Real {
        name: "typos-cli",
        version: "1.52.0",
    },
    // 277 packages: prost, async-trait, clap, tracing
    Real {
        name: "tokio-console",
        version: "0.1.14",
    },
    // 543 packages, some 40 macros: sqlx, axum, serde, clap, two majors of thiserror
    Real {
        name: "atuin-server",
        version: "18.24.4",
    },
];

/// The names of all, for plans.
pub(crate) fn names() -> Vec<&'static str> {
    REAL.iter().map(|r| r.name).collect()
}

/// Fetches and builds one, or takes what an earlier run has left.
pub(crate) fn base(name: &str, toolchain: &Toolchain, layout: Layout) -> Result<Base, String> {
    let real = REAL
        .iter()
        .find(|r| r.name == name)
        .ok_or("no such workspace")?;
    let source = source(real, toolchain)?;
    let id = workspace::id(&toolchain.name, layout, workspace::Company::Alone);
    let id = format!("{name}@{id}");
    let root = scratch().join("bases").join(format!(
        "{id}-{}-{:x}",
        real.version,
        toolchain.version().len()
    ));
    workspace::once(&root, |at| {
        let place = at.join("ws");
        tree::copy(&source, &place).map_err(|e| e.to_string())?;
        if layout == Layout::V2 {
            fs::create_dir_all(place.join(".cargo")).map_err(|e| e.to_string())?;
            let config = "[unstable]\nbuild-dir-new-layout = true\n";
            fs::write(place.join(".cargo/config.toml"), config).map_err(|e| e.to_string())?;
        }
        let selection = cargo::Selection::default();
        let out = cargo::rust_analyzer_command(toolchain, &place, &selection).output();
        if out.success() {
            Ok(())
        } else {
            Err(format!("{id} does not build:\n{}", out.stderr))
        }
    })?;
    workspace::learn(id, toolchain.clone(), layout, root.join("ws"))
}

/// The package's sources with a lock file and everything downloaded.
fn source(real: &Real, toolchain: &Toolchain) -> Result<PathBuf, String> {
    let place = scratch()
        .join("sources")
        .join(format!("{}-{}", real.name, real.version));
    workspace::once(&place, |at| {
        let asking = at.with_extension("asking");
        let _ = fs::remove_dir_all(&asking);
        fs::create_dir_all(&asking).map_err(|e| e.to_string())?;
        let manifest = format!(
            "[package]\nname = \"asking\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[lib]\npath = \"lib.rs\"\n\n\
             [dependencies]\n{} = {{ version = \"={}\", default-features = false }}\n",
            real.name, real.version
        );
        fs::write(asking.join("Cargo.toml"), manifest).map_err(|e| e.to_string())?;
        fs::write(asking.join("lib.rs"), "").map_err(|e| e.to_string())?;
        online(toolchain, &asking, &["fetch"])?;
        let unpacked = unpacked(real).ok_or("cargo has not unpacked it")?;
        let _ = fs::remove_dir_all(&asking);
        tree::copy(&unpacked, at).map_err(|e| e.to_string())?;
        for marker in [
            ".cargo-ok",
            ".cargo_vcs_info.json",
            "rust-toolchain",
            "rust-toolchain.toml",
        ] {
            let _ = fs::remove_file(at.join(marker));
        }
        // A package is a workspace of its own here.
        let manifest = fs::read_to_string(at.join("Cargo.toml")).map_err(|e| e.to_string())?;
        if !manifest.contains("[workspace]") {
            fs::write(at.join("Cargo.toml"), manifest + "\n[workspace]\n")
                .map_err(|e| e.to_string())?;
        }
        online(toolchain, at, &["fetch"])
    })?;
    Ok(place)
}

fn online(toolchain: &Toolchain, directory: &Path, arguments: &[&str]) -> Result<(), String> {
    let out = toolchain
        .cargo(directory)
        .env("CARGO_NET_OFFLINE", "false")
        .args(arguments)
        .output();
    if out.success() {
        Ok(())
    } else {
        Err(format!("cargo {}: {}", arguments.join(" "), out.stderr))
    }
}

fn unpacked(real: &Real) -> Option<PathBuf> {
    let home = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(std::env::home_dir()?.join(".cargo")))?;
    let sources = fs::read_dir(home.join("registry/src")).ok()?;
    let package = format!("{}-{}", real.name, real.version);
    sources
        .flatten()
        .map(|e| e.path().join(&package))
        .find(|p| p.is_dir())
}

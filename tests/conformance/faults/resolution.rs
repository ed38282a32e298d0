//! What resolves to which package: members, patches and the lock file.

use super::{Fault, fault};
use crate::support::workspace::alternatives;
use crate::trial::{Applied, Trial, Trouble, append, replace, skip, touch, write};
use std::fs;
use std::path::Path;

pub(super) fn faults() -> Vec<Fault> {
    [members(), lock()].into_iter().flatten().collect()
}

fn members() -> Vec<Fault> {
    vec![
        fault("members/macro-added", |t| {
            write(
                &t.path("added/Cargo.toml"),
                "[package]\nname = \"added\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[lib]\nproc-macro = true\n",
            )?;
            write(&t.path("added/src/lib.rs"), "")?;
            replace(&t.path("Cargo.toml"), "[\"app\",", "[\"added\", \"app\",")?;
            replace(&t.path("app/Cargo.toml"), "[dependencies]\n", "[dependencies]\nadded = { path = \"../added\" }\n")
        })
        .smoke(),
        fault("members/macro-no-longer-used", |t| {
            replace(&t.path("app/Cargo.toml"), "glue = { package = \"paste\", version = \"=1.0.15\" }\n", "")?;
            replace(&t.path("app/src/lib.rs"), "glue::paste! { fn [<glued _name>]() {} }\n", "")
        })
        .smoke(),
        fault("members/dependency-renamed", |t| {
            replace(&t.path("app/Cargo.toml"), "glue = {", "pasted = {")?;
            replace(&t.path("app/src/lib.rs"), "glue::", "pasted::")
        }),
        fault("members/dependency-of-a-macro-renamed", |t| {
            replace(&t.path("mac/Cargo.toml"), "mdep = {", "my-dep = { package = \"mdep\",")?;
            replace(&t.path("mac/src/part.rs"), "mdep::", "my_dep::")
        }),
        fault("members/dependency-of-a-macro-added", |t| {
            replace(&t.path("early/Cargo.toml"), "[lib]", "[dependencies]\nplain = { path = \"../plain\" }\n\n[lib]")
        })
        .quick(),
        fault("members/dependency-of-a-macro-removed", |t| {
            replace(&t.path("mac/Cargo.toml"), "mdep = { path = \"../mdep\" }\n", "")?;
            replace(&t.path("mac/src/part.rs"), "mdep::weight() + 1", "1")
        }),
        fault("members/lonely-macro-used", |t| {
            replace(&t.path("app/Cargo.toml"), "[dependencies]\n", "[dependencies]\nlonely = { path = \"../lonely\" }\n")
        })
        .quick(),
        fault("members/windows-macro-used-here", |t| replace(&t.path("app/Cargo.toml"), "cfg(windows)", "cfg(unix)")).quick(),
        fault("members/dev-only-macro-no-longer-used", |t| {
            replace(&t.path("app/Cargo.toml"), "indoc = \"=2.0.5\"\n", "")?;
            Ok(fs::remove_file(t.path("app/tests/uses.rs"))?)
        }),
        fault("members/one-of-two-majors-no-longer-used", |t| {
            replace(&t.path("app/Cargo.toml"), "thiserror-two = { package = \"thiserror\", version = \"=2.0.9\" }\n", "")?;
            replace(&t.path("app/src/lib.rs"), "use thiserror_two as _;\n", "")
        })
        .quick(),
        fault("members/one-left-out", |t| {
            replace(&t.path("Cargo.toml"), ", \"plain\"", "")?;
            replace(&t.path("Cargo.toml"), "members", "exclude = [\"plain\"]\nmembers")
        }),
        fault("members/registry-macro-patched", patch_paste).about("paste").smoke(),
    ]
}

/// `[patch]`: the registry's macro is replaced by a copy of it in the workspace.
fn patch_paste(t: &mut Trial<'_>) -> Applied {
    let Some(source) = registry_source("paste-1.0.15") else {
        return skip("paste is not unpacked here");
    };
    crate::support::tree::copy(&source, &t.path("patched/paste"))?;
    append(
        &t.path("Cargo.toml"),
        "\n[patch.crates-io]\npaste = { path = \"patched/paste\" }\n",
    )?;
    replace(
        &t.path("Cargo.toml"),
        "members",
        "exclude = [\"patched\"]\nmembers",
    )
}

fn registry_source(package: &str) -> Option<std::path::PathBuf> {
    let home = std::env::var_os("CARGO_HOME")
        .map(std::path::PathBuf::from)
        .or_else(|| Some(std::env::home_dir()?.join(".cargo")))?;
    let sources = fs::read_dir(home.join("registry/src")).ok()?;
    sources
        .flatten()
        .map(|e| e.path().join(package))
        .find(|p| p.is_dir())
}

fn lock() -> Vec<Fault> {
    vec![
        fault("lock/leaf-macro-changed", |t| {
            replace(&t.path("app/Cargo.toml"), "=1.0.15", "=1.0.14")?;
            lock_other_version(t, "paste")
        })
        .about("1.0.14")
        .smoke(),
        fault("lock/deep-dependency-changed", |t| {
            replace(&t.path("Cargo.toml"), "=1.0.14", "=1.0.13")?;
            lock_other_version(t, "unicode-ident")
        }),
        fault("lock/macro-with-build-script-changed", |t| {
            replace(
                &t.path("app/Cargo.toml"),
                "rustversion = \"=1.0.17\"",
                "rustversion = \"=1.0.16\"",
            )?;
            lock_other_version(t, "rustversion")
        })
        .about("1.0.16"),
        fault("lock/behind-the-manifest", |t| {
            replace(&t.path("app/Cargo.toml"), "=1.0.15", "=1.0.14")
        })
        .about("1.0.14")
        .quick(),
        fault("lock/deleted", |t| {
            Ok(fs::remove_file(t.path("Cargo.lock"))?)
        }),
        fault("lock/touched", |t| touch(&t.path("Cargo.lock"))),
        fault("lock/garbage", |t| {
            append(&t.path("Cargo.lock"), "\n<<<<<<< HEAD\n")
        })
        .beyond_repair(),
        fault("lock/package-not-downloaded", |t| {
            replace(
                &t.path("app/Cargo.toml"),
                "[dependencies]\n",
                "[dependencies]\nno-such-package-anywhere = \"1\"\n",
            )
        })
        .beyond_repair()
        .quick(),
    ]
}

/// Puts the other version of a package, with its checksum, into the workspace's lock file.
fn lock_other_version(t: &Trial<'_>, package: &str) -> Applied {
    let other = entry(&alternatives().join("Cargo.lock"), package)?;
    let lock = t.path("Cargo.lock");
    let old = entry(&lock, package)?;
    for key in ["version", "checksum"] {
        let value = |entry: &str| {
            let line = entry
                .lines()
                .find(|l| l.starts_with(key))
                .map(str::to_owned);
            line.ok_or_else(|| Trouble::Failed(format!("no {key} of {package}")))
        };
        let changed = old.replace(&value(&old)?, &value(&other)?);
        replace(
            &lock,
            &entry(&lock, package)?,
            &merged(&entry(&lock, package)?, &changed, key),
        )?;
    }
    Ok(())
}

/// An entry with one line taken from another.
fn merged(entry: &str, other: &str, key: &str) -> String {
    let line = other
        .lines()
        .find(|l| l.starts_with(key))
        .unwrap_or_default();
    let lines: Vec<&str> = entry
        .lines()
        .map(|l| if l.starts_with(key) { line } else { l })
        .collect();
    lines.join("\n")
}

/// The lines of a package in a lock file, from its name to its end.
fn entry(lock: &Path, package: &str) -> Result<String, Trouble> {
    let text = fs::read_to_string(lock)?;
    let start = format!("name = \"{package}\"\n");
    let Some(at) = text.find(&start) else {
        return Err(Trouble::Failed(format!(
            "{} has no {package}",
            lock.display()
        )));
    };
    let rest = &text[at..];
    let end = rest.find("\n\n").unwrap_or(rest.trim_end().len());
    Ok(rest[..end].to_owned())
}

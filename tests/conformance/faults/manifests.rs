//! Manifests and the lock file.

use super::{Fault, fault};
use crate::support::workspace::alternatives;
use crate::trial::{Applied, Trial, Trouble, append, replace, skip, touch, write};
use std::fs;
use std::path::Path;

pub(super) fn faults() -> Vec<Fault> {
    [features(), packages(), profiles(), members(), lock()]
        .into_iter()
        .flatten()
        .collect()
}

fn features() -> Vec<Fault> {
    vec![
        fault("features/switched-on", |t| {
            t.select(&["--features", "app/fx"]);
            Ok(())
        })
        .about("fx")
        .smoke(),
        fault("features/all", |t| {
            t.select(&["--all-features"]);
            Ok(())
        }),
        fault("features/no-defaults", |t| {
            t.select(&["--no-default-features"]);
            Ok(())
        }),
        fault("features/optional-macro-switched-on", |t| {
            t.select(&["--features", "app/optional-macro"]);
            Ok(())
        })
        .smoke(),
        fault("features/optional-macro-by-default", |t| {
            replace(&t.path("app/Cargo.toml"), "[features]\n", "[features]\ndefault = [\"optional-macro\"]\n")
        })
        .quick(),
        fault("features/declared", |t| replace(&t.path("mac/Cargo.toml"), "[features]\n", "[features]\nextra = []\n"))
            .smoke(),
        fault("features/declared-one-removed", |t| {
            replace(&t.path("app/Cargo.toml"), "fx = [\"mac/fx\"]\n", "")?;
            replace(&t.path("mac/Cargo.toml"), "fx = []\n", "")
        }),
        fault("features/made-default", |t| {
            replace(&t.path("mac/Cargo.toml"), "[features]\n", "[features]\ndefault = [\"fx\"]\n")
        })
        .about("fx")
        .quick(),
        fault("features/asked-for-by-a-dependent", |t| {
            replace(&t.path("layered/Cargo.toml"), "../mac\" }", "../mac\", features = [\"fx\"] }")
        })
        .about("fx"),
        fault("features/of-a-registry-crate", |t| {
            replace(&t.path("app/Cargo.toml"), "features = [\"derive\"]", "features = [\"derive\", \"rc\"]")
        }),
        fault("features/of-a-registry-macro", |t| {
            append(&t.path("app/Cargo.toml"), "\n[dependencies.serde_derive]\nversion = \"1\"\nfeatures = [\"deserialize_in_place\"]\n")
        })
        .about("deserialize_in_place")
        .quick(),
        fault("features/switched-on-and-back", |t| {
            t.select(&["--features", "app/fx"]);
            t.rust_analyzer_builds()?;
            t.selection.arguments.clear();
            Ok(())
        }),
    ]
}

fn packages() -> Vec<Fault> {
    vec![
        fault("manifest/version", |t| {
            replace(
                &t.path("mac/Cargo.toml"),
                "version.workspace = true",
                "version = \"0.1.1\"",
            )
        })
        .about("0.1.1")
        .smoke(),
        fault("manifest/version-pre-release", |t| {
            replace(&t.path("early/Cargo.toml"), "0.3.0-beta.2", "0.3.0-beta.3")?;
            replace(&t.path("app/Cargo.toml"), "0.3.0-beta.2", "0.3.0-beta.3")
        })
        .about("0.3.0-beta.3")
        .quick(),
        fault("manifest/version-build-metadata", |t| {
            replace(&t.path("early/Cargo.toml"), "beta.2", "beta.2+build.5")
        }),
        fault("manifest/version-of-the-workspace", |t| {
            replace(
                &t.path("Cargo.toml"),
                "version = \"0.1.0\"",
                "version = \"0.2.0\"",
            )
        })
        .about("0.2.0"),
        fault("manifest/version-of-a-dependency", |t| {
            replace(
                &t.path("mdep/Cargo.toml"),
                "version.workspace = true",
                "version = \"0.1.1\"",
            )
        }),
        fault("manifest/edition", |t| {
            replace(
                &t.path("mac/Cargo.toml"),
                "edition.workspace = true",
                "edition = \"2018\"",
            )
        })
        .smoke(),
        fault("manifest/edition-of-the-workspace", |t| {
            replace(
                &t.path("Cargo.toml"),
                "edition = \"2021\"",
                "edition = \"2018\"",
            )
        }),
        fault("manifest/edition-of-a-dependency", |t| {
            replace(
                &t.path("mdep/Cargo.toml"),
                "edition.workspace = true",
                "edition = \"2018\"",
            )
        }),
        fault("manifest/lints", |t| {
            append(
                &t.path("mac/Cargo.toml"),
                "\n[lints.rust]\nunused = \"allow\"\n",
            )
        })
        .smoke(),
        fault("manifest/lints-of-a-dependency", |t| {
            append(
                &t.path("mdep/Cargo.toml"),
                "\n[lints.rust]\nunused = \"allow\"\n",
            )
        }),
        fault("manifest/lints-inherited", |t| {
            append(
                &t.path("Cargo.toml"),
                "\n[workspace.lints.rust]\nunused = \"allow\"\n",
            )?;
            append(&t.path("early/Cargo.toml"), "\n[lints]\nworkspace = true\n")
        })
        .quick(),
        fault("manifest/lints-declared-but-not-inherited", |t| {
            append(
                &t.path("Cargo.toml"),
                "\n[workspace.lints.rust]\nunused = \"allow\"\n",
            )
        }),
        fault("manifest/lints-of-clippy", |t| {
            append(
                &t.path("mac/Cargo.toml"),
                "\n[lints.clippy]\nall = \"allow\"\n",
            )
        }),
        fault("manifest/description-read-by-the-macro", |t| {
            replace(
                &t.path("tracked/Cargo.toml"),
                "description.workspace = true",
                "description = \"other\"",
            )
        })
        .smoke(),
        fault("manifest/description-inherited", |t| {
            replace(&t.path("Cargo.toml"), "\"made\"", "\"other\"")
        }),
        fault("manifest/description-removed", |t| {
            replace(
                &t.path("tracked/Cargo.toml"),
                "description.workspace = true\n",
                "",
            )
        }),
        fault("manifest/description-nobody-reads", |t| {
            replace(
                &t.path("mac/Cargo.toml"),
                "[lib]",
                "description = \"nobody reads this\"\n\n[lib]",
            )
        }),
        fault("manifest/authors-and-licence", |t| {
            replace(
                &t.path("mac/Cargo.toml"),
                "[lib]",
                "authors = [\"a\"]\nlicense = \"MIT\"\nrust-version = \"1.60\"\n\n[lib]",
            )
        }),
        fault("manifest/library-renamed", |t| {
            replace(
                &t.path("odd/Cargo.toml"),
                "name = \"odder\"",
                "name = \"oddest\"",
            )?;
            replace(&t.path("app/src/lib.rs"), "odder::", "oddest::")?;
            replace(&t.path("odd/tests/use.rs"), "odder::", "oddest::")
        })
        .quick(),
        fault("manifest/library-path", |t| {
            fs::rename(t.path("odd/macros/entry.rs"), t.path("odd/macros/door.rs"))?;
            replace(&t.path("odd/Cargo.toml"), "entry.rs", "door.rs")
        }),
        fault("manifest/package-moved", |t| {
            fs::rename(t.path("early"), t.path("later"))?;
            replace(&t.path("app/Cargo.toml"), "../early", "../later")?;
            replace(&t.path("Cargo.toml"), "\"early\"", "\"later\"")
        })
        .quick(),
        fault("manifest/no-longer-a-proc-macro", |t| {
            replace(
                &t.path("lonely/Cargo.toml"),
                "proc-macro = true",
                "proc-macro = false",
            )?;
            write(&t.path("lonely/src/lib.rs"), "")
        }),
        fault("manifest/build-script-switched-off", |t| {
            replace(
                &t.path("bare/Cargo.toml"),
                "[lib]",
                "build = false\n\n[lib]",
            )
        })
        .beyond_repair(),
        fault("manifest/build-script-added", |t| {
            write(
                &t.path("early/build.rs"),
                "fn main() { println!(\"cargo:rerun-if-changed=build.rs\"); }",
            )
        })
        .quick(),
        fault("manifest/resolver-1", |t| {
            replace(
                &t.path("Cargo.toml"),
                "resolver = \"2\"",
                "resolver = \"1\"",
            )
        }),
        fault("manifest/broken", |t| {
            append(&t.path("mac/Cargo.toml"), "\n[lib\n")
        })
        .beyond_repair()
        .quick(),
        fault("manifest/of-the-root-gone", |t| {
            Ok(fs::remove_file(t.path("Cargo.toml"))?)
        })
        .beyond_repair(),
        fault("manifest/of-a-member-gone", |t| {
            Ok(fs::remove_file(t.path("mdep/Cargo.toml"))?)
        })
        .beyond_repair(),
        fault("manifest/rust-version-too-new", |t| {
            replace(
                &t.path("mac/Cargo.toml"),
                "[lib]",
                "rust-version = \"1.999\"\n\n[lib]",
            )
        })
        .beyond_repair(),
    ]
}

fn profiles() -> Vec<Fault> {
    fn root(t: &Trial<'_>, text: &str) -> Applied {
        append(&t.path("Cargo.toml"), text)
    }
    vec![
        fault("profile/optimized", |t| {
            root(t, "\n[profile.dev]\nopt-level = 1\n")
        }),
        fault("profile/build-override", |t| {
            root(t, "\n[profile.dev.build-override]\nopt-level = 1\n")
        })
        .about("profile")
        .smoke(),
        fault("profile/build-override-debug", |t| {
            root(t, "\n[profile.dev.build-override]\ndebug = true\n")
        })
        .about("profile"),
        fault("profile/package-override", |t| {
            root(t, "\n[profile.dev.package.mac]\nopt-level = 2\n")
        })
        .about("profile"),
        fault("profile/package-override-of-a-dependency", |t| {
            root(t, "\n[profile.dev.package.syn]\nopt-level = 2\n")
        }),
        fault("profile/package-override-of-all", |t| {
            root(t, "\n[profile.dev.package.\"*\"]\nopt-level = 2\n")
        }),
        fault("profile/panic-abort", |t| {
            root(t, "\n[profile.dev]\npanic = \"abort\"\n")
        })
        .quick(),
        fault("profile/debug-assertions-off", |t| {
            root(t, "\n[profile.dev]\ndebug-assertions = false\n")
        }),
        fault("profile/codegen-units", |t| {
            root(t, "\n[profile.dev]\ncodegen-units = 4\n")
        }),
        fault("profile/build-override-codegen-units", |t| {
            root(t, "\n[profile.dev.build-override]\ncodegen-units = 4\n")
        })
        .about("profile"),
        fault("profile/strip", |t| {
            root(t, "\n[profile.dev]\nstrip = true\n")
        }),
        fault("profile/lto", |t| {
            root(t, "\n[profile.dev]\nlto = \"thin\"\n")
        }),
        fault("profile/incremental-off", |t| {
            root(t, "\n[profile.dev]\nincremental = false\n")
        }),
        fault("profile/of-release", |t| {
            root(t, "\n[profile.release]\nopt-level = 1\n")
        }),
        fault("profile/test-asked-for", |t| {
            t.select(&["--profile", "test"]);
            Ok(())
        }),
        fault("profile/release-asked-for", |t| {
            t.select(&["--profile", "release"]);
            Ok(())
        })
        .quick(),
        fault("profile/own-one-asked-for", |t| {
            root(t, "\n[profile.fast]\ninherits = \"dev\"\nopt-level = 1\n")?;
            t.select(&["--profile", "fast"]);
            Ok(())
        }),
        fault("profile/unknown-asked-for", |t| {
            t.select(&["--profile", "unknown"]);
            Ok(())
        })
        .beyond_repair(),
    ]
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

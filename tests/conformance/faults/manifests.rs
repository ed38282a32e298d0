//! What manifests say: features, packages, profiles.

use super::{Fault, fault};
use crate::trial::{Applied, Trial, append, replace, write};
use std::fs;

pub(super) fn faults() -> Vec<Fault> {
    [features(), packages(), profiles()]
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

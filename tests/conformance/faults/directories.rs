//! The build directory as a whole: gone, elsewhere, copied, restored, shared.

use super::{Fault, fault};
use crate::support::tree::{self, Kind, Listing};
use crate::support::workspace::Layout;
use crate::trial::{Applied, Trial, append, date, dated, skip, touch};
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub(super) fn faults() -> Vec<Fault> {
    [gone(), elsewhere(), copied(), moved()]
        .into_iter()
        .flatten()
        .collect()
}

fn gone() -> Vec<Fault> {
    vec![
        fault("directory/target-gone", |t| {
            Ok(fs::remove_dir_all(t.path("target"))?)
        })
        .smoke(),
        fault("directory/target-empty", |t| {
            fs::remove_dir_all(t.path("target"))?;
            Ok(fs::create_dir(t.path("target"))?)
        }),
        fault("directory/target-is-a-file", |t| {
            fs::remove_dir_all(t.path("target"))?;
            Ok(fs::write(t.path("target"), "")?)
        })
        .beyond_repair(),
        fault("directory/profile-gone", |t| {
            Ok(fs::remove_dir_all(t.path("target/debug"))?)
        })
        .quick(),
        fault("directory/deps-gone", |t| remove_v1(t, "deps")).of_several_causes(),
        fault("directory/fingerprints-gone", |t| {
            remove_v1(t, ".fingerprint")
        })
        .of_several_causes()
        .quick(),
        fault("directory/build-gone", |t| {
            Ok(fs::remove_dir_all(t.path("target/debug/build"))?)
        })
        .of_several_causes(),
    ]
}

fn remove_v1(t: &Trial<'_>, name: &str) -> Applied {
    if t.base.layout != Layout::V1 {
        return skip("layout v1 only");
    }
    Ok(fs::remove_dir_all(t.path("target/debug").join(name))?)
}

fn elsewhere() -> Vec<Fault> {
    vec![
        fault("directory/named-by-environment", |t| {
            let place = t.root.join("elsewhere");
            t.build_directory.clone_from(&place);
            t.set_env("CARGO_TARGET_DIR", place);
            Ok(())
        })
        .quick(),
        fault("directory/named-by-other-environment", |t| {
            let place = t.root.join("elsewhere");
            t.build_directory.clone_from(&place);
            t.set_env("CARGO_BUILD_TARGET_DIR", place);
            Ok(())
        }),
        fault("directory/named-by-argument", |t| {
            let place = t.root.join("elsewhere");
            t.build_directory.clone_from(&place);
            t.select(&["--target-dir", &place.to_string_lossy()]);
            Ok(())
        }),
        fault("directory/named-by-config", |t| {
            t.build_directory = t.path("elsewhere");
            append(
                &t.path(".cargo/config.toml"),
                "\n[build]\ntarget-dir = \"elsewhere\"\n",
            )
        })
        .quick(),
        fault("directory/moved-and-named-by-environment", |t| {
            let place = t.root.join("elsewhere");
            fs::rename(t.path("target"), &place)?;
            t.build_directory.clone_from(&place);
            t.set_env("CARGO_TARGET_DIR", place);
            Ok(())
        })
        .quick(),
        fault("directory/moved-and-named-by-config", |t| {
            let place = t.path("elsewhere");
            fs::rename(t.path("target"), &place)?;
            t.build_directory = place;
            append(
                &t.path(".cargo/config.toml"),
                "\n[build]\ntarget-dir = \"elsewhere\"\n",
            )
        }),
        fault("directory/build-dir-by-config", |t| {
            build_dir(t)?;
            t.build_directory = t.path("intermediate");
            append(
                &t.path(".cargo/config.toml"),
                "\n[build]\nbuild-dir = \"intermediate\"\n",
            )
        })
        .quick(),
        fault("directory/build-dir-by-environment", |t| {
            build_dir(t)?;
            let place = t.root.join("intermediate");
            t.build_directory.clone_from(&place);
            t.set_env("CARGO_BUILD_BUILD_DIR", place);
            Ok(())
        }),
        fault("directory/build-dir-moved-there", |t| {
            build_dir(t)?;
            let place = t.path("intermediate");
            fs::rename(t.path("target"), &place)?;
            t.build_directory = place;
            append(
                &t.path(".cargo/config.toml"),
                "\n[build]\nbuild-dir = \"intermediate\"\n",
            )
        })
        .quick(),
        fault("directory/build-dir-moved-there-and-dylib-deleted", |t| {
            build_dir(t)?;
            fs::remove_file(t.dylib("mac")?)?;
            let place = t.path("intermediate");
            fs::rename(t.path("target"), &place)?;
            t.build_directory = place;
            append(
                &t.path(".cargo/config.toml"),
                "\n[build]\nbuild-dir = \"intermediate\"\n",
            )
        }),
        fault("directory/build-dir-by-template", |t| {
            build_dir(t)?;
            t.build_directory = t.path("intermediate/x");
            append(
                &t.path(".cargo/config.toml"),
                "\n[build]\nbuild-dir = \"{workspace-root}/intermediate/x\"\n",
            )
        }),
        fault("directory/symlink-to-elsewhere", |t| {
            let place = t.root.join("elsewhere");
            fs::rename(t.path("target"), &place)?;
            Ok(std::os::unix::fs::symlink(place, t.path("target"))?)
        })
        .quick(),
    ]
}

fn build_dir(t: &Trial<'_>) -> Applied {
    if t.base.toolchain.cargo_minor < 91 {
        skip("this cargo has no build-dir")
    } else {
        Ok(())
    }
}

/// Caches and backups that lose or change times.
fn copied() -> Vec<Fault> {
    vec![
        fault("copied/all-times-now", |t| each(&t.path("target"), touch))
            .of_several_causes()
            .quick(),
        fault("copied/all-times-equal", |t| {
            let now = SystemTime::now();
            each(&t.path("target"), |f| date(f, now))
        })
        .quick(),
        fault("copied/all-times-equal-and-old", |t| {
            each(&t.path("target"), |f| {
                date(f, UNIX_EPOCH + Duration::from_secs(1_000_000_000))
            })
        })
        .of_several_causes(),
        fault("copied/whole-seconds", |t| {
            each(&t.path("target"), whole_seconds)
        }),
        fault("copied/whole-seconds-everywhere", |t| {
            each(&t.workspace, whole_seconds)
        }),
        fault("copied/all-times-kept", |t| {
            let kept = t.root.join("kept");
            fs::rename(t.path("target"), &kept)?;
            tree::copy(&kept, &t.path("target"))?;
            Ok(fs::remove_dir_all(kept)?)
        })
        .quick(),
        fault("copied/cache-restored-over-newer-sources", |t| {
            // A cache holds the build of older sources; the checkout after it dates everything now.
            for source in ["mac/src/lib.rs", "mac/src/part.rs", "mdep/src/lib.rs"] {
                touch(&t.path(source))?;
            }
            Ok(())
        }),
        fault("copied/dylibs-left-out", |t| {
            each(&t.path("target"), |f| {
                if f.extension().is_some_and(|e| e == "so") {
                    Ok(fs::remove_file(f)?)
                } else {
                    Ok(())
                }
            })
        }),
        fault("copied/fingerprints-touched", |t| {
            each(&t.path("target"), |f| {
                if f.to_string_lossy().contains("fingerprint") {
                    touch(f)
                } else {
                    Ok(())
                }
            })
        }),
        fault("copied/rlibs-left-out", |t| {
            each(&t.path("target"), |f| {
                if f.extension().is_some_and(|e| e == "rlib") {
                    Ok(fs::remove_file(f)?)
                } else {
                    Ok(())
                }
            })
        })
        .of_several_causes(),
    ]
}

fn each(directory: &Path, change: impl Fn(&Path) -> Applied) -> Applied {
    for (path, entry) in Listing::of(directory).0 {
        if entry.kind == Kind::File {
            change(&directory.join(path))?;
        }
    }
    Ok(())
}

fn whole_seconds(path: &Path) -> Applied {
    let since = dated(path)?.duration_since(UNIX_EPOCH).unwrap_or_default();
    date(path, UNIX_EPOCH + Duration::from_secs(since.as_secs()))
}

fn moved() -> Vec<Fault> {
    vec![
        fault("workspace/moved", |t| {
            let place = t.root.join("another place").join("moved ws");
            fs::create_dir_all(t.root.join("another place"))?;
            fs::rename(&t.workspace, &place)?;
            t.build_directory = place.join("target");
            t.workspace = place;
            Ok(())
        })
        .quick(),
        fault("workspace/built-in-place", |t| {
            fs::remove_file(t.dylib("mac")?)?;
            t.rust_analyzer_builds()
        })
        .quick(),
        fault("workspace/seen-through-a-symlink", |t| {
            let link = t.root.join("link");
            std::os::unix::fs::symlink(&t.workspace, &link)?;
            t.workspace = link;
            Ok(())
        }),
        fault("workspace/two-checkouts-share-a-directory", |t| {
            // The second checkout holds other, older sources: cargo takes the first one's dylibs for its own.
            let second = t.root.join("second");
            fs::create_dir(&second)?;
            for entry in fs::read_dir(&t.workspace)?.flatten() {
                if entry.file_name() != "target" {
                    tree::copy(&entry.path(), &second.join(entry.file_name()))?;
                }
            }
            let shared = t.root.join("shared");
            fs::rename(t.path("target"), &shared)?;
            let source = second.join("mac/src/part.rs");
            let old = dated(&source)?;
            append(&source, "\n// the other checkout\n")?;
            date(&source, old)?;
            t.workspace = second;
            t.build_directory.clone_from(&shared);
            t.set_env("CARGO_TARGET_DIR", shared);
            Ok(())
        })
        .altering(&["mac", "layered"])
        .quick(),
        fault("workspace/same-checkouts-share-a-directory", |t| {
            let second = t.root.join("second");
            fs::create_dir(&second)?;
            for entry in fs::read_dir(&t.workspace)?.flatten() {
                if entry.file_name() != "target" {
                    tree::copy(&entry.path(), &second.join(entry.file_name()))?;
                }
            }
            let shared = t.root.join("shared");
            fs::rename(t.path("target"), &shared)?;
            t.workspace = second;
            t.build_directory.clone_from(&shared);
            t.set_env("CARGO_TARGET_DIR", shared);
            Ok(())
        }),
    ]
}

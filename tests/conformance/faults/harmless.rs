//! Changes after which every macro is as good as before, and damage to Sidecargo's own memory.

use super::{Fault, fault};
use crate::trial::{append, each_file, quietly, touch, write};
use std::fs;

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = vec![
        fault("harmless/nothing", |_| Ok(())).smoke(),
        fault("harmless/manifest-touched", |t| {
            touch(&t.path("mac/Cargo.toml"))
        })
        .smoke(),
        fault("harmless/root-manifest-touched", |t| {
            touch(&t.path("Cargo.toml"))
        }),
        fault("harmless/manifest-comment", |t| {
            append(&t.path("mac/Cargo.toml"), "\n# a comment\n")
        }),
        fault("harmless/lock-touched", |t| touch(&t.path("Cargo.lock"))),
        fault("harmless/unreferenced-source", |t| {
            write(&t.path("mac/src/unused.rs"), "fn unused() {}")
        })
        .quick(),
        fault("harmless/app-source-edited", |t| {
            append(&t.path("app/src/lib.rs"), "\nfn added() {}\n")
        }),
        fault("harmless/readme-added", |t| {
            write(&t.path("mac/README.md"), "read me")
        }),
        fault("harmless/makefile-dep-info-gone", |t| {
            let unit = t.unit("mac")?;
            for entry in fs::read_dir(&unit.outputs)?.flatten() {
                if entry.path().extension().is_some_and(|e| e == "d") {
                    fs::remove_file(entry.path())?;
                }
            }
            Ok(())
        }),
        fault("harmless/invoked-timestamp-gone", |t| {
            Ok(fs::remove_file(
                t.unit("mac")?.fingerprint.join("invoked.timestamp"),
            )?)
        })
        .smoke(),
        fault("harmless/rustc-info-gone", |t| {
            Ok(fs::remove_file(t.path("target/.rustc_info.json"))?)
        }),
        fault("harmless/rustc-info-garbage", |t| {
            write(&t.path("target/.rustc_info.json"), "{")
        }),
        fault("harmless/cachedir-tag-gone", |t| {
            Ok(fs::remove_file(t.path("target/CACHEDIR.TAG"))?)
        }),
        fault("harmless/lock-file-of-cargo-gone", |t| {
            Ok(fs::remove_file(t.path("target/debug/.cargo-lock"))?)
        }),
        fault("harmless/incremental-gone", |t| {
            Ok(fs::remove_dir_all(t.path("target/debug/incremental"))?)
        }),
        fault("harmless/strange-files-in-target", |t| {
            let deps = t.unit("mac")?.outputs;
            write(&deps.join("libmac-0123456789abcdef.so"), "text")?;
            write(&deps.join("libmac.so"), "text")?;
            write(&deps.join("mac-.so"), "")?;
            write(&deps.join(".hidden"), "")?;
            write(
                &t.path("target/debug/.fingerprint/mac-0123456789abcdef/lib-mac"),
                "",
            )?;
            write(&t.path("target/debug/.fingerprint/mac-zzz/lib-mac"), "")?;
            write(&t.path("target/debug/.fingerprint/file"), "")
        })
        .quick(),
        fault("harmless/leftover-unit-of-another-hash", |t| {
            let unit = t.unit("paste")?;
            let name = unit.fingerprint.to_string_lossy().into_owned();
            let other = if name.ends_with("fingerprint") {
                return crate::trial::skip("layout v1 only");
            } else {
                let (stem, _) = name.rsplit_once('-').unwrap_or((&name, ""));
                format!("{stem}-fedcba9876543210")
            };
            crate::support::tree::copy(&unit.fingerprint, std::path::Path::new(&other))?;
            write(&unit.outputs.join("libpaste-fedcba9876543210.so"), "text")
        })
        .quick(),
        fault("harmless/registry-source-touched", |t| {
            let home = std::env::var_os("CARGO_HOME")
                .map(std::path::PathBuf::from)
                .or_else(|| Some(std::env::home_dir()?.join(".cargo")));
            let Some(home) = home else {
                return crate::trial::skip("no cargo home");
            };
            let mut found = false;
            for registry in fs::read_dir(home.join("registry/src"))?.flatten() {
                let source = registry.path().join("paste-1.0.15/src/lib.rs");
                if source.is_file() {
                    touch(&source)?;
                    found = true;
                }
            }
            t.built("paste")?;
            if found {
                Ok(())
            } else {
                crate::trial::skip("paste does not come from the registry")
            }
        })
        .quick(),
    ];
    faults.extend(witness());
    faults
}

/// Sidecargo's memory is lost or wrong: the verdict must be what the disk says. Without a witness these change nothing at all.
fn witness() -> Vec<Fault> {
    vec![
        fault("witness/gone", |t| {
            let _ = fs::remove_dir_all(t.build_directory.join(".sidecargo"));
            Ok(())
        }),
        fault("witness/emptied", |t| {
            each_file(&t.build_directory.join(".sidecargo"), |f| write(f, ""))
        })
        .quick(),
        fault("witness/cut", |t| {
            each_file(&t.build_directory.join(".sidecargo"), |f| {
                let length = fs::metadata(f)?.len();
                crate::trial::cut(f, length / 2)
            })
        }),
        fault("witness/garbage", |t| {
            each_file(&t.build_directory.join(".sidecargo"), |f| {
                quietly(f, |bytes| {
                    for byte in bytes {
                        *byte = byte.wrapping_mul(31).wrapping_add(7);
                    }
                })
            })
        })
        .quick(),
        fault("witness/digits-changed", |t| {
            each_file(&t.build_directory.join(".sidecargo"), |f| {
                quietly(f, |bytes| {
                    for byte in bytes.iter_mut().skip(64).step_by(7) {
                        if byte.is_ascii_digit() {
                            *byte = b'0' + (*byte - b'0' + 1) % 10;
                        }
                    }
                })
            })
        }),
        fault("witness/a-file-in-its-place", |t| {
            let place = t.build_directory.join(".sidecargo");
            let _ = fs::remove_dir_all(&place);
            write(&place, "not a directory")
        })
        .quick(),
    ]
}

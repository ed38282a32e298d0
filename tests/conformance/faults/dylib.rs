//! What can happen to the dylib itself.

mod foreign_content;

use super::{Fault, fault};
use crate::foreign;
use crate::trial::{Trial, Trouble, alter, append, cut, date, dated, quietly, skip, touch};
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::time::{Duration, SystemTime};

pub(super) fn faults() -> Vec<Fault> {
    [
        gone(),
        cut_and_blank(),
        foreign_content::faults(),
        other_files(),
        times(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn gone() -> Vec<Fault> {
    vec![
        fault("dylib/deleted", |t| Ok(fs::remove_file(t.dylib("mac")?)?)).smoke(),
        fault("dylib/deleted-registry", |t| {
            Ok(fs::remove_file(t.dylib("paste")?)?)
        })
        .smoke(),
        fault("dylib/deleted-two", |t| {
            fs::remove_file(t.dylib("serde_derive")?)?;
            Ok(fs::remove_file(t.dylib("odd-package")?)?)
        }),
        fault("dylib/deleted-one-of-two-majors", |t| {
            Ok(fs::remove_file(t.dylib("thiserror-impl@1.0.69")?)?)
        })
        .quick(),
        fault("dylib/deleted-registry-one-of-path-and-registry", |t| {
            Ok(fs::remove_file(t.dylib("indoc@2.0.5")?)?)
        }),
        fault("dylib/deleted-path-one-of-path-and-registry", |t| {
            Ok(fs::remove_file(t.dylib("indoc@9.9.9")?)?)
        }),
        fault("dylib/deleted-dev-only", |t| {
            Ok(fs::remove_file(t.dylib("indoc@2.0.5")?)?)
        }),
        fault("dylib/deleted-build-only", |t| {
            Ok(fs::remove_file(t.dylib("seq-macro")?)?)
        }),
        fault("dylib/deleted-renamed", |t| {
            Ok(fs::remove_file(t.dylib("odd-package")?)?)
        }),
        fault("dylib/deleted-pre-release", |t| {
            Ok(fs::remove_file(t.dylib("early")?)?)
        }),
        fault("dylib/deleted-all", |t| {
            for built in &t.base.macros {
                fs::remove_file(t.workspace.join(&built.relative))?;
            }
            Ok(())
        })
        .quick(),
    ]
}

fn cut_and_blank() -> Vec<Fault> {
    fn length(t: &Trial<'_>, package: &str) -> Result<u64, Trouble> {
        Ok(fs::metadata(t.dylib(package)?)?.len())
    }
    let mut faults = vec![
        fault("dylib/emptied", |t| cut(&t.dylib("mac")?, 0))
            .damaging(&["mac"])
            .smoke(),
        fault("dylib/emptied-quietly", |t| {
            quietly(&t.dylib("mac")?, Vec::clear)
        })
        .damaging(&["mac"]),
        fault("dylib/cut-to-half", |t| {
            cut(&t.dylib("mac")?, length(t, "mac")? / 2)
        })
        .damaging(&["mac"])
        .smoke(),
        fault("dylib/cut-to-half-quietly", |t| {
            let half = usize::try_from(length(t, "mac")? / 2).unwrap_or(0);
            quietly(&t.dylib("mac")?, |bytes| bytes.truncate(half))
        })
        .damaging(&["mac"]),
        fault("dylib/cut-to-half-registry", |t| {
            cut(&t.dylib("serde_derive")?, length(t, "serde_derive")? / 2)
        })
        .damaging(&["serde_derive"])
        .quick(),
        fault("dylib/cut-by-100-bytes", |t| {
            cut(&t.dylib("mac")?, length(t, "mac")? - 100)
        })
        .damaging(&["mac"]),
        fault("dylib/cut-by-1-byte", |t| {
            cut(&t.dylib("mac")?, length(t, "mac")? - 1)
        })
        .damaging(&["mac"]),
        fault("dylib/cut-to-4096", |t| cut(&t.dylib("paste")?, 4096))
            .damaging(&["paste"])
            .quick(),
        fault("dylib/cut-to-64", |t| cut(&t.dylib("paste")?, 64)).damaging(&["paste"]),
        fault("dylib/cut-to-1", |t| cut(&t.dylib("paste")?, 1)).damaging(&["paste"]),
        fault("dylib/zeroed-quietly", |t| {
            quietly(&t.dylib("mac")?, |b| b.fill(0))
        })
        .damaging(&["mac"])
        .quick(),
        fault("dylib/second-half-zeroed-quietly", |t| {
            quietly(&t.dylib("mac")?, |b| {
                let half = b.len() / 2;
                b[half..].fill(0);
            })
        })
        .damaging(&["mac"]),
        fault("dylib/garbage-quietly", |t| {
            quietly(&t.dylib("mac")?, |b| {
                b.iter_mut()
                    .zip(1u32..)
                    .for_each(|(b, n)| *b = foreign::noise(n));
            })
        })
        .damaging(&["mac"]),
        fault("dylib/grown-by-zeros", |t| {
            alter(&t.dylib("paste")?, |b| b.extend_from_slice(&[0; 4096]))
        })
        .altering(&["paste"]),
    ];
    // Inside: the headers stay whole. Whether the server notices depends on what was hit; only memory can tell surely.
    for (name, at) in [("quarter", 4), ("third", 3)] {
        faults.push(
            fault(
                format!("dylib/zeroed-inside-at-a-{name}-quietly"),
                move |t| {
                    quietly(&t.dylib("mac")?, |b| {
                        let start = b.len() / at;
                        b[start..start + 4096].fill(0);
                    })
                },
            )
            .altering(&["mac"]),
        );
    }
    faults.push(
        fault("dylib/one-letter-changed-quietly", |t| {
            // A file name of the made macro's: data only, no code and no header.
            let name = b"mac/src/lib.rs";
            let mut hit = false;
            quietly(&t.dylib("mac")?, |b| {
                let found = b.windows(name.len()).position(|w| w == name);
                if let Some(byte) = found.and_then(|at| b.get_mut(at + 4)) {
                    *byte = b'S';
                    hit = true;
                }
            })?;
            if hit {
                Ok(())
            } else {
                skip("the dylib does not hold the text")
            }
        })
        .altering(&["mac"])
        .smoke(),
    );
    faults.push(
        fault("dylib/one-letter-changed", |t| {
            let name = b"mac/src/lib.rs";
            alter(&t.dylib("mac")?, |b| {
                if let Some(at) = b.windows(name.len()).position(|w| w == name) {
                    b[at + 4] = b'S';
                }
            })
        })
        .altering(&["mac"]),
    );
    faults
}

fn other_files() -> Vec<Fault> {
    fn removed(t: &Trial<'_>, package: &str) -> Result<std::path::PathBuf, Trouble> {
        let dylib = t.dylib(package)?;
        fs::remove_file(&dylib)?;
        Ok(dylib)
    }
    vec![
        fault("dylib/symlink-to-itself-moved", |t| {
            let (dylib, moved) = (t.dylib("mac")?, t.root.join("moved.so"));
            fs::rename(&dylib, &moved)?;
            Ok(symlink(moved, dylib)?)
        })
        .quick(),
        fault("dylib/symlink-dangling", |t| {
            Ok(symlink("nowhere.so", removed(t, "mac")?)?)
        }),
        fault("dylib/symlink-to-itself", |t| {
            let dylib = removed(t, "mac")?;
            Ok(symlink(&dylib, &dylib)?)
        }),
        fault("dylib/symlink-to-directory", |t| {
            Ok(symlink("/tmp", removed(t, "mac")?)?)
        })
        .damaging(&["mac"]),
        fault("dylib/symlink-to-device", |t| {
            Ok(symlink("/dev/zero", removed(t, "mac")?)?)
        })
        .damaging(&["mac"]),
        fault("dylib/directory", |t| {
            Ok(fs::create_dir(removed(t, "mac")?)?)
        })
        .damaging(&["mac"])
        .quick(),
        fault("dylib/fifo", |t| {
            let dylib = removed(t, "mac")?;
            t.tool("mkfifo", &[&dylib.to_string_lossy()])
        })
        .damaging(&["mac"])
        .quick(),
        fault("dylib/socket", |t| {
            let dylib = removed(t, "early")?;
            // The path is longer than a socket's may be: bind nearer the root and move.
            let bound = t.root.join("s");
            if std::os::unix::net::UnixListener::bind(&bound).is_err() {
                return skip("no socket can be bound so deep");
            }
            Ok(fs::rename(bound, dylib)?)
        })
        .damaging(&["early"]),
        fault("dylib/unreadable", |t| {
            let dylib = t.dylib("mac")?;
            fs::set_permissions(&dylib, fs::Permissions::from_mode(0o000))?;
            if fs::File::open(&dylib).is_ok() {
                skip("this user may read everything")
            } else {
                Ok(())
            }
        })
        .damaging(&["mac"])
        .beyond_repair(),
        fault("dylib/not-executable", |t| {
            Ok(fs::set_permissions(
                t.dylib("mac")?,
                fs::Permissions::from_mode(0o444),
            )?)
        }),
        // As a cache that keeps its files from being written restores them.
        fault("dylib/read-only-beside-an-edited-source", |t| {
            fs::set_permissions(t.dylib("mac")?, fs::Permissions::from_mode(0o555))?;
            append(&t.path("mac/src/part.rs"), "\n// edited\n")
        })
        .smoke(),
        fault("dylib/replaced-by-its-own-copy", |t| {
            let (dylib, copied) = (t.dylib("mac")?, t.root.join("copied.so"));
            crate::support::tree::copy(&dylib, &copied)?;
            Ok(fs::rename(copied, dylib)?)
        }),
        fault("dylib/hard-linked-elsewhere", |t| {
            Ok(fs::hard_link(t.dylib("mac")?, t.root.join("linked.so"))?)
        }),
    ]
}

fn times() -> Vec<Fault> {
    vec![
        fault("dylib/dated-1970", |t| {
            date(&t.dylib("mac")?, SystemTime::UNIX_EPOCH)
        })
        .smoke(),
        fault("dylib/dated-1970-no-dependencies", |t| {
            date(&t.dylib("early")?, SystemTime::UNIX_EPOCH)
        }),
        fault("dylib/touched", |t| touch(&t.dylib("mac")?)).quick(),
        fault("dylib/touched-registry", |t| {
            touch(&t.dylib("serde_derive")?)
        }),
        fault("dylib/dated-tomorrow", |t| {
            date(
                &t.dylib("early")?,
                SystemTime::now() + Duration::from_hours(24),
            )
        }),
        fault("dylib/dated-as-its-dependency", |t| {
            let rlib = dated(&t.rlib_below("mac", &["mdep"])?)?;
            date(&t.dylib("mac")?, rlib)
        }),
        fault("dylib/dated-before-its-dependency", |t| {
            let rlib = dated(&t.rlib_below("mac", &["mdep"])?)?;
            date(&t.dylib("mac")?, rlib - Duration::from_nanos(1))
        }),
    ]
}

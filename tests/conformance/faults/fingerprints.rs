//! cargo's own records of a unit: each file lost, emptied or wrong, for the macro and for what lies below it.

use super::{Fault, fault};
use crate::support::units::Unit;
use crate::trial::{Applied, alter, cut, quietly, touch, write};
use std::fs;
use std::path::Path;

/// A unit by the macro above it and the way down.
struct Place {
    name: &'static str,
    package: &'static str,
    chain: &'static [&'static str],
}

const PLACES: &[Place] = &[
    Place {
        name: "macro",
        package: "mac",
        chain: &[],
    },
    Place {
        name: "registry-macro",
        package: "paste",
        chain: &[],
    },
    Place {
        name: "build-script-run",
        package: "mac",
        chain: &["build_script_build"],
    },
    Place {
        name: "build-script",
        package: "mac",
        chain: &["build_script_build", "build_script_build"],
    },
    Place {
        name: "path-dependency",
        package: "mac",
        chain: &["mdep"],
    },
    Place {
        name: "two-levels-deep",
        package: "mac",
        chain: &["mdep", "mcore"],
    },
    Place {
        name: "registry-dependency",
        package: "serde_derive",
        chain: &["syn"],
    },
    Place {
        name: "macro-used-by-a-macro",
        package: "layered",
        chain: &["mac"],
    },
];

type Change = fn(&Path) -> Applied;
type File = fn(&Unit) -> std::path::PathBuf;

/// Each file of a fingerprint, and what can happen to it.
const FILES: &[(&str, File)] = &[
    ("hash", Unit::hash_file),
    ("json", Unit::json),
    ("dep-info", Unit::dep_info),
    ("timestamp", |unit| {
        unit.fingerprint.join("invoked.timestamp")
    }),
];

const CHANGES: &[(&str, Change)] = &[
    ("gone", |f| Ok(fs::remove_file(f)?)),
    ("emptied", |f| cut(f, 0)),
    ("garbage", |f| write(f, "garbage \u{1}\u{2}")),
    ("a-directory", |f| {
        fs::remove_file(f)?;
        Ok(fs::create_dir(f)?)
    }),
    ("touched", touch),
];

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = Vec::new();
    for place in PLACES {
        faults.push(with_depth(
            fault(format!("fingerprint/{}-gone", place.name), |t| {
                Ok(fs::remove_dir_all(
                    t.below(place.package, place.chain)?.fingerprint,
                )?)
            }),
            place,
            "gone",
        ));
        for (file_name, file) in FILES {
            for (change_name, change) in CHANGES {
                let name = format!("fingerprint/{}-{file_name}-{change_name}", place.name);
                let apply = move |t: &mut crate::trial::Trial<'_>| {
                    let path = file(&t.below(place.package, place.chain)?);
                    if path.exists() {
                        change(&path)
                    } else {
                        crate::trial::skip("this unit has no such file")
                    }
                };
                faults.push(with_depth(
                    fault(name, apply),
                    place,
                    &format!("{file_name}-{change_name}"),
                ));
            }
        }
    }
    faults.extend(forged());
    faults
}

fn with_depth(fault: Fault, place: &Place, what: &str) -> Fault {
    match (place.name, what) {
        ("macro", "gone" | "hash-emptied" | "dep-info-gone") => fault.smoke(),
        (
            "macro" | "build-script-run" | "path-dependency",
            "gone" | "hash-emptied" | "hash-gone" | "json-garbage" | "dep-info-garbage"
            | "timestamp-touched",
        ) => fault.quick(),
        _ => fault,
    }
}

fn forged() -> Vec<Fault> {
    vec![
        fault("fingerprint/forged-hash", |t| {
            quietly(&t.unit("mac")?.hash_file(), |b| {
                b.copy_from_slice(b"0123456789abcdef");
            })
        })
        .smoke(),
        fault("fingerprint/forged-hash-of-a-dependency", |t| {
            quietly(&t.below("mac", &["mdep"])?.hash_file(), |b| {
                b.copy_from_slice(b"0123456789abcdef");
            })
        })
        .quick(),
        fault("fingerprint/hash-of-another-unit", |t| {
            let other = fs::read(t.unit("paste")?.hash_file())?;
            write(&t.unit("mac")?.hash_file(), other)
        })
        .quick(),
        fault("fingerprint/hash-with-a-newline", |t| {
            alter(&t.unit("mac")?.hash_file(), |b| b.push(b'\n'))
        }),
        fault("fingerprint/hash-in-capitals", |t| {
            alter(&t.unit("mac")?.hash_file(), |b| b.make_ascii_uppercase())
        }),
        fault("fingerprint/json-of-another-unit", |t| {
            let other = fs::read(t.unit("paste")?.json())?;
            write(&t.unit("mac")?.json(), other)
        })
        .quick(),
        fault("fingerprint/json-very-deep", |t| {
            write(&t.unit("mac")?.json(), "[".repeat(200_000))
        }),
        fault("fingerprint/json-says-another-rustc", |t| {
            alter(&t.unit("mac")?.json(), |b| {
                let text = String::from_utf8_lossy(b).replacen("\"rustc\":", "\"rustc\":1", 1);
                *b = text.into_bytes();
            })
        }),
        fault("fingerprint/dep-info-promises-too-much", |t| {
            alter(&t.unit("mac")?.dep_info(), |b| {
                let at = if b.starts_with(&[1, 0, 0, 0, 0xff]) {
                    6
                } else {
                    0
                };
                b[at..at + 4].copy_from_slice(&[0xff, 0xff, 0xff, 0x7f]);
            })
        })
        .quick(),
        fault("fingerprint/dep-info-cut", |t| {
            let path = t.unit("mac")?.dep_info();
            let length = fs::metadata(&path)?.len();
            cut(&path, length / 2)
        })
        .quick(),
        fault("fingerprint/dep-info-cut-quietly", |t| {
            quietly(&t.unit("mac")?.dep_info(), |b| b.truncate(b.len() - 3))
        }),
        fault("fingerprint/dep-info-longer-quietly", |t| {
            quietly(&t.unit("mac")?.dep_info(), |b| b.extend_from_slice(b"more"))
        }),
        fault("fingerprint/dep-info-of-another-unit-quietly", |t| {
            let other = fs::read(t.unit("early")?.dep_info())?;
            quietly(&t.unit("mac")?.dep_info(), |b| *b = other)
        }),
        fault("fingerprint/dep-info-of-a-later-version", |t| {
            quietly(&t.unit("mac")?.dep_info(), |b| {
                if b.starts_with(&[1, 0, 0, 0, 0xff]) {
                    b[5] = 99;
                }
            })
        }),
        fault("fingerprint/dep-info-dated-1970", |t| {
            crate::trial::date(
                &t.unit("mac")?.dep_info(),
                std::time::SystemTime::UNIX_EPOCH,
            )
        })
        .of_several_causes()
        .quick(),
        fault("fingerprint/makefile-dep-info-garbage", |t| {
            let unit = t.unit("mac")?;
            for entry in fs::read_dir(&unit.outputs)?.flatten() {
                if entry.file_name().to_string_lossy().starts_with("mac-")
                    && entry.path().extension().is_some_and(|e| e == "d")
                {
                    write(&entry.path(), "garbage")?;
                }
            }
            Ok(())
        }),
    ]
}

//! What a macro is built from: its sources, included files, dependencies, build script, and the environment it reads.

use super::{Fault, fault};
use crate::support::tree::{Kind, Listing};
use crate::trial::{Applied, Trial, append, date, dated, edit_dated_back, quietly, replace, touch};
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

pub(super) fn faults() -> Vec<Fault> {
    [
        sources(),
        restored(),
        dependencies(),
        super::build_scripts::faults(),
        environment(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

const DAY: Duration = Duration::from_hours(24);

fn sources() -> Vec<Fault> {
    vec![
        fault("source/touched", |t| touch(&t.path("mac/src/lib.rs"))).smoke(),
        fault("source/edited", |t| {
            append(&t.path("mac/src/lib.rs"), "\n// edited\n")
        }),
        fault("source/module-edited", |t| {
            replace(&t.path("mac/src/part.rs"), "+ 1", "+ 2")
        })
        .smoke(),
        fault("source/included-text-edited", |t| {
            append(&t.path("mac/data.txt"), "more\n")
        })
        .quick(),
        fault("source/included-text-touched", |t| {
            touch(&t.path("mac/data.txt"))
        }),
        fault("source/included-text-deleted", |t| {
            Ok(fs::remove_file(t.path("mac/data.txt"))?)
        })
        .beyond_repair(),
        fault("source/module-deleted", |t| {
            Ok(fs::remove_file(t.path("mac/src/part.rs"))?)
        })
        .beyond_repair()
        .quick(),
        fault("source/module-moved-to-mod-rs", |t| {
            fs::create_dir(t.path("mac/src/part"))?;
            Ok(fs::rename(
                t.path("mac/src/part.rs"),
                t.path("mac/src/part/mod.rs"),
            )?)
        }),
        fault("source/module-became-a-directory", |t| {
            fs::remove_file(t.path("mac/src/part.rs"))?;
            Ok(fs::create_dir(t.path("mac/src/part.rs"))?)
        })
        .beyond_repair(),
        fault("source/module-became-a-symlink", |t| {
            fs::rename(t.path("mac/src/part.rs"), t.path("mac/part-elsewhere.rs"))?;
            Ok(std::os::unix::fs::symlink(
                "../part-elsewhere.rs",
                t.path("mac/src/part.rs"),
            )?)
        }),
        fault("source/root-deleted", |t| {
            Ok(fs::remove_file(t.path("mac/src/lib.rs"))?)
        })
        .beyond_repair(),
        fault("source/syntax-error", |t| {
            append(&t.path("mac/src/part.rs"), "\nfn {")
        })
        .beyond_repair()
        .quick(),
        fault("source/odd-path-edited", |t| {
            append(&t.path("odd/macros/entry.rs"), "\n// edited\n")
        }),
        fault("source/two-macros-edited", |t| {
            append(&t.path("early/src/lib.rs"), "\n// edited\n")?;
            append(&t.path("tracked/src/lib.rs"), "\n// edited\n")
        }),
        fault("source/in-the-future", |t| {
            date(&t.path("mac/src/part.rs"), SystemTime::now() + DAY)
        })
        .smoke(),
        fault("source/one-nanosecond-newer", |t| {
            let built = dated(&t.unit("mac")?.dep_info())?;
            date(&t.path("mac/src/lib.rs"), built + Duration::from_nanos(1))
        })
        .quick(),
        fault("source/of-the-same-nanosecond", |t| {
            let built = dated(&t.unit("mac")?.dep_info())?;
            date(&t.path("mac/src/lib.rs"), built)
        })
        .quick(),
        fault("source/lonely-macro-edited", |t| {
            append(&t.path("lonely/src/lib.rs"), "\n// edited\n")
        })
        .quick(),
        fault("source/test-of-a-macro-edited", |t| {
            append(&t.path("odd/tests/use.rs"), "\n// edited\n")
        }),
        fault("source/all-now", |t| each_source(t, touch))
            .of_several_causes()
            .quick(),
        fault("source/all-older", |t| {
            each_source(t, |f| date(f, SystemTime::UNIX_EPOCH + DAY))
        }),
        fault("source/all-in-1970", |t| {
            each_source(t, |f| date(f, SystemTime::UNIX_EPOCH))
        }),
    ]
}

fn each_source(trial: &Trial<'_>, change: fn(&Path) -> Applied) -> Applied {
    for (path, entry) in Listing::of(&trial.workspace).0 {
        if entry.kind == Kind::File && !path.starts_with("target") {
            change(&trial.workspace.join(path))?;
        }
    }
    Ok(())
}

/// Content that changed under an old time: cargo looks at times alone.
fn restored() -> Vec<Fault> {
    vec![
        fault("restored/source-of-an-older-time", |t| {
            edit_dated_back(&t.path("mac/src/part.rs"), "\n// other\n")
        })
        .altering(&["mac", "layered"])
        .smoke(),
        fault("restored/source-of-the-same-time-and-length", |t| {
            quietly(&t.path("mac/src/part.rs"), |b| {
                if let Some(digit) = b.iter_mut().rfind(|b| **b == b'1') {
                    *digit = b'3';
                }
            })
        })
        .altering(&["mac", "layered"])
        .quick(),
        fault("restored/included-text", |t| {
            edit_dated_back(&t.path("mac/data.txt"), "other")
        })
        .altering(&["mac", "layered"]),
        fault("restored/path-dependency", |t| {
            edit_dated_back(&t.path("mdep/src/lib.rs"), "\n// other\n")
        })
        .altering(&["mac", "layered"])
        .quick(),
        fault("restored/two-levels-deep", |t| {
            edit_dated_back(&t.path("mcore/src/lib.rs"), "\n// other\n")
        })
        .altering(&["mac", "layered"]),
        fault("restored/build-script", |t| {
            edit_dated_back(&t.path("mac/build.rs"), "\n// other\n")
        })
        .altering(&["mac", "layered"]),
        fault("restored/build-scripts-input", |t| {
            edit_dated_back(&t.path("mac/schema/one.txt"), "two\n")
        })
        .altering(&["mac", "layered"]),
        fault("restored/build-scripts-output", |t| {
            let run = t.below("mac", &["build_script_build"])?;
            edit_dated_back(&run.out_dir().join("gen.rs"), "\n// other\n")
        })
        .altering(&["mac", "layered"]),
        fault("restored/times-alone", |t| {
            date(&t.path("mac/src/part.rs"), SystemTime::UNIX_EPOCH + DAY)
        }),
        fault("restored/rewritten-with-the-same-bytes", |t| {
            quietly(&t.path("mac/src/part.rs"), |_| {})
        }),
    ]
}

fn dependencies() -> Vec<Fault> {
    let below: &[(&str, &'static [&'static str])] = &[
        ("mdep", &["mdep"]),
        ("mcore", &["mdep", "mcore"]),
        ("unicode_ident", &["unicode_ident"]),
    ];
    let mut faults = vec![
        fault("dependency/edited", |t| {
            append(&t.path("mdep/src/lib.rs"), "\n// edited\n")
        })
        .smoke(),
        fault("dependency/two-levels-deep-edited", |t| {
            append(&t.path("mcore/src/lib.rs"), "\n// edited\n")
        })
        .smoke(),
        fault("dependency/touched", |t| touch(&t.path("mdep/src/lib.rs"))),
        fault("dependency/in-the-future", |t| {
            date(&t.path("mdep/src/lib.rs"), SystemTime::now() + DAY)
        }),
        fault("dependency/syntax-error", |t| {
            append(&t.path("mdep/src/lib.rs"), "\nfn {")
        })
        .beyond_repair(),
        fault("dependency/edited-and-built-alone", |t| {
            append(&t.path("mdep/src/lib.rs"), "\n// edited\n")?;
            t.cargo(&["check", "-p", "mdep"])
        }),
        fault("dependency/edited-and-everything-built", |t| {
            append(&t.path("mdep/src/lib.rs"), "\n// edited\n")?;
            t.rust_analyzer_builds()
        })
        .quick(),
        fault("dependency/macro-edited-that-a-macro-uses", |t| {
            append(&t.path("mac/src/lib.rs"), "\n// edited\n")?;
            t.cargo(&["check", "-p", "mac"])
        }),
    ];
    for &(name, chain) in below {
        faults.push(
            fault(format!("dependency/rlib-of-{name}-deleted"), move |t| {
                Ok(fs::remove_file(t.rlib_below("mac", chain)?)?)
            })
            .quick(),
        );
        faults.push(fault(
            format!("dependency/rlib-of-{name}-touched"),
            move |t| touch(&t.rlib_below("mac", chain)?),
        ));
        faults.push(fault(
            format!("dependency/rlib-of-{name}-cut-quietly"),
            move |t| quietly(&t.rlib_below("mac", chain)?, |b| b.truncate(b.len() / 2)),
        ));
    }
    faults.push(fault("dependency/rmeta-deleted", |t| {
        Ok(fs::remove_file(
            t.rlib_below("mac", &["mdep"])?.with_extension("rmeta"),
        )?)
    }));
    faults.push(
        fault("dependency/rlib-of-syn-deleted", |t| {
            Ok(fs::remove_file(t.rlib_below("serde_derive", &["syn"])?)?)
        })
        .quick(),
    );
    faults.push(fault("dependency/rlib-of-proc-macro2-touched", |t| {
        touch(&t.rlib_below("serde_derive", &["syn", "proc_macro2"])?)
    }));
    faults
}

fn environment() -> Vec<Fault> {
    vec![
        fault("environment/tracked-variable-set", |t| {
            t.set_env("MAC_ENV", "set");
            Ok(())
        })
        .smoke(),
        fault("environment/tracked-variable-set-empty", |t| {
            t.set_env("TRACKED_ENV", "");
            Ok(())
        }),
        fault("environment/tracked-variable-not-utf-8", |t| {
            use std::os::unix::ffi::OsStringExt as _;
            t.set_env(
                "TRACKED_ENV",
                std::ffi::OsString::from_vec(vec![0x61, 0xff]),
            );
            Ok(())
        }),
        fault("environment/tracked-variable-unset-again", |t| {
            t.set_env("MAC_ENV", "set");
            t.rust_analyzer_builds()?;
            t.selection.environment.clear();
            Ok(())
        }),
        fault("environment/variable-nobody-reads", |t| {
            t.set_env("NOBODY_READS_THIS", "set");
            Ok(())
        }),
        fault("environment/tracked-cargo-by-another-path", |t| {
            // cargo tells its own path; by a symlink in another directory it may be another one.
            let cargo = crate::support::toolchain::on_path("cargo", &t.base.toolchain.environment);
            let bin = t.root.join("bin");
            fs::create_dir_all(&bin)?;
            fs::copy(
                t.base
                    .toolchain
                    .sysroot
                    .join("bin/cargo")
                    .canonicalize()
                    .unwrap_or(cargo),
                bin.join("cargo"),
            )?;
            if t.base.toolchain.rustup_home.is_none() {
                return crate::trial::skip("this cargo finds its libraries by its path");
            }
            let rustc = t.base.toolchain.sysroot.join("bin");
            let rest = std::env::var_os("PATH").unwrap_or_default();
            let path =
                std::env::join_paths([bin, rustc].into_iter().chain(std::env::split_paths(&rest)));
            t.set_env("PATH", path.unwrap_or_default());
            Ok(())
        }),
    ]
}

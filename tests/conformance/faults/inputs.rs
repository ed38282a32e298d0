//! What a macro is built from: its sources, included files, dependencies, build script, and the environment it reads.

use super::{Fault, fault};
use crate::support::tree::{Kind, Listing};
use crate::trial::{
    Applied, Trial, append, date, dated, each_file, quietly, replace, touch, write,
};
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

pub(super) fn faults() -> Vec<Fault> {
    [
        sources(),
        restored(),
        dependencies(),
        build_scripts(),
        environment(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

const DAY: Duration = Duration::from_hours(24);

/// Edits a file and gives it a time long before the build, as a restored backup has it.
fn edit_dated_back(path: &Path, text: &str) -> Applied {
    let old = dated(path)? - DAY;
    append(path, text)?;
    date(path, old)
}

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

fn build_scripts() -> Vec<Fault> {
    const RUN: &[&str] = &["build_script_build"];
    const COMPILE: &[&str] = &["build_script_build", "build_script_build"];
    vec![
        fault("build-script/touched", |t| touch(&t.path("mac/build.rs"))).smoke(),
        fault("build-script/edited", |t| {
            append(&t.path("mac/build.rs"), "\n// edited\n")
        }),
        fault("build-script/deleted", |t| {
            Ok(fs::remove_file(t.path("mac/build.rs"))?)
        })
        .beyond_repair(),
        fault("build-script/rerun-if-file-edited", |t| {
            append(&t.path("mac/schema/one.txt"), "two\n")
        })
        .quick(),
        fault("build-script/rerun-if-directory-gains-a-file", |t| {
            write(&t.path("mac/schema/two.txt"), "two\n")
        })
        .quick(),
        fault("build-script/rerun-if-directory-loses-a-file", |t| {
            write(&t.path("mac/schema/two.txt"), "two\n")?;
            t.rust_analyzer_builds()?;
            Ok(fs::remove_file(t.path("mac/schema/two.txt"))?)
        }),
        fault("build-script/rerun-if-file-deleted", |t| {
            Ok(fs::remove_dir_all(t.path("mac/schema"))?)
        })
        .beyond_repair(),
        fault("build-script/rerun-if-env-changed", |t| {
            t.set_env("MAC_BUILD_ENV", "changed");
            Ok(())
        })
        .smoke(),
        fault("build-script/output-file-edited", |t| {
            append(
                &t.below("mac", RUN)?.out_dir().join("gen.rs"),
                "\n// edited\n",
            )
        }),
        fault("build-script/output-file-touched", |t| {
            touch(&t.below("mac", RUN)?.out_dir().join("gen.rs"))
        }),
        fault("build-script/output-file-deleted", |t| {
            Ok(fs::remove_file(
                t.below("mac", RUN)?.out_dir().join("gen.rs"),
            )?)
        })
        .smoke(),
        fault("build-script/output-directory-deleted", |t| {
            Ok(fs::remove_dir_all(t.below("mac", RUN)?.out_dir())?)
        }),
        fault("build-script/run-directory-deleted", |t| {
            Ok(fs::remove_dir_all(t.below("mac", RUN)?.run_directory())?)
        })
        .quick(),
        fault("build-script/what-it-printed-deleted", |t| {
            let directory = t.below("mac", RUN)?.run_directory();
            for name in ["output", "stdout"] {
                let _ = fs::remove_file(directory.join(name));
            }
            Ok(())
        })
        .quick(),
        fault("build-script/what-it-printed-touched", |t| {
            let directory = t.below("mac", RUN)?.run_directory();
            for name in ["output", "stdout"] {
                if directory.join(name).exists() {
                    touch(&directory.join(name))?;
                }
            }
            Ok(())
        }),
        fault("build-script/what-it-printed-emptied-quietly", |t| {
            let directory = t.below("mac", RUN)?.run_directory();
            for name in ["output", "stdout"] {
                if directory.join(name).exists() {
                    quietly(&directory.join(name), Vec::clear)?;
                }
            }
            Ok(())
        }),
        fault("build-script/root-output-deleted", |t| {
            Ok(fs::remove_file(
                t.below("mac", RUN)?.run_directory().join("root-output"),
            )?)
        }),
        fault("build-script/program-deleted", |t| {
            let compiled = t.below("mac", COMPILE)?;
            each_program(&compiled.outputs, |f| Ok(fs::remove_file(f)?))
        }),
        fault("build-script/program-emptied-quietly", |t| {
            let compiled = t.below("mac", COMPILE)?;
            each_program(&compiled.outputs, |f| quietly(f, Vec::clear))
        }),
        fault("build-script/of-a-registry-macro-rerun-by-env", |t| {
            t.set_env("RUSTC_BOOTSTRAP", "1");
            Ok(())
        })
        .quick(),
        fault("bare-build-script/any-file-added", |t| {
            write(&t.path("bare/notes.txt"), "notes")
        })
        .quick(),
        fault("bare-build-script/source-touched", |t| {
            touch(&t.path("bare/src/lib.rs"))
        })
        .quick(),
        fault("bare-build-script/manifest-touched", |t| {
            touch(&t.path("bare/Cargo.toml"))
        }),
        fault("bare-build-script/source-dated-back", |t| {
            edit_dated_back(&t.path("bare/src/lib.rs"), "\n// other\n")
        })
        .altering(&["bare"]),
        fault("bare-build-script/file-of-today-deleted-again", |t| {
            write(&t.path("bare/notes.txt"), "notes")?;
            t.rust_analyzer_builds()?;
            Ok(fs::remove_file(t.path("bare/notes.txt"))?)
        }),
    ]
}

fn each_program(directory: &Path, change: impl Fn(&Path) -> Applied) -> Applied {
    each_file(directory, |f| {
        let name = f
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if name.starts_with("build") && f.extension().is_none() {
            change(f)
        } else {
            Ok(())
        }
    })
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

//! Build scripts: what they are made from, what they watch, what they wrote.

use super::{Fault, fault};
use crate::trial::{Applied, append, each_file, edit_dated_back, quietly, touch, write};
use std::fs;
use std::path::Path;

pub(super) fn faults() -> Vec<Fault> {
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

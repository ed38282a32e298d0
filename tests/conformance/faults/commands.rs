//! Other cargo commands that people run in the same directory, and builds that do not end.

use super::{Fault, fault};
use crate::trial::{append, replace, skip, touch};
use std::fs;

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = vec![
        fault("command/check", |t| t.cargo(&["check"])),
        fault("command/build", |t| t.cargo(&["build"])),
        fault("command/build-one-macro", |t| {
            t.cargo(&["build", "-p", "mac"])
        }),
        fault("command/test-no-run", |t| t.cargo(&["test", "--no-run"])),
        fault("command/clippy", |t| {
            if t.cargo(&["clippy", "--version"]).is_err() {
                return skip("no clippy");
            }
            t.cargo(&["clippy", "-p", "app"])
        }),
        fault("command/release", |t| {
            t.cargo(&["check", "--release", "-p", "early"])
        }),
        fault("command/doc", |t| {
            t.cargo(&["doc", "--no-deps", "-p", "plain"])
        }),
        fault("command/other-features", |t| {
            t.cargo(&["check", "-p", "mac", "--features", "fx"])
        }),
        fault("command/edited-and-checked", |t| {
            append(&t.path("mac/src/part.rs"), "\n// edited\n")?;
            t.rust_analyzer_builds()
        })
        .smoke(),
        fault("command/edited-and-plainly-checked", |t| {
            append(&t.path("mac/src/part.rs"), "\n// edited\n")?;
            t.cargo(&["check"])
        })
        .quick(),
        fault("command/edited-and-built-as-a-root-only", |t| {
            // `cargo build -p MACRO` compiles another unit and leaves the one that matters as it was.
            append(&t.path("early/src/lib.rs"), "\n// edited\n")?;
            t.cargo(&["build", "-p", "early"])
        })
        .quick(),
        fault("command/deleted-and-built-as-a-root-only", |t| {
            fs::remove_file(t.dylib("early")?)?;
            t.cargo(&["build", "-p", "early"])
        }),
        fault("command/dylib-cut-then-checked", |t| {
            let dylib = t.dylib("paste")?;
            let half = fs::metadata(&dylib)?.len() / 2;
            crate::trial::cut(&dylib, half)?;
            // cargo calls it fresh and repairs nothing; the check may fail.
            let _ = t.cargo(&["check"]);
            Ok(())
        })
        .damaging(&["paste"])
        .quick(),
        fault("command/edit-does-not-compile", |t| {
            append(&t.path("mac/src/part.rs"), "\nfn {")?;
            match t.rust_analyzer_builds() {
                Err(_) => Ok(()),
                Ok(()) => skip("it compiled"),
            }
        })
        .beyond_repair()
        .quick(),
        fault("command/edit-does-not-compile-and-undone", |t| {
            let old = fs::read(t.path("mac/src/part.rs"))?;
            append(&t.path("mac/src/part.rs"), "\nfn {")?;
            let _ = t.rust_analyzer_builds();
            Ok(fs::write(t.path("mac/src/part.rs"), old)?)
        }),
        fault("command/clean-one-macro", |t| {
            t.cargo(&["clean", "-p", "mac"])
        })
        .smoke(),
        fault("command/clean-one-registry-macro", |t| {
            t.cargo(&["clean", "-p", "serde_derive"])
        })
        .quick(),
        fault("command/clean-release", |t| {
            t.cargo(&["clean", "-p", "paste", "--release"])
        }),
        fault("command/clean-a-dependency", |t| {
            t.cargo(&["clean", "-p", "mdep"])
        })
        .quick(),
        fault("command/clean", |t| t.cargo(&["clean"])),
        fault("command/clean-doc", |t| t.cargo(&["clean", "--doc"])),
        fault("command/fmt-touches-nothing", |t| {
            touch(&t.path("app/src/lib.rs"))?;
            t.cargo(&["check"])
        }),
        fault("command/new-version-built-then-back", |t| {
            replace(&t.path("early/Cargo.toml"), "0.3.0-beta.2", "0.3.0-beta.3")?;
            replace(&t.path("app/Cargo.toml"), "0.3.0-beta.2", "0.3.0-beta.3")?;
            t.rust_analyzer_builds()?;
            replace(&t.path("early/Cargo.toml"), "0.3.0-beta.3", "0.3.0-beta.2")?;
            replace(&t.path("app/Cargo.toml"), "0.3.0-beta.3", "0.3.0-beta.2")
        }),
    ];
    faults.extend(killed());
    faults
}

fn killed() -> Vec<Fault> {
    vec![
        fault("killed/while-compiling-the-macro", |t| {
            let hash = t.unit("mac")?.hash_file();
            append(&t.path("mac/src/part.rs"), "\n// edited\n")?;
            t.kill_while_compiling("mac", &hash)
        })
        .quick(),
        fault("killed/while-compiling-its-dependency", |t| {
            let hash = t.below("mac", &["mdep"])?.hash_file();
            append(&t.path("mdep/src/lib.rs"), "\n// edited\n")?;
            t.kill_while_compiling("mdep", &hash)
        }),
        fault("killed/while-rebuilding-a-deleted-dylib", |t| {
            let hash = t.unit("mac")?.hash_file();
            fs::remove_file(t.dylib("mac")?)?;
            t.kill_while_compiling("mac", &hash)
        })
        .quick(),
        fault("killed/while-compiling-and-source-restored", |t| {
            let hash = t.unit("mac")?.hash_file();
            let source = t.path("mac/src/part.rs");
            let (old, time) = (fs::read(&source)?, crate::trial::dated(&source)?);
            append(&source, "\n// edited\n")?;
            t.kill_while_compiling("mac", &hash)?;
            fs::write(&source, old)?;
            crate::trial::date(&source, time)
        }),
        fault("killed/while-compiling-a-registry-macro", |t| {
            let hash = t.unit("paste")?.hash_file();
            fs::remove_file(t.dylib("paste")?)?;
            t.kill_while_compiling("paste", &hash)
        }),
    ]
}

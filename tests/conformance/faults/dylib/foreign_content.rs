//! Something else in the dylib's place: other libraries, other systems' files, texts.

use crate::faults::{Fault, fault};
use crate::foreign;
use crate::trial::{Applied, Trial, alter, date, dated, quietly, skip, write};
use std::fs;

pub(super) fn faults() -> Vec<Fault> {
    fn put(t: &Trial<'_>, package: &str, bytes: impl AsRef<[u8]>) -> Applied {
        write(&t.dylib(package)?, bytes)
    }
    fn swap(t: &Trial<'_>, package: &str, with: &str) -> Applied {
        let modified = dated(&t.dylib(package)?)?;
        fs::copy(t.dylib(with)?, t.dylib(package)?)?;
        date(&t.dylib(package)?, modified)
    }
    vec![
        fault("dylib/text", |t| put(t, "mac", "not a library\n")).damaging(&["mac"]),
        fault("dylib/lfs-pointer", |t| put(t, "mac", foreign::LFS_POINTER)).damaging(&["mac"]),
        fault("dylib/web-page", |t| {
            put(t, "paste", "<!DOCTYPE html><html><body>404</body></html>\n")
        })
        .damaging(&["paste"]),
        fault("dylib/swapped-with-another", |t| {
            put(t, "mac", fs::read(t.dylib("paste")?)?)
        })
        .damaging(&["mac"])
        .smoke(),
        fault("dylib/swapped-with-another-quietly", |t| {
            swap(t, "early", "bare")
        })
        .damaging(&["early"])
        .quick(),
        fault("dylib/swapped-majors-quietly", |t| {
            swap(t, "thiserror-impl@1.0.69", "thiserror-impl@2.0.9")
        })
        .altering(&["thiserror-impl@1.0.69"])
        .evidently()
        .damaging(&["thiserror-impl@1.0.69"]),
        fault("dylib/foreign-rustc", |t| {
            put(t, "mac", foreign::of_other_rustc(t, "mac")?)
        })
        .damaging(&["mac"])
        .smoke(),
        fault("dylib/foreign-rustc-quietly-registry", |t| {
            let bytes = foreign::of_other_rustc(t, "paste")?;
            quietly(&t.dylib("paste")?, |b| *b = bytes)
        })
        .damaging(&["paste"])
        .quick(),
        fault("dylib/elf-of-arm64", |t| {
            alter(&t.dylib("mac")?, |b| b[18] = 0xb7)
        })
        .damaging(&["mac"]),
        fault("dylib/elf-of-32-bit", |t| {
            alter(&t.dylib("mac")?, |b| b[4] = 1)
        })
        .damaging(&["mac"]),
        fault("dylib/elf-big-endian", |t| {
            alter(&t.dylib("mac")?, |b| b[5] = 2)
        })
        .damaging(&["mac"]),
        fault("dylib/windows-dll", |t| put(t, "mac", foreign::pe_x86_64()))
            .damaging(&["mac"])
            .quick(),
        fault("dylib/macos-arm64", |t| {
            put(t, "mac", foreign::mach_o_arm64())
        })
        .damaging(&["mac"])
        .quick(),
        fault("dylib/macos-universal", |t| {
            put(t, "mac", foreign::mach_o_universal())
        })
        .damaging(&["mac"]),
        fault("dylib/wants-a-newer-libc", |t| {
            let mut changed = false;
            alter(&t.dylib("mac")?, |b| {
                changed = foreign::demand_newer_libc(b);
            })?;
            if changed {
                Ok(())
            } else {
                skip("no versioned libc symbol in it")
            }
        })
        .damaging(&["mac"])
        .quick(),
        fault("dylib/rust-library-not-a-proc-macro", |t| {
            put(t, "mac", foreign::standard_library(t)?)
        })
        .damaging(&["mac"]),
        fault("dylib/no-rust-at-all", |t| {
            put(t, "mac", foreign::c_library()?)
        })
        .damaging(&["mac"]),
        fault("dylib/an-executable", |t| {
            put(t, "mac", fs::read("/bin/true")?)
        })
        .damaging(&["mac"]),
        fault("dylib/an-archive", |t| {
            put(t, "mac", fs::read(t.rlib_below("mac", &["mdep"])?)?)
        })
        .damaging(&["mac"]),
        fault("dylib/stripped", |t| {
            t.tool(
                "strip",
                &["--strip-all", &t.dylib("mac")?.to_string_lossy()],
            )
        })
        .altering(&["mac"]),
        fault("dylib/stripped-of-metadata", |t| {
            t.tool(
                "objcopy",
                &[
                    "--remove-section=.rustc",
                    &t.dylib("mac")?.to_string_lossy(),
                ],
            )
        })
        .altering(&["mac"])
        .damaging(&["mac"]),
    ]
}

//! The ways in which the dylib breaks, and in which it comes back.

use std::fs;
use std::path::{Path, PathBuf};

use super::MACROS;
use crate::day::project::Project;
use crate::day::support::tools;

/// Which of rust-analyzer's texts are to be seen.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    /// It had loaded the dylib before.
    WhenExpanded,
    /// The person made it load macros anew, which did not help.
    WhenLoaded,
}

pub(super) struct Break {
    pub(super) name: &'static str,
    pub(super) code: &'static str,
    pub(super) seen: Seen,
    pub(super) apply: fn(&Path),
}

pub(super) const BREAKS: &[Break] = &[
    Break {
        name: "deleted",
        code: "dylib-missing",
        seen: Seen::WhenExpanded,
        apply: |dylib| fs::remove_file(dylib).unwrap(),
    },
    Break {
        name: "cut short",
        code: "dylib-corrupt",
        seen: Seen::WhenExpanded,
        apply: cut,
    },
    Break {
        name: "cut short and loaded anew",
        code: "dylib-corrupt",
        seen: Seen::WhenLoaded,
        apply: cut,
    },
    Break {
        name: "emptied",
        code: "dylib-corrupt",
        seen: Seen::WhenExpanded,
        apply: |dylib| fs::write(dylib, "").unwrap(),
    },
    Break {
        name: "emptied and loaded anew",
        code: "dylib-corrupt",
        seen: Seen::WhenLoaded,
        apply: |dylib| fs::write(dylib, "").unwrap(),
    },
];

fn cut(dylib: &Path) {
    let file = fs::File::options().write(true).open(dylib).unwrap();
    file.set_len(file.metadata().unwrap().len() / 2).unwrap();
}

pub(super) fn restore(aside: &Path, dylib: &Path, how: &str) {
    if how == "moved away and back" {
        return fs::rename(aside, dylib).unwrap();
    }
    let modified = fs::metadata(aside).unwrap().modified().unwrap();
    fs::copy(aside, dylib).unwrap();
    let file = fs::File::options().write(true).open(dylib).unwrap();
    file.set_modified(modified).unwrap();
    fs::remove_file(aside).unwrap();
}

/// The same macros, built by a rustc that is not the one of this session; the directory goes with the first.
pub(super) fn another_rustcs_dylib() -> Result<(Project, PathBuf), String> {
    let project = Project::new();
    project.write("macros/src/lib.rs", MACROS);
    let Some(other) = another_rustc() else {
        let why = "another rustc's: skipped: no second toolchain here; tests/tools/toolchains.sh target/tools 1.96 installs one";
        assert!(
            std::env::var_os("SIDECARGO_TEST_SKIP_NOTHING").is_none(),
            "{why}"
        );
        return Err(why.to_owned());
    };
    let built = project
        .cargo(&["check", "--workspace", "--offline"])
        .env("RUSTC", other)
        .output()
        .unwrap();
    assert!(
        built.status.success(),
        "{}",
        String::from_utf8_lossy(&built.stderr)
    );
    let dylib = project.dylib();
    Ok((project, dylib))
}

/// The one that `tests/tools/toolchains.sh` has put in place.
fn another_rustc() -> Option<PathBuf> {
    let home = tools().join("rustc-1.96");
    home.join("complete")
        .is_file()
        .then(|| home.join("bin/rustc"))
}

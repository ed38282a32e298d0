//! Which lost files come back only when a build script runs again. Pure: told by the path alone.

use camino::Utf8Path;

/// The directory of the build script's run that wrote this file into its `OUT_DIR`; `None` for all other files of a build, which
/// cargo writes again by itself.
///
/// `build/<package>-<hash>/out/…` in layout v1, `build/<package>/<hash>/out/…` in v2, where compilations have an `out` as well.
#[must_use]
pub fn run_directory_of(path: &Utf8Path) -> Option<&Utf8Path> {
    let out = path
        .ancestors()
        .skip(1)
        .find(|ancestor| ancestor.file_name() == Some("out"))?;
    let run = out.parent()?;
    let is_in_build = run
        .ancestors()
        .skip(1)
        .take(2)
        .any(|ancestor| ancestor.file_name() == Some("build"));
    let is_compiled = path.parent() == Some(out) && is_compiled(path);
    (is_in_build && !is_compiled).then_some(run)
}

/// Whether rustc writes files of this name: libraries, dylibs, build scripts.
fn is_compiled(path: &Utf8Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    matches!(
        path.extension(),
        Some("rlib" | "rmeta" | "so" | "dylib" | "dll" | "d")
    ) || name.starts_with("build_script_")
        || name.starts_with("build-script-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_in_an_out_dir_come_from_a_script() {
        let run = |path: &'static str| run_directory_of(Utf8Path::new(path)).map(Utf8Path::as_str);
        assert_eq!(
            run("/t/debug/build/mac-65361d2a64b26ba7/out/gen.rs"),
            Some("/t/debug/build/mac-65361d2a64b26ba7")
        );
        assert_eq!(
            run("/t/debug/build/mac/65361d2a64b26ba7/out/deep/gen.rs"),
            Some("/t/debug/build/mac/65361d2a64b26ba7")
        );
        for path in [
            "/t/debug/deps/libmdep-5037f4f8ddd53fa9.rlib",
            "/t/debug/build/mdep/5037f4f8ddd53fa9/out/libmdep-5037f4f8ddd53fa9.rlib",
            "/t/debug/build/mac/c8a6f333d1657421/out/build_script_build",
            "/t/debug/build/mac-65361d2a64b26ba7/output",
            "/t/debug/build/mac/65361d2a64b26ba7/run/stdout",
            "/somewhere/out/gen.rs",
            "/t/debug/build/mac/65361d2a64b26ba7/out",
        ] {
            assert_eq!(run(path), None, "{path}");
        }
    }
}

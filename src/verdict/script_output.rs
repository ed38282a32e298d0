//! Which lost files come back only when a build script runs again. Pure: told by the path alone.

use camino::Utf8Path;

use crate::names::{Layout, UnitHash};

/// The directory of the build script's run that wrote this file into its `OUT_DIR`; `None` for all other files of a build, which
/// cargo writes again by itself.
#[must_use]
pub fn run_directory_of(path: &Utf8Path) -> Option<&Utf8Path> {
    // Below its `OUT_DIR` a script may write directories of any name, such as another `out`: the outermost is cargo's.
    let (unit, layout) = path
        .ancestors()
        .skip(1)
        .filter(|ancestor| ancestor.file_name() == Some("out"))
        .filter_map(unit_with)
        .last()?;
    let is_compiled =
        layout == Layout::V2 && path.parent() == Some(&unit.join("out")) && is_compiled(path);
    (!is_compiled).then_some(unit)
}

/// The unit that a directory called `out` belongs to: `build/<package>-<hash>/out` in layout v1, where only build scripts have one;
/// `build/<package>/<hash>/out` in v2, where compilations have one as well.
fn unit_with(out: &Utf8Path) -> Option<(&Utf8Path, Layout)> {
    let unit = out.parent()?;
    let name = unit.file_name()?;
    let above = unit.parent()?;
    let is_build = |directory: &Utf8Path| directory.file_name() == Some("build");
    let is_hash = |text: &str| UnitHash::parse(text).is_some();
    if is_build(above) {
        let (_, hash) = name.rsplit_once('-')?;
        return is_hash(hash).then_some((unit, Layout::V1));
    }
    (is_hash(name) && is_build(above.parent()?)).then_some((unit, Layout::V2))
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
        // What a script writes may have such names itself, and so may what the build directory lies in.
        for (path, expected) in [
            (
                "/t/debug/build/mac-65361d2a64b26ba7/out/out/gen.rs",
                "/t/debug/build/mac-65361d2a64b26ba7",
            ),
            (
                "/t/debug/build/mac-65361d2a64b26ba7/out/build/cmake/out/gen.rs",
                "/t/debug/build/mac-65361d2a64b26ba7",
            ),
            (
                "/build/me/out/t/debug/build/mac/65361d2a64b26ba7/out/build/x/out/gen.rs",
                "/build/me/out/t/debug/build/mac/65361d2a64b26ba7",
            ),
            (
                "/t/debug/build/mac-65361d2a64b26ba7/out/plugin.so",
                "/t/debug/build/mac-65361d2a64b26ba7",
            ),
        ] {
            assert_eq!(
                run_directory_of(Utf8Path::new(path)),
                Some(Utf8Path::new(expected))
            );
        }
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

//! What a build script printed: the paths and variables at whose change it must run again (cargo 1.95, `custom_build.rs`).

use std::path::PathBuf;

/// The inputs that a build script named.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NamedInputs {
    /// `rerun-if-changed`, as printed.
    pub paths: Vec<PathBuf>,
    /// `rerun-if-env-changed`.
    pub variables: Vec<String>,
}

/// Reads what a script printed. Where the build directory was moved since, `out_dir_then` in a path stands for `out_dir_now`.
#[must_use]
pub fn parse(printed: &[u8], out_dir_then: &str, out_dir_now: &str) -> NamedInputs {
    let mut inputs = NamedInputs::default();
    for line in printed.split(|byte| *byte == b'\n') {
        let Ok(line) = std::str::from_utf8(line) else {
            continue;
        };
        let line = line.trim();
        let Some(instruction) = line
            .strip_prefix("cargo::")
            .or_else(|| line.strip_prefix("cargo:"))
        else {
            continue;
        };
        let Some((key, value)) = instruction.split_once('=') else {
            continue;
        };
        let value = if out_dir_then.is_empty() {
            value.trim_end().to_owned()
        } else {
            value.trim_end().replace(out_dir_then, out_dir_now)
        };
        match key {
            "rerun-if-changed" => inputs.paths.push(PathBuf::from(value)),
            "rerun-if-env-changed" => inputs.variables.push(value),
            _ => {}
        }
    }
    inputs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_are_read_and_the_rest_is_passed_over() {
        let printed = b"cargo:rerun-if-changed=build.rs\ncargo::rerun-if-env-changed=CC \nhello\ncargo:rustc-cfg=x\n\xff\n cargo:rerun-if-changed=/old/out/gen.rs\n";
        assert_eq!(
            parse(printed, "/old/out", "/new/out"),
            NamedInputs {
                paths: vec!["build.rs".into(), "/new/out/gen.rs".into()],
                variables: vec!["CC".to_owned()],
            }
        );
    }
}

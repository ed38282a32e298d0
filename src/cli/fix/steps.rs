//! The steps of a plan as a shell would take them, for `--dry-run`. Pure text.

use std::fmt::Write as _;

use camino::Utf8Path;

use crate::cli::text::{relative_to, shell_word};
use crate::remedy::{Plan, Step};

/// The plan as lines that can be pasted: its title as a comment, then each step, seen from `root`.
pub(crate) fn as_shell(plan: &Plan, root: &Utf8Path, current_directory: &Utf8Path) -> String {
    let mut lines = format!("# {}\n", plan.title);
    let mut directory = current_directory;
    for step in &plan.steps {
        let wanted = match step {
            Step::Run { cwd, .. } => cwd.as_path(),
            Step::Remove { .. } | Step::Touch { .. } => root,
        };
        if wanted != directory {
            let _ = writeln!(lines, "cd {}", shell_word(wanted.as_str()));
            directory = wanted;
        }
        let _ = writeln!(lines, "{}", command(step, directory));
    }
    lines
}

fn command(step: &Step, directory: &Utf8Path) -> String {
    let path = |path| shell_word(relative_to(directory, path).as_str());
    match step {
        Step::Remove { remove } => format!("rm -r {}", path(remove)),
        Step::Touch { touch } => format!("touch {}", path(touch)),
        Step::Run {
            run, env, unset, ..
        } => {
            let mut words = Vec::new();
            if !unset.is_empty() {
                words.push("env".to_owned());
                words.extend(
                    unset
                        .iter()
                        .flat_map(|name| ["-u".to_owned(), shell_word(name)]),
                );
            }
            words.extend(
                env.iter()
                    .map(|(name, value)| format!("{name}={}", shell_word(value))),
            );
            words.extend(run.iter().map(|word| shell_word(word)));
            words.join(" ")
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::needless_raw_string_hashes)] // As expect-test writes them.

    use std::collections::BTreeMap;

    use expect_test::expect;

    use super::*;
    use crate::remedy::RemedyKind;

    fn plan() -> Plan {
        Plan::new(
            RemedyKind::Rebuild,
            "Rebuild mac",
            vec![
                Step::Remove {
                    remove: "/w/my app/target/debug/deps/libmac-0.so".into(),
                },
                Step::Touch {
                    touch: "/elsewhere/lib.rs".into(),
                },
                Step::Run {
                    run: vec!["cargo".to_owned(), "check".to_owned(), "a b".to_owned()],
                    env: BTreeMap::from([("KEY".to_owned(), "it's".to_owned())]),
                    unset: vec!["RUSTC_BOOTSTRAP".to_owned()],
                    cwd: "/w/my app".into(),
                },
            ],
        )
    }

    #[test]
    fn steps_can_be_pasted() {
        let (root, elsewhere) = (Utf8Path::new("/w/my app"), Utf8Path::new("/home"));
        expect![[r#"
            # Rebuild mac
            cd '/w/my app'
            rm -r target/debug/deps/libmac-0.so
            touch /elsewhere/lib.rs
            env -u RUSTC_BOOTSTRAP KEY='it'\''s' cargo check 'a b'
        "#]]
        .assert_eq(&as_shell(&plan(), root, elsewhere));
        expect![[r#"
            # Rebuild mac
            rm -r target/debug/deps/libmac-0.so
            touch /elsewhere/lib.rs
            env -u RUSTC_BOOTSTRAP KEY='it'\''s' cargo check 'a b'
        "#]]
        .assert_eq(&as_shell(&plan(), root, root));
    }
}

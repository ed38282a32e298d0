//! The report as workflow commands of GitHub Actions, which show as annotations on the changed files.

use camino::Utf8Path;

use super::human::{self, Context};
use super::place_or_manifest;
use crate::cli::text;
use crate::inspect::Inspection;
use crate::verdict::{Finding, Severity};

/// One command for each finding, then the report for people, which the log shows as it is.
///
/// Paths are given as seen from `repository`, as the annotations need them.
pub(super) fn render(
    inspection: &Inspection,
    repository: &Utf8Path,
    context: &Context<'_>,
) -> String {
    let commands: String = inspection
        .findings
        .iter()
        .map(|finding| command(inspection, finding, repository))
        .collect();
    format!(
        "{commands}{}",
        without_commands(&human::render(inspection, context))
    )
}

/// The text with every line that the runner would take for a command of ours made plain text: a path or a compiler's words may begin one
/// with `::`. The runner overlooks blanks before it.
fn without_commands(text: &str) -> String {
    let lines = text.split_inclusive(['\n', '\r']);
    lines
        .map(|line| {
            let words = line.trim_start();
            let blanks = line.strip_suffix(words).unwrap_or_default();
            match words.strip_prefix("::") {
                Some(rest) => format!("{blanks}: :{rest}"),
                None => line.to_owned(),
            }
        })
        .collect()
}

fn command(inspection: &Inspection, finding: &Finding, repository: &Utf8Path) -> String {
    let level = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Information | Severity::Hint => "notice",
    };
    let (path, location) = place_or_manifest(inspection, finding);
    let file = property(text::relative_to(repository, &path).as_str());
    let (line, column) = location.map_or((1, 1), |place| (place.line, place.column));
    let title = property(&format!("sidecargo: {}", finding.code));
    let message = data(&finding.message);
    format!("::{level} file={file},line={line},col={column},title={title}::{message}\n")
}

/// Escapes a message as `@actions/core` does.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// Escapes a property's value as `@actions/core` does.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::needless_raw_string_hashes)] // As expect-test writes them.

    use expect_test::expect;

    use super::*;
    use crate::cli::report::samples;

    #[test]
    fn each_finding_becomes_one_annotation() {
        let inspection = samples::unhealthy();
        let counting = crate::cli::report::Counting::default();
        let context = samples::plain_context(&counting);
        let text = render(&inspection, Utf8Path::new("/home/me/space"), &context);
        let commands: String = text
            .split_inclusive('\n')
            .filter(|line| line.starts_with("::"))
            .collect();
        expect![[r#"
            ::error file=mini-redis/Cargo.toml,line=1,col=1,title=sidecargo%3A dylib-corrupt::The built proc macro `tokio-macros` 2.5.0 is cut short (4,096 of 7,811,224 bytes). Cargo takes it for fresh and will not mend it; remove it and rebuild.
            ::warning file=mini-redis/Cargo.toml,line=24,col=1,title=sidecargo%3A dylib-missing::The built proc macro `tracing-attributes` 0.1.28 is gone, so rust-analyzer cannot expand it. Rebuild it.
            ::warning file=mini-redis/Cargo.toml,line=25,col=1,title=sidecargo%3A dylib-stale::`my-macros` expands with old code: `crates/my-core/src/lib.rs` changed after it was built.
        "#]].assert_eq(&commands);
    }

    #[test]
    fn words_of_others_are_no_commands() {
        let counting = crate::cli::report::Counting::default();
        let context = samples::plain_context(&counting);
        let mut inspection = samples::unhealthy();
        for inspected in &mut inspection.macros {
            inspected.dylib = Some("::add-mask::a".into());
        }
        let ours = inspection.findings.len();
        let text = render(&inspection, Utf8Path::new("/home/me/space"), &context);
        let is_command = |line: &&str| line.trim_start().starts_with("::");
        assert_eq!(text.lines().filter(is_command).count(), ours, "{text}");
        assert!(text.contains(" : :add-mask::a\n"), "{text}");
    }

    #[test]
    fn what_would_end_a_command_early_is_escaped() {
        assert_eq!(data("50 %\r\nnext: a,b"), "50 %25%0D%0Anext: a,b");
        assert_eq!(property("a:b,c%\n"), "a%3Ab%2Cc%25%0A");
    }
}

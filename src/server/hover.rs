//! What a hover says of macros: their verdicts, why, where they lie, who built them and when. Pure.

use camino::Utf8Path;

use super::actions::{command_for, target_of};
use super::model::Target;
use crate::cli::time;
use crate::inspect::{InspectedMacro, Inspection};
use crate::names::{PackageName, RustcVersion};
use crate::verdict::{Finding, Verdict};

/// Whether the client runs `command:` links.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Links {
    Run,
    /// Nothing happens on a click, so there are none.
    Dead,
}

/// No more macros than these are told in full; a dependency such as `bevy` brings a dozen.
const TOLD_IN_FULL: usize = 3;

/// The hover on these macros, as Markdown; `None` where there are none.
///
/// `argument` makes the argument of a command link, which only the protocol's side can write.
pub(crate) fn text(
    macros: &[&InspectedMacro],
    inspection: &Inspection,
    links: Links,
    argument: &dyn Fn(&Target) -> String,
) -> Option<String> {
    if macros.is_empty() {
        return None;
    }
    let mut macros = macros.to_vec();
    // Those that matter first.
    macros.sort_by_key(|inspected| inspected.verdict == Verdict::Fresh);
    let mut parts: Vec<String> = macros
        .iter()
        .take(TOLD_IN_FULL)
        .map(|inspected| in_full(inspected, inspection, links, argument))
        .collect();
    let rest: Vec<String> = macros
        .iter()
        .skip(TOLD_IN_FULL)
        .map(|inspected| headline(inspected))
        .collect();
    if !rest.is_empty() {
        parts.push(rest.join("  \n"));
    }
    Some(parts.join("\n\n---\n\n"))
}

fn in_full(
    inspected: &InspectedMacro,
    inspection: &Inspection,
    links: Links,
    argument: &dyn Fn(&Target) -> String,
) -> String {
    let root = &inspection.workspace.root;
    let finding = inspection
        .findings
        .iter()
        .find(|finding| finding.package_ids.contains(&inspected.expected.package_id));
    let mut said = vec![headline(inspected)];
    said.extend(finding.map(|finding| finding.message.clone()));
    said.extend(built(inspected));
    said.extend(exports_and_way(inspected));
    said.extend(inspected.dylib.as_ref().map(|dylib| {
        let shown = dylib.strip_prefix(root).unwrap_or(dylib);
        format!("`{shown}`")
    }));
    if links == Links::Run
        && let Some(finding) = finding
    {
        said.extend(command_links(finding, root, argument));
    }
    said.join("  \n")
}

/// Such as **tracing-attributes** 0.1.28 · ✗ missing.
fn headline(inspected: &InspectedMacro) -> String {
    let mark = match inspected.verdict {
        Verdict::Fresh => "✓",
        Verdict::Stale(_) => "!",
        Verdict::Building => "…",
        Verdict::Unknown(_) => "?",
        _ => "✗",
    };
    let expected = &inspected.expected;
    format!(
        "**{}** {} · {mark} {}",
        expected.name,
        expected.version,
        inspected.verdict.status()
    )
}

fn built(inspected: &InspectedMacro) -> Option<String> {
    let when = inspected.built_at.and_then(time::in_words);
    let by = inspected.built_by.as_ref().map(RustcVersion::short);
    match (when, by) {
        (Some(when), Some(by)) => Some(format!("Built on {when}, by {by}.")),
        (Some(when), None) => Some(format!("Last written on {when}.")),
        (None, Some(by)) => Some(format!("Built by {by}.")),
        (None, None) => None,
    }
}

fn exports_and_way(inspected: &InspectedMacro) -> Option<String> {
    let exports = inspected
        .exports
        .as_ref()
        .filter(|exports| !exports.is_empty())
        .map(|exports| format!("Exports {}", quoted(exports).join(", ")));
    // The macro itself ends its way, and a macro of the workspace has no other on it.
    let way = inspected.expected.ways.first().and_then(|way| {
        let (_, before) = way.packages.split_last()?;
        let before: Vec<&str> = before.iter().rev().map(PackageName::as_str).collect();
        (!before.is_empty()).then(|| quoted(&before).join(" → "))
    });
    match (exports, way) {
        (Some(exports), Some(way)) => Some(format!("{exports} · needed by {way}")),
        (exports, way) => exports.or(way.map(|way| format!("Needed by {way}"))),
    }
}

fn quoted(names: &[impl AsRef<str>]) -> Vec<String> {
    names
        .iter()
        .map(|name| format!("`{}`", name.as_ref()))
        .collect()
}

fn command_links(
    finding: &Finding,
    root: &Utf8Path,
    argument: &dyn Fn(&Target) -> String,
) -> Option<String> {
    let links: Vec<String> = finding
        .remedies
        .iter()
        .map(|plan| {
            format!(
                "[{}](command:{}?{})",
                plan.title,
                command_for(plan.kind).as_str(),
                argument(&target_of(plan, finding, root))
            )
        })
        .collect();
    (!links.is_empty()).then(|| links.join(" · "))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use expect_test::expect;

    use super::*;
    use crate::remedy::{Plan, RemedyKind};
    use crate::verdict::MissingReason;
    use crate::verdict::fixtures::inspected;

    fn inspection(macros: Vec<InspectedMacro>) -> Inspection {
        Inspection::of_macros(macros)
    }

    #[test]
    fn all_that_is_known_of_a_macro() {
        let mut deleted = inspected(
            &["tracing", "tracing-attributes"],
            Verdict::Missing(MissingReason::Deleted),
        );
        deleted.built_by = Some(RustcVersion::new("rustc 1.95.0 (59807616e 2026-04-14)"));
        deleted.exports = Some(vec!["instrument".to_owned()]);
        let mut fresh = inspected(&["tokio", "tokio-macros"], Verdict::Fresh);
        fresh.built_at = Some(UNIX_EPOCH + Duration::from_mins(29_919_976));
        fresh.built_by.clone_from(&deleted.built_by);
        let mut inspection = inspection(vec![fresh, deleted]);
        for finding in &mut inspection.findings {
            finding.remedies = vec![Plan::new(
                RemedyKind::Rebuild,
                "Rebuild tracing-attributes".to_owned(),
                Vec::new(),
            )];
        }
        let macros: Vec<&InspectedMacro> = inspection.macros.iter().collect();
        let argument = |target: &Target| format!("{:?}", target.workspace);
        let said = text(&macros, &inspection, Links::Run, &argument).unwrap_or_default();
        expect![[r#"
            **tracing-attributes** 1.0.2 · ✗ missing  
            The built proc macro `tracing-attributes` 1.0.2, needed by `tracing`, is gone (`target/debug/deps/libtracing_attributes-0123456789abcdef.so`), so rust-analyzer cannot expand `instrument`. Rebuild it.  
            Built by rustc 1.95.0.  
            Exports `instrument` · needed by `tracing` → `app`  
            `target/debug/deps/libtracing_attributes-0123456789abcdef.so`  
            [Rebuild tracing-attributes](command:sidecargo.rebuild?Some("/w"))

            ---

            **tokio-macros** 1.0.2 · ✓ fresh  
            Built on 20 Nov 2026, 18:16 UTC, by rustc 1.95.0.  
            Needed by `tokio` → `app`  
            `target/debug/deps/libtokio_macros-0123456789abcdef.so`"#]].assert_eq(&said);
        let said = text(&macros, &inspection, Links::Dead, &argument).unwrap_or_default();
        assert!(!said.contains("command:"));
    }

    #[test]
    fn no_macros_no_hover() {
        assert_eq!(
            text(&[], &inspection(Vec::new()), Links::Dead, &|_| String::new(
            )),
            None
        );
    }

    #[test]
    fn many_macros_are_told_in_one_line_each() {
        let macros =
            (0..5).map(|number| inspected(&["many", &format!("m{number}")], Verdict::Fresh));
        let inspection = inspection(macros.collect());
        let macros: Vec<&InspectedMacro> = inspection.macros.iter().collect();
        let said = text(&macros, &inspection, Links::Dead, &|_| String::new()).unwrap_or_default();
        assert!(
            said.ends_with("**m3** 1.0.2 · ✓ fresh  \n**m4** 1.0.2 · ✓ fresh"),
            "{said}"
        );
    }
}

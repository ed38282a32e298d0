//! Texts that nobody writes by hand, and that a dependency may bring all the same: none takes all memory, or time without end.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::locate::uses::condition::{Configuration, Holds, all};
use crate::locate::uses::outline::ExportName;

/// `open` so many times, `middle`, and `close` as often.
fn nested(open: &str, middle: &str, close: &str, depth: usize) -> String {
    format!("{}{middle}{}", open.repeat(depth), close.repeat(depth))
}

#[test]
fn conditions_in_conditions_are_followed_only_so_deep() {
    for text in [
        format!(
            "#[cfg({})] #[b] fn f() {{}}",
            nested("not(", "a", ")", 50_000)
        ),
        format!(
            "#[{}] #[b] fn f() {{}}",
            nested("cfg_attr(a, ", "cfg(c)", ")", 50_000)
        ),
    ] {
        let outline = outline(&text);
        let last = outline.sites.last().unwrap();
        assert_ne!(all(&last.conditions, &Configuration::default()), Holds::No);
    }
}

#[test]
fn repetitions_in_repetitions_are_left_unknown() {
    let pattern = nested("$(", "$a:ident", ")*", 20_000);
    let text = format!(
        "macro_rules! make {{ ({pattern}) => {{ #[proc_macro] pub fn $a() {{}} }} }}\nmake!(b);"
    );
    let outline = outline(&text);
    let export = outline.exports.first().unwrap();
    assert_eq!(export.name, ExportName::MadeBy("make".to_owned()));
}

#[test]
fn a_use_under_many_conditions_is_uncertain_and_does_not_keep_them_all() {
    for text in [
        format!("{} a!();", "#[cfg(on)] mod m { ".repeat(1_000)),
        format!("{} fn f() {{ a!(); }}", "#[cfg(on)] ".repeat(1_000)),
        format!("{} fn f() {{}}", "#[cfg(on)] #[a] ".repeat(1_000)),
    ] {
        let outline = outline(&text);
        for site in &outline.sites {
            assert!(site.conditions.len() < 100, "{}", site.conditions.len());
            assert_eq!(
                all(&site.conditions, &Configuration::default()),
                Holds::Unclear
            );
        }
        assert!(!outline.sites.is_empty());
    }
}

#[test]
fn a_long_path_is_not_kept_once_for_each_of_its_leaves() {
    let text = format!("use {}{{{}}};", "a::".repeat(1_000), "b, ".repeat(1_000));
    let outline = outline(&text);
    let imports = outline.scopes.iter().flat_map(|scope| &scope.imports);
    assert_eq!(imports.count(), 0);
}

/// Each of these would take minutes if what was opened before were looked through again for each token.
#[test]
fn time_grows_with_the_length_of_a_text() {
    const MANY: usize = 150_000;
    for text in [
        format!("{}{}", "(".repeat(MANY), "]".repeat(MANY)),
        format!("{}{}", "[(".repeat(MANY), "}".repeat(MANY)),
        format!("{}{}", "(".repeat(MANY), "a!();".repeat(MANY)),
        format!("{}{}", "(".repeat(MANY), "#[a] b, ".repeat(MANY)),
        format!(
            "{}{}",
            "#[cfg(a)] mod m { ".repeat(MANY / 10),
            "b; ".repeat(MANY)
        ),
        format!("{}{}", "#![cfg(a)]".repeat(MANY), "b; ".repeat(MANY)),
        format!("r{}\"{}", "#".repeat(MANY), "\"".repeat(MANY)),
        format!(
            "macro_rules! m {{ () => {{ {} }} }}",
            "#[proc_macro] ".repeat(MANY)
        ),
    ] {
        let outline = outline(&text);
        assert!(!outline.scopes.is_empty());
    }
}

//! What is offered where the macro is fresh and rust-analyzer keeps an error over a mere reload.

use expect_test::{Expect, expect};

use super::*;

fn check(kept: &[&str], message: &str, expected: &Expect) {
    let inspection = inspection(Verdict::Fresh);
    let kept: BTreeSet<PackageId> = kept
        .iter()
        .map(|name| PackageId::new(format!("{name}@1.0.2")))
        .collect();
    let view = View {
        inspection: &inspection,
        shown: &[],
        uses: &[],
        kept: &kept,
        edits: &[],
    };
    let request = ActionRequest {
        path: "/w/src/lib.rs".into(),
        range: on_line(3),
        diagnostics: vec![sent("rust-analyzer", "macro-error", message)],
        only: Vec::new(),
    };
    let offered: Vec<String> = actions(&request, &[view])
        .iter()
        .map(|action| {
            let packages: Vec<&str> = action
                .target
                .package_ids
                .iter()
                .map(PackageId::as_str)
                .collect();
            format!("{} -> {packages:?}\n", action.title)
        })
        .collect();
    expected.assert_eq(&offered.concat());
}

#[test]
fn a_new_time_comes_first_only_for_the_macro_that_needs_it() {
    check(
        &[],
        MESSAGE,
        &expect![[r#"
        Reload rust-analyzer's proc macros (they are built) -> []
        Clean and rebuild tracing-attributes -> ["tracing-attributes@1.0.2"]
    "#]],
    );
    check(
        &["tokio-macros"],
        MESSAGE,
        &expect![[r#"
        Reload rust-analyzer's proc macros (they are built) -> []
        Clean and rebuild tracing-attributes -> ["tracing-attributes@1.0.2"]
    "#]],
    );
    check(
        &["tokio-macros", "tracing-attributes"],
        MESSAGE,
        &expect![[r#"
            Give tracing-attributes a new file time and reload rust-analyzer (what is built from it is then rebuilt) -> ["tracing-attributes@1.0.2"]
            Reload rust-analyzer's proc macros (they are built) -> []
            Clean and rebuild tracing-attributes -> ["tracing-attributes@1.0.2"]
        "#]],
    );
    // A complaint that names no macro.
    check(
        &["tracing-attributes"],
        "internal error: proc-macro map is missing error entry for crate Crate(Id(2255))",
        &expect![[r#"
            Give tracing-attributes a new file time and reload rust-analyzer (what is built from it is then rebuilt) -> ["tracing-attributes@1.0.2"]
            Reload rust-analyzer's proc macros (they are built) -> []
        "#]],
    );
}

#![allow(clippy::unwrap_used, clippy::needless_raw_string_hashes)]

use std::fmt::Write as _;

use super::*;
use crate::expected::{PackageSource, UnitIndex};
use crate::locate::Position;
use crate::names::CrateName;
use expect_test::{Expect, expect};

const ROOT: &str = "/w/Cargo.toml";
const MEMBER: &str = "/w/app/Cargo.toml";

fn expected(ways: &[(&str, &[&str], Option<&str>)]) -> ExpectedMacro {
    let name = *ways.first().unwrap().1.last().unwrap();
    ExpectedMacro {
        name: PackageName::new(name),
        version: "1.0.0".to_owned(),
        package_id: PackageId::new(format!("registry+x#{name}@1.0.0")),
        crate_name: CrateName::new(name.replace('-', "_")),
        source: PackageSource::Registry,
        manifest_path: format!("/registry/{name}/Cargo.toml").into(),
        ways: ways
            .iter()
            .map(|(manifest, packages, first_step)| Way {
                packages: packages
                    .iter()
                    .map(|&package| PackageName::new(package))
                    .collect(),
                manifest_path: (*manifest).into(),
                first_step: first_step.map(PackageId::new),
            })
            .collect(),
        unit: UnitIndex(0),
    }
}

fn workspace() -> Workspace {
    Workspace {
        root: "/w".into(),
        target_directory: "/w/target".into(),
        build_directory: "/w/target".into(),
        members: Vec::new(),
    }
}

/// The text of a location, and its line with the range marked.
fn marked(location: &Location, text: &str) -> String {
    let lines = crate::locate::Lines::new(text);
    let line: Vec<char> = lines.line(location.line).chars().collect();
    let start = location.column as usize - 1;
    let end = location.end_column as usize - 1;
    let part = |range: std::ops::Range<usize>| line.get(range).unwrap().iter().collect::<String>();
    format!(
        "{}:{}:{} {}⟦{}⟧{}",
        location.path,
        location.line,
        location.column,
        part(0..start),
        part(start..end),
        part(end..line.len())
    )
}

fn check(files: &[(&str, &str)], expected: &ExpectedMacro, wanted: &Expect) {
    let text_of = |path: &Utf8Path| {
        files
            .iter()
            .find(|(known, _)| *known == path)
            .map(|(_, text)| (*text).to_owned())
    };
    let mut report = String::new();
    match Manifests::new(&workspace(), &text_of).place_of_macro(expected) {
        None => report.push_str("nowhere\n"),
        Some(place) => {
            let show = |location: &Location| marked(location, &text_of(&location.path).unwrap());
            writeln!(report, "{}", show(&place.location)).unwrap();
            let way: Vec<&str> = place.way.iter().map(PackageName::as_str).collect();
            writeln!(report, "by {}", way.join(" > ")).unwrap();
            if let Some(shared) = &place.inherited_from {
                writeln!(report, "inherited {}", show(shared)).unwrap();
            }
        }
    }
    wanted.assert_eq(&report);
}

/// `serde` at 1.0.229, straight from the member.
fn serde() -> ExpectedMacro {
    expected(&[(
        MEMBER,
        &["app", "serde", "serde_derive"],
        Some("registry+https://example.org/index#serde@1.0.229"),
    )])
}

#[test]
fn the_key_is_found_in_every_shape() {
    let manifests = [
        "[dependencies]\nserde = \"1\"\n",
        "[dependencies]\r\n\"ä\" = \"1\" # ö\r\nserde = { version = \"1\" }\r\n",
        "[dependencies]\nserde.version = \"1\"\nserde.features = [\"derive\"]\n",
        "[dependencies.serde]\nversion = \"1\"\n",
        "dependencies.serde = \"1\"\n",
        "dependencies = { \"ü\" = \"1\", serde = \"1\" }\n",
        "[dependencies]\n\"serde\" = \"1\"\n",
        "[dev-dependencies]\nserde = \"1\"\n",
        "[build_dependencies]\nserde = \"1\"\n",
        "[target.'cfg(unix)'.dependencies]\nserde = \"1\"\n",
        "[target.\"cfg(windows)\".dev-dependencies.serde]\nversion = \"1\"\n",
        "[dependencies]\nrenamed = { package = \"serde\", version = \"1\" }\n",
        "[dependencies.renamed]\npackage = \"serde\"\n",
        "\u{feff}dependencies.serde = \"1\"\n",
        "[package]\nname = \"app\"\n[dependencies]\nother = \"1\"\n",
        "",
        "[dependencies\nserde = \"1\"\n",
    ];
    let mut report = String::new();
    for text in manifests {
        let read = |path: &Utf8Path| (path == MEMBER).then(|| text.to_owned());
        let place = Manifests::new(&workspace(), &read).place_of_macro(&serde());
        let place = place.map_or_else(
            || "nowhere".to_owned(),
            |place| marked(&place.location, text),
        );
        writeln!(report, "{place}").unwrap();
    }
    expect![[r#"
        /w/app/Cargo.toml:2:1 ⟦serde⟧ = "1"
        /w/app/Cargo.toml:3:1 ⟦serde⟧ = { version = "1" }
        /w/app/Cargo.toml:2:1 ⟦serde⟧.version = "1"
        /w/app/Cargo.toml:1:15 [dependencies.⟦serde⟧]
        /w/app/Cargo.toml:1:14 dependencies.⟦serde⟧ = "1"
        /w/app/Cargo.toml:1:29 dependencies = { "ü" = "1", ⟦serde⟧ = "1" }
        /w/app/Cargo.toml:2:1 ⟦"serde"⟧ = "1"
        /w/app/Cargo.toml:2:1 ⟦serde⟧ = "1"
        /w/app/Cargo.toml:2:1 ⟦serde⟧ = "1"
        /w/app/Cargo.toml:2:1 ⟦serde⟧ = "1"
        /w/app/Cargo.toml:1:41 [target."cfg(windows)".dev-dependencies.⟦serde⟧]
        /w/app/Cargo.toml:2:1 ⟦renamed⟧ = { package = "serde", version = "1" }
        /w/app/Cargo.toml:1:15 [dependencies.⟦renamed⟧]
        /w/app/Cargo.toml:1:14 dependencies.⟦serde⟧ = "1"
        /w/app/Cargo.toml:2:1 ⟦name = "app"⟧
        /w/app/Cargo.toml:1:1 ⟦⟧
        nowhere
    "#]]
    .assert_eq(&report);
}

#[test]
fn of_two_versions_under_two_names_the_fitting_one_is_taken() {
    let text = "[dependencies]\nold = { package = \"serde\", version = \"0.9\" }\nnew = { package = \"serde\", version = \"1\" }\n";
    check(
        &[(MEMBER, text)],
        &serde(),
        &expect![[r#"
        /w/app/Cargo.toml:3:1 ⟦new⟧ = { package = "serde", version = "1" }
        by app > serde > serde_derive
    "#]],
    );
    let old_format = expected(&[(
        MEMBER,
        &["app", "serde", "serde_derive"],
        Some("serde 0.9.4 (registry+https://example.org/index)"),
    )]);
    check(
        &[(MEMBER, text)],
        &old_format,
        &expect![[r#"
        /w/app/Cargo.toml:2:1 ⟦old⟧ = { package = "serde", version = "0.9" }
        by app > serde > serde_derive
    "#]],
    );
}

#[test]
fn of_two_sources_the_fitting_one_is_taken() {
    let text = "[dependencies]\na = { package = \"mac\", path = \"../mac\" }\nb = { package = \"mac\", git = \"https://example.org/mac\" }\n";
    let from = |id| expected(&[(MEMBER, &["app", "mac"], Some(id))]);
    check(
        &[(MEMBER, text)],
        &from("git+https://example.org/mac#1.0.0"),
        &expect![[r#"
            /w/app/Cargo.toml:3:1 ⟦b⟧ = { package = "mac", git = "https://example.org/mac" }
            by app > mac
        "#]],
    );
    check(
        &[(MEMBER, text)],
        &from("path+file:///w/mac#1.0.0"),
        &expect![[r#"
            /w/app/Cargo.toml:2:1 ⟦a⟧ = { package = "mac", path = "../mac" }
            by app > mac
        "#]],
    );
}

#[test]
fn a_normal_dependency_comes_before_a_development_one() {
    let text = "[dev-dependencies]\nserde = \"1\"\n[dependencies]\nserde = \"1\"\n";
    check(
        &[(MEMBER, text)],
        &serde(),
        &expect![[r#"
        /w/app/Cargo.toml:4:1 ⟦serde⟧ = "1"
        by app > serde > serde_derive
    "#]],
    );
}

#[test]
fn an_inherited_key_also_names_the_one_in_the_root() {
    let root = "[workspace]\nmembers = [\"app\"]\n[workspace.dependencies]\nshort = { package = \"serde\", version = \"1\" }\n";
    let member = "[dependencies]\nshort = { workspace = true }\n";
    check(
        &[(ROOT, root), (MEMBER, member)],
        &serde(),
        &expect![[r#"
        /w/app/Cargo.toml:2:1 ⟦short⟧ = { workspace = true }
        by app > serde > serde_derive
        inherited /w/Cargo.toml:4:1 ⟦short⟧ = { package = "serde", version = "1" }
    "#]],
    );
    let dotted = "[dependencies]\nshort.workspace = true\n";
    check(
        &[(ROOT, root), (MEMBER, dotted)],
        &serde(),
        &expect![[r#"
        /w/app/Cargo.toml:2:1 ⟦short⟧.workspace = true
        by app > serde > serde_derive
        inherited /w/Cargo.toml:4:1 ⟦short⟧ = { package = "serde", version = "1" }
    "#]],
    );
}

#[test]
fn a_macro_of_the_workspace_shows_at_its_own_line() {
    let own = expected(&[
        (MEMBER, &["app", "mac"], None),
        ("/w/mac/Cargo.toml", &["mac"], None),
    ]);
    let texts = [
        "[package]\nname = \"mac\"\n[lib]\nproc-macro = true # here\n",
        "[package]\nname = \"mac\"\n[lib]\ncrate-type = [\"proc-macro\"]\n",
        "lib.proc_macro = true\n",
        "[package]\nname = \"mac\"\n",
    ];
    let mut report = String::new();
    for text in texts {
        let read = |path: &Utf8Path| (path == "/w/mac/Cargo.toml").then(|| text.to_owned());
        let place = Manifests::new(&workspace(), &read)
            .place_of_macro(&own)
            .unwrap();
        writeln!(report, "{}", marked(&place.location, text)).unwrap();
    }
    expect![[r#"
        /w/mac/Cargo.toml:4:1 ⟦proc-macro = true⟧ # here
        /w/mac/Cargo.toml:4:1 ⟦crate-type = ["proc-macro"]⟧
        /w/mac/Cargo.toml:1:5 lib.⟦proc_macro = true⟧
        /w/mac/Cargo.toml:2:1 ⟦name = "mac"⟧
    "#]]
    .assert_eq(&report);
}

#[test]
fn the_shortest_way_that_can_be_read_is_shown() {
    let two = expected(&[
        (
            "/w/long/Cargo.toml",
            &["long", "tracing", "tracing-attributes"],
            None,
        ),
        (MEMBER, &["app", "tracing-attributes"], None),
    ]);
    let long = ("/w/long/Cargo.toml", "dependencies.tracing = \"0.1\"\n");
    let short = (MEMBER, "dependencies.tracing-attributes = \"0.1\"\n");
    check(
        &[long, short],
        &two,
        &expect![[r#"
        /w/app/Cargo.toml:1:14 dependencies.⟦tracing-attributes⟧ = "0.1"
        by app > tracing-attributes
    "#]],
    );
    check(
        &[long],
        &two,
        &expect![[r#"
        /w/long/Cargo.toml:1:14 dependencies.⟦tracing⟧ = "0.1"
        by long > tracing > tracing-attributes
    "#]],
    );
    check(
        &[],
        &two,
        &expect![[r#"
        nowhere
    "#]],
    );
}

#[test]
fn a_position_tells_its_dependency() {
    let text = "[package]\nname = \"app\"\n\n[dependencies]\n\"ä\" = \"1\"\nserde.version = \"1\"\nother = \"1\"\nserde.features = [\n  \"derive\",\n]\n\n[dependencies.table]\npackage = \"real\"\n# note\nversion = \"2\"\n";
    let index = ManifestIndex::parse(Utf8Path::new(MEMBER), text).unwrap();
    let mut report = String::new();
    for (number, line) in (1..).zip(text.lines()) {
        let found = |column| {
            index
                .dependency_at(Position {
                    line: number,
                    column,
                })
                .map_or_else(
                    || "-".to_owned(),
                    |dependency| index.package_of(dependency, None).to_string(),
                )
        };
        let end = u32::try_from(line.chars().count()).unwrap();
        writeln!(report, "{line} │ {} {}", found(1), found(end.max(1))).unwrap();
    }
    expect![[r#"
        [package] │ - -
        name = "app" │ - -
         │ - -
        [dependencies] │ - -
        "ä" = "1" │ ä ä
        serde.version = "1" │ serde serde
        other = "1" │ other other
        serde.features = [ │ serde serde
          "derive", │ serde serde
        ] │ serde serde
         │ - -
        [dependencies.table] │ real real
        package = "real" │ real real
        # note │ - -
        version = "2" │ real real
    "#]]
    .assert_eq(&report);
}

#[test]
fn a_key_tells_the_macros_behind_it() {
    let macros = [serde(), expected(&[("/w/b/Cargo.toml", &["b", "x"], None)])];
    let behind = |manifest: &str, section, package: &str| {
        macros_behind(
            Utf8Path::new(manifest),
            section,
            &PackageName::new(package),
            &macros,
        )
        .iter()
        .map(|expected| expected.name.to_string())
        .collect::<Vec<_>>()
    };
    assert_eq!(behind(MEMBER, Section::Normal, "serde"), ["serde_derive"]);
    assert_eq!(behind(MEMBER, Section::Normal, "x"), Vec::<String>::new());
    assert_eq!(behind(ROOT, Section::Workspace, "x"), ["x"]);
}

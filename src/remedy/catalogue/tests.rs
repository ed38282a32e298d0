//! What fits what: tables of outputs and facts, and of files that are not well-formed.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use semver::Version;

use super::*;

const SCCACHE: &str = "warning: sc@0.1.0: sccache: caused by: Compiler not supported: \"Error: error from command -- stderr:\\n\\n\\n\\nstderr:\\n\\nsccache: `SCCACHE_START_SERVER=1` can't be used with other commands";

/// Facts in few words: `NAME=VALUE` a variable, `+wrapper`, `package@version`, `package@version[feature]`, `>target`, `^host`,
/// `tool:version`, `tool:absent`.
fn facts(words: &str) -> Facts {
    let mut facts = Facts {
        environment: Some(BTreeMap::new()),
        wrappers: Some(Vec::new()),
        packages: Some(Arc::default()),
        host: Some("x86_64-unknown-linux-gnu".to_owned()),
        targets: Some(Vec::new()),
        tools: BTreeMap::new(),
    };
    for word in words.split_whitespace() {
        if let Some(wrapper) = word.strip_prefix('+') {
            facts.wrappers.as_mut().unwrap().push(wrapper.to_owned());
        } else if let Some(target) = word.strip_prefix('>') {
            facts.targets.as_mut().unwrap().push(target.to_owned());
        } else if let Some(host) = word.strip_prefix('^') {
            facts.host = Some(host.to_owned());
        } else if let Some((name, version)) = word.split_once('@') {
            let (version, features) = match version.split_once('[') {
                Some((version, features)) => (version, Some(features.trim_end_matches(']'))),
                None => (version, None),
            };
            let features = features.map(|names| names.split(',').map(str::to_owned).collect());
            let packages = facts.packages.as_mut().unwrap();
            Arc::make_mut(packages).push(KnownPackage {
                name: name.to_owned(),
                version: Version::parse(version).unwrap(),
                features,
            });
        } else if let Some((name, version)) = word.split_once(':') {
            let fact = match version {
                "absent" => ToolFact::Absent,
                "unclear" => ToolFact::Unclear,
                version => ToolFact::Version(Version::parse(version).unwrap()),
            };
            facts.tools.insert(name.to_owned(), fact);
        } else {
            let (name, value) = word.split_once('=').unwrap();
            let environment = facts.environment.as_mut().unwrap();
            environment.insert(name.to_owned(), value.to_owned());
        }
    }
    facts
}

fn foreseen(words: &str) -> String {
    let facts = facts(words);
    let catalogue = Catalogue::built_in();
    let names: Vec<&str> = catalogue
        .foresee(&facts)
        .iter()
        .map(|known| known.entry.name.as_str())
        .collect();
    names.join(" ")
}

#[test]
fn what_fails_without_fail_is_foreseen_and_nothing_else() {
    let zig = "+sccache cc@1.2.6 >aarch64-unknown-linux-gnu cargo-zigbuild:";
    let crc = ">aarch64-unknown-linux-gnu cargo-zigbuild:0.20.0";
    for (words, wanted) in [
        (String::new(), ""),
        (format!("{zig}0.19.4"), ""),
        (format!("{zig}0.19.5"), "sccache-start-server-inherited"),
        (format!("{zig}0.19.6"), "sccache-start-server-inherited"),
        (format!("{zig}0.19.7"), ""),
        (format!("{zig}0.20.0"), ""),
        (format!("{zig}absent"), ""),
        (format!("{zig}unclear"), ""),
        (format!("{zig}0.19.5 SCCACHE_START_SERVER=0"), ""),
        (format!("{zig}0.19.5 SCCACHE_START_SERVER=1"), "sccache-start-server-set"),
        (format!("{zig}0.20.0 SCCACHE_START_SERVER=1"), "sccache-start-server-set"),
        (format!("{zig}0.20.0 SCCACHE_START_SERVER=0"), ""),
        ("+sccache".to_owned(), ""),
        ("SCCACHE_START_SERVER=1".to_owned(), ""),
        ("+other cc@1.2.6 >aarch64-unknown-linux-gnu cargo-zigbuild:0.19.5".to_owned(), ""),
        ("+sccache cc@1.2.6 cargo-zigbuild:0.19.5".to_owned(), ""),
        ("+sccache >aarch64-unknown-linux-gnu cargo-zigbuild:0.19.5".to_owned(), ""),
        (format!("{crc} crc-fast@1.2.2[optimize_crc32_neon_blended]"), "crc-fast-under-zig"),
        (format!("{crc} crc-fast@1.0.0[optimize_crc32_neon_blended,alloc]"), "crc-fast-under-zig"),
        (format!("{crc} crc-fast@1.3.0[optimize_crc32_neon_blended]"), ""),
        (format!("{crc} crc-fast@1.2.2[alloc]"), ""),
        (format!("{crc} crc-fast@1.2.2"), ""),
        (format!("{crc} crc-fast@1.2.2[optimize_crc32_auto] ^aarch64-apple-darwin"), "crc-fast-under-zig"),
        (format!("{crc} crc-fast@1.2.2[optimize_crc32_auto]"), "crc-fast-under-zig-elsewhere"),
        (format!("{crc} crc-fast@1.2.2[optimize_crc32_auto,optimize_crc32_neon_blended]"), "crc-fast-under-zig"),
        (format!("{crc} crc-fast@1.3.0[optimize_crc32_auto] ^aarch64-apple-darwin"), ""),
        (">x86_64-unknown-linux-gnu cargo-zigbuild:0.20.0 crc-fast@1.2.2[optimize_crc32_neon_blended]".to_owned(), ""),
        (">aarch64-unknown-linux-gnu cargo-lambda:1.9.1 crc-fast@1.2.2[optimize_crc32_neon_blended]".to_owned(), "crc-fast-under-zig"),
        (">aarch64-unknown-linux-gnu cargo-lambda:1.9.2 crc-fast@1.2.2[optimize_crc32_neon_blended]".to_owned(), ""),
        (">aarch64-unknown-linux-gnu cargo-zigbuild:0.21.3 crc-fast@1.2.2[optimize_crc32_neon_blended]".to_owned(), "crc-fast-under-zig"),
        (">aarch64-unknown-linux-gnu cargo-zigbuild:0.21.4 crc-fast@1.2.2[optimize_crc32_neon_blended]".to_owned(), ""),
        (">aarch64-unknown-linux-gnu cargo-zigbuild:absent cargo-lambda:absent crc-fast@1.2.2[optimize_crc32_neon_blended]".to_owned(), ""),
    ] {
        assert_eq!(foreseen(&words), wanted, "{words}");
    }
}

#[test]
fn what_is_foreseen_says_what_was_found() {
    let facts = facts(
        ">aarch64-unknown-linux-gnu cargo-zigbuild:0.20.0 crc-fast@1.2.2[optimize_crc32_neon_blended]",
    );
    let known = Catalogue::built_in().foresee(&facts);
    let known = known.first().unwrap();
    let message = known.fill(&known.entry.foresight.as_ref().unwrap().message);
    let message = message.unwrap();
    assert!(
        message.starts_with("crc-fast 1.2.2 (Cargo.lock) does not compile for aarch64-unknown-linux-gnu by cargo-zigbuild 0.20.0:"),
        "{message}"
    );
}

#[test]
fn every_message_can_be_filled() {
    for entry in Catalogue::built_in().entries() {
        let Some(foresight) = &entry.foresight else {
            continue;
        };
        for conditions in &entry.conditions {
            for (name, is_known) in [
                ("{package}", !conditions.packages.is_empty()),
                ("{target}", !conditions.targets.is_empty()),
                ("{tool}", !conditions.tools.is_empty()),
            ] {
                let is_used = foresight.message.contains(name);
                assert!(!is_used || is_known, "{}: {name}", entry.name);
            }
        }
    }
}

#[test]
fn tools_are_asked_only_where_an_entry_needs_it() {
    let asked = |words: &str| -> BTreeSet<&str> { Catalogue::built_in().questions(&facts(words)) };
    assert_eq!(asked(""), BTreeSet::new());
    assert_eq!(asked("+sccache cc@1.0.0"), BTreeSet::new());
    assert_eq!(
        asked("+sccache cc@1.0.0 >aarch64-unknown-linux-gnu"),
        BTreeSet::from(["cargo-zigbuild"])
    );
    assert_eq!(
        asked(">aarch64-unknown-linux-gnu crc-fast@1.2.2[optimize_crc32_auto]"),
        BTreeSet::from(["cargo-lambda", "cargo-zigbuild"])
    );
    assert_eq!(
        asked("+sccache cc@1.0.0 >aarch64-unknown-linux-gnu cargo-zigbuild:0.20.0"),
        BTreeSet::new()
    );
}

#[test]
fn an_output_is_recognised_and_facts_tell_entries_of_one_text_apart() {
    let name = |output: &str, facts: &Facts| {
        let known = Catalogue::built_in().recognise(output, facts);
        known
            .map(|known| known.entry.name.clone())
            .unwrap_or_default()
    };
    // A pasted text comes without facts: what needs none goes first, and nothing is ruled out.
    assert_eq!(name(SCCACHE, &Facts::default()), "sccache-start-server");
    for (words, wanted) in [
        (
            "+sccache SCCACHE_START_SERVER=1",
            "sccache-start-server-set",
        ),
        (
            "+sccache cc@1.2.6 >aarch64-unknown-linux-gnu cargo-zigbuild:0.19.6",
            "sccache-start-server-inherited",
        ),
        ("+sccache cargo-zigbuild:0.20.0", "sccache-start-server"),
    ] {
        assert_eq!(name(SCCACHE, &facts(words)), wanted, "{words}");
    }
    for (output, wanted) in [
        ("error: unknown CPU: 'armv8.2'", "zig-unknown-cpu"),
        // What else the output has does not matter where the first is not sure.
        (
            "error: unknown CPU: 'armv8.2'\nerror: linker `cc` not found",
            "zig-unknown-cpu",
        ),
        (
            "error[E0463]: can't find crate for `core`\n  |\n  = note: the `aarch64-unknown-linux-gnu` target may not be installed",
            "standard-library-missing",
        ),
        (
            "error: failed to write /w/target/debug/x: No space left on device (os error 28)",
            "disk-full",
        ),
        ("error: linker `cc` not found", "linker-missing"),
        (
            "error: could not compile `a` (lib)\n\nCaused by:\n  process didn't exit successfully: `rustc` (signal: 9, SIGKILL: kill)",
            "compiler-killed",
        ),
        (
            "error: rustc 1.95.0 is not supported by the following package:\n  a@0.1.0 requires rustc 1.99",
            "rust-version-too-low",
        ),
        (
            "error: failed to parse manifest at `/w/Cargo.toml`\n\nCaused by:\n  this version of Cargo is older than the `2027` edition, and only supports `2015`",
            "edition-too-new",
        ),
        (
            "Blocking waiting for file lock on build directory",
            "file-lock",
        ),
        // It waited, and then failed for another cause.
        (
            "    Blocking waiting for file lock on package cache\nerror: rustc 1.95.0 is not supported by the following package:\n  a@0.1.0 requires rustc 1.99",
            "rust-version-too-low",
        ),
        ("error[E0308]: mismatched types", ""),
    ] {
        assert_eq!(name(output, &Facts::default()), wanted, "{output}");
    }
}

#[test]
fn what_stood_between_the_parts_fills_commands() {
    let output = "error[E0463]: can't find crate for `core`\n  = note: the `aarch64-unknown-linux-gnu`\n    target may not be installed";
    let known = Catalogue::built_in()
        .recognise(output, &Facts::default())
        .unwrap();
    assert_eq!(known.captured, ["aarch64-unknown-linux-gnu"]);
    assert_eq!(
        known.advice().first().unwrap(),
        "Add the target aarch64-unknown-linux-gnu: rustup target add aarch64-unknown-linux-gnu"
    );
    // Without it, no command that cannot work.
    let output = "error[E0463]: can't find crate for `core`";
    let known = Catalogue::built_in()
        .recognise(output, &Facts::default())
        .unwrap();
    assert!(
        !known
            .advice()
            .iter()
            .any(|line| line.contains("rustup target"))
    );
}

#[test]
fn the_catalogue_that_comes_with_the_program_is_well_formed() {
    let (entries, problems) = read(include_str!("failures.toml"));
    assert_eq!(problems, []);
    let names: BTreeSet<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(names.len(), entries.len(), "a name stands twice");
    for entry in &entries {
        let is_sentence = |text: &str| text.ends_with('.') && !text.contains('!');
        assert!(is_sentence(&entry.meaning), "{}", entry.name);
        if let Some(text) = &entry.avoid {
            assert!(is_sentence(text), "{}: {text}", entry.name);
        }
    }
}

#[test]
fn what_is_not_well_formed_is_told_by_its_line() {
    let whole = "[[failure]]\nname = \"a\"\ntexts = [\"abcdef\"]\nmeaning = \"It.\"\n";
    for (text, line, words) in [
        ("[[failure]\n", 1, ""),
        ("[[failures]]\n", 1, "`failures` is not known here"),
        ("\nfailure = 1\n", 2, "write `[[failure]]`"),
        ("[[failure]]\nname = \"a\"\n", 1, "`meaning` is missing"),
        ("[[failure]]\nname = 1\n", 2, "`name`: must be a text"),
        (
            "[[failure]]\nname = \"a\"\nmeaning = \"b\"\n",
            1,
            "an entry needs `texts`",
        ),
        (
            "[[failure]]\nname = \"a\"\nmeaning = \"b\"\ntexts = [\"a\"]\n",
            4,
            "fits too much",
        ),
        (
            "[[failure]]\nname = \"a\"\nmeaning = \"b\"\ntexts = [\"… …\"]\n",
            4,
            "fits too much",
        ),
        (
            "[[failure]]\nname = \"a\"\nmeaning = \"b\"\ntext = [\"a\"]\n",
            4,
            "`text` is not known here",
        ),
        (
            "[[failure]]\nname = \"a\"\nmeaning = \"b\"\ntexts = [\"abcdef\"]\ncodes = [\"nonsense\"]\n",
            5,
            "not a code",
        ),
        (
            "[[failure]]\nname = \"a\"\nmeaning = \"b\"\ntexts = [\"abcdef\"]\n\n[[failure.when]]\npackages = [{ name = \"x\", versions = \"one\" }]\n",
            7,
            "`versions`",
        ),
        (
            "[[failure]]\nname = \"a\"\nmeaning = \"b\"\ntexts = [\"abcdef\"]\n[[failure.remedies]]\nkind = \"magic\"\ntitle = \"x\"\n",
            6,
            "not a kind of remedy",
        ),
        (
            "[[failure]]\nname = \"a\"\nmeaning = \"b\"\ntexts = [\"abcdef\"]\n[[failure.remedies]]\npin = \"a\"\n",
            6,
            "PACKAGE@VERSION",
        ),
        (
            "[[failure]]\nname = \"a\"\nmeaning = \"b\"\ntexts = [\"abcdef\"]\n[[failure.remedies]]\nset = \"=1\"\n",
            6,
            "NAME=VALUE",
        ),
        (
            "[[failure]]\nname = \"a\"\nmeaning = \"b\"\nforesee = { severity = \"warning\", message = \"x\" }\n",
            4,
            "needs a `when`",
        ),
        (
            "[[failure]]\nname = \"a\"\nmeaning = \"b\"\ntexts = [\"abcdef\"]\n[failure.when]\ntools = [{ name = \"../evil\" }]\n",
            6,
            "not a path",
        ),
    ] {
        let (entries, problems) = read(text);
        assert_eq!(entries, [], "{text}");
        let problem = problems.first().unwrap();
        assert_eq!(problem.line, line, "{text}: {problem}");
        assert!(problem.words.contains(words), "{text}: {problem}");
    }
    // An entry beside a wrong one still counts.
    let (entries, problems) = read(&format!("[[failure]]\nname = \"b\"\n\n{whole}"));
    assert_eq!((entries.len(), problems.len()), (1, 1));
}

#[test]
fn files_of_ones_own_come_first_and_bad_ones_stop_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let base = camino::Utf8Path::from_path(directory.path()).unwrap();
    let text = "[[failure]]\nname = \"ours\"\ntexts = [\"linker `…` not found\"]\nmeaning = \"Ask the platform team.\"\n";
    std::fs::write(base.join("team.toml"), text).unwrap();
    std::fs::write(base.join("bad.toml"), "[[failure]]\nname = 1\n").unwrap();
    std::fs::write(base.join("binary.toml"), b"\xff\xfe").unwrap();
    let files: Vec<camino::Utf8PathBuf> = ["team.toml", "bad.toml", "gone.toml", "binary.toml"]
        .map(Into::into)
        .into();
    let (catalogue, errors) = load(&files, base);
    let known = catalogue.recognise("error: linker `ld` not found", &Facts::default());
    assert_eq!(known.unwrap().entry.name, "ours");
    let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(
        errors,
        [
            format!("use a part of the catalogue {base}/bad.toml:2: `name`: must be a text"),
            format!("read the catalogue {base}/gone.toml: there is no such file"),
            format!("read the catalogue {base}/binary.toml: it is not UTF-8"),
        ]
    );
    let (_, errors) = load(&vec!["team.toml".into(); 18], base);
    assert_eq!(errors.len(), 2, "{errors:?}");
}

#[test]
fn a_star_in_a_pattern_stands_for_anything_wherever_it_is() {
    let text = "[[failure]]\nname = \"a\"\ntexts = [\"abcdef\"]\nmeaning = \"It.\"\n[failure.when]\ntargets = [\"armv7*-linux-*eabihf\"]\n";
    let (entries, problems) = read(text);
    assert_eq!(problems, []);
    let catalogue = Catalogue::beginning_with(entries);
    for (target, fits) in [
        ("armv7-unknown-linux-gnueabihf", true),
        ("armv7-unknown-linux-musleabihf", true),
        ("armv7-unknown-linux-gnueabi", false),
        ("thumbv7neon-unknown-linux-gnueabihf", false),
    ] {
        let known = catalogue.recognise("abcdef", &facts(&format!(">{target}")));
        assert_eq!(known.is_some(), fits, "{target}");
    }
}

/// Somebody may paste a whole log: what follows a text's first part is looked for nearby alone.
#[test]
fn a_long_output_is_searched_once() {
    let output = "linker `".repeat(100_000);
    assert_eq!(
        Catalogue::built_in().recognise(&output, &Facts::default()),
        None
    );
}

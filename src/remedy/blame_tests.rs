//! What rustc 1.95 and linkers said where a library had been damaged, shortened.
#![allow(clippy::needless_raw_string_hashes)] // As expect-test writes them.

use super::*;
use crate::remedy::on_trial;
use expect_test::{Expect, expect};
use proptest::prelude::*;

fn check(message: &str, notes: &str, wanted: &Expect) {
    let error = CompilerError {
        target: "mac".to_owned(),
        package_id: "p".to_owned(),
        message: message.to_owned(),
        rendered: Some(format!("error: {message}\n{notes}\n")),
        path: None,
        line: 0,
        column: 0,
    };
    let build_directory = BuildDirectory {
        named: Utf8Path::new("/my w/target"),
        real: Utf8Path::new("/my w/target-of-all"),
    };
    let blame = blame(&[error.clone(), error], build_directory);
    let list = |paths: &[Utf8PathBuf]| -> Vec<String> {
        paths.iter().map(Utf8PathBuf::to_string).collect()
    };
    let text = format!(
        "files: {}\nsuspects: {}\ncrates: {}\n",
        list(&blame.files).join(", "),
        list(&blame.suspects).join(", "),
        blame.crates.join(", ")
    );
    wanted.assert_eq(&text);
}

#[test]
fn metadata_that_rustc_cannot_read() {
    check(
        "found invalid metadata files for crate `mdep`",
        " --> mac/src/lib.rs:2:101\n  |\n  = note: failed to parse rlib '/my w/target/debug/deps/libmdep-72eb34be4876a39b.rlib': Archive member size is too large\n  = note: corrupt metadata encountered in /my w/target/debug/deps/libmdep-72eb34be4876a39b.rmeta",
        &expect![[r#"
            files: /my w/target/debug/deps/libmdep-72eb34be4876a39b.rlib, /my w/target/debug/deps/libmdep-72eb34be4876a39b.rmeta
            suspects: 
            crates: 
        "#]],
    );
}

#[test]
fn a_real_path_is_called_as_people_call_it() {
    check(
        "found invalid metadata files for crate `mdep`",
        "  = note: failed to parse rlib '/my w/target-of-all/debug/deps/libmdep-72eb34be4876a39b.rlib': no\n  = note: failed to parse rlib '/my w/target-of-others/debug/deps/libmdep-03f744297c36f8d4.rlib': no",
        &expect![[r#"
            files: /my w/target/debug/deps/libmdep-72eb34be4876a39b.rlib
            suspects: 
            crates: 
        "#]],
    );
}

#[test]
fn what_is_no_product_in_the_build_directory_is_left_alone() {
    check(
        "found invalid metadata files for crate `std`",
        "  = note: failed to parse rlib '/toolchain/lib/libstd-72eb34be4876a39b.rlib': no\n  = note: failed to parse rlib '/my w/target/debug/build/own-0123456789abcdef/out/libown.rlib': no\n  = note: failed to mmap file '/my w/target/debug/deps/libown-03f7.rlib': no",
        &expect![[r#"
            files: 
            suspects: 
            crates: 
        "#]],
    );
}

#[test]
fn a_linker_that_tells_which_archive_is_cut() {
    let command = r#"  = note:  "cc" "/my w/target/debug/deps/rustco8x4T2/symbols.o" "-Wl,-Bstatic" "/my w/target/debug/deps/{libmdep-72eb34be4876a39b,libmcore-03f744297c36f8d4}.rlib" "-L" "/my w/target/debug/deps/rustco8x4T2/raw-dylibs" "-o" "/my w/target/debug/deps/libmac-a66866ecc736d6c8.so" "-shared""#;
    for said in [
        "rust-lld: error: /my w/target/debug/deps/libmcore-03f744297c36f8d4.rlib: Archive::children failed: truncated or malformed archive (offset to next archive member past the end)",
        "/usr/bin/ld: error: /my w/target/debug/deps/libmcore-03f744297c36f8d4.rlib: file too short",
        "/usr/bin/ld: /my w/target/debug/deps/libmcore-03f744297c36f8d4.rlib: error adding symbols: no more archived files",
        "/usr/bin/ld: /my w/target/debug/deps/libmcore-03f744297c36f8d4.rlib(a.o): file format not recognized; treating as linker script",
    ] {
        check(
            "linking with `cc` failed: exit status: 1",
            &format!("{command}\n  = note: {said}\n          collect2: error: ld returned 1"),
            &expect![[r#"
                files: /my w/target/debug/deps/libmcore-03f744297c36f8d4.rlib
                suspects: /my w/target/debug/deps/libmac-a66866ecc736d6c8.so
                crates: 
            "#]],
        );
    }
}

#[test]
fn a_linker_that_misses_a_symbol_blames_no_file() {
    check(
        "linking with `cc` failed: exit status: 1",
        "  = note:  \"cc\" \"/my w/target/debug/deps/libmdep-72eb34be4876a39b.rlib\" \"/my w/target/debug/deps/libmcore-03f744297c36f8d4.rlib\" \"-lz\"\n  = note: rust-lld: error: undefined symbol: deflate\n          >>> referenced by a.o in archive /my w/target/debug/deps/libmdep-72eb34be4876a39b.rlib",
        &expect![[r#"
            files: 
            suspects: /my w/target/debug/deps/libmdep-72eb34be4876a39b.rlib, /my w/target/debug/deps/libmcore-03f744297c36f8d4.rlib
            crates: 
        "#]],
    );
}

#[test]
fn a_crate_that_was_built_from_another_version() {
    check(
        "found possibly newer version of crate `mcore` which `mdep` depends on",
        "  = note: perhaps that crate needs to be recompiled?\n  = note: the following crate versions were found:\n          crate `mcore`: /my w/target/debug/deps/libmcore-aac9e47d7ef7b238.rmeta\n          crate `mcore`: /my w/target/debug/deps/libmcore-03f744297c36f8d4.rlib\n          crate `mdep`: /my w/target/debug/deps/libmdep-72eb34be4876a39b.rlib",
        &expect![[r#"
            files: /my w/target/debug/deps/libmdep-72eb34be4876a39b.rlib
            suspects: 
            crates: 
        "#]],
    );
}

#[test]
fn what_another_rustc_built_is_blamed_only_where_it_is_alone() {
    let message = "found crate `mcore` compiled by an incompatible version of rustc";
    let line = |hash: &str, ending: &str| {
        format!(
            "          crate `mcore` compiled by rustc 1.94.0: /my w/target/debug/deps/libmcore-{hash}.{ending}\n"
        )
    };
    let one = line("03f744297c36f8d4", "rmeta") + &line("03f744297c36f8d4", "rlib");
    check(
        message,
        &one,
        &expect![[r#"
            files: /my w/target/debug/deps/libmcore-03f744297c36f8d4.rmeta, /my w/target/debug/deps/libmcore-03f744297c36f8d4.rlib
            suspects: 
            crates: 
        "#]],
    );
    check(
        message,
        &(one + &line("aac9e47d7ef7b238", "rlib")),
        &expect![[r#"
            files: 
            suspects: 
            crates: 
        "#]],
    );
}

#[test]
fn crates_without_a_library() {
    let wanted = expect![[r#"
        files: 
        suspects: 
        crates: mcore
    "#]];
    for message in [
        "can't find crate for `mcore`",
        "can't find crate for `mcore` which `mdep` depends on",
        "crate `mcore` required to be available in rlib format, but was not found in this form",
    ] {
        check(message, "", &wanted);
    }
    check(
        "cannot find type `Core` in this scope",
        "  = note: /my w/target/debug/deps/libmcore-03f744297c36f8d4.rlib: truncated",
        &expect![[r#"
            files: 
            suspects: 
            crates: 
        "#]],
    );
}

#[test]
fn a_build_directory_may_be_called_like_a_library() {
    for directory in ["/my.social/target", "/w/all.rlib/target", "/w/x.so"] {
        let named = Utf8Path::new(directory);
        let build_directory = BuildDirectory { named, real: named };
        let below = "debug/deps/libmdep-72eb34be4876a39b.rlib";
        let line = format!("failed to parse rlib '{directory}/{below}': no");
        let found = libraries_in(&line, build_directory);
        assert_eq!(found, [(named.join(below), "': no")]);
    }
}

#[test]
fn no_file_elsewhere_is_blamed() {
    check(
        "found invalid metadata files for crate `mdep`",
        "  = note: failed to parse rlib '/my w/target/../src/libmdep-72eb34be4876a39b.rlib': no",
        &expect![[r#"
            files: 
            suspects: 
            crates: 
        "#]],
    );
}

/// What messages are made of, in whatever order.
fn some_text() -> impl Strategy<Value = String> {
    const PARTS: &[&str] = &[
        "/w/target",
        "-of-all",
        "/",
        "..",
        "debug/deps/",
        "lib",
        "mcore",
        "-03f744297c36f8d4",
        "-",
        ".rlib",
        ".rmeta",
        ".so",
        ": ",
        "': file too short",
        "truncated",
        "`",
        "crate `mdep`:",
        "ä",
        "\n",
    ];
    let part = prop_oneof![
        9 => prop::sample::select(PARTS).prop_map(str::to_owned),
        1 => "\\PC{0,3}",
    ];
    prop::collection::vec(part, 0..40).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn only_libraries_in_the_build_directory_are_blamed(
        message in prop::sample::select(&[
            "found invalid metadata files for crate `mdep`",
            "found possibly newer version of crate `mcore` which `mdep` depends on",
            "found crate `mcore` compiled by an incompatible version of rustc",
            "linking with `cc` failed",
            "can't find crate for ",
        ][..]),
        more in some_text(),
        text in some_text(),
    ) {
        on_trial::blame(&format!("{message}{more}"), &text);
    }
}

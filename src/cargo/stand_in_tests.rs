//! What the stand-in leaves for each kind of compilation, and where it leaves nothing.
#![allow(clippy::unwrap_used)]

use super::*;

fn words(text: &str) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}

#[test]
fn a_library_leaves_rlib_and_rmeta() {
    let words = words("--crate-type lib --emit=dep-info,metadata,link");
    assert_eq!(
        output_names("serde", "-0123", &words),
        ["libserde-0123.rlib", "libserde-0123.rmeta"]
    );
}

#[test]
fn a_proc_macro_leaves_a_dylib_alone() {
    let words = words("--crate-type proc-macro --emit=dep-info,link");
    assert_eq!(
        output_names("mac", "-0123", &words),
        [format!(
            "{}mac-0123{}",
            env::consts::DLL_PREFIX,
            env::consts::DLL_SUFFIX
        )]
    );
}

#[test]
fn nothing_outside_the_private_directory_is_written() {
    let directory = tempfile::tempdir().unwrap();
    let records = directory.path().join("scratch/records");
    let real = directory.path().join("target");
    for directory in [&records, &real] {
        fs::create_dir_all(directory).unwrap();
    }
    let dylib = real.join(format!(
        "{}mac-0123{}",
        env::consts::DLL_PREFIX,
        env::consts::DLL_SUFFIX
    ));
    fs::write(&dylib, "built").unwrap();
    let words = words(&format!(
        "--crate-type proc-macro --emit=link -C extra-filename=-0123 --out-dir {}",
        real.display()
    ));
    compile(&records, "mac", &words).unwrap_err();
    assert_eq!(fs::read_to_string(dylib).unwrap(), "built");
}

#[test]
fn arguments_in_a_file_count_as_if_they_were_given() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("arguments");
    fs::write(&file, "--crate-name\nmac\n--out-dir\n/with a space\n").unwrap();
    let given = [
        "-Copt-level=0".into(),
        format!("@{}", file.display()).into(),
    ];
    assert_eq!(
        words_of(&given).unwrap(),
        [
            "-Copt-level=0",
            "--crate-name",
            "mac",
            "--out-dir",
            "/with a space"
        ]
    );
}

#[test]
fn modifiers_of_an_extern_are_left_out() {
    let words = words("--extern priv,noprelude:serde=/t/libserde-1.rlib --extern proc_macro");
    assert_eq!(
        externs(&words),
        [("serde".to_owned(), PathBuf::from("/t/libserde-1.rlib"))]
    );
}

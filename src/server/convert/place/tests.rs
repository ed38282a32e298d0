#![allow(clippy::unwrap_used)]

use super::*;

#[test]
fn paths_and_uris_are_two_names_of_one_file() {
    for (file, name) in [
        ("/w/src/lib.rs", "file:///w/src/lib.rs"),
        ("/w/a b/ä#?%.rs", "file:///w/a%20b/%C3%A4%23%3F%25.rs"),
    ] {
        let found = uri(Utf8Path::new(file)).unwrap();
        assert_eq!(found.as_str(), name);
        assert_eq!(path(&found).unwrap(), file);
    }
    // As VS Code spells it.
    assert_eq!(
        path(&"file:///c%3A/w".parse().unwrap()).unwrap().as_str(),
        if cfg!(windows) { "c:/w" } else { "/c:/w" }
    );
}

#[test]
fn what_is_no_file_has_no_path() {
    for other in ["untitled:Untitled-1", "git:/w/src/lib.rs?HEAD", "file:"] {
        assert_eq!(path(&other.parse().unwrap()), None, "{other}");
    }
    assert_eq!(uri(Utf8Path::new("relative")), None);
}

//! What of this room's insides the fuzz targets feed, which are crates of their own, and what holds for whatever they feed. Compiled for
//! them and for tests alone.

use camino::{Utf8Component, Utf8Path};

use super::blame::{self, BuildDirectory};
use crate::cargo::messages::CompilerError;

/// Reads an error of a build in `/w/target`, a link to `/w/target-of-all`.
///
/// # Panics
/// Where it blames a file that is no library in that directory, a crate that is not spoken of, or anything twice.
pub fn blame(message: &str, text: &str) {
    let error = CompilerError {
        target: String::new(),
        package_id: String::new(),
        message: message.to_owned(),
        rendered: Some(text.to_owned()),
        path: None,
        line: 0,
        column: 0,
    };
    let named = Utf8Path::new("/w/target");
    let build_directory = BuildDirectory {
        named,
        real: Utf8Path::new("/w/target-of-all"),
    };
    let blame = blame::blame(&[error], build_directory);
    for files in [&blame.files, &blame.suspects] {
        assert_all_differ(files);
        for file in files {
            assert!(blame::crate_of(file).is_some(), "{file} is no crate's");
            // What a remedy removes.
            let stays = file.strip_prefix(named).is_ok_and(|below| {
                below
                    .components()
                    .all(|part| matches!(part, Utf8Component::Normal(_)))
            });
            assert!(stays, "{file} is not in the build directory");
        }
    }
    assert_all_differ(&blame.crates);
    let are_named = blame.crates.iter().all(|name| message.contains(name));
    assert!(are_named, "{:?}", blame.crates);
}

fn assert_all_differ<T: PartialEq + std::fmt::Debug>(all: &[T]) {
    for (at, one) in all.iter().enumerate() {
        assert!(
            !all.iter().skip(at + 1).any(|other| other == one),
            "{one:?} is there twice"
        );
    }
}

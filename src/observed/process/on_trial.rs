//! What of this room's insides the fuzz targets feed, which are crates of their own, and what holds for whatever they feed. Compiled for
//! them and for tests alone.

use std::cell::Cell;

use camino::Utf8Path;

use super::arguments;

/// Reads a command line whose files of arguments all hold `file`.
///
/// # Panics
/// Where a file is read that cargo does not write, or more of them than there can be, or a task has no place.
pub fn command_line(line: &[u8], file: Option<&[u8]>) {
    let reads = Cell::new(0);
    let task = arguments::task(line, &|path| {
        reads.set(reads.get() + 1);
        let name = Utf8Path::new(path).file_name().unwrap_or_default();
        assert!(name.starts_with(arguments::ARGUMENT_FILE), "{path} is read");
        file.map(<[u8]>::to_vec)
    });
    assert!(reads.get() <= arguments::MOST_ARGUMENT_FILES);
    if let Some(task) = task {
        assert!(task.directory.is_absolute());
        let place = &task.directory;
        assert!(!(task.may_make(place) && task.may_be_a_script_in(place)));
    }
}

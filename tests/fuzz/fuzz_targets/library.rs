//! What lies in a library's place. What another reader of archives takes for whole is not called damaged.
#![no_main]

use libfuzzer_sys::fuzz_target;
use object::read::archive::{ArchiveFile, ArchiveKind};
use sidecargo::observed::library::is_damaged;

const ARCHIVE: &[u8] = b"!<arch>\n";

fuzz_target!(|bytes: &[u8]| {
    let metadata = sidecargo_fuzz::file("libmac-0123456789abcdef.rmeta", bytes);
    assert_eq!(is_damaged(&metadata), !bytes.starts_with(b"rust"));

    let archive = sidecargo_fuzz::file("libmac-0123456789abcdef.rlib", bytes);
    let damaged = is_damaged(&archive);
    assert!(!damaged || !is_whole(bytes));
    if !damaged && bytes.starts_with(ARCHIVE) {
        // What a file system leaves behind where the last writes never came.
        let longer = [bytes, &[0; 60]].concat();
        assert!(is_damaged(&sidecargo_fuzz::file(
            "libmac-0123456789abcdef.rlib",
            &longer
        )));
    }
});

/// Of the archives that rustc makes. How long tables of symbols are is not looked at there, and those for Windows have several.
fn is_whole(bytes: &[u8]) -> bool {
    let archive = ArchiveFile::parse(bytes).ok();
    archive
        .filter(|_| bytes.starts_with(ARCHIVE))
        .is_some_and(|archive| {
            archive.kind() != ArchiveKind::Coff
                && archive.symbols().is_ok()
                && archive
                    .members()
                    .all(|member| member.is_ok_and(|member| member.data(bytes).is_ok()))
        })
}

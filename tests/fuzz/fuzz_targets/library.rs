//! What lies in a library's place. What another reader of archives takes for whole is not called damaged.
#![no_main]

use libfuzzer_sys::fuzz_target;
use object::read::archive::ArchiveFile;
use sidecargo::observed::library::is_damaged;

fuzz_target!(|bytes: &[u8]| {
    let metadata = sidecargo_fuzz::file("libmac-0123456789abcdef.rmeta", bytes);
    assert_eq!(is_damaged(&metadata), !bytes.starts_with(b"rust"));

    let archive = sidecargo_fuzz::file("libmac-0123456789abcdef.rlib", bytes);
    let damaged = is_damaged(&archive);
    assert!(!damaged || !is_whole(bytes));
    if !damaged && bytes.starts_with(b"!<arch>\n") {
        // What a file system leaves behind where the last writes never came.
        let longer = [bytes, &[0; 60]].concat();
        assert!(is_damaged(&sidecargo_fuzz::file("libmac-0123456789abcdef.rlib", &longer)));
    }
});

fn is_whole(bytes: &[u8]) -> bool {
    ArchiveFile::parse(bytes).is_ok_and(|archive| {
        archive
            .members()
            .all(|member| member.is_ok_and(|member| member.data(bytes).is_ok()))
    })
}

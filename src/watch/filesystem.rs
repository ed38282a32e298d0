//! Tells file systems that do not speak of what other machines do to them: network mounts, and a host's folders in a guest.

use camino::Utf8Path;

/// Magic numbers of `statfs(2)` and linux/magic.h.
#[cfg(target_os = "linux")]
const REMOTE: [u32; 10] = [
    0x6969,      // NFS
    0x517b,      // SMB
    0xff53_4d42, // CIFS
    0xfe53_4d42, // SMB2
    0x0102_1997, // 9p: WSL's view of Windows drives, and some virtual machines
    0x6573_5546, // FUSE: sshfs, a desktop host's folders in a container
    0x786f_4256, // VirtualBox shared folders
    0x00c3_6400, // Ceph
    0x5346_414f, // AFS
    0x6b41_4653, // kAFS
];

/// Whether the file system of `path` may change without telling this machine's watchers.
#[cfg(target_os = "linux")]
pub(super) fn is_remote(path: &Utf8Path) -> bool {
    path.ancestors()
        .find_map(|existing| rustix::fs::statfs(existing.as_std_path()).ok())
        .is_some_and(|statfs| {
            u32::try_from(statfs.f_type).is_ok_and(|magic| REMOTE.contains(&magic))
        })
}

/// Known for Linux alone.
#[cfg(not(target_os = "linux"))]
pub(super) fn is_remote(_path: &Utf8Path) -> bool {
    false
}

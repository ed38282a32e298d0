//! Processes as Linux shows them below `/proc` (`proc(5)`): numbers, owners, arguments and times. Knows no units.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use camino::Utf8Path;

use super::arguments::{self, Task};
use super::{BuildProcess, Work};
use crate::observed::file;

/// More processes are not looked at: `/proc/sys/kernel/pid_max` is 4 million at most, and no user has so many.
const MOST_PROCESSES: usize = 1 << 16;
/// Linux takes arguments and environment of 6 MiB at most (`execve(2)`).
const ARGUMENTS_LIMIT: u64 = 6 << 20;
/// What is written into a file of arguments did not fit there.
const ARGUMENT_FILE_LIMIT: u64 = 32 << 20;
/// In which the system counts here, whatever it counts in itself (`proc(5)`, `USER_HZ`).
const TICKS_PER_SECOND: u64 = 100;
/// A compiler or build script that goes on longer hangs, as far as anybody waits for it.
const LONGEST_WORK: u64 = 10 * 60 * TICKS_PER_SECOND;

pub(super) fn at_work_on(works: &[Work]) -> Vec<BuildProcess> {
    let Ok(processes) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    let own_user = rustix::process::geteuid().as_raw();
    let own_process = std::process::id();
    processes
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|number| *number != own_process)
        .take(MOST_PROCESSES)
        .filter_map(|number| build_process(number, own_user, works))
        .collect()
}

fn build_process(number: u32, own_user: u32, works: &[Work]) -> Option<BuildProcess> {
    let directory = format!("/proc/{number}");
    let owner = fs::metadata(&directory).ok()?.uid();
    if owner != own_user {
        return None;
    }
    // Before the arguments: the same process has both, or the number has changed hands and the next look tells.
    let began = began(number).filter(|began| is_at_work_since(*began))?;
    let bytes = file::read(Path::new(&format!("{directory}/cmdline")), ARGUMENTS_LIMIT).ok()?;
    let task = arguments::task(&bytes, &|path| {
        file::read(Path::new(path), ARGUMENT_FILE_LIMIT).ok()
    })?;
    works
        .iter()
        .any(|work| is_at_work_on(&task, work))
        .then(|| BuildProcess {
            number,
            program: program(number),
            began,
        })
}

fn is_at_work_on(task: &Task, work: &Work) -> bool {
    let directory = match work {
        Work::Compilation { output } if task.may_make(output) => output.parent(),
        Work::ScriptRun { directory } if task.may_be_a_script_in(directory) => {
            Some(directory.as_path())
        }
        Work::Compilation { .. } | Work::ScriptRun { .. } => None,
    };
    directory.is_some_and(|directory| is_same(&task.directory, directory))
}

/// Whether two paths lead to one directory. A process in a container may call another one by the same name, and counts then too.
fn is_same(one: &Utf8Path, other: &Utf8Path) -> bool {
    one == other
        || one
            .canonicalize()
            .is_ok_and(|one| other.canonicalize().is_ok_and(|other| one == other))
}

/// The name of a process's program, where it can be read.
pub(super) fn program(process: u32) -> Option<String> {
    let bytes = file::read(Path::new(&format!("/proc/{process}/comm")), 1 << 10).ok()?;
    let name = String::from_utf8_lossy(&bytes).trim_end().to_owned();
    (!name.is_empty()).then_some(name)
}

/// Whether what began then is not to be given up yet.
pub(super) fn is_at_work_since(began: u64) -> bool {
    let uptime = file::read(Path::new("/proc/uptime"), 1 << 10).ok();
    uptime
        .and_then(|bytes| ticks_in(&String::from_utf8_lossy(&bytes)))
        .is_some_and(|now| now.saturating_sub(began) < LONGEST_WORK)
}

/// From the text of `uptime`, which begins with seconds and their hundredths.
fn ticks_in(uptime: &str) -> Option<u64> {
    let (seconds, _) = uptime.split_once('.')?;
    seconds.parse::<u64>().ok()?.checked_mul(TICKS_PER_SECOND)
}

/// When a process began, in ticks since the system did; `None` where it has ended, or was stopped and does nothing.
pub(super) fn began(process: u32) -> Option<u64> {
    let bytes = file::read(Path::new(&format!("/proc/{process}/stat")), 1 << 12).ok()?;
    began_in(&String::from_utf8_lossy(&bytes))
}

/// From the text of `stat`, in which the program's name may hold anything.
fn began_in(stat: &str) -> Option<u64> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut words = rest.split_ascii_whitespace();
    match words.next()? {
        // Ended, and not waited for yet; or stopped by a signal or a debugger.
        "Z" | "X" | "x" | "T" | "t" => None,
        _ => words.nth(18)?.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::process::{Command, Stdio};

    use camino::Utf8PathBuf;

    use super::*;

    #[test]
    fn a_zombie_has_ended() {
        let stat = |state: &str| {
            format!(
                "42 (a) Z (b) {state} 1 42 42 0 -1 4194304 1 0 0 0 1 2 0 0 20 0 1 0 98765 1000 2"
            )
        };
        assert_eq!(began_in(&stat("S")), Some(98765));
        assert_eq!(began_in(&stat("R")), Some(98765));
        assert_eq!(began_in(&stat("T")), None);
        assert_eq!(began_in(&stat("Z")), None);
        assert_eq!(began_in("42 (cut"), None);
        assert_eq!(began_in(""), None);
        assert!(began(std::process::id()).is_some());

        let mut child = Command::new("sh")
            .args(["-c", "read line"])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let process = BuildProcess {
            number: child.id(),
            program: None,
            began: began(child.id()).unwrap(),
        };
        assert!(process.is_alive());
        let successor = BuildProcess {
            began: process.began + 1,
            ..process.clone()
        };
        assert!(!successor.is_alive());
        child.kill().unwrap();
        // Not waited for: it stays as a zombie.
        for _ in 0..1_000 {
            if !process.is_alive() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        assert!(!process.is_alive());
        assert!(Path::new(&format!("/proc/{}", child.id())).exists());
        child.wait().unwrap();
    }

    #[test]
    fn what_goes_on_for_too_long_is_given_up() {
        assert_eq!(ticks_in("52071.37 99.00\n"), Some(5_207_100));
        assert_eq!(ticks_in("soon"), None);
        let uptime = fs::read_to_string("/proc/uptime").unwrap();
        let now = ticks_in(&uptime).unwrap();
        assert!(is_at_work_since(now));
        assert!(is_at_work_since(now + TICKS_PER_SECOND));
        let long_ago = now.checked_sub(LONGEST_WORK + TICKS_PER_SECOND);
        assert!(long_ago.is_none_or(|began| !is_at_work_since(began)));
    }

    #[test]
    fn a_compiler_is_known_by_its_arguments_whatever_its_name() {
        let temporary = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::from_path_buf(temporary.path().canonicalize().unwrap()).unwrap();
        let (deps, link) = (root.join("deps"), root.join("link"));
        fs::create_dir(&deps).unwrap();
        std::os::unix::fs::symlink(&deps, &link).unwrap();
        let file = root.join("cargo-argfile.AbCdEf");
        let words = |directory: &Utf8Path| {
            [
                "--crate-name",
                "mac",
                "--out-dir",
                directory.as_str(),
                "-C",
                "extra-filename=-0123456789abcdef",
            ]
            .map(str::to_owned)
        };
        fs::write(&file, words(&deps).join("\n")).unwrap();
        let of = |directory: &Utf8Path, name: &str| {
            [Work::Compilation {
                output: directory.join(name),
            }]
        };
        let ours = of(&deps, "libmac-0123456789abcdef.so");
        for arguments in [
            words(&deps).to_vec(),
            words(&link).to_vec(),
            vec![format!("@{file}")],
        ] {
            let mut child = Command::new("sh")
                .args(["-c", "read line"])
                .arg("wrapper")
                .args(&arguments)
                .stdin(Stdio::piped())
                .spawn()
                .unwrap();
            // Until it runs its program, it is a copy of this one.
            let mut found = Vec::new();
            for _ in 0..1_000 {
                found = at_work_on(&ours);
                if !found.is_empty() {
                    break;
                }
                std::thread::sleep(std::time::Duration::from_millis(10));
            }
            let numbers: Vec<u32> = found.iter().map(|process| process.number).collect();
            assert_eq!(numbers, [child.id()], "{arguments:?}");
            assert_eq!(at_work_on(&of(&deps, "libmac-0123456789abcdee.so")), []);
            assert_eq!(at_work_on(&of(&root, "libmac-0123456789abcdef.so")), []);
            child.kill().unwrap();
            child.wait().unwrap();
            assert_eq!(at_work_on(&ours), []);
        }
    }
}

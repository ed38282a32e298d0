//! What a process's arguments say of its work: which crate a compiler makes, and where; where a build script's program lies. Pure.
//!
//! The program's name tells nothing: it may be `rustc`, `clippy-driver` or any wrapper that is given a compiler's arguments.

use std::str;

use camino::{Utf8Path, Utf8PathBuf};

/// How cargo names a file with the arguments that are too long for a command line (cargo 1.95, `cargo-util/process_builder.rs`). No
/// other file is read because an argument names it.
pub(super) const ARGUMENT_FILE: &str = "cargo-argfile.";
/// No process has more than one or two.
pub(super) const MOST_ARGUMENT_FILES: usize = 4;

/// What a process does, as its arguments have it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Task {
    /// Where it writes, or where its program lies.
    pub(super) directory: Utf8PathBuf,
    what: What,
}

#[derive(Debug, PartialEq, Eq)]
enum What {
    /// Makes files whose names begin so, after `lib` where they are libraries.
    Compiles {
        stem: String,
    },
    RunsScript,
}

impl Task {
    /// Whether a file is one of those that it makes, its directory aside.
    pub(super) fn may_make(&self, output: &Utf8Path) -> bool {
        let What::Compiles { stem } = &self.what else {
            return false;
        };
        output
            .file_stem()
            .is_some_and(|name| name == stem || name.strip_prefix("lib") == Some(stem))
    }

    /// Whether it is a build script of this directory, whose last part alone is compared.
    pub(super) fn may_be_a_script_in(&self, directory: &Utf8Path) -> bool {
        self.what == What::RunsScript && self.directory.file_name() == directory.file_name()
    }
}

/// Reads a command line as the system keeps it, each argument with a zero byte after it; `read` gives a file's bytes.
pub(super) fn task(command_line: &[u8], read: &dyn Fn(&str) -> Option<Vec<u8>>) -> Option<Task> {
    // The end of the last one begins no other.
    let command_line = command_line.strip_suffix(&[0]).unwrap_or(command_line);
    let arguments = || {
        command_line
            .split(|byte| *byte == 0)
            .filter_map(|argument| str::from_utf8(argument).ok())
    };
    if let Some(script) = script(arguments().next()?) {
        return Some(script);
    }
    let mut compilation = Compilation::default();
    compilation.read(arguments());
    let files = arguments()
        .filter_map(|argument| argument.strip_prefix('@'))
        .filter(|path| is_argument_file(path))
        .take(MOST_ARGUMENT_FILES);
    for bytes in files.filter_map(read) {
        let lines = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
        let lines = lines.split(|byte| *byte == b'\n');
        compilation.read(lines.filter_map(|line| str::from_utf8(line).ok()));
    }
    compilation.task()
}

fn is_argument_file(path: &str) -> bool {
    Utf8Path::new(path)
        .file_name()
        .is_some_and(|name| name.starts_with(ARGUMENT_FILE))
}

/// Cargo starts build scripts by their whole path; the names are those of both layouts.
fn script(program: &str) -> Option<Task> {
    let program = Utf8Path::new(program);
    let name = program.file_name()?;
    let is_script = name.starts_with("build-script-") || name.starts_with("build_script_");
    (is_script && program.is_absolute()).then(|| Task {
        directory: program.parent().unwrap_or(program).to_owned(),
        what: What::RunsScript,
    })
}

/// What is needed of a compiler's arguments; where one is given twice, rustc takes the last or refuses.
#[derive(Debug, Default)]
struct Compilation {
    crate_name: Option<String>,
    extra: Option<String>,
    directory: Option<Utf8PathBuf>,
}

impl Compilation {
    fn read<'a>(&mut self, arguments: impl Iterator<Item = &'a str>) {
        let mut option = None;
        for argument in arguments {
            match option.take() {
                Some("--crate-name") => self.crate_name = Some(argument.to_owned()),
                Some("--out-dir") => self.directory = Some(argument.into()),
                Some(_) => self.codegen(argument),
                None => {
                    if let "--crate-name" | "--out-dir" | "-C" | "--codegen" = argument {
                        option = Some(argument);
                    } else if let Some(name) = argument.strip_prefix("--crate-name=") {
                        self.crate_name = Some(name.to_owned());
                    } else if let Some(directory) = argument.strip_prefix("--out-dir=") {
                        self.directory = Some(directory.into());
                    } else if let Some(setting) = argument
                        .strip_prefix("--codegen=")
                        .or_else(|| argument.strip_prefix("-C"))
                    {
                        self.codegen(setting);
                    }
                }
            }
        }
    }

    fn codegen(&mut self, setting: &str) {
        if let Some(extra) = setting.strip_prefix("extra-filename=") {
            self.extra = Some(extra.to_owned());
        }
    }

    fn task(self) -> Option<Task> {
        let directory = self.directory.filter(|directory| directory.is_absolute())?;
        let stem = format!("{}{}", self.crate_name?, self.extra.unwrap_or_default());
        Some(Task {
            directory,
            what: What::Compiles { stem },
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::on_trial;
    use super::*;

    fn of(words: &[&str]) -> Option<Task> {
        let line: String = words.iter().flat_map(|word| [word, "\0"]).collect();
        task(line.as_bytes(), &|path| {
            match path {
            "/tmp/cargo-argfile.x1" => Some(
                b"--crate-name\nmac\n--edition=2021\n-C\nextra-filename=-12ab\n--out-dir\n/t/deps\n"
                    .to_vec(),
            ),
            "/tmp/cargo-argfile.gone" => None,
            other => panic!("{other} is read"),
        }
        })
    }

    fn makes(words: &[&str], output: &str) -> bool {
        let output = Utf8Path::new(output);
        of(words).is_some_and(|task| {
            task.may_make(output) && Some(task.directory.as_path()) == output.parent()
        })
    }

    const DYLIB: &str = "/t/deps/libmac-12ab.so";

    #[test]
    fn compilers_are_known_in_every_spelling() {
        for words in [
            &[
                "rustc",
                "--crate-name",
                "mac",
                "--edition=2021",
                "src/lib.rs",
                "-C",
                "extra-filename=-12ab",
                "--out-dir",
                "/t/deps",
            ][..],
            &[
                "rustc",
                "--crate-name=mac",
                "-Cextra-filename=-12ab",
                "--out-dir=/t/deps",
            ],
            &[
                "rustc",
                "--crate-name=mac",
                "--codegen",
                "extra-filename=-12ab",
                "--out-dir=/t/deps",
            ],
            &[
                "rustc",
                "--crate-name=mac",
                "--codegen=extra-filename=-12ab",
                "--out-dir=/t/deps",
            ],
            &[
                "clippy-driver",
                "/x/rustc",
                "--crate-name",
                "mac",
                "-C",
                "metadata=77",
                "-C",
                "extra-filename=-12ab",
                "--out-dir",
                "/t/deps",
            ],
            &[
                "/usr/bin/sccache",
                "/x/rustc",
                "--crate-name",
                "mac",
                "-C",
                "extra-filename=-12ab",
                "--out-dir",
                "/t/deps",
            ],
            &[
                "/bin/sh",
                "/w/wrapper.sh",
                "rustc",
                "--crate-name",
                "mac",
                "-C",
                "extra-filename=-12ab",
                "--out-dir",
                "/t/deps",
            ],
            &["rustc", "@/tmp/cargo-argfile.x1"],
            &["sccache", "rustc", "@/tmp/cargo-argfile.x1"],
        ] {
            assert!(makes(words, DYLIB), "{words:?}");
            assert!(makes(words, "/t/deps/libmac-12ab.rmeta"), "{words:?}");
            for other in [
                "/t/deps/libmac-12ac.so",
                "/t/deps/libmad-12ab.so",
                "/t/deps/libmac-12ab0.so",
                "/u/deps/libmac-12ab.so",
                "/t/deps/libmac.so",
            ] {
                assert!(!makes(words, other), "{words:?} {other}");
            }
        }
    }

    #[test]
    fn build_scripts_are_compiled_without_a_prefix_and_in_the_newer_layout_without_a_hash() {
        let words = [
            "rustc",
            "--crate-name",
            "build_script_build",
            "-C",
            "extra-filename=-7f",
            "--out-dir",
            "/t/build/mac-7f",
        ];
        assert!(makes(&words, "/t/build/mac-7f/build_script_build-7f"));
        let words = [
            "rustc",
            "--crate-name",
            "build_script_build",
            "--out-dir",
            "/t/build/mac/7f/out",
        ];
        assert!(makes(&words, "/t/build/mac/7f/out/build_script_build"));
    }

    #[test]
    fn what_is_no_compilation_is_none() {
        for words in [
            &[][..],
            &[""],
            &["rustc", "-vV"],
            &["rustc", "--crate-name", "mac", "-C"],
            &["rustc", "--crate-name", "mac", "-C", "extra-filename=-12ab"],
            &["rustc", "--crate-name", "mac", "--out-dir", "deps"],
            &["rustc", "--out-dir", "/t/deps", "--crate-name"],
            &[
                "sh",
                "-c",
                "rustc --crate-name mac -C extra-filename=-12ab --out-dir /t/deps",
            ],
            &["rustc", "@/tmp/cargo-argfile.gone"],
            // Another program's, which is none of our business.
            &["curl", "-d", "@/home/me/secret"],
            &["curl", "-d", "@/tmp/cargo-argfile./secret"],
        ] {
            assert_eq!(of(words), None, "{words:?}");
        }
        assert_eq!(task(b"\xff\xfe\0\0", &|_| None), None);
    }

    #[test]
    fn build_scripts_are_known_by_where_they_lie() {
        for (program, directory) in [
            (
                "/t/debug/build/mac-7f/build-script-build",
                "/t/debug/build/mac-7f",
            ),
            (
                "/t/debug/build/mac-7f/build-script-main",
                "/t/debug/build/mac-7f",
            ),
            (
                "/t/debug/build/mac/7f/out/build_script_build",
                "/t/debug/build/mac/7f/out",
            ),
        ] {
            let task = of(&[program]);
            assert!(
                task.is_some_and(|task| {
                    task.may_be_a_script_in(Utf8Path::new(directory)) && task.directory == directory
                }),
                "{program}"
            );
        }
        assert_eq!(of(&["build-script-build"]), None);
        assert_eq!(of(&["/t/debug/build/mac-7f/other"]), None);
        let task = of(&["/t/debug/build/mac-7f/build-script-build"]);
        assert!(
            task.is_some_and(|task| !task.may_be_a_script_in(Utf8Path::new("/t/build/mac-70")))
        );
    }

    /// Arguments that matter to a task, and some that do not.
    fn some_arguments() -> impl Strategy<Value = Vec<&'static str>> {
        const WORDS: &[&str] = &[
            "--crate-name",
            "--crate-name=dep",
            "mac",
            "--out-dir",
            "--out-dir=/u/deps",
            "/t/deps",
            "deps",
            "-C",
            "--codegen",
            "-Cextra-filename=-12ab",
            "extra-filename=-34cd",
            "metadata=77",
            "src/lib.rs",
            "",
        ];
        prop::collection::vec(prop::sample::select(WORDS), 0..12)
    }

    proptest! {
        #[test]
        fn bytes_of_any_kind_are_read(
            line: Vec<u8>,
            words in some_arguments(),
            file: Option<Vec<u8>>,
        ) {
            on_trial::command_line(&line, file.as_deref());
            let words = words.join("\0");
            for start in ["rustc\0", "rustc\0@/tmp/cargo-argfile.x1\0", "/t/build-script-main\0"] {
                let line = [start.as_bytes(), words.as_bytes(), b"\0", &line].concat();
                on_trial::command_line(&line, file.as_deref());
            }
        }

        #[test]
        fn arguments_say_the_same_in_a_file(words in some_arguments()) {
            let line: String = words.iter().flat_map(|word| [word, "\0"]).collect();
            let lines: String = words.iter().flat_map(|word| [word, "\n"]).collect();
            let direct = task(format!("rustc\0{line}").as_bytes(), &|path| panic!("{path} is read"));
            let in_file = task(b"rustc\0@/tmp/cargo-argfile.x1\0", &|_| {
                Some(lines.clone().into_bytes())
            });
            prop_assert_eq!(direct, in_file);
        }
    }
}

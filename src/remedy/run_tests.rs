//! Plans of real steps: files of a scratch directory, shell scripts that talk like cargo.
#![allow(clippy::unwrap_used, clippy::panic, clippy::needless_raw_string_hashes)]

use std::fs;

use super::*;
use crate::remedy::RemedyKind;
use expect_test::expect;

struct Scene {
    _keep: tempfile::TempDir,
    context: RunContext,
    told: Vec<Progress>,
}

fn scene() -> Scene {
    let directory = tempfile::tempdir().unwrap();
    let root = Utf8PathBuf::from_path_buf(directory.path().to_owned()).unwrap();
    let profile_directory = root.join("target/debug");
    fs::create_dir_all(profile_directory.join("deps")).unwrap();
    Scene {
        _keep: directory,
        context: RunContext {
            build_directory: root.join("target"),
            profile_directory,
            group: ProcessGroup::Own,
            cancel: Cancel::default(),
        },
        told: Vec::new(),
    }
}

impl Scene {
    fn run(&mut self, steps: Vec<Step>) -> Outcome {
        let plan = Plan::new(RemedyKind::Rebuild, String::new(), steps);
        run(&plan, &self.context, &mut |progress| {
            self.told.push(progress);
        })
    }

    fn file(&self, name: &str) -> Utf8PathBuf {
        let path = self.context.profile_directory.join(name);
        fs::write(&path, "x").unwrap();
        path
    }
}

fn shell(script: &str) -> Step {
    Step::Run {
        run: ["sh", "-c", script].map(str::to_owned).to_vec(),
        env: [("GREETING".to_owned(), "hello".to_owned())].into(),
        unset: vec!["HOME".to_owned()],
        cwd: "/".into(),
    }
}

#[test]
fn steps_run_in_order_up_to_the_end() {
    let mut scene = scene();
    let dylib = scene.file("deps/libmac.so");
    let source = scene.file("source.rs");
    let check = format!("test ! -e {dylib} && test $GREETING = hello && test -z \"$HOME\"");
    let outcome = scene.run(vec![
        Step::Remove {
            remove: dylib.clone(),
        },
        Step::Touch { touch: source },
        shell(&check),
    ]);
    assert!(matches!(outcome.result, RunResult::Succeeded));
    assert_eq!(outcome.executed.len(), 3);
    let steps: Vec<String> = scene
        .told
        .iter()
        .map(|progress| match progress {
            Progress::Step { number, of, what } => {
                format!("{number} of {of}: {}", what.split(' ').next().unwrap())
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(steps, ["1 of 3: remove", "2 of 3: touch", "3 of 3: sh"]);
}

#[test]
fn the_first_failure_is_the_last_step() {
    let mut scene = scene();
    let dylib = scene.file("deps/libmac.so");
    let outcome = scene.run(vec![
        Step::Remove {
            remove: "/elsewhere/file".into(),
        },
        Step::Remove {
            remove: dylib.clone(),
        },
    ]);
    assert!(matches!(
        outcome.result,
        RunResult::Failed(Failure::File(FileError::Outside { .. }))
    ));
    assert!(outcome.executed.is_empty());
    assert!(dylib.exists());
}

#[test]
fn a_build_directory_that_is_exchanged_under_a_plan_is_left_alone() {
    let mut scene = scene();
    let dylib = scene.file("deps/libmac.so");
    let target = scene.context.build_directory.clone();
    let script = format!(
        "cp -r {target} {target}-precious && rm -r {target} && ln -s {target}-precious {target}"
    );
    let outcome = scene.run(vec![
        shell(&script),
        Step::Remove {
            remove: dylib.clone(),
        },
    ]);
    assert!(
        matches!(
            outcome.result,
            RunResult::Failed(Failure::File(FileError::Outside { .. }))
        ),
        "{:?}",
        outcome.result
    );
    assert!(dylib.exists());
}

#[test]
fn what_cargo_builds_is_understood() {
    let script = r#"
echo 'a word of a build script'
echo '{"reason":"something-new"}'
cat <<'END'
{"reason":"compiler-artifact","package_id":"p","manifest_path":"/w/mac/Cargo.toml","target":{"kind":["proc-macro"],"crate_types":["proc-macro"],"name":"mac","src_path":"/w/mac/src/lib.rs","edition":"2021"},"profile":{"opt_level":"0","debuginfo":0,"debug_assertions":true,"overflow_checks":true,"test":false},"features":[],"filenames":["/w/target/debug/deps/libmac-c24759dbbda697b1.so"],"executable":null,"fresh":false}
{"reason":"compiler-message","package_id":"p","manifest_path":"/w/b/Cargo.toml","target":{"kind":["lib"],"crate_types":["lib"],"name":"b","src_path":"/w/b/src/lib.rs","edition":"2021"},"message":{"rendered":"error: no","children":[],"code":null,"level":"error","message":"no","spans":[]}}
END
exit 101
"#;
    let mut scene = scene();
    let outcome = scene.run(vec![shell(script)]);
    let RunResult::Failed(Failure::Command {
        status,
        tail,
        compiler_errors,
        ..
    }) = &outcome.result
    else {
        panic!("{:?}", outcome.result);
    };
    assert_eq!(*status, Some(101));
    assert_eq!(tail, "a word of a build script\n");
    assert_eq!(
        outcome.dylibs,
        ["/w/target/debug/deps/libmac-c24759dbbda697b1.so"]
    );
    let errors: Vec<&str> = compiler_errors
        .iter()
        .map(|error| error.message.as_str())
        .collect();
    assert_eq!(errors, ["no"]);
    expect![[r#"
        [
            Crates {
                done: 1,
                total: None,
                last: Some(
                    "mac",
                ),
            },
        ]
    "#]]
    .assert_debug_eq(&scene.told.get(1..).unwrap());
}

#[test]
fn what_cargo_says_of_its_progress_is_understood() {
    let script = r"
cat >&2 <<'END'
    Blocking waiting for file lock on build directory
   Compiling mac v0.1.0
END
printf '    Building [=>   ] 1/4: mac\r    Building [=>   ] 1/4: mac, x\r' >&2
echo 'error: could not compile `b`' >&2
exit 1
";
    let mut scene = scene();
    let outcome = scene.run(vec![shell(script)]);
    let RunResult::Failed(Failure::Command { tail, .. }) = &outcome.result else {
        panic!("{:?}", outcome.result);
    };
    assert_eq!(
        tail,
        "   Compiling mac v0.1.0\nerror: could not compile `b`\n"
    );
    expect![[r#"
        [
            Waiting {
                on: "build directory",
                holder: None,
            },
            Crates {
                done: 1,
                total: Some(
                    4,
                ),
                last: None,
            },
        ]
    "#]]
    .assert_debug_eq(&scene.told.get(1..).unwrap());
}

#[test]
fn cancelling_stops_at_once_and_begins_nothing_more() {
    let mut scene = scene();
    let dylib = scene.file("deps/libmac.so");
    let cancel = scene.context.cancel.clone();
    let plan = Plan::new(
        RemedyKind::Rebuild,
        String::new(),
        vec![
            shell("echo started >&2; echo '    Building [ ] 0/1: a' >&2; sleep 1000"),
            Step::Remove {
                remove: dylib.clone(),
            },
        ],
    );
    let outcome = run(&plan, &scene.context, &mut |progress| {
        if matches!(progress, Progress::Crates { .. }) {
            cancel.cancel();
        }
    });
    assert!(matches!(outcome.result, RunResult::Cancelled));
    assert!(outcome.executed.is_empty());
    assert!(dylib.exists());
    let again = scene.run(vec![Step::Remove { remove: dylib }]);
    assert!(matches!(again.result, RunResult::Cancelled));
}

#[test]
fn nothing_is_removed_under_a_running_build() {
    let mut scene = scene();
    let dylib = scene.file("deps/libmac.so");
    let lock = fs::File::create(scene.context.profile_directory.join(".cargo-lock")).unwrap();
    lock.lock().unwrap();
    let cancel = scene.context.cancel.clone();
    let plan = Plan::new(
        RemedyKind::Rebuild,
        String::new(),
        vec![Step::Remove {
            remove: dylib.clone(),
        }],
    );
    let outcome = run(&plan, &scene.context, &mut |progress| {
        if let Progress::Waiting { holder, .. } = progress {
            if cfg!(target_os = "linux") {
                assert_eq!(holder.unwrap().process, std::process::id());
            }
            cancel.cancel();
        }
    });
    assert!(matches!(outcome.result, RunResult::Cancelled));
    assert!(dylib.exists());
    drop(lock);
    scene.context.cancel = Cancel::default();
    let outcome = scene.run(vec![Step::Remove {
        remove: dylib.clone(),
    }]);
    assert!(matches!(outcome.result, RunResult::Succeeded));
    assert!(!dylib.exists());
}

#[test]
fn a_command_runs_without_our_hold_on_cargos_lock() {
    let mut scene = scene();
    let dylib = scene.file("deps/libmac.so");
    let lock = scene.file(".cargo-lock");
    let outcome = scene.run(vec![
        Step::Remove { remove: dylib },
        shell(&format!(
            "flock --nonblock {lock} true || ! command -v flock"
        )),
    ]);
    assert!(matches!(outcome.result, RunResult::Succeeded));
}

#[test]
fn a_program_that_is_not_there_is_a_failure() {
    let mut scene = scene();
    let outcome = scene.run(vec![Step::Run {
        run: vec!["no-such-program-here".to_owned()],
        env: [].into(),
        unset: Vec::new(),
        cwd: "/".into(),
    }]);
    assert!(matches!(
        outcome.result,
        RunResult::Failed(Failure::Process(_))
    ));
}

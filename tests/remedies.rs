//! Remedies with the real cargo: every fault is mended, success is claimed only where it is so, and a stop leaves nothing running.
#![cfg(test)]

use std::fs;
use std::time::{Duration, SystemTime};

use camino::{Utf8Path, Utf8PathBuf};
use sidecargo::cargo::questions::Tools;
use sidecargo::inspect::{InspectedMacro, Inspector};
use sidecargo::remedy::{
    Choice, ChoiceKind, Controls, Failure, MendError, MendReport, MendResult, Progress, RemedyKind,
    mend,
};
use sidecargo::settings::{Processes, Settings};
use sidecargo::verdict::{MissingReason, Verdict};

const FILES: &[(&str, &str)] = &[
    (
        "Cargo.toml",
        "[workspace]\nmembers = [\"app\", \"mac\", \"core\", \"other\"]\nresolver = \"2\"\n",
    ),
    (
        "app/Cargo.toml",
        "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[dependencies]\nmac = { path = \"../mac\" }\nother = { path = \"../other\" }\n",
    ),
    (
        "app/src/main.rs",
        "#[mac::keep]\n#[other::keep]\nfn main() {}\n",
    ),
    (
        "mac/Cargo.toml",
        "[package]\nname = \"mac\"\nversion = \"0.1.0\"\nedition = \"2021\"\nbuild = \"build.rs\"\n[lib]\nproc-macro = true\n[dependencies]\ncore-of-mac = { path = \"../core\" }\n",
    ),
    (
        "mac/build.rs",
        "fn main() {\n    println!(\"cargo::rerun-if-changed=build.rs\");\n    let out = std::env::var(\"OUT_DIR\").unwrap();\n    std::fs::write(format!(\"{out}/generated.rs\"), \"const N: u32 = 1;\").unwrap();\n}\n",
    ),
    (
        "mac/src/lib.rs",
        "include!(concat!(env!(\"OUT_DIR\"), \"/generated.rs\"));\n#[proc_macro_attribute]\npub fn keep(_: proc_macro::TokenStream, item: proc_macro::TokenStream) -> proc_macro::TokenStream {\n    let _ = N + core_of_mac::M;\n    item\n}\n",
    ),
    (
        "core/Cargo.toml",
        "[package]\nname = \"core-of-mac\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
    ),
    ("core/src/lib.rs", "pub const M: u32 = 1;\n"),
    (
        "other/Cargo.toml",
        "[package]\nname = \"other\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[lib]\nproc-macro = true\n",
    ),
    (
        "other/src/lib.rs",
        "#[proc_macro_attribute]\npub fn keep(_: proc_macro::TokenStream, item: proc_macro::TokenStream) -> proc_macro::TokenStream {\n    item\n}\n",
    ),
];

struct Bench {
    _keep: tempfile::TempDir,
    root: Utf8PathBuf,
    inspector: Inspector,
    controls: Controls,
}

impl Bench {
    fn new(files: &[(&str, &str)]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::from_path_buf(directory.path().canonicalize().unwrap()).unwrap();
        for (name, text) in files {
            let path = root.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let inspector = inspector(&root, &Settings::default());
        Self {
            _keep: directory,
            root,
            inspector,
            controls: Controls::default(),
        }
    }

    fn mend(&mut self, kind: ChoiceKind) -> MendReport {
        self.mend_with(kind, &mut |_| {}).unwrap()
    }

    fn mend_with(
        &mut self,
        kind: ChoiceKind,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<MendReport, MendError> {
        let choice = Choice {
            kind,
            packages: Vec::new(),
        };
        mend(&mut self.inspector, &choice, &self.controls, progress)
    }

    fn macro_named(&mut self, name: &str) -> InspectedMacro {
        let inspection = self.inspector.inspect().unwrap();
        inspection
            .macros
            .into_iter()
            .find(|inspected| inspected.expected.name.as_str() == name)
            .unwrap()
    }
}

fn inspector(root: &Utf8Path, settings: &Settings) -> Inspector {
    let mut settings = settings.clone();
    for (name, value) in [
        ("CARGO_NET_OFFLINE", Some("true")),
        ("CARGO_TARGET_DIR", None),
        ("RUSTFLAGS", None),
    ] {
        settings
            .cargo
            .extra_environment
            .insert(name.to_owned(), value.map(str::to_owned));
    }
    let tools = Tools {
        cargo: "cargo".to_owned(),
        stand_in: env!("CARGO_BIN_EXE_sidecargo").into(),
    };
    Inspector::with_tools(root, settings, tools)
}

/// Sets both times back as they were, as a copy that keeps times would leave them.
fn keep_time(path: &Utf8Path, change: impl FnOnce()) {
    let time = fs::metadata(path).unwrap().modified().unwrap();
    change();
    let file = fs::File::options().write(true).open(path).unwrap();
    file.set_modified(time).unwrap();
}

fn find(directory: &Utf8Path, name: &str) -> Utf8PathBuf {
    let mut pending = vec![directory.to_owned()];
    while let Some(directory) = pending.pop() {
        for entry in directory.read_dir_utf8().unwrap() {
            let path = entry.unwrap().into_path();
            if path.file_name() == Some(name) {
                return path;
            }
            if path.is_dir() {
                pending.push(path);
            }
        }
    }
    panic!("no {name}");
}

type Break = fn(&Bench, &Utf8Path);

const FAULTS: &[(&str, Break)] = &[
    ("deleted", |_, dylib| fs::remove_file(dylib).unwrap()),
    ("empty", |_, dylib| fs::write(dylib, "").unwrap()),
    ("cut short", |_, dylib| {
        keep_time(dylib, || {
            let file = fs::File::options().write(true).open(dylib).unwrap();
            file.set_len(file.metadata().unwrap().len() / 2).unwrap();
        });
    }),
    ("no dylib", |_, dylib| {
        keep_time(dylib, || fs::write(dylib, "<html>").unwrap());
    }),
    ("a directory", |_, dylib| {
        fs::remove_file(dylib).unwrap();
        fs::create_dir(dylib).unwrap();
        fs::write(dylib.join("inside"), "x").unwrap();
    }),
    ("another crate", |bench, dylib| {
        let deps = bench.root.join("target/debug/deps");
        let other = deps
            .read_dir_utf8()
            .unwrap()
            .map(|entry| entry.unwrap().into_path())
            .find(|path| {
                path.file_name().unwrap().contains("other") && path.extension() == dylib.extension()
            })
            .unwrap();
        keep_time(dylib, || {
            fs::copy(other, dylib).unwrap();
        });
    }),
    ("source changed", |bench, _| {
        let source = bench.root.join("mac/src/lib.rs");
        let text = fs::read_to_string(&source).unwrap();
        fs::write(source, format!("{text}// changed\n")).unwrap();
    }),
    ("dependency changed", |bench, _| {
        fs::write(
            bench.root.join("core/src/lib.rs"),
            "pub const M: u32 = 2;\n",
        )
        .unwrap();
    }),
    ("source changed behind cargo's back", |bench, _| {
        let source = bench.root.join("mac/src/lib.rs");
        let text = fs::read_to_string(&source).unwrap();
        keep_time(&source, || {
            fs::write(&source, format!("{text}// changed\n")).unwrap();
        });
    }),
    ("dependency changed behind cargo's back", |bench, _| {
        let source = bench.root.join("core/src/lib.rs");
        keep_time(&source, || {
            fs::write(&source, "pub const M: u32 = 3;\n").unwrap();
        });
    }),
    ("build script changed behind cargo's back", |bench, _| {
        let script = bench.root.join("mac/build.rs");
        let text = fs::read_to_string(&script).unwrap();
        keep_time(&script, || {
            fs::write(&script, format!("{text}// changed\n")).unwrap();
        });
    }),
    ("generated file altered behind cargo's back", |bench, _| {
        let generated = find(&bench.root.join("target/debug/build"), "generated.rs");
        keep_time(&generated, || {
            fs::write(&generated, "const N: u32 = 9;").unwrap();
        });
    }),
    ("bytes altered behind cargo's back", |_, dylib| {
        let mut bytes = fs::read(dylib).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0xff;
        keep_time(dylib, || fs::write(dylib, bytes).unwrap());
    }),
    ("source in the future", |bench, _| {
        let file = fs::File::options()
            .write(true)
            .open(bench.root.join("mac/src/lib.rs"))
            .unwrap();
        file.set_modified(SystemTime::now() + Duration::from_secs(100_000))
            .unwrap();
    }),
    ("dep-info damaged", |bench, _| {
        let dep_info = find(&bench.root.join("target/debug/.fingerprint"), "dep-lib-mac");
        keep_time(&dep_info, || {
            fs::write(&dep_info, b"\x01\0\0\0\xff\x01\xff\xff\xff\xff").unwrap();
        });
    }),
    ("output of the build script lost", |bench, _| {
        fs::remove_file(find(&bench.root.join("target/debug/build"), "generated.rs")).unwrap();
    }),
    ("interrupted", |bench, dylib| {
        let hash_file = find(&bench.root.join("target/debug/.fingerprint"), "lib-mac");
        fs::write(hash_file, "").unwrap();
        fs::remove_file(dylib).unwrap();
    }),
    ("build directory gone", |bench, _| {
        fs::remove_dir_all(bench.root.join("target")).unwrap();
    }),
];

#[test]
fn every_fault_is_mended_and_only_then_success_claimed() {
    let mut bench = Bench::new(FILES);
    let first = bench.mend(ChoiceKind::Preferred);
    assert_eq!(first.result, MendResult::Mended, "{first:#?}");
    assert_eq!(
        bench.mend(ChoiceKind::Preferred).result,
        MendResult::NothingToDo
    );
    for (name, fault) in FAULTS {
        let dylib = bench.macro_named("mac").dylib.unwrap();
        fault(&bench, &dylib);
        let broken = bench.macro_named("mac").verdict;
        assert_ne!(broken, Verdict::Fresh, "{name}");
        let report = bench.mend(ChoiceKind::Preferred);
        assert_eq!(report.result, MendResult::Mended, "{name}: {report:#?}");
        assert_eq!(report.rounds.len(), 1, "{name}: {report:#?}");
        let named = &report.rounds[0].outcome.dylibs;
        assert!(named.contains(&dylib), "{name}: {named:?}");
        assert_eq!(bench.macro_named("mac").verdict, Verdict::Fresh, "{name}");
        assert_eq!(bench.macro_named("other").verdict, Verdict::Fresh, "{name}");
    }
}

#[test]
fn every_way_of_mending_works() {
    let mut bench = Bench::new(FILES);
    for kind in [
        ChoiceKind::Rebuild,
        ChoiceKind::CleanAndRebuild,
        ChoiceKind::CleanAll,
    ] {
        if let Some(dylib) = bench
            .macro_named("mac")
            .dylib
            .filter(|dylib| dylib.exists())
        {
            fs::write(dylib, "").unwrap();
        }
        let report = bench.mend(kind);
        assert_eq!(report.result, MendResult::Mended, "{kind:?}: {report:#?}");
    }
    let cleaned = bench.mend(ChoiceKind::CleanPackage);
    assert_eq!(cleaned.result, MendResult::Mended, "{cleaned:#?}");
    assert_eq!(
        bench.macro_named("mac").verdict,
        Verdict::Missing(MissingReason::NeverBuilt)
    );
    assert!(bench.root.join("target/debug/.fingerprint").exists());
}

#[test]
fn a_source_that_does_not_compile_is_told_and_nothing_claimed() {
    let mut bench = Bench::new(FILES);
    assert_eq!(bench.mend(ChoiceKind::Preferred).result, MendResult::Mended);
    let source = bench.root.join("mac/src/lib.rs");
    let good = fs::read_to_string(&source).unwrap();
    fs::write(&source, format!("{good}fn broken( {{\n")).unwrap();
    let report = bench.mend(ChoiceKind::Preferred);
    assert_eq!(report.result, MendResult::Unmended);
    let Some(Failure::Command {
        compiler_errors,
        status,
        ..
    }) = report.failure()
    else {
        panic!("{report:#?}");
    };
    assert_eq!(*status, Some(101));
    let error = compiler_errors.first().unwrap();
    assert_eq!(error.path.as_ref(), Some(&source));
    assert_eq!(error.target, "mac");
    assert!(error.line > 1);
    assert_eq!(report.macros.len(), 1);
    assert_eq!(report.macros[0].next, None);
    let sentence = report.sentence();
    let wanted = format!("mac is still stale: `cargo check` failed with status 101: {source}:");
    assert!(sentence.starts_with(&wanted), "{sentence}");

    fs::write(&source, good).unwrap();
    assert_eq!(bench.mend(ChoiceKind::Preferred).result, MendResult::Mended);
}

#[test]
fn what_a_rebuild_does_not_mend_is_not_tried_for_ever() {
    let mut bench = Bench::new(FILES);
    assert_eq!(bench.mend(ChoiceKind::Preferred).result, MendResult::Mended);
    // A program in cargo's place that says it has done all, as an override or a broken wrapper may.
    let lazy = bench.root.join("lazy-cargo");
    fs::write(&lazy, "#!/bin/sh\nexit 0\n").unwrap();
    let mut settings = Settings::default();
    settings.cargo.override_command = Some(vec!["sh".to_owned(), lazy.to_string()]);
    let dylib = bench.macro_named("mac").dylib.unwrap();
    fs::write(&dylib, "").unwrap();
    bench.inspector = inspector(&bench.root, &settings);
    let report = bench.mend(ChoiceKind::Preferred);
    assert_eq!(report.result, MendResult::Unmended, "{report:#?}");
    assert_eq!(report.rounds.len(), 1);
    assert_eq!(report.macros[0].next, Some(RemedyKind::CleanAndRebuild));
    assert_eq!(
        report.sentence(),
        "mac is still unknown, though the build went through. Clean and rebuild may help."
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_stop_leaves_nothing_running() {
    let mut files = FILES.to_vec();
    let script = "fn main() {\n    let root = std::env::var(\"CARGO_MANIFEST_DIR\").unwrap();\n    std::fs::write(format!(\"{root}/process\"), std::process::id().to_string()).unwrap();\n    std::thread::sleep(std::time::Duration::from_secs(1000));\n}\n";
    files
        .iter_mut()
        .find(|(name, _)| *name == "mac/build.rs")
        .unwrap()
        .1 = script;
    let mut bench = Bench::new(&files);
    let mark = bench.root.join("mac/process");
    let cancel = bench.controls.cancel.clone();
    let waiting = {
        let mark = mark.clone();
        std::thread::spawn(move || {
            while fs::read_to_string(&mark).unwrap_or_default().is_empty() {
                std::thread::sleep(Duration::from_millis(20));
            }
            cancel.cancel();
        })
    };
    let mut told = Vec::new();
    let report = bench
        .mend_with(ChoiceKind::Preferred, &mut |progress| told.push(progress))
        .unwrap();
    waiting.join().unwrap();
    assert_eq!(report.result, MendResult::Cancelled);
    let process = fs::read_to_string(mark).unwrap();
    let is_gone = (0..200).any(|_| {
        std::thread::sleep(Duration::from_millis(10));
        fs::read_to_string(format!("/proc/{process}/stat"))
            .map_or(true, |stat| stat.contains(") Z "))
    });
    assert!(is_gone);
    let knows_the_total = told.iter().any(
        |progress| matches!(progress, Progress::Crates { total: Some(total), .. } if *total > 1),
    );
    assert!(knows_the_total, "{told:?}");
}

#[test]
fn one_remedy_at_a_time_and_none_where_no_process_may_start() {
    let mut bench = Bench::new(FILES);
    fs::create_dir_all(bench.root.join("target/.sidecargo")).unwrap();
    let lock = fs::File::create(bench.root.join("target/.sidecargo/mend.lock")).unwrap();
    lock.lock().unwrap();
    let refused = bench.mend_with(ChoiceKind::Preferred, &mut |_| {});
    assert!(matches!(refused, Err(MendError::SomebodyElse(_))));
    let mut settings = Settings::default();
    settings.processes = Processes::Forbidden;
    bench.inspector = inspector(&bench.root, &settings);
    let refused = bench.mend_with(ChoiceKind::Preferred, &mut |_| {});
    assert!(matches!(refused, Err(MendError::ProcessesForbidden)));
}

#[test]
fn a_running_build_is_waited_for_and_a_full_clean_refused_under_it() {
    let mut bench = Bench::new(FILES);
    assert_eq!(bench.mend(ChoiceKind::Preferred).result, MendResult::Mended);
    let dylib = bench.macro_named("mac").dylib.unwrap();
    fs::write(&dylib, "").unwrap();
    let lock = fs::File::open(bench.root.join("target/debug/.cargo-lock")).unwrap();
    lock.lock().unwrap();
    let refused = bench.mend_with(ChoiceKind::CleanAll, &mut |_| {});
    assert!(matches!(refused, Err(MendError::BuildRunning { .. })));
    let mut lock = Some(lock);
    let mut waits = 0;
    let report = bench
        .mend_with(ChoiceKind::Preferred, &mut |progress| {
            if let Progress::Waiting { .. } = progress {
                waits += 1;
                drop(lock.take());
            }
        })
        .unwrap();
    assert_eq!(report.result, MendResult::Mended, "{report:#?}");
    assert_eq!(waits, 1);
}

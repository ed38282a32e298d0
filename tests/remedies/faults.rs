//! Everything that can be wrong with one macro, one after the other, each mended by one rebuild.

use std::fs;
use std::time::{Duration, SystemTime};

use camino::{Utf8Path, Utf8PathBuf};
use sidecargo::remedy::{ChoiceKind, MendResult};
use sidecargo::verdict::Verdict;

use crate::bench::{Bench, FILES};

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

//! The lines as they are read.
#![allow(clippy::needless_raw_string_hashes)]

use expect_test::{Expect, expect};

use super::*;
use crate::cargo::messages::CompilerError;
use crate::cli::report::samples;
use crate::verdict::Verdict;

fn failure() -> Failure {
    let error = |message: &str, line: u32| CompilerError {
        target: "macros".to_owned(),
        package_id: "macros".to_owned(),
        message: message.to_owned(),
        rendered: Some(format!(
            "error: {message}\n --> src/lib.rs:{line}:1\n  |\n{line} | x\n\n"
        )),
        path: Some("/w/src/lib.rs".into()),
        line,
        column: 1,
    };
    Failure::Command {
        run: ["cargo", "build"].map(str::to_owned).to_vec(),
        status: Some(101),
        tail: String::new(),
        compiler_errors: vec![error("no such name", 3), error("no such type", 9)],
    }
}

fn told(voice: Voice) -> String {
    let inspection = samples::unhealthy();
    let root = &inspection.workspace.root;
    let broken = inspection.macros.iter();
    let mut news: Vec<News> = broken
        .filter(|inspected| inspected.verdict != Verdict::Fresh)
        .cloned()
        .map(News::Broken)
        .collect();
    let mut mended = inspection.macros.first().cloned();
    if let Some(mended) = &mut mended {
        mended.verdict = Verdict::Fresh;
    }
    news.extend(mended.map(News::Fresh));
    let edited = [root.join("src/main.rs"), root.join("macros/src/lib.rs")];
    let kept_running = || Some("target/debug/app --port 80".to_owned());
    let failure = failure();
    let took = Duration::from_millis(1_240);
    let events = [
        Event::Watching {
            inspection: &inspection,
            build: Some("cargo build --release".to_owned()),
            then: kept_running(),
        },
        Event::News(&news),
        Event::Built {
            took,
            edited: &[],
            is_new: IsNew::Yes,
        },
        Event::Released(&[
            Done::Started("target/debug/app --port 80".to_owned()),
            Done::Touched("good-build".into()),
        ]),
        Event::BuildFailed {
            took,
            edited: &edited,
            failure: &failure,
            kept_running: kept_running(),
        },
        Event::Built {
            took,
            edited: &edited,
            is_new: IsNew::No,
        },
        Event::HeldBack {
            broken: inspection
                .macros
                .iter()
                .map(|inspected| &inspected.expected.name)
                .collect(),
            kept_running: kept_running(),
            mends: Mends::Nothing,
        },
        Event::Degraded(&Degradation::TooManyWatches),
        Event::Failed("failed to run `app` in .: it is not there".to_owned()),
    ];
    events.iter().map(|event| voice.say(event, root)).collect()
}

fn check(voice: Voice, expected: &Expect) {
    expected.assert_eq(&told(voice));
}

#[test]
fn without_a_terminal_it_is_plain() {
    let voice = Voice::Human(Look::Plain);
    check(
        voice,
        &expect![[r#"
            Watching mini-redis (rustc 1.95.0), 5 proc macros. Ctrl-C ends it.
            On every edit: cargo build --release, then target/debug/app --port 80
            ok fresh      2 proc macros
            !  stale      my-macros 0.1.0: crates/my-core/src/lib.rs changed since (my-macros -> my-core)
            x  corrupt    tokio-macros 2.5.0: cut short: 4,096 of 7,811,224 bytes
            x  missing    tracing-attributes 0.1.28: deleted after it was built
            ok fresh      async-stream-impl 0.3.6
            ok built      in 1.2 s
            >  started    target/debug/app --port 80
            >  touched    good-build
            x  not built  in 1.2 s: src/main.rs, macros/src/lib.rs changed
                error: no such name
                 --> src/lib.rs:3:1
                  |
                3 | x

                error: no such type
                 --> src/lib.rs:9:1
                  |
                9 | x
                target/debug/app --port 80 keeps running
            ok built      in 1.2 s, nothing new: src/main.rs, macros/src/lib.rs changed
            !  held back  the build is good, but not fresh: async-stream-impl, my-macros and 3 more
                mend it by sidecargo fix, or watch with --fix
                target/debug/app --port 80 keeps running
            !  note       files are asked for every second, since the system allows no more file watches (fs.inotify.max_user_watches)
            x  error      failed to run `app` in .: it is not there
        "#]],
    );
    assert!(told(voice).is_ascii());
}

#[test]
fn on_a_terminal_it_has_marks() {
    let text = told(Voice::Human(Look::Rich));
    for mark in ["✓", "✗", "↻"] {
        assert!(text.contains(mark), "{mark} in {text}");
    }
}

#[test]
fn scripts_get_an_object_a_line() {
    check(
        Voice::Json,
        &expect![[r#"
        {"build_directory":"/home/me/space/mini-redis/target","event":"watching","proc_macros":5,"workspace_root":"/home/me/space/mini-redis"}
        {"event":"verdict","name":"my-macros","package_id":"registry+https://github.com/rust-lang/crates.io-index#my-macros@0.1.0","reason":{"because":{"kind":"source-changed","path":"/home/me/space/mini-redis/crates/my-core/src/lib.rs"},"chain":["my-macros","my-core"],"dependency":"my-core","kind":"dependency-changed","path":"/home/me/space/mini-redis/crates/my-core/src/lib.rs"},"status":"stale","version":"0.1.0"}
        {"event":"verdict","name":"tokio-macros","package_id":"registry+https://github.com/rust-lang/crates.io-index#tokio-macros@2.5.0","reason":{"found":4096,"kind":"truncated","promised":7811224},"status":"corrupt","version":"2.5.0"}
        {"event":"verdict","name":"tracing-attributes","package_id":"registry+https://github.com/rust-lang/crates.io-index#tracing-attributes@0.1.28","reason":{"kind":"deleted"},"status":"missing","version":"0.1.28"}
        {"event":"verdict","name":"async-stream-impl","package_id":"registry+https://github.com/rust-lang/crates.io-index#async-stream-impl@0.3.6","reason":null,"status":"fresh","version":"0.3.6"}
        {"edited":[],"event":"built","new":true,"seconds":1.24}
        {"command":"target/debug/app --port 80","event":"started"}
        {"event":"touched","path":"good-build"}
        {"edited":["/home/me/space/mini-redis/src/main.rs","/home/me/space/mini-redis/macros/src/lib.rs"],"errors":[{"column":1,"line":3,"message":"no such name","path":"/w/src/lib.rs"},{"column":1,"line":9,"message":"no such type","path":"/w/src/lib.rs"}],"event":"build-failed","message":"`cargo build` failed with status 101: /w/src/lib.rs:3:1: no such name (and 1 more)","seconds":1.24}
        {"edited":["/home/me/space/mini-redis/src/main.rs","/home/me/space/mini-redis/macros/src/lib.rs"],"event":"built","new":false,"seconds":1.24}
        {"event":"held-back","packages":["async-stream-impl","my-macros","thiserror-impl","tokio-macros","tracing-attributes"]}
        {"event":"note","message":"files are asked for every second, since the system allows no more file watches (fs.inotify.max_user_watches)"}
        {"event":"error","message":"failed to run `app` in .: it is not there"}
    "#]],
    );
}

//! The server from its start to its first right word, what it holds, and how fast it answers; beside ruff's, which is known to be light.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use super::editor::Editor;
use super::figures::{self, Series, milliseconds};
use super::workspace::{Large, sidecargo, tool};

/// Questions at the pointer, for their spread.
const QUESTIONS: usize = 300;

pub(crate) fn run(large: &Large, rounds: usize) {
    starts(large, rounds);
    memory(large);
    answers(large, rounds);
}

pub(crate) fn server() -> Command {
    let mut server = Command::new(sidecargo());
    server.arg("lsp");
    server
}

fn starts(large: &Large, rounds: usize) {
    let ruff = tool("ruff/bin/ruff");
    let initialize = "sidecargo lsp: start to answer to initialize";
    let kept = "sidecargo lsp: start to first verdict shown, answers kept";
    let nothing_kept = "sidecargo lsp: the same, nothing kept";
    let mut ruffs = Series::new("ruff server: start to answer to initialize");
    let mut series = [initialize, kept, nothing_kept, "cargo metadata"].map(Series::new);
    let dylib = large.dylib("async_trait");
    for round in 0..=rounds {
        let add = |series: &mut Series, time: Duration| {
            if round > 0 {
                series.add(time);
            }
        };
        if let Some(ruff) = &ruff {
            let mut server = Command::new(ruff);
            server.arg("server");
            add(&mut ruffs, Editor::start(server, &large.root).hello());
        }
        add(&mut series[0], Editor::start(server(), &large.root).hello());
        without(&dylib, || {
            add(&mut series[1], first_verdict(large));
            large.forget();
            add(&mut series[2], first_verdict(large));
        });
        let began = Instant::now();
        let mut metadata = Command::new("cargo");
        metadata.args(["metadata", "--format-version", "1", "--offline"]);
        let status = metadata
            .current_dir(&large.root)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        assert!(status.is_ok_and(|status| status.success()));
        add(&mut series[3], began.elapsed());
    }
    let shown: Vec<Series> = series.into_iter().chain(ruff.map(|_| ruffs)).collect();
    figures::table(&shown, "cargo metadata");
}

fn first_verdict(large: &Large) -> Duration {
    let mut editor = Editor::start(server(), &large.root);
    editor.hello();
    let shown = editor.wait_for_codes(&["dylib-missing"]) - editor.began();
    // It may be shown before the look is done that leaves something to keep.
    while editor.command("sidecargo.report").1.is_null() {
        std::thread::sleep(Duration::from_millis(10));
    }
    shown
}

/// A file is away while something happens, and back as it was.
fn without<T>(file: &Path, act: impl FnOnce() -> T) -> T {
    let aside = file.with_extension("aside");
    fs::rename(file, &aside).expect("a dylib");
    let result = act();
    fs::rename(&aside, file).expect("a dylib");
    result
}

fn memory(large: &Large) {
    let mut ours = Editor::start(server(), &large.root);
    ours.hello();
    ours.wait_until_quiescent();
    ours.command("sidecargo.report");
    tell("sidecargo lsp, after its first look", &ours);
    for _ in 0..20 {
        ours.command("sidecargo.refresh");
        // What is as it was is not told again.
        std::thread::sleep(Duration::from_millis(200));
    }
    tell("sidecargo lsp, after 20 more looks", &ours);
    println!("sidecargo lsp has {} watches", ours.watches());
    if let Some(ruff) = tool("ruff/bin/ruff") {
        let mut server = Command::new(ruff);
        server.arg("server");
        let mut ruff = Editor::start(server, &large.root);
        ruff.hello();
        // It says nothing when it has read its settings.
        std::thread::sleep(Duration::from_secs(1));
        tell("ruff server", &ruff);
    }
}

fn tell(name: &str, editor: &Editor) {
    let (resident, own) = editor.memory();
    println!("{name:<54} {resident:>7.1} MiB resident, {own:.1} MiB of its own");
}

fn answers(large: &Large, rounds: usize) {
    let mut editor = Editor::start(server(), &large.root);
    editor.hello();
    editor.wait_until_quiescent();
    let mut asked = Series::new("deletion to diagnostic, asked for at once");
    let mut noticed = Series::new("deletion to diagnostic, noticed, with its pause");
    let dylib = large.dylib("async_trait");
    let aside = dylib.with_extension("aside");
    for round in 0..=rounds {
        for (series, is_asked) in [(&mut asked, true), (&mut noticed, false)] {
            let began = Instant::now();
            fs::rename(&dylib, &aside).expect("a dylib");
            if is_asked {
                editor.ask(
                    "workspace/executeCommand",
                    &json!({"command": "sidecargo.refresh", "arguments": [{}]}),
                );
            }
            let shown = editor.wait_for_codes(&["dylib-missing"]);
            if round > 0 {
                series.add(shown - began);
            }
            fs::rename(&aside, &dylib).expect("a dylib");
            editor.wait_for_codes(&[]);
            std::thread::sleep(Duration::from_millis(500));
        }
    }
    figures::table(
        &[asked, noticed],
        "deletion to diagnostic, asked for at once",
    );
    let manifest = large.root.join("app/Cargo.toml");
    let text = fs::read_to_string(&manifest).expect("a manifest");
    let line = text
        .lines()
        .position(|line| line.starts_with("async-trait"));
    let place = json!({"line": line, "character": 3});
    let document = json!({"uri": format!("file://{}", manifest.display())});
    let questions = [
        (
            "textDocument/hover",
            json!({"textDocument": document, "position": place}),
        ),
        (
            "textDocument/codeAction",
            json!({"textDocument": document, "range": {"start": place, "end": place}, "context": {"diagnostics": []}}),
        ),
    ];
    for (method, parameters) in questions {
        let answers = Series::of(method, QUESTIONS, || {
            editor.request(method, &parameters);
        });
        println!(
            "{method:<54} {:>7.2} ms p50, {:.2} ms p99",
            milliseconds(answers.median()),
            milliseconds(answers.at(99))
        );
    }
}

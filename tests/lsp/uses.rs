//! Uses of macros in open Rust files: where they are marked, and what is offered and told there.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::{Client, Manners, uri};
use crate::project::Project;

pub(crate) fn open(client: &mut Client, file: &Path, text: &str) {
    client.notify(
        "textDocument/didOpen",
        &json!({"textDocument": {"uri": uri(file), "languageId": "rust", "version": 1, "text": text}}),
    );
}

/// Replaces a range of an open file.
pub(crate) fn edit(
    client: &mut Client,
    file: &Path,
    start: (u32, u32),
    end: (u32, u32),
    text: &str,
) {
    let position = |(line, character): (u32, u32)| json!({"line": line, "character": character});
    client.notify(
        "textDocument/didChange",
        &json!({
            "textDocument": {"uri": uri(file), "version": 2},
            "contentChanges": [{"range": {"start": position(start), "end": position(end)}, "text": text}],
        }),
    );
}

/// The ranges of diagnostics, each as line and both columns.
pub(crate) fn ranges(diagnostics: &[Value]) -> Vec<(u64, u64, u64)> {
    let number = |value: &Value| value.as_u64().unwrap();
    diagnostics
        .iter()
        .map(|diagnostic| {
            let range = &diagnostic["range"];
            assert_eq!(range["start"]["line"], range["end"]["line"]);
            (
                number(&range["start"]["line"]),
                number(&range["start"]["character"]),
                number(&range["end"]["character"]),
            )
        })
        .collect()
}

const TEXT: &str = "// 🦀 #[macros::noted]\r\nuse macros::noted as n;\r\n/* ä */ #[n]\r\nfn one() {}\r\n#[macros::noted]\r\nfn main() {}\r\n";

#[test]
fn a_use_is_marked_moves_with_the_text_and_is_bare_again_once_mended() {
    let project = Project::built();
    project.truncate_dylib();
    let file = project.path("app/src/main.rs");
    project.write("app/src/main.rs", TEXT);
    let mut client = Client::hello(project.root(), Manners::Answers);
    open(&mut client, &file, TEXT);
    let marked = ["dylib-corrupt", "dylib-corrupt"];
    let (place, diagnostics) = client.wait_for_codes(0, &file, &marked);
    assert_eq!(ranges(&diagnostics), [(2, 10, 11), (4, 2, 15)]);
    let first = &diagnostics[0];
    assert_eq!(first["source"], "sidecargo");
    assert_eq!(first["severity"], 1);
    let message = first["message"].as_str().unwrap();
    assert!(
        message.starts_with(
            "`#[n]` will not expand: the built `macros` 0.1.0 is cut short (4,096 of "
        ),
        "{message}"
    );
    let related: Vec<&str> = first["relatedInformation"]
        .as_array()
        .unwrap()
        .iter()
        .map(|related| related["location"]["uri"].as_str().unwrap())
        .collect();
    let manifest = project.path("macros/Cargo.toml");
    assert_eq!(related, [uri(&manifest), uri(&project.dylib())]);

    // A line more above, in the middle of which a character of four bytes stands.
    edit(&mut client, &file, (0, 0), (0, 0), "// 🦀\r\n");
    let (place, diagnostics) = client.wait_for_codes(place, &file, &marked);
    assert_eq!(ranges(&diagnostics), [(3, 10, 11), (5, 2, 15)]);
    // Commented out, and back.
    edit(&mut client, &file, (5, 0), (5, 0), "//");
    let (place, diagnostics) = client.wait_for_codes(place, &file, &marked[..1]);
    assert_eq!(ranges(&diagnostics), [(3, 10, 11)]);
    edit(&mut client, &file, (5, 0), (5, 2), "");
    let (place, _) = client.wait_for_codes(place, &file, &marked);

    // The cursor alone is enough.
    let cursor = json!({"line": 5, "character": 4});
    let actions = client.request(
        "textDocument/codeAction",
        &json!({"textDocument": {"uri": uri(&file)}, "range": {"start": cursor, "end": cursor}, "context": {"diagnostics": []}}),
    );
    assert_eq!(actions[0]["command"]["command"], "sidecargo.rebuild");
    assert_eq!(actions[0]["isPreferred"], true);
    let beside = json!({"line": 6, "character": 4});
    let none = client.request(
        "textDocument/codeAction",
        &json!({"textDocument": {"uri": uri(&file)}, "range": {"start": beside, "end": beside}, "context": {"diagnostics": []}}),
    );
    assert_eq!(none, Value::Null);
    // And so is our own diagnostic.
    let sent = json!([diagnostics[0]]);
    let actions = client.request(
        "textDocument/codeAction",
        &json!({"textDocument": {"uri": uri(&file)}, "range": diagnostics[0]["range"], "context": {"diagnostics": sent}}),
    );
    assert_eq!(actions[0]["diagnostics"], sent);

    let mut hover = |line: u32, character: u32| {
        client.request(
            "textDocument/hover",
            &json!({"textDocument": {"uri": uri(&file)}, "position": {"line": line, "character": character}}),
        )
    };
    let told = hover(3, 10)["contents"]["value"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(told.starts_with("**macros** 0.1.0 · ✗ corrupt"), "{told}");
    assert!(told.contains("Exports `noted`"), "{told}");
    assert_eq!(hover(3, 0), Value::Null);

    let command = &actions[0]["command"];
    client.command(
        command["command"].as_str().unwrap(),
        &command["arguments"][0],
    );
    let (place, _) = client.wait_for_codes(place, &file, &[]);
    // Broken again, closed: what is not open shows nothing.
    project.truncate_dylib();
    let (place, _) = client.wait_for_codes(place, &file, &marked);
    client.notify(
        "textDocument/didClose",
        &json!({"textDocument": {"uri": uri(&file)}}),
    );
    client.wait_for_codes(place, &file, &[]);
    client.goodbye();
}

#[test]
fn uses_are_not_marked_where_that_is_switched_off() {
    let project = Project::built();
    project.truncate_dylib();
    let file = project.path("app/src/main.rs");
    let mut client = Client::hello_with(
        project.root(),
        Manners::Answers,
        &json!({"diagnostics": {"uses": false}}),
    );
    open(&mut client, &file, TEXT);
    let manifest = project.path("macros/Cargo.toml");
    client.wait_for_codes(0, &manifest, &["dylib-corrupt"]);
    // The hover tells nevertheless: then the uses are known, and would be marked.
    loop {
        let hover = client.request(
            "textDocument/hover",
            &json!({"textDocument": {"uri": uri(&file)}, "position": {"line": 4, "character": 4}}),
        );
        if !hover.is_null() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    edit(&mut client, &file, (0, 0), (0, 0), "\n");
    client.request(
        "textDocument/hover",
        &json!({"textDocument": {"uri": uri(&file)}, "position": {"line": 5, "character": 4}}),
    );
    let shown = client.heard(0, "textDocument/publishDiagnostics");
    assert!(
        shown.iter().all(|shown| shown["uri"] != uri(&file)),
        "{shown:#?}"
    );
    client.goodbye();
}

#[test]
fn a_macro_whose_last_rebuild_failed_expands_with_old_code() {
    let project = Project::built();
    let file = project.path("app/src/main.rs");
    let text = fs::read_to_string(&file).unwrap();
    let source = fs::read_to_string(project.path("macros/src/lib.rs")).unwrap();
    let mut client = Client::hello(project.root(), Manners::Answers);
    open(&mut client, &file, &text);
    project.write("macros/src/lib.rs", &format!("{source}\nfn broken( {{}}\n"));
    project.check_in_vain();
    let (place, diagnostics) = client.wait_for_codes(0, &file, &["dylib-stale"]);
    let message = diagnostics[0]["message"].as_str().unwrap();
    assert!(
        message.starts_with(
            "`#[macros::noted]` expands with old code: the last build of `macros` 0.1.0 stopped"
        ),
        "{message}"
    );
    project.write("macros/src/lib.rs", &source);
    project.check();
    client.wait_for_codes(place, &file, &[]);
    client.goodbye();
}

#[test]
fn a_lens_above_the_dependencies_counts_what_fails_and_mends_it() {
    let project = Project::built();
    let manifest = project.path("app/Cargo.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    let mut client = Client::hello(project.root(), Manners::Answers);
    open(&mut client, &manifest, &text);
    project.truncate_dylib();
    let broken = project.path("macros/Cargo.toml");
    let (place, _) = client.wait_for_codes(0, &broken, &["dylib-corrupt"]);
    let document = json!({"textDocument": {"uri": uri(&manifest)}});
    let lenses = client.request("textDocument/codeLens", &document);
    let lens = &lenses[0];
    assert_eq!(lens["range"]["start"], json!({"line": 5, "character": 0}));
    let command = &lens["command"];
    assert_eq!(
        command["title"],
        "1 of 1 proc macro will not expand · Mend all"
    );
    client.command(
        command["command"].as_str().unwrap(),
        &command["arguments"][0],
    );
    client.wait_for_codes(place, &broken, &[]);
    let lenses = client.request("textDocument/codeLens", &document);
    assert_eq!(lenses, json!([]));
    client.goodbye();
}

/// A text of 10,000 lines and more with a use in every twentieth, in which bytes, units and characters differ.
fn long_text() -> String {
    let mut text = String::from("use macros::noted;\r\n");
    for number in 0..500 {
        text.push_str("/* 🦀 */ #[noted]\r\n");
        write!(text, "fn function_{number}(größe: &str) -> String {{\r\n").unwrap();
        for line in 0..17 {
            write!(
                text,
                "    let value_{line} = format!(\"#[noted] {{}} {line}\", größe.len()); // 'ä'\r\n"
            )
            .unwrap();
        }
        text.push_str("    value_0\r\n}\r\n");
    }
    text.push_str("#[noted]\r\nfn main() {}\r\n");
    text
}

/// A moment, and how long the server had worked by then, where the system tells.
struct Spent {
    at: Instant,
    work: Duration,
}

impl Spent {
    fn until_now(client: &Client) -> Self {
        let worked = |thread: fs::DirEntry| -> Option<u64> {
            let told = fs::read_to_string(thread.path().join("schedstat")).ok()?;
            told.split(' ').next()?.parse().ok()
        };
        let threads = fs::read_dir(format!("/proc/{}/task", client.process_id()));
        let all = threads.into_iter().flatten().flatten().filter_map(worked);
        Self {
            work: Duration::from_nanos(all.sum()),
            at: Instant::now(),
        }
    }
}

/// What one kind of answer took: on the clock, on which everybody on this machine works, and of the server's own work.
#[derive(Default)]
struct Costs {
    clock: Vec<Duration>,
    work: Vec<Duration>,
}

impl Costs {
    fn add(&mut self, since: &Spent, client: &Client) {
        self.clock.push(since.at.elapsed());
        let work = Spent::until_now(client).work;
        self.work.push(work.saturating_sub(since.work));
    }
}

impl std::fmt::Display for Costs {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let spread = |times: &[Duration]| {
            let mut times = times.to_vec();
            times.sort_unstable();
            let at = |hundredths| times[times.len() * hundredths / 100 - 1];
            format!(
                "p50 {:.2?}, p99 {:.2?}, most {:.2?}",
                at(50),
                at(99),
                at(100)
            )
        };
        write!(
            formatter,
            "{}; of it work {}",
            spread(&self.clock),
            spread(&self.work)
        )
    }
}

#[test]
#[ignore = "prints times; run it with --release"]
#[allow(clippy::print_stdout)]
fn how_long_answers_take_in_a_long_file() {
    let project = Project::built();
    project.truncate_dylib();
    let file = project.path("app/src/main.rs");
    let text = long_text();
    project.write("app/src/main.rs", &text);
    let mut client = Client::hello(project.root(), Manners::Answers);
    open(&mut client, &file, &text);
    let codes = vec!["dylib-corrupt"; 501];
    let (mut place, diagnostics) = client.wait_for_codes(0, &file, &codes);
    println!(
        "{} lines, {} bytes, {} marks",
        text.lines().count(),
        text.len(),
        diagnostics.len()
    );
    let mut costs: [Costs; 4] = Default::default();
    let [at_once, marks, hovers, actions] = &mut costs;
    for round in 0..200_u32 {
        let line = u64::from(round) + 2;
        let position = json!({"line": line, "character": 12});
        let document = json!({"uri": uri(&file)});
        let cursor = json!({"textDocument": document, "position": position});
        let asked = json!({"textDocument": document, "range": {"start": position, "end": position}, "context": {"diagnostics": []}});
        // All marks move by a line, and the question comes while the edit is still to be read.
        let edited = Spent::until_now(&client);
        edit(&mut client, &file, (1, 0), (1, 0), "// ä 🦀\r\n");
        let hover = client.request("textDocument/hover", &cursor);
        at_once.add(&edited, &client);
        assert!(!hover.is_null());
        (place, _) = client.wait_from(place, "moved marks", |message| {
            let diagnostics = &message["params"]["diagnostics"];
            message["params"]["uri"] == uri(&file)
                && diagnostics[0]["range"]["start"] == json!({"line": line, "character": 11})
                && diagnostics[500]["range"]["start"]["line"] == line + 10_500
        });
        marks.add(&edited, &client);
        let before = Spent::until_now(&client);
        let hover = client.request("textDocument/hover", &cursor);
        hovers.add(&before, &client);
        assert!(!hover.is_null());
        let before = Spent::until_now(&client);
        let offered = client.request("textDocument/codeAction", &asked);
        actions.add(&before, &client);
        assert!(!offered.is_null());
    }
    for (what, costs) in ["an edit and a hover", "till marks", "hover", "actions"]
        .into_iter()
        .zip(costs)
    {
        println!("{what}: {costs}");
    }
    client.goodbye();
}

//! An hour of one user with one server: types, saves, builds, breaks, repairs, opens and leaves. What the server has is printed each
//! minute and must be flat at the end.

use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::Figures;
use super::client::{Client, Manners, PATIENCE, uri};
use super::figures::Cost;
use super::project::Project;
use super::shown::{self, wait_until_quiet};
use crate::options::Options;

const MACRO: &str = "macros/src/lib.rs";
const USES: &str = "app/src/main.rs";
const MANIFEST: &str = "macros/Cargo.toml";
const OPEN: &[(&str, &str)] = &[(MACRO, "rust"), (USES, "rust"), (MANIFEST, "toml")];

/// How often its cost is taken.
const MINUTE: Duration = Duration::from_mins(1);

/// Memory in kB that may come on top: allocators keep some of what they once needed.
const MEMORY: u64 = 4_096;

/// Watches that may come on top: of directories around the workspace, which are left alone while they are noisy.
const WATCHES: usize = 10;

/// One thing that a user does; afterwards all is fresh again, and nothing is shown.
type Deed = fn(&mut User);

const DEEDS: &[(&str, Deed)] = &[
    ("types and asks", User::types),
    ("edits and builds", User::edits_and_builds),
    ("cuts a dylib short", User::truncates),
    ("saves what does not compile", User::breaks_and_repairs),
    ("deletes a dylib", User::deletes),
    ("cleans by hand", User::cleans_by_hand),
    ("cleans by command", User::cleans_by_command),
    ("takes a rebuild back", User::cancels),
    ("kills a build", User::kills_a_build),
    ("closes and opens", User::reopens),
    ("visits another project", User::visits),
    ("breaks the manifest", User::breaks_the_manifest),
    ("changes settings", User::changes_settings),
];

struct User {
    project: Project,
    /// Another workspace, opened beside for a while.
    other: Project,
    client: Client,
    /// Where in the conversation the present deed began.
    place: usize,
    /// How many deeds there were: makes texts differ.
    number: usize,
}

pub(crate) fn run(options: &Options) -> Figures {
    let lasts = options.lasts(Duration::from_secs(1), Duration::from_hours(1));
    let mut user = User::sits_down();
    // Everything that is made once is made by doing everything once.
    user.lives_for(Duration::ZERO);
    let mut costs = vec![user.rests(Instant::now())];
    let started = Instant::now();
    while started.elapsed() < lasts {
        user.lives_for(MINUTE.min(lasts.saturating_sub(started.elapsed())));
        costs.push(user.rests(started));
    }
    let (early, late) = (costs[0], costs[costs.len() - 1]);
    let (first, second) = costs.split_at(costs.len() / 2);
    let deeds = user.number;
    user.client.goodbye();
    assert_eq!(late.threads, early.threads, "threads: {early}; {late}");
    assert_eq!(late.descriptors, early.descriptors, "{early}; {late}");
    assert_eq!(late.children, 0, "{late}");
    assert!(late.watches < early.watches + WATCHES, "{early}; {late}");
    // The first cost of an hour may stand at a low point; what leaks goes on to grow in the second half.
    let most = |costs: &[Cost]| costs.iter().map(|cost| cost.memory).max().unwrap_or(0);
    assert!(
        most(second) < most(first) + MEMORY,
        "memory in kB: at most {} became {}",
        most(first),
        most(second)
    );
    vec![
        format!(
            "{deeds} deeds in {:.0} s, the verdict right after each",
            started.elapsed().as_secs_f64()
        ),
        format!("at the beginning: {early}"),
        format!("at the end: {late}"),
        format!(
            "memory at most: {} kB in the first half, {} kB in the second",
            most(first),
            most(second)
        ),
    ]
}

impl User {
    fn sits_down() -> Self {
        let project = Project::built();
        let mut client = Client::hello(project.root(), Manners::Answers);
        client.wait_for_report();
        let mut user = Self {
            project,
            other: Project::built(),
            client,
            place: 0,
            number: 0,
        };
        for (file, language) in OPEN {
            user.open(file, language);
        }
        user
    }

    /// Does all deeds in turn, until the time is over and each was done as often as the others.
    fn lives_for(&mut self, lasts: Duration) {
        let started = Instant::now();
        loop {
            for (name, deed) in DEEDS {
                self.number += 1;
                self.place = self.client.place();
                deed(self);
                self.all_is_well(name);
            }
            if started.elapsed() >= lasts {
                return;
            }
        }
    }

    /// Waits until the server has settled; says what it has.
    fn rests(&mut self, started: Instant) -> Cost {
        // Threads that waited for work go after ten seconds.
        wait_until_quiet(&mut self.client, Duration::from_secs(11));
        let cost = Cost::of(self.client.process_id());
        let time = started.elapsed().as_secs();
        println!(
            "    {:>3}:{:02}, {} deeds: {cost}",
            time / 60,
            time % 60,
            self.number
        );
        cost
    }

    #[track_caller]
    fn all_is_well(&mut self, name: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            wait_until_quiet(&mut self.client, Duration::from_millis(500));
            let report = self.client.report();
            let summary = &report["summary"];
            let shown = shown::now(&self.client);
            if summary["fresh"] == summary["total"] && shown.is_empty() {
                return;
            }
            // Outputs of the last two seconds may be those of a build that still runs.
            assert!(Instant::now() < deadline, "{name}: {shown:?}; {report:#}");
        }
    }

    fn waits_for(&mut self, file: &str, codes: &[&str]) {
        let file = self.project.path(file);
        (self.place, _) = self.client.wait_for_codes(self.place, &file, codes);
    }

    fn notify(&mut self, method: &str, file: &str, more: &Value) {
        let mut parameters =
            json!({"textDocument": {"uri": uri(&self.project.path(file)), "version": self.number}});
        if let (Some(all), Some(more)) = (parameters.as_object_mut(), more.as_object()) {
            all.extend(more.clone());
        }
        self.client.notify(method, &parameters);
    }

    fn open(&mut self, file: &str, language: &str) {
        let path = self.project.path(file);
        let text = fs::read_to_string(&path).unwrap();
        self.client.notify(
            "textDocument/didOpen",
            &json!({"textDocument": {"uri": uri(&path), "languageId": language, "version": 0, "text": text}}),
        );
    }

    fn edit(&mut self, file: &str, text: &str) {
        self.notify(
            "textDocument/didChange",
            file,
            &json!({"contentChanges": [{"text": text}]}),
        );
    }

    fn save(&mut self, file: &str, text: &str) {
        self.edit(file, text);
        self.project.write(file, text);
        self.notify("textDocument/didSave", file, &json!({}));
    }

    /// What is asked while somebody types and looks around.
    fn ask_everything(&mut self, file: &str) {
        let document = json!({"uri": uri(&self.project.path(file))});
        let start = json!({"line": 0, "character": 3});
        self.client.request(
            "textDocument/hover",
            &json!({"textDocument": document, "position": start}),
        );
        self.client.request(
            "textDocument/codeAction",
            &json!({"textDocument": document, "range": {"start": start, "end": start}, "context": {"diagnostics": []}}),
        );
        self.client
            .request("textDocument/codeLens", &json!({"textDocument": document}));
    }

    fn types(&mut self) {
        let text = fs::read_to_string(self.project.path(USES)).unwrap();
        for length in 0..20 {
            let typed = format!("{text}// {}\n", "x".repeat(length));
            self.edit(USES, &typed);
            self.ask_everything(USES);
        }
        self.edit(USES, &text);
    }

    fn edits_and_builds(&mut self) {
        let word = format!("pub const WORD: &str = \"{}\";\n", self.number);
        self.project.write("words/src/lib.rs", &word);
        self.project.check();
    }

    fn truncates(&mut self) {
        self.project.truncate_dylib();
        self.waits_for(MANIFEST, &["dylib-corrupt"]);
        self.ask_everything(USES);
        self.client.command("sidecargo.rebuild", &json!({}));
        self.waits_for(MANIFEST, &[]);
    }

    fn breaks_and_repairs(&mut self) {
        let good = fs::read_to_string(self.project.path(MACRO)).unwrap();
        self.save(MACRO, &format!("{good}const BROKEN: u8 = \"\";\n"));
        self.project.check_in_vain();
        self.waits_for(MANIFEST, &["dylib-stale"]);
        self.client.command("sidecargo.rebuild", &json!({}));
        self.ask_everything(MACRO);
        self.save(MACRO, &good);
        self.project.check();
        self.waits_for(MANIFEST, &[]);
    }

    fn deletes(&mut self) {
        fs::remove_file(self.project.dylib()).unwrap();
        self.waits_for(MANIFEST, &["dylib-missing"]);
        self.client.command("sidecargo.fixAll", &json!({}));
        self.waits_for(MANIFEST, &[]);
    }

    fn cleans_by_hand(&mut self) {
        fs::remove_dir_all(self.project.path("target")).unwrap();
        self.project.check();
    }

    fn cleans_by_command(&mut self) {
        self.client.command("sidecargo.cleanAndRebuild", &json!({}));
        let began = self.place;
        self.client.wait_from(began, "the end of a run", |message| {
            message["method"] == "$/progress" && message["params"]["value"]["kind"] == "end"
        });
    }

    fn cancels(&mut self) {
        self.project.truncate_dylib();
        self.waits_for(MANIFEST, &["dylib-corrupt"]);
        self.client.command("sidecargo.rebuild", &json!({}));
        self.client.command("sidecargo.cancel", &json!({}));
        let began = self.place;
        self.client.wait_from(began, "the end of a run", |message| {
            message["method"] == "$/progress" && message["params"]["value"]["kind"] == "end"
        });
        self.project.check();
        self.client.command("sidecargo.rebuild", &json!({}));
        wait_until_quiet(&mut self.client, Duration::from_secs(1));
    }

    fn kills_a_build(&mut self) {
        let word = format!("pub const WORD: &str = \"{}!\";\n", self.number);
        self.project.write("words/src/lib.rs", &word);
        let mut build = self.project.cargo(&["check", "--workspace", "--offline"]);
        let mut build = build.stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(150));
        let _ = build.kill();
        build.wait().unwrap();
        self.project.check();
    }

    fn reopens(&mut self) {
        for (file, language) in OPEN {
            self.notify("textDocument/didClose", file, &json!({}));
            self.open(file, language);
        }
    }

    fn visits(&mut self) {
        let folder = json!([{"uri": uri(self.other.root()), "name": "other"}]);
        let change =
            |added: &Value, removed: &Value| json!({"event": {"added": added, "removed": removed}});
        self.client.notify(
            "workspace/didChangeWorkspaceFolders",
            &change(&folder, &json!([])),
        );
        self.other.truncate_dylib();
        let manifest = self.other.path(MANIFEST);
        self.client
            .wait_for_codes(self.place, &manifest, &["dylib-corrupt"]);
        self.client.notify(
            "workspace/didChangeWorkspaceFolders",
            &change(&json!([]), &folder),
        );
        self.client.wait_for_codes(self.place, &manifest, &[]);
    }

    fn breaks_the_manifest(&mut self) {
        let good = fs::read_to_string(self.project.path("Cargo.toml")).unwrap();
        self.project.write("Cargo.toml", "[workspace\n");
        self.waits_for("Cargo.toml", &["workspace-unreadable"]);
        self.project.write("Cargo.toml", &good);
        self.waits_for("Cargo.toml", &[]);
    }

    fn changes_settings(&mut self) {
        for settings in [
            json!({"noExec": true}),
            json!({"diagnostics": {"uses": false}}),
            json!({}),
        ] {
            self.client.change_settings(&settings);
            wait_until_quiet(&mut self.client, Duration::from_millis(500));
        }
    }
}

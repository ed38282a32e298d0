//! A dylib breaks in every way while a real rust-analyzer has it loaded: both servers tell of it, our action at rust-analyzer's own
//! error mends it, rust-analyzer is made to reload, and neither has anything left to say.

mod breaks;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::Figures;
use super::client::uri;
use super::pair::{Pair, SKIPPED, USES, rust_analyzer};
use super::project::Project;
use super::shown::{self, wait_until_quiet};
use crate::options::Options;
use breaks::{BREAKS, Break, Seen, another_rustcs_dylib, restore};

const MACROS: &str = r#"use proc_macro::TokenStream;

#[proc_macro_attribute]
pub fn noted(_: TokenStream, item: TokenStream) -> TokenStream {
    assert!(!words::WORD.is_empty());
    item
}

#[proc_macro_derive(Named)]
pub fn named(_: TokenStream) -> TokenStream {
    TokenStream::new()
}

#[proc_macro]
pub fn number(_: TokenStream) -> TokenStream {
    "pub const NUMBER: u8 = 7;".parse().unwrap()
}
"#;

/// A file that uses the macros in every way; a later round makes every expansion a new one.
fn text(round: usize) -> String {
    format!(
        "#[derive(macros::Named)]
pub struct One {{ field_{round}: u8 }}

macros::number!(round {round});

#[macros::noted]
pub fn free() {{ let _ = {round}; }}

impl One {{
    #[macros::noted]
    pub fn method(&self) -> usize {{ {round} }}
}}

#[macros::noted]
fn main() {{
    let _ = One {{ field_{round}: NUMBER }};
}}
"
    )
}

/// The lines of the uses in it.
const LINES: [u64; 5] = [0, 3, 5, 9, 13];

pub(crate) fn run(_: &Options) -> Figures {
    let Some(rust_analyzer) = rust_analyzer() else {
        return vec![SKIPPED.to_owned()];
    };
    let project = Project::new();
    project.write("macros/src/lib.rs", MACROS);
    project.write(USES, &text(0));
    let mut session = Session {
        pair: Pair::open(&rust_analyzer, project),
        round: 0,
        figures: Figures::new(),
    };
    session.pair.wait_for_build(None);
    session.wait_until_clean();
    for broken in BREAKS {
        session.break_and_mend(broken);
    }
    match another_rustcs_dylib() {
        Ok((_directory, other)) => session.replace_and_mend(&other),
        Err(why) => session.figures.push(why),
    }
    session.rebuild_elsewhere();
    session.restore_with_the_old_time();
    session.restore_before_we_look();
    session.pair.ours.goodbye();
    session.figures
}

struct Session {
    pair: Pair,
    round: usize,
    figures: Figures,
}

impl Session {
    /// Neither server has anything to say, and macros expand.
    fn wait_until_clean(&mut self) {
        self.pair
            .wait_for_theirs(USES, "no complaint", <[Value]>::is_empty);
        wait_until_quiet(&mut self.pair.ours, Duration::from_millis(500));
        let shown = shown::now(&self.pair.ours);
        assert!(shown.is_empty(), "{shown:?}");
        let report = self.pair.ours.report();
        assert_eq!(report["summary"]["fresh"], 1, "{report:#}");
        let uri = uri(&self.pair.project.path(USES));
        let expanded = self.pair.theirs.request(
            "rust-analyzer/expandMacro",
            &json!({"textDocument": {"uri": uri}, "position": {"line": LINES[1], "character": 10}}),
        );
        let expansion = expanded["expansion"].as_str().unwrap_or_default();
        assert!(expansion.contains("NUMBER"), "{expanded}");
    }

    fn edit(&mut self) {
        self.round += 1;
        self.pair.edit(USES, &text(self.round));
    }

    /// Waits until rust-analyzer complains at every use, in its words for what it had loaded before or for what it could not load.
    fn wait_for_complaints(&mut self, seen: Seen) -> Vec<Value> {
        let said = self
            .pair
            .wait_for_theirs(USES, "complaints at every use", |said| {
                let mut complaints = said.iter().filter(|one| is_complaint(one));
                lines_of(said) == LINES.into() && complaints.all(|one| has_words_of(one, seen))
            });
        said.into_iter().filter(is_complaint).collect()
    }

    fn break_and_mend(&mut self, broken: &Break) {
        let dylib = self.pair.project.dylib();
        let place = self.pair.ours.place();
        let began = Instant::now();
        (broken.apply)(&dylib);
        self.mend_what_is_told(place, began, broken.seen, broken.name, broken.code);
    }

    fn replace_and_mend(&mut self, other: &Path) {
        let dylib = self.pair.project.dylib();
        for seen in [Seen::WhenExpanded, Seen::WhenLoaded] {
            let place = self.pair.ours.place();
            let began = Instant::now();
            fs::remove_file(&dylib).unwrap();
            fs::copy(other, &dylib).unwrap();
            let name = match seen {
                Seen::WhenExpanded => "another rustc's",
                Seen::WhenLoaded => "another rustc's and loaded anew",
            };
            self.mend_what_is_told(place, began, seen, name, "dylib-wrong-rustc");
        }
    }

    fn mend_what_is_told(
        &mut self,
        place: usize,
        began: Instant,
        seen: Seen,
        name: &str,
        code: &str,
    ) {
        match seen {
            // rust-analyzer keeps what it has expanded until the text is another.
            Seen::WhenExpanded => self.edit(),
            Seen::WhenLoaded => self.pair.reload_theirs(),
        }
        let theirs = self.wait_for_complaints(seen);
        let told_by_them = began.elapsed();
        let file = self.pair.project.path(USES);
        let (_, ours) = self.pair.ours.wait_for_codes(place, &file, &[code; 5]);
        let told_by_us = began.elapsed();
        assert_eq!(lines_of_any(&ours), LINES.into(), "{ours:#?}");

        let mut first = Value::Null;
        for complaint in &theirs {
            first = self.first_action(complaint);
            assert_eq!(
                first["command"]["command"], "sidecargo.rebuild",
                "{complaint:#} {first:#}"
            );
        }
        let began = Instant::now();
        let (ran, clean) = self.carry_out(&first, began);
        self.figures.push(format!(
            "{name}: rust-analyzer told after {}, Sidecargo after {}; `{}` took {}, both clean after {}",
            seconds(told_by_them),
            seconds(told_by_us),
            first["title"].as_str().unwrap(),
            seconds(ran),
            seconds(clean),
        ));
    }

    /// Whoever builds in a terminal, or rust-analyzer's own check on save, mends the dylib, and rust-analyzer does not see it.
    fn rebuild_elsewhere(&mut self) {
        let dylib = self.pair.project.dylib();
        fs::remove_file(&dylib).unwrap();
        self.edit();
        self.wait_for_complaints(Seen::WhenExpanded);
        self.pair.project.check();
        let reload = self.offered_once_we_are_clean();
        assert_eq!(packages(&reload), &json!([]), "{reload:#}");
        let (_, clean) = self.carry_out(&reload, Instant::now());
        self.tell("rebuilt in a terminal", &reload, clean);
    }

    /// A dylib comes back as it was, its time included: rust-analyzer keeps its errors by path and time, and reloading changes nothing.
    fn restore_with_the_old_time(&mut self) {
        for name in ["moved away and back", "copied back with its time"] {
            let dylib = self.pair.project.dylib();
            let aside = self.pair.project.path("aside");
            let place = self.pair.ours.place();
            fs::rename(&dylib, &aside).unwrap();
            self.edit();
            self.wait_for_complaints(Seen::WhenExpanded);
            let file = self.pair.project.path(USES);
            self.pair
                .ours
                .wait_for_codes(place, &file, &["dylib-missing"; 5]);
            restore(&aside, &dylib, name);
            let renew = self.offered_once_we_are_clean();
            assert_ne!(packages(&renew), &json!([]), "{renew:#}");
            let (_, clean) = self.carry_out(&renew, Instant::now());
            self.tell(name, &renew, clean);
        }
    }

    /// The same where our server has not seen it: what helps is offered once a plain reload did not.
    fn restore_before_we_look(&mut self) {
        let dylib = self.pair.project.dylib();
        let aside = self.pair.project.path("aside");
        fs::rename(&dylib, &aside).unwrap();
        self.edit();
        self.wait_for_complaints(Seen::WhenExpanded);
        fs::rename(&aside, &dylib).unwrap();
        self.pair.begin_ours_anew();
        let reload = self.offered_once_we_are_clean();
        assert_eq!(packages(&reload), &json!([]), "{reload:#}");
        let place = self.pair.ours.place();
        self.run(&reload, place);
        self.pair.reload_theirs();
        wait_until_quiet(&mut self.pair.theirs, Duration::from_secs(2));
        let renew = self.offered_once_we_are_clean();
        assert_ne!(packages(&renew), &json!([]), "{renew:#}");
        let (_, clean) = self.carry_out(&renew, Instant::now());
        self.tell(
            "back before our server began, and reloaded in vain",
            &renew,
            clean,
        );
    }

    /// The action that is offered first at each complaint that rust-analyzer still has, when our server has nothing to say.
    fn offered_once_we_are_clean(&mut self) -> Value {
        wait_until_quiet(&mut self.pair.ours, Duration::from_secs(1));
        let shown = shown::now(&self.pair.ours);
        assert!(shown.is_empty(), "{shown:?}");
        let theirs = self.wait_for_complaints(Seen::WhenExpanded);
        let mut first = Value::Null;
        for complaint in &theirs {
            first = self.first_action(complaint);
            assert_eq!(
                first["command"]["command"], "sidecargo.reloadRustAnalyzer",
                "{complaint:#} {first:#}"
            );
        }
        first
    }

    fn tell(&mut self, name: &str, action: &Value, clean: Duration) {
        self.figures.push(format!(
            "{name}: rust-analyzer alone still complained; `{}`: clean after {}",
            action["title"].as_str().unwrap(),
            seconds(clean)
        ));
    }

    /// What is offered first at a complaint of rust-analyzer's, which is sent along as editors do.
    fn first_action(&mut self, complaint: &Value) -> Value {
        let uri = uri(&self.pair.project.path(USES));
        let offered = self.pair.ours.request(
            "textDocument/codeAction",
            &json!({
                "textDocument": {"uri": uri},
                "range": complaint["range"],
                "context": {"diagnostics": [complaint], "triggerKind": 1},
            }),
        );
        let first = &offered[0];
        assert_eq!(first["isPreferred"], true, "{complaint:#} {offered:#}");
        assert_eq!(first["kind"], "quickfix", "{offered:#}");
        assert_eq!(first["diagnostics"], json!([complaint]), "{offered:#}");
        first.clone()
    }

    /// Runs an action as an editor does, passes the wish to reload on to rust-analyzer, and waits until both are clean.
    fn carry_out(&mut self, action: &Value, began: Instant) -> (Duration, Duration) {
        let place = self.pair.ours.place();
        self.run(action, place);
        let ran = began.elapsed();
        self.pair.reload_theirs();
        self.pair
            .wait_for_theirs(USES, "no complaint", <[Value]>::is_empty);
        let clean = began.elapsed();
        self.wait_until_clean();
        (ran, clean)
    }

    /// Runs an action and waits for the end of its progress, where it has one, and the wish to reload.
    fn run(&mut self, action: &Value, place: usize) {
        let command = &action["command"];
        let answer = self.pair.ours.command(
            command["command"].as_str().unwrap(),
            &command["arguments"][0],
        );
        if let Some(run) = answer["run_id"].as_str() {
            self.pair
                .ours
                .wait_from(place, "the end of the progress", |message| {
                    message["method"] == "$/progress"
                        && message["params"]["token"] == run
                        && message["params"]["value"]["kind"] == "end"
                        && message["params"]["value"]["message"] == "Done"
                });
        }
        let root = uri(self.pair.project.root());
        self.pair
            .ours
            .wait_from(place, "the wish to reload", |message| {
                message["method"] == "sidecargo/reloadProcMacros"
                    && message["params"]["workspace"] == root
            });
    }
}

fn is_complaint(diagnostic: &Value) -> bool {
    diagnostic["code"] == "macro-error"
}

fn has_words_of(complaint: &Value, seen: Seen) -> bool {
    let message = complaint["message"].as_str().unwrap();
    (seen == Seen::WhenExpanded) == message.contains("panicked: failed to load macro")
}

/// The packages that an action is about.
fn packages(action: &Value) -> &Value {
    &action["command"]["arguments"][0]["package_ids"]
}

fn lines_of(said: &[Value]) -> BTreeSet<u64> {
    let complaints: Vec<Value> = said
        .iter()
        .filter(|one| is_complaint(one))
        .cloned()
        .collect();
    lines_of_any(&complaints)
}

fn lines_of_any(diagnostics: &[Value]) -> BTreeSet<u64> {
    diagnostics
        .iter()
        .map(|one| one["range"]["start"]["line"].as_u64().unwrap())
        .collect()
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

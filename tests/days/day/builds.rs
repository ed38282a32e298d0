//! Dozens of builds in a row, of every kind and half of them killed: what is shown meanwhile must be borne out when the dust has settled.
//!
//! Borne out by whom: first by the server's own last word, so that nothing flickers; then by a `sidecargo check` that remembers nothing;
//! and, whenever rust-analyzer's command runs next, by cargo itself, which rebuilds what is not as it should be and nothing else.

mod build;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use super::Figures;
use super::client::{self, Client, Manners};
use super::figures::spread;
use super::project::Project;
use super::shown::{self, Shown, wait_until_quiet};
use super::support::dice::Dice;
use super::support::scratch;
use crate::options::{Length, Options};
use build::{Build, Said, cargo};

/// How long the server may take to come to its last word: whatever was killed, nothing more happens.
const DUST: Duration = Duration::from_millis(2_500);

pub(crate) fn run(options: &Options) -> Figures {
    let (project, packages) = match options.length {
        Length::Slice => (Project::built(), 3),
        Length::Full => large(),
    };
    let rounds = options.rounds(6, 50);
    let seed =
        std::env::var("SIDECARGO_DAYS_SEED").map_or(20_261_121, |seed| seed.parse().unwrap());
    let mut dice = Dice::of_seed(seed);
    let mut client = Client::hello(project.root(), Manners::Answers);
    let macros = client.wait_for_report()["proc_macros"]
        .as_array()
        .unwrap()
        .len();
    wait_until_quiet(&mut client, DUST);

    let mut tally = Tally::default();
    for round in 0..rounds {
        let before = shown::now(&client);
        let place = client.place();
        let build = Build::chosen(round, rounds, options.length, &mut dice);
        let (said, ended) = build.carry_out(&project, &mut dice, &mut tally);
        std::thread::sleep(DUST);
        wait_until_quiet(&mut client, DUST);
        let after = shown::now(&client);
        let meanwhile = shown::since(&client, place);
        tally.published += client.heard(place, "textDocument/publishDiagnostics").len();
        if client.place() > place {
            let settled = client
                .last_heard()
                .unwrap()
                .saturating_duration_since(ended);
            tally.settled.push(settled);
        }
        eprintln!(
            "    {round}: {build:?}: {} shown, {} meanwhile",
            after.len(),
            meanwhile.len()
        );

        let flickers: BTreeSet<&Shown> = meanwhile
            .iter()
            .filter(|shown| !before.contains(shown) && !after.contains(shown))
            .collect();
        if !flickers.is_empty() {
            for (words, number) in shown::sentences(&client, place) {
                eprintln!("        {words} ({number} packages)");
            }
        }
        for flicker in flickers {
            tally.false_findings.push(format!(
                "round {round}, {build:?}: {flicker:?} was shown for a while"
            ));
        }
        tally.compare(round, &build, &before, said.as_ref());
        tally.compare_with_check(round, &build, &project, &after);
    }
    client.goodbye();
    let figures = tally.figures(rounds, packages, macros, seed);
    assert!(
        tally.false_findings.is_empty(),
        "{:#?}\n{figures:#?}",
        tally.false_findings
    );
    figures
}

/// The workspace of many packages, kept from run to run: its first build takes minutes.
fn large() -> (Project, usize) {
    let root = scratch().join("days").join("large");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/days/large");
    for name in [
        "Cargo.toml",
        "Cargo.lock",
        "app/Cargo.toml",
        "app/src/main.rs",
        "macros/Cargo.toml",
        "macros/src/lib.rs",
        "words/Cargo.toml",
        "words/src/lib.rs",
    ] {
        let (from, to) = (source.join(name), root.join(name));
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        if fs::read(&from).unwrap() != fs::read(&to).unwrap_or_default() {
            fs::copy(from, to).unwrap();
        }
    }
    eprintln!("    builds {} once", root.display());
    let status = cargo(&root)
        .args(["check", "-q", "--workspace", "--all-targets"])
        .status()
        .unwrap();
    assert!(status.success());
    let lock = fs::read_to_string(root.join("Cargo.lock")).unwrap();
    let packages = lock.lines().filter(|line| *line == "[[package]]").count();
    (Project::in_place(root.canonicalize().unwrap()), packages)
}

#[derive(Default)]
struct Tally {
    published: usize,
    interrupted: usize,
    compared_with_cargo: usize,
    settled: Vec<Duration>,
    false_findings: Vec<String>,
}

impl Tally {
    /// What was shown before an untouched run of rust-analyzer's command is what that run rebuilds.
    fn compare(
        &mut self,
        round: usize,
        build: &Build,
        before: &BTreeSet<Shown>,
        said: Option<&Said>,
    ) {
        let Some(said) = said else { return };
        self.compared_with_cargo += said.fresh.len() + said.rebuilt.len();
        let shown: BTreeSet<&String> = before.iter().map(|(_, package)| package).collect();
        for package in shown
            .iter()
            .filter(|package| said.fresh.contains(**package))
        {
            self.false_findings.push(format!(
                "round {round}, {build:?}: {package} was shown before, and cargo calls it fresh"
            ));
        }
        for package in said
            .rebuilt
            .iter()
            .filter(|package| !shown.contains(package))
        {
            self.false_findings.push(format!(
                "round {round}, {build:?}: {package} was not shown before, and cargo rebuilt it"
            ));
        }
    }

    /// The server's last word is what a look that knows nothing of before finds.
    fn compare_with_check(
        &mut self,
        round: usize,
        build: &Build,
        project: &Project,
        after: &BTreeSet<Shown>,
    ) {
        let output = Command::new(client::program())
            .args(["check", "--format", "json"])
            .current_dir(project.root())
            .env_remove("CARGO_TARGET_DIR")
            .output()
            .unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let mut found = BTreeSet::new();
        for finding in report["findings"].as_array().unwrap() {
            let is_about_macros = finding["code"].as_str().unwrap().starts_with("dylib-");
            let packages = finding["package_ids"].as_array().unwrap();
            for package in packages.iter().filter(|_| is_about_macros) {
                let code = finding["code"].as_str().unwrap().to_owned();
                found.insert((code, package.as_str().unwrap().to_owned()));
            }
        }
        for other in after.symmetric_difference(&found) {
            self.false_findings.push(format!("round {round}, {build:?}: {other:?} is shown by only one of server ({}) and check ({})", after.len(), found.len()));
        }
    }

    fn figures(&self, rounds: usize, packages: usize, macros: usize, seed: u64) -> Figures {
        let mut settled = self.settled.clone();
        vec![
            format!(
                "{rounds} builds of {packages} packages with {macros} macros, {} of them killed (seed {seed})",
                self.interrupted
            ),
            format!(
                "{} publications, {} findings not borne out",
                self.published,
                self.false_findings.len()
            ),
            format!(
                "{} macros compared with what cargo then rebuilt",
                self.compared_with_cargo
            ),
            format!(
                "last word after the last process: {}",
                if settled.is_empty() {
                    "nothing was said".to_owned()
                } else {
                    spread(&mut settled)
                }
            ),
        ]
    }
}

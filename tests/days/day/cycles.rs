//! A thousand rebuilds in one session: whatever a rebuild leaves behind in the server would show.

use std::fs;
use std::time::Duration;

use serde_json::json;

use super::Figures;
use super::client::{Client, Manners};
use super::figures::Cost;
use super::project::Project;
use super::shown::{self, wait_until_quiet};
use crate::options::Options;

/// After so many everything that is made once has been made.
const WARM: usize = 10;

pub(crate) fn run(options: &Options) -> Figures {
    let rounds = options.rounds(20, 1_000).max(WARM + 1);
    let project = Project::built();
    let mut client = Client::hello(project.root(), Manners::Answers);
    client.wait_for_report();
    let mut early = Cost::default();
    let mut figures = Figures::new();
    for round in 1..=rounds {
        cycle(&project, &mut client, round);
        if round == WARM {
            early = rested(&mut client);
            eprintln!("    {round}: {early}");
            figures.push(format!("after {round} cycles: {early}"));
        }
        if round.is_multiple_of(100) {
            eprintln!("    {round}: {}", Cost::of(client.process_id()));
        }
    }
    let late = rested(&mut client);
    eprintln!("    {rounds}: {late}");
    figures.push(format!("after {rounds} cycles: {late}"));
    assert_eq!(client.report()["summary"]["fresh"], 1);
    assert!(shown::now(&client).is_empty());
    assert_eq!(late.threads, early.threads, "threads");
    assert_eq!(late.descriptors, early.descriptors, "descriptors");
    // Directories around the workspace are left alone while they are noisy, and none of them is the cycles' doing.
    assert!(late.watches < early.watches + WARM, "watches");
    assert_eq!(late.children, 0, "children");
    // Allocators keep some of what they once needed; what grows with every cycle is more than that after a thousand.
    assert!(
        late.memory < early.memory + 4_096,
        "memory: {early} became {late}"
    );
    client.goodbye();
    figures
}

/// An edit and a build; every tenth time a fault that the server itself mends, every fiftieth a full clean before.
fn cycle(project: &Project, client: &mut Client, round: usize) {
    project.write(
        "words/src/lib.rs",
        &format!("pub const WORD: &str = \"{round}\";\n"),
    );
    if round.is_multiple_of(50) {
        fs::remove_dir_all(project.path("target")).unwrap();
    }
    project.check();
    if round % 10 == 5 {
        let place = client.place();
        let manifest = project.path("macros/Cargo.toml");
        project.truncate_dylib();
        let (place, _) = client.wait_for_codes(place, &manifest, &["dylib-corrupt"]);
        client.command("sidecargo.rebuild", &json!({}));
        client.wait_for_codes(place, &manifest, &[]);
    }
}

/// Its cost when it does nothing.
fn rested(client: &mut Client) -> Cost {
    // Threads that waited for work go after ten seconds.
    wait_until_quiet(client, Duration::from_secs(11));
    Cost::of(client.process_id())
}

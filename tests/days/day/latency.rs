//! How long a deletion takes to be shown, and a repair to be taken back: noticed by itself, and asked for at once.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::json;

use super::Figures;
use super::client::{Client, Manners};
use super::figures::spread;
use super::project::Project;
use crate::options::Options;

/// What calls for the look.
#[derive(Clone, Copy)]
enum Look {
    /// The change itself: events, and the pause that waits until all is still.
    Noticed,
    /// A request: nothing is waited for, so that this is what the look and its way cost.
    AskedFor,
}

pub(crate) fn run(options: &Options) -> Figures {
    let rounds = options.rounds(3, 100);
    let mut figures = Figures::new();
    for (look, name) in [
        (Look::Noticed, "with the debounce"),
        (Look::AskedFor, "without the debounce"),
    ] {
        let (mut deleted, mut repaired) = measure(rounds, look);
        figures.push(format!(
            "{name}: deletion shown after {}",
            spread(&mut deleted)
        ));
        figures.push(format!(
            "{name}: repair by cargo taken back after {}",
            spread(&mut repaired)
        ));
    }
    figures
}

fn measure(rounds: usize, look: Look) -> (Vec<Duration>, Vec<Duration>) {
    let project = Project::built();
    let manifest = project.path("macros/Cargo.toml");
    let mut client = Client::hello(project.root(), Manners::Answers);
    client.wait_for_report();
    let (mut deleted, mut repaired) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let dylib = project.dylib();
        let place = client.place();
        let started = Instant::now();
        fs::remove_file(dylib).unwrap();
        let place = wait(&mut client, place, &manifest, &["dylib-missing"], look);
        deleted.push(client.time_before(place) - started);

        project.check();
        let started = Instant::now();
        let place = wait(&mut client, place, &manifest, &[], look);
        // It may be taken back while cargo is still about to end.
        repaired.push(client.time_before(place).saturating_duration_since(started));
        // A build that has just ended keeps the next finding back, and that is not what is measured.
        std::thread::sleep(Duration::from_secs(1));
    }
    client.goodbye();
    (deleted, repaired)
}

fn wait(
    client: &mut Client,
    place: usize,
    manifest: &std::path::Path,
    codes: &[&str],
    look: Look,
) -> usize {
    if let Look::AskedFor = look {
        client.command("sidecargo.refresh", &json!({}));
    }
    client.wait_for_codes(place, manifest, codes).0
}

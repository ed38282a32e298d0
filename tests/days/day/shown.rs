//! What a person sees, out of what the server said: findings by code and package, and when all is quiet.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::client::Client;

/// One finding of one package, as far as it can be told from what is shown.
pub(crate) type Shown = (String, String);

/// Every finding that a message shows.
pub(crate) fn of_message(published: &Value) -> BTreeSet<Shown> {
    let diagnostics = published["diagnostics"].as_array().into_iter().flatten();
    diagnostics.flat_map(of_diagnostic).collect()
}

fn of_diagnostic(diagnostic: &Value) -> Vec<Shown> {
    let code = diagnostic["code"].as_str().unwrap_or_default().to_owned();
    let packages = diagnostic["data"]["package_ids"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    if packages.is_empty() {
        return vec![(code, String::new())];
    }
    packages
        .iter()
        .map(|package| {
            (
                code.clone(),
                package.as_str().unwrap_or_default().to_owned(),
            )
        })
        .collect()
}

/// What is shown at a place in the conversation.
pub(crate) fn now(client: &Client) -> BTreeSet<Shown> {
    let mut files: BTreeMap<String, BTreeSet<Shown>> = BTreeMap::new();
    for published in client.heard(0, "textDocument/publishDiagnostics") {
        files.insert(
            published["uri"].as_str().unwrap().to_owned(),
            of_message(&published),
        );
    }
    files.into_values().flatten().collect()
}

/// Everything that was shown from a place on, if only for a moment.
pub(crate) fn since(client: &Client, place: usize) -> BTreeSet<Shown> {
    let published = client.heard(place, "textDocument/publishDiagnostics");
    published.iter().flat_map(of_message).collect()
}

/// The sentences that were published from a place on, each with the number of packages that it is about.
pub(crate) fn sentences(client: &Client, place: usize) -> Vec<(String, usize)> {
    let published = client.heard(place, "textDocument/publishDiagnostics");
    let diagnostics = published
        .iter()
        .flat_map(|published| published["diagnostics"].as_array().into_iter().flatten());
    diagnostics
        .map(|diagnostic| {
            let words = diagnostic["message"].as_str().unwrap_or_default();
            let packages = diagnostic["data"]["package_ids"].as_array();
            (words.to_owned(), packages.map_or(0, Vec::len))
        })
        .collect()
}

/// Waits until the server says that it waits for nothing, and has said nothing for so long.
pub(crate) fn wait_until_quiet(client: &mut Client, still: Duration) {
    wait_until_quiet_within(client, still, Duration::from_mins(2));
}

/// The same with another patience.
pub(crate) fn wait_until_quiet_within(client: &mut Client, still: Duration, patience: Duration) {
    let deadline = Instant::now() + patience;
    let begun = Instant::now();
    loop {
        let last = client.last_heard().unwrap_or(begun).max(begun);
        let states = client.heard(0, "experimental/serverStatus");
        let is_quiescent = states
            .last()
            .is_some_and(|state| state["quiescent"] == true);
        if is_quiescent && last.elapsed() >= still {
            return;
        }
        assert!(
            Instant::now() < deadline,
            "the server does not come to rest: {:#?}",
            states.last()
        );
        // Answers what the server asks meanwhile.
        client.pay_owed();
        std::thread::sleep(Duration::from_millis(20));
    }
}

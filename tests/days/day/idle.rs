//! The server at rest: what it costs when nothing happens, and when something happens that is none of its business.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::Figures;
use super::client::{Client, Manners};
use super::figures::{Cost, Waits};
use super::project::Project;
use super::shown::wait_until_quiet;
use crate::options::Options;

pub(crate) fn run(options: &Options) -> Figures {
    let seconds = u64::try_from(options.rounds(5, 60)).unwrap();
    let rest = Duration::from_secs(seconds);
    let project = Project::built();
    let mut client = Client::hello(project.root(), Manners::Answers);
    client.wait_for_report();
    wait_until_quiet(&mut client, Duration::from_secs(3));

    let mut figures = Figures::new();
    let (calm, cost) = cost_of(&client, || std::thread::sleep(rest));
    figures.push(format!("{seconds} s at rest: {calm}"));
    figures.push(format!("it has {cost}"));
    let directory = project.root().parent().unwrap();
    let (busy, _) = cost_of(&client, || crowd(directory, rest));
    figures.push(format!("{seconds} s beside 200 files a second that come and go in the directory above the workspace: {busy}"));
    let (busy, _) = cost_of(&client, || crowd(project.root(), rest));
    figures.push(format!(
        "{seconds} s beside 200 files a second in the workspace's root: {busy}"
    ));
    client.goodbye();
    figures
}

fn cost_of(client: &Client, act: impl FnOnce()) -> (String, Cost) {
    let (before, waits) = (
        Cost::of(client.process_id()),
        Waits::of(client.process_id()),
    );
    act();
    let (after, later) = (
        Cost::of(client.process_id()),
        Waits::of(client.process_id()),
    );
    let cpu = after.cpu.saturating_sub(before.cpu).as_millis();
    let wake_ups = later.since(&waits);
    (format!("{cpu} ms of CPU, {wake_ups} wake-ups"), after)
}

/// What a browser, a build elsewhere or a mail program does in a home or temporary directory.
fn crowd(directory: &Path, lasts: Duration) {
    let over = Arc::new(AtomicBool::new(false));
    let file = directory.join(format!("crowd-{}", std::process::id()));
    let worker = {
        let over = Arc::clone(&over);
        std::thread::spawn(move || {
            while !over.load(Ordering::Relaxed) {
                fs::write(&file, "x").unwrap();
                fs::remove_file(&file).unwrap();
                std::thread::sleep(Duration::from_millis(5));
            }
        })
    };
    std::thread::sleep(lasts);
    over.store(true, Ordering::Relaxed);
    worker.join().unwrap();
}

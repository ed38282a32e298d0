//! Several at the same workspace at the same time: two servers, two repairs, somebody who takes the build directory away.

use std::fs;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::client::{Client, Manners, PATIENCE};
use crate::project::Project;
use crate::shown::{self, wait_until_quiet};
use crate::{memory_is_whole, run, settled_status, sidecargo};

#[test]
fn two_servers_say_the_same_and_do_not_chase_each_other() {
    let project = Project::built();
    let manifest = project.path("macros/Cargo.toml");
    let settings = json!({"rebuild.automatic": "all"});
    let mut servers: Vec<Client> = (0..2)
        .map(|_| Client::hello_with(project.root(), Manners::Answers, &settings))
        .collect();
    for server in &mut servers {
        assert_eq!(server.wait_for_report()["summary"]["fresh"], 1);
    }
    let places: Vec<usize> = servers.iter().map(Client::place).collect();
    project.truncate_dylib();
    let deadline = Instant::now() + PATIENCE;
    while settled_status(project.root()) != "fresh" {
        assert!(Instant::now() < deadline, "nobody mends it");
        std::thread::sleep(Duration::from_millis(100));
    }
    for server in &mut servers {
        wait_until_quiet(server, Duration::from_secs(4));
        assert_eq!(server.report()["summary"]["fresh"], 1);
        assert!(shown::now(server).is_empty(), "{:?}", shown::now(server));
    }
    let begun: usize = servers
        .iter()
        .zip(places)
        .flat_map(|(server, place)| server.heard(place, "$/progress"))
        .filter(|progress| progress["value"]["kind"] == "begin")
        .count();
    assert!((1..=3).contains(&begun), "{begun} rebuilds of one fault");

    // What one learned from cargo the other uses: one answer is kept for both.
    let kept = fs::read_dir(project.path("target/.sidecargo")).unwrap();
    let answers = kept.flatten().filter(|entry| {
        let name = entry.file_name();
        name.to_string_lossy().starts_with("expectation-")
    });
    assert_eq!(answers.count(), 1);
    // And both see what a third one does.
    let places: Vec<usize> = servers.iter().map(Client::place).collect();
    for server in &mut servers {
        let place = server.place();
        server.change_settings(&json!({}));
        server.wait_from(place, "a question for settings", |message| {
            message["method"] == "workspace/configuration"
        });
        // What is answered to it comes before what is asked after it: neither mends by itself from here.
        server.pay_owed();
        server.report();
    }
    fs::remove_file(project.dylib()).unwrap();
    for (server, place) in servers.iter_mut().zip(&places) {
        server.wait_for_codes(*place, &manifest, &["dylib-missing"]);
    }
    project.check();
    for (server, place) in servers.iter_mut().zip(places) {
        server.wait_for_codes(place, &manifest, &[]);
    }
    servers.into_iter().for_each(Client::goodbye);
    memory_is_whole(&project);
}

#[test]
fn two_repairs_at_once_both_end_and_one_at_least_has_mended() {
    for _ in 0..3 {
        let project = Project::built();
        project.truncate_dylib();
        let fixes: Vec<_> = (0..2)
            .map(|_| {
                let mut fix = run(project.root(), &["fix"]).command();
                fix.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()
            })
            .collect();
        let ended: Vec<_> = fixes
            .into_iter()
            .map(|fix| fix.unwrap().wait_with_output().unwrap())
            .collect();
        let said: Vec<String> = ended
            .iter()
            .map(|output| {
                let (out, err) = (&output.stdout, &output.stderr);
                String::from_utf8_lossy(&[out.as_slice(), err].concat()).into_owned()
            })
            .collect();
        assert!(
            ended.iter().any(|output| output.status.success()),
            "{said:?}"
        );
        for (output, said) in ended.iter().zip(&said) {
            let is_told = said.contains("another sidecargo");
            assert!(output.status.success() || is_told, "{said}");
        }
        assert_eq!(settled_status(project.root()), "fresh");
        memory_is_whole(&project);
    }
}

#[test]
fn a_build_directory_that_goes_under_a_look_is_no_disaster() {
    let project = Project::built();
    let (target, away) = (project.path("target"), project.path("away"));
    let over = AtomicBool::new(false);
    let mut client = Client::hello(project.root(), Manners::Answers);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut number = 0;
            while !over.load(Ordering::Relaxed) {
                number += 1;
                let _ = fs::rename(&target, &away);
                if number % 4 == 0 {
                    // Goes bit by bit, as a person's `rm -r` lets it.
                    let _ = crate::support::tree::copy(&away, &target);
                    let _ = fs::remove_dir_all(&target);
                }
                std::thread::sleep(Duration::from_millis(number % 30));
                let _ = fs::remove_dir_all(&target);
                let _ = fs::rename(&away, &target);
                std::thread::sleep(Duration::from_millis(number % 50));
            }
        });
        let begun = Instant::now();
        let mut looks = 0;
        while begun.elapsed() < Duration::from_secs(6) || looks < 5 {
            sidecargo(project.root(), &["check"]);
            sidecargo(project.root(), &["check", "--no-exec"]);
            client.command("sidecargo.refresh", &json!({}));
            looks += 1;
        }
        over.store(true, Ordering::Relaxed);
    });
    assert!(!away.exists());
    // Whatever was seen on the way: now it is told as it is.
    let before = settled_status(project.root());
    project.check();
    assert_eq!(settled_status(project.root()), "fresh", "{before} before");
    let deadline = Instant::now() + PATIENCE;
    while client.report()["summary"]["fresh"] != 1 {
        assert!(Instant::now() < deadline, "{:#}", client.report());
        std::thread::sleep(Duration::from_millis(100));
    }
    client.goodbye();
    memory_is_whole(&project);
}

//! The client goes while a rebuild runs, in every way a client can go: how long the server stays behind it, and whether anything else does.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::Figures;
use super::client::{Client, Manners};
use super::figures::spread;
use super::project::Project;
use crate::options::Options;

/// A build script of the macro's that notes its process and then takes its time.
const SLOW_BUILD_SCRIPT: &str = r#"
fn main() {
    let note = concat!(env!("CARGO_MANIFEST_DIR"), "/../running");
    std::fs::write(note, std::process::id().to_string()).unwrap();
    std::thread::sleep(std::time::Duration::from_secs(600));
}
"#;

#[derive(Debug, Clone, Copy)]
enum Way {
    InputCloses,
    Exit,
    ParentIsKilled,
}

pub(crate) fn run(options: &Options) -> Figures {
    let rounds = options.rounds(1, 10);
    let ways = [Way::InputCloses, Way::Exit, Way::ParentIsKilled];
    ways.into_iter().map(|way| went(way, rounds)).collect()
}

fn went(way: Way, rounds: usize) -> String {
    let mut times = Vec::new();
    for _ in 0..rounds {
        let project = Project::built();
        project.truncate_dylib();
        project.write("macros/build.rs", SLOW_BUILD_SCRIPT);
        let mut parent = Command::new("sleep").arg("600").spawn().unwrap();
        let mut client = Client::start(project.root(), Manners::NeverAnswers);
        let mut parameters = client.initialize_parameters(&json!({}));
        parameters["processId"] = json!(parent.id());
        client.request("initialize", &parameters);
        client.notify("initialized", &json!({}));
        client.wait_for_report();
        client.command("sidecargo.rebuild", &json!({}));
        let build_script = wait_for_build_script(&project);

        let began = Instant::now();
        let mut input = None;
        match way {
            Way::InputCloses => client.close_input(),
            Way::Exit => {
                client.request("shutdown", &Value::Null);
                client.notify("exit", &Value::Null);
                input = Some(client.hold_input());
            }
            Way::ParentIsKilled => {
                input = Some(client.hold_input());
                parent.kill().unwrap();
                parent.wait().unwrap();
            }
        }
        client.wait_for_end();
        times.push(began.elapsed());
        drop(input);
        // Orphans of a killed group go as soon as the system comes to it.
        let deadline = Instant::now() + Duration::from_secs(2);
        while Path::new("/proc").join(build_script.to_string()).exists() {
            assert!(
                Instant::now() < deadline,
                "{way:?}: the build script survives"
            );
            std::thread::sleep(Duration::from_millis(1));
        }
        let _ = parent.kill();
        let _ = parent.wait();
    }
    format!(
        "{way:?} during a rebuild: gone after {}, and nothing left behind",
        spread(&mut times)
    )
}

fn wait_for_build_script(project: &Project) -> u32 {
    let deadline = Instant::now() + Duration::from_mins(2);
    loop {
        let note = fs::read_to_string(project.path("running")).unwrap_or_default();
        if let Ok(id) = note.parse() {
            return id;
        }
        assert!(Instant::now() < deadline, "the build script does not run");
        std::thread::sleep(Duration::from_millis(10));
    }
}

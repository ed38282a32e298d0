//! Build directories that are cleaned, moved away and back, and set elsewhere while they are watched.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::Figures;
use super::client::{Client, Manners};
use super::project::{Project, dylibs_below};
use crate::options::Options;

pub(crate) fn run(_options: &Options) -> Figures {
    let project = Project::built();
    // What rust-analyzer would mend by itself is shown late otherwise, and there is none here.
    let settings = json!({"diagnostics.grace": 0});
    let mut client = Client::hello_with(project.root(), Manners::Answers, &settings);
    assert_eq!(client.wait_for_report()["summary"]["fresh"], 1);
    let mut walk = Walk {
        client,
        project,
        place: 0,
        figures: Figures::new(),
    };

    walk.step("`cargo clean`, then a build", cargo_clean, Project::check);
    walk.step(
        "the target directory removed by hand, then a build",
        |project| fs::remove_dir_all(project.path("target")).unwrap(),
        Project::check,
    );
    walk.step(
        "the target directory renamed away and back",
        |project| fs::rename(project.path("target"), project.path("elsewhere")).unwrap(),
        |project| fs::rename(project.path("elsewhere"), project.path("target")).unwrap(),
    );
    walk.step(
        "the profile's directory renamed away and back",
        |project| fs::rename(project.path("target/debug"), project.path("debug")).unwrap(),
        |project| fs::rename(project.path("debug"), project.path("target/debug")).unwrap(),
    );
    for key in ["target-dir", "build-dir"] {
        walk.step(
            &format!("moved by `build.{key}`, then a build"),
            |project| {
                project.write(
                    ".cargo/config.toml",
                    &format!("[build]\n{key} = \"moved-{key}\"\n"),
                );
            },
            Project::check,
        );
        walk.step(
            &format!("the dylib below `build.{key}` deleted, then a build"),
            |project| fs::remove_file(moved_dylib(&project.path(&format!("moved-{key}")))).unwrap(),
            Project::check,
        );
        walk.step(
            &format!("moved back from `build.{key}`, a dylib deleted there and built"),
            |project| {
                fs::remove_dir_all(project.path(".cargo")).unwrap();
                fs::remove_file(project.dylib()).unwrap();
            },
            Project::check,
        );
    }
    walk.step(
        "`target` made a link to another directory",
        |project| {
            fs::rename(project.path("target"), project.path("real")).unwrap();
        },
        |project| std::os::unix::fs::symlink("real", project.path("target")).unwrap(),
    );
    walk.step(
        "the dylib deleted behind the link, then a build",
        |project| fs::remove_file(moved_dylib(&project.path("real"))).unwrap(),
        Project::check,
    );
    walk.client.goodbye();
    walk.figures
}

struct Walk {
    client: Client,
    project: Project,
    place: usize,
    figures: Figures,
}

impl Walk {
    /// Breaks something, waits until it is shown, mends it, waits until it is taken back.
    fn step(&mut self, name: &str, break_it: impl Fn(&Project), mend_it: impl Fn(&Project)) {
        eprintln!("    {name}");
        let manifest = self.project.path("macros/Cargo.toml");
        break_it(&self.project);
        (self.place, _) = self
            .client
            .wait_for_codes(self.place, &manifest, &["dylib-missing"]);
        let shown = self.client.time_before(self.place);
        mend_it(&self.project);
        (self.place, _) = self.client.wait_for_codes(self.place, &manifest, &[]);
        let cleared = self.client.time_before(self.place);
        self.figures.push(format!(
            "{name}: shown, and cleared {:.1} s after that",
            (cleared - shown).as_secs_f64()
        ));
    }
}

fn cargo_clean(project: &Project) {
    let status = project.cargo(&["clean", "-q"]).status();
    assert!(status.unwrap().success());
}

fn moved_dylib(directory: &Path) -> PathBuf {
    let found = dylibs_below(directory);
    found.into_iter().next().expect("a built dylib")
}

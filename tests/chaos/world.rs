//! The live workspace with its server, and what has become of both.

use crate::client::{self, Client, Manners};
use crate::options::Watching;
use crate::shown;
use crate::support::cargo::Selection;
use crate::support::dice::Dice;
use crate::support::process::Run;
use crate::support::tree;
use crate::support::workspace::{Base, fresh_directory};
use crate::trial::{Applied, Trial};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, Instant};

/// No build of the made workspace takes so long, with all packages optimised on a busy machine.
pub(crate) const LONGEST_BUILD: Duration = Duration::from_mins(10);

pub(crate) struct World {
    /// What it all began with.
    pub(crate) original: Base,
    /// The same with the dylibs that cargo last said it expects.
    pub(crate) base: Base,
    pub(crate) others: Vec<Base>,
    /// Where this run keeps what is its own; the root lies below it.
    pub(crate) directory: PathBuf,
    pub(crate) root: PathBuf,
    pub(crate) workspace: PathBuf,
    pub(crate) selection: Selection,
    /// Macros whose dylib's own bytes may tell more than both oracles see.
    pub(crate) evident: BTreeSet<String>,
    pub(crate) server: Option<Client>,
    pub(crate) settings: Value,
    /// Builds that go on beside.
    pub(crate) builds: Vec<Child>,
    /// Open files with their versions.
    pub(crate) documents: BTreeMap<PathBuf, i64>,
    pub(crate) last_stir: Instant,
    /// Whether cargo could say nothing of late: then nothing else can be told apart any more.
    pub(crate) is_broken: bool,
    pub(crate) watching: Watching,
    /// The rustc that the server takes rust-analyzer to run, where that is known.
    pub(crate) baseline: Option<String>,
    servers: usize,
}

impl World {
    pub(crate) fn new(original: &Base, others: &[Base], name: &str, watching: Watching) -> Self {
        let directory = fresh_directory(name);
        let root = directory.join("live");
        let workspace = root.join("ws");
        fs::create_dir_all(&root).unwrap();
        tree::copy(&original.workspace, &workspace).unwrap();
        let mut world = Self {
            base: original.clone(),
            original: original.clone(),
            others: others.to_vec(),
            directory,
            root,
            workspace,
            selection: Selection::default(),
            evident: BTreeSet::new(),
            server: None,
            settings: json!({"diagnostics": {"grace": 1000}}),
            builds: Vec::new(),
            documents: BTreeMap::new(),
            last_stir: Instant::now(),
            is_broken: false,
            watching,
            baseline: None,
            servers: 0,
        };
        if watching == Watching::Polling {
            world.settings["watch"] = json!({"backend": "poll", "pollInterval": 300});
        }
        world.start_server();
        world
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.workspace.join(relative)
    }

    /// Starts a server as an editor does that was started in this environment.
    pub(crate) fn start_server(&mut self) {
        self.baseline = None;
        self.servers += 1;
        let log = self.directory.join(format!("server-{}.log", self.servers));
        let mut command = Run::new(client::program(), &self.workspace)
            .args(["lsp"])
            .env("CARGO_NET_OFFLINE", "true")
            .env("SIDECARGO_LOG", "debug")
            .envs(&self.base.toolchain.environment)
            .envs(&self.selection.environment)
            .command();
        command.stderr(fs::File::create(log).unwrap());
        let mut server = Client::start_server(command, &self.workspace, Manners::Answers);
        server.prepare_settings(&self.settings);
        server.say_hello(&json!({}));
        answer_for_settings(&mut server, 0);
        self.server = Some(server);
        self.documents.clear();
    }

    /// Ends the server as an editor does that is closed.
    pub(crate) fn end_server(&mut self) {
        if let Some(server) = self.server.take() {
            server.goodbye();
        }
    }

    /// Kills it.
    pub(crate) fn kill_server(&mut self) {
        // Dropped is killed.
        self.server = None;
    }

    pub(crate) fn server(&mut self) -> &mut Client {
        self.server.as_mut().unwrap()
    }

    pub(crate) fn change_settings(&mut self) {
        let settings = self.settings.clone();
        let place = self.server().place();
        self.server().change_settings(&settings);
        answer_for_settings(self.server(), place);
    }

    /// Lets a fault of the conformance suite loose on the live workspace.
    pub(crate) fn apply(&mut self, apply: impl FnOnce(&mut Trial<'_>) -> Applied) -> Applied {
        let mut trial = Trial {
            base: &self.base,
            others: &self.others,
            root: self.root.clone(),
            workspace: self.workspace.clone(),
            build_directory: self.workspace.join("target"),
            selection: self.selection.clone(),
            lock: None,
        };
        let applied = apply(&mut trial);
        let selection = trial.selection;
        self.select(selection);
        applied
    }

    /// Another environment needs another editor; other arguments are settings.
    pub(crate) fn select(&mut self, mut selection: Selection) {
        let before = std::mem::take(&mut self.selection);
        if selection.arguments.starts_with(&before.arguments)
            && selection.arguments.len() > before.arguments.len()
        {
            // One choice takes the place of another.
            selection.arguments.drain(..before.arguments.len());
        }
        self.selection = selection;
        let has_other_settings = self.selection.arguments != before.arguments;
        if has_other_settings {
            for (name, value) in settings_of(&self.selection.arguments) {
                self.settings["cargo"][name] = value;
            }
        }
        if self.selection.environment != before.environment {
            self.end_server();
            self.start_server();
        } else if has_other_settings {
            self.change_settings();
        }
    }

    /// Waits for every build that goes on beside.
    pub(crate) fn wait_for_builds(&mut self) {
        for mut build in self.builds.drain(..) {
            build.wait().unwrap();
        }
    }

    /// Waits until nobody builds, and the server has said its last word.
    pub(crate) fn wait_until_quiet(&mut self, still: Duration) {
        self.wait_for_builds();
        // A rebuild that nobody asked for takes as long as any other.
        shown::wait_until_quiet_within(self.server(), still, LONGEST_BUILD);
    }

    /// The files of the workspace that are no products, by path relative to it.
    pub(crate) fn sources(workspace: &Path) -> Vec<PathBuf> {
        let is_product = |path: &Path| {
            ["target", "elsewhere", "intermediate"]
                .iter()
                .any(|name| path.starts_with(name))
        };
        let mut found = Vec::new();
        let mut waiting = vec![PathBuf::new()];
        while let Some(relative) = waiting.pop() {
            for entry in fs::read_dir(workspace.join(&relative))
                .into_iter()
                .flatten()
                .flatten()
            {
                let path = relative.join(entry.file_name());
                if is_product(&path) {
                    continue;
                }
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    waiting.push(path);
                } else {
                    found.push(path);
                }
            }
        }
        found.sort();
        found
    }

    /// Puts the files back that differ from the beginning, all or one of them, as a version control system does.
    pub(crate) fn restore(&mut self, dice: &mut Dice, all: bool) -> String {
        let before = Self::sources(&self.original.workspace);
        let now = Self::sources(&self.workspace);
        let is_same = |path: &PathBuf| {
            let read = |root: &Path| fs::read(root.join(path)).ok();
            read(&self.workspace).is_some()
                && read(&self.workspace) == read(&self.original.workspace)
        };
        let mut other: Vec<PathBuf> = before
            .iter()
            .filter(|path| !is_same(path))
            .cloned()
            .collect();
        other.extend(now.into_iter().filter(|path| !before.contains(path)));
        for name in [
            "../.cargo/config.toml",
            "../rust-toolchain.toml",
            "../.cargo",
        ] {
            if self.workspace.join(name).exists() {
                other.push(name.into());
            }
        }
        if !all && !other.is_empty() {
            other = vec![dice.pick(&other).clone()];
        }
        for path in &other {
            let (to, from) = (
                self.workspace.join(path),
                self.original.workspace.join(path),
            );
            let _ = fs::remove_file(&to).or_else(|_| fs::remove_dir_all(&to));
            if before.contains(path) {
                fs::create_dir_all(to.parent().unwrap()).unwrap();
                fs::write(&to, fs::read(from).unwrap()).unwrap();
            }
        }
        format!("{} files", other.len())
    }
}

impl Drop for World {
    fn drop(&mut self) {
        for mut build in self.builds.drain(..) {
            let _ = build.kill();
            let _ = build.wait();
        }
    }
}

/// Answers the server's question for settings at once, as an editor does: it waits for no build.
fn answer_for_settings(server: &mut Client, place: usize) {
    server.wait_from(place, "a question for settings", |message| {
        message["method"] == "workspace/configuration"
    });
    server.pay_owed();
}

/// The settings that say what cargo's arguments say; those that nobody named are the defaults.
fn settings_of(arguments: &[String]) -> Vec<(&'static str, Value)> {
    let value = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1).cloned()
    };
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    let features = if has("--all-features") {
        json!("all")
    } else {
        json!(value("--features").into_iter().collect::<Vec<_>>())
    };
    vec![
        ("features", features),
        ("noDefaultFeatures", json!(has("--no-default-features"))),
        ("profile", json!(value("--profile"))),
        ("targetDir", json!(value("--target-dir"))),
    ]
}

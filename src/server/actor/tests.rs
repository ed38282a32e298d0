//! The actor alone: what it does with messages in an order that a session brings about only now and then.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use camino::Utf8Path;
use tower_lsp::LspService;

use super::*;
use crate::expected::Member;
use crate::inspect::{BuildActivity, Coverage, Inspection};
use crate::names::{PackageId, PackageName};
use crate::pace::extent::Extent;
use crate::panics;
use crate::remedy::{Choice, ChoiceKind};
use crate::server::handlers::Handlers;
use crate::server::mending::Ending;
use crate::server::model::LineTexts;
use crate::server::session::Session;
use crate::server::settings::ServerSettings;
use crate::server::sighting::Sighting;
use crate::server::worker::{JobKind, Report, Worker};
use crate::server::workspace::AskedBy;
use crate::verdict::fixtures::inspected;
use crate::verdict::{MissingReason, Verdict};
use crate::watch::{Cause, Signal};

const FOLDER: &str = "/w";

/// An actor of one folder whose workers find nothing, and which writes its reports here.
fn actor(reports: &Utf8Path) -> Actor {
    let (inbox, messages) = mpsc::unbounded_channel();
    let (alive, _) = mpsc::channel(1);
    let mut client = None;
    let _service = LspService::new(|given| {
        client = Some(given);
        Handlers {
            inbox: inbox.clone(),
            session: Session::default(),
        }
    });
    let desk = Desk {
        client: client.unwrap(),
        inbox,
    };
    let start_worker = |start: Utf8PathBuf, post| {
        Worker::start_with(
            start.into_string(),
            || |_, _: &_| Report::Sources(None),
            post,
        )
    };
    let mut actor = Actor::new(
        desk,
        Outbox::default(),
        messages,
        alive,
        Box::new(start_worker),
        Crashes::new(vec![reports.to_owned()]),
    );
    actor.profile.folders = vec![FOLDER.into()];
    actor
}

/// Ends a search of the folder.
fn searched(actor: &mut Actor, search: u32, manifests: &[&str]) {
    let manifests = manifests.iter().map(Utf8PathBuf::from).collect();
    actor.folder_searched(FOLDER.into(), search, manifests);
}

fn starts(actor: &Actor) -> Vec<&str> {
    let workspaces = actor.workspaces.values();
    workspaces
        .map(|workspace| workspace.start.as_str())
        .collect()
}

fn everything() -> Choice {
    Choice {
        kind: ChoiceKind::Preferred,
        packages: Vec::new(),
    }
}

#[test]
fn a_watcher_that_panics_is_written_down() {
    let directory = tempfile::tempdir().unwrap();
    let reports = Utf8Path::from_path(directory.path()).unwrap();
    let mut actor = actor(reports);
    // Nobody is searched for here.
    actor.profile.folders.clear();
    actor.trail.add("something before".to_owned());
    let panicked: Result<(), _> = panics::catch(|| panic!("no watch"));
    actor.watched(0, Signal::Panicked(Box::new(panicked.unwrap_err())));
    let written = reports.read_dir_utf8().unwrap().next().unwrap().unwrap();
    let report = std::fs::read_to_string(written.path()).unwrap();
    for part in [
        "failed to watch for changes",
        "no watch",
        "something before",
    ] {
        assert!(report.contains(part), "{part} in {report}");
    }
}

#[tokio::test]
async fn an_older_search_that_ends_last_changes_nothing() {
    let mut actor = actor(Utf8Path::new("/"));
    actor.search_folder(FOLDER.into());
    actor.search_folder(FOLDER.into());
    searched(&mut actor, 2, &["/w/linked/Cargo.toml"]);
    searched(&mut actor, 1, &["/w/Cargo.toml"]);
    assert_eq!(starts(&actor), ["/w/linked/Cargo.toml"]);
    // The other way round.
    actor.search_folder(FOLDER.into());
    actor.search_folder(FOLDER.into());
    searched(&mut actor, 3, &["/w/Cargo.toml"]);
    assert_eq!(starts(&actor), ["/w/linked/Cargo.toml"]);
    searched(&mut actor, 4, &["/w/a/Cargo.toml", "/w/b/Cargo.toml"]);
    assert_eq!(starts(&actor), ["/w/a/Cargo.toml", "/w/b/Cargo.toml"]);
    assert!(actor.searched.is_empty());
}

#[tokio::test]
async fn what_one_folder_lets_go_is_searched_for_in_the_others() {
    let mut actor = actor(Utf8Path::new("/"));
    actor.profile.folders.push("/w/below".into());
    actor.search_folder(FOLDER.into());
    searched(&mut actor, 1, &["/w/Cargo.toml"]);
    // The other folder leads to the same, which is known.
    actor.search_folder(FOLDER.into());
    assert_eq!(actor.searched.keys().collect::<Vec<_>>(), [FOLDER]);
    searched(&mut actor, 2, &["/w/linked/Cargo.toml"]);
    assert_eq!(actor.searched.keys().collect::<Vec<_>>(), ["/w/below"]);
}

#[tokio::test]
async fn what_waits_for_the_build_directory_of_a_forgotten_workspace_begins() {
    let mut actor = actor(Utf8Path::new("/"));
    actor.search_folder(FOLDER.into());
    searched(&mut actor, 1, &["/w/a/Cargo.toml", "/w/b/Cargo.toml"]);
    let keys: Vec<WorkspaceKey> = actor.workspaces.keys().copied().collect();
    for key in &keys {
        let workspace = actor.workspaces.get_mut(key).unwrap();
        workspace.inspection = Some(Inspection::of_macros(Vec::new()));
        actor.begin_run(*key, everything(), AskedBy::Person, None);
    }
    let is_running = |actor: &Actor, key: &WorkspaceKey| actor.workspaces[key].run.is_some();
    let [first, second] = keys.as_slice() else {
        panic!("{keys:?}")
    };
    assert!(is_running(&actor, first) && !is_running(&actor, second));
    actor.forget(*first);
    assert!(!is_running(&actor, second));
    actor.run_ended(*first, &Ending::Cancelled);
    assert!(is_running(&actor, second));
}

#[tokio::test]
async fn a_run_that_a_person_joins_is_the_persons() {
    let mut actor = actor(Utf8Path::new("/"));
    actor.search_folder(FOLDER.into());
    searched(&mut actor, 1, &["/w/Cargo.toml"]);
    let key = *actor.workspaces.keys().next().unwrap();
    let mut begin = |asked_by| {
        let token = actor.begin_run(key, everything(), asked_by, None);
        let run = actor.workspaces[&key].run.as_ref().unwrap();
        (token, run.asked_by)
    };
    let (token, asked_by) = begin(AskedBy::Setting);
    assert_eq!(asked_by, AskedBy::Setting);
    for again in [AskedBy::Person, AskedBy::Setting] {
        assert_eq!(begin(again), (token.clone(), AskedBy::Person));
    }
}

fn sighting(inspection: Result<Inspection, String>) -> Box<Sighting> {
    Box::new(Sighting {
        inspection,
        lines: LineTexts::default(),
        places: BTreeMap::new(),
        edits: Vec::new(),
        channel: None,
        settings: ServerSettings::default(),
        complaints: Vec::new(),
    })
}

#[tokio::test]
async fn a_whole_look_follows_one_at_changes_and_none_that_failed() {
    let mut actor = actor(Utf8Path::new("/"));
    actor.search_folder(FOLDER.into());
    searched(&mut actor, 1, &["/w/Cargo.toml"]);
    let key = *actor.workspaces.keys().next().unwrap();
    let found = |coverage| Inspection {
        coverage,
        ..Inspection::of_macros(Vec::new())
    };
    let mut due_after = |sighting| {
        let workspace = actor.workspaces.get_mut(&key).unwrap();
        let _ = workspace.schedule.began(Moment::default());
        actor.worker_reported(key, Report::Looked(sighting));
        let due = actor.workspaces[&key].schedule.due()?;
        Some(due.0.saturating_sub(actor.now().0))
    };
    let at_changes = due_after(sighting(Ok(found(Coverage::Changes)))).unwrap();
    let at_nothing = due_after(sighting(Err("read it".to_owned()))).unwrap();
    let at_all = due_after(sighting(Ok(found(Coverage::Whole)))).unwrap();
    assert!(at_changes <= Duration::from_secs(1), "{at_changes:?}");
    assert!(at_nothing > Duration::from_secs(3), "{at_nothing:?}");
    assert!(at_all > Duration::from_secs(3), "{at_all:?}");
}

#[tokio::test]
async fn what_was_certain_before_the_first_look_does_not_outlive_it() {
    let missing = |reason| {
        let inspected = inspected(&["mac"], Verdict::Missing(reason));
        sighting(Ok(Inspection::of_macros(vec![inspected])))
    };
    let directory = tempfile::tempdir().unwrap();
    let mut actor = actor(Utf8Path::from_path(directory.path()).unwrap());
    actor.search_folder(FOLDER.into());
    searched(&mut actor, 1, &["/w/Cargo.toml"]);
    actor.settings_known = SettingsKnown::Yes;
    let key = *actor.workspaces.keys().next().unwrap();
    let glimpse = |actor: &mut Actor| {
        actor.worker_reported(key, Report::Glimpsed(missing(MissingReason::Deleted)));
        assert_eq!(actor.workspaces[&key].shown.len(), 1);
    };
    let shown = |actor: &Actor| actor.workspaces[&key].shown.len();
    // The look panics.
    glimpse(&mut actor);
    let panicked: Result<(), _> = panics::catch(|| panic!("no look"));
    let panic = Box::new(panicked.unwrap_err());
    actor.worker_reported(key, Report::Crashed(JobKind::Look, panic));
    assert_eq!(shown(&actor), 0);
    // It takes too long.
    glimpse(&mut actor);
    let now = actor.now();
    let workspace = actor.workspaces.get_mut(&key).unwrap();
    workspace.glimpse.as_mut().unwrap().until = now;
    actor.begin_what_is_due();
    assert_eq!(shown(&actor), 0);
    // It finds what rust-analyzer is about to build.
    glimpse(&mut actor);
    let never_built = missing(MissingReason::NeverBuilt);
    actor.worker_reported(key, Report::Looked(never_built));
    assert_eq!(shown(&actor), 0);
}

#[tokio::test]
async fn a_round_is_left_out_while_somebody_builds_and_where_cargo_cannot_tell() {
    let found = |build| {
        let mut inspection = Inspection::of_macros(Vec::new());
        Arc::make_mut(&mut inspection.workspace).members = vec![Member {
            name: PackageName::new("app"),
            id: PackageId::new("app"),
            manifest_path: "/w/Cargo.toml".into(),
        }];
        inspection.build = build;
        inspection
    };
    for (inspection, is_looked_at) in [
        (Ok(found(BuildActivity::Idle)), true),
        (Ok(found(BuildActivity::Running)), false),
        (Err("read it".to_owned()), false),
    ] {
        let mut actor = actor(Utf8Path::new("/"));
        actor.search_folder(FOLDER.into());
        searched(&mut actor, 1, &["/w/Cargo.toml"]);
        let key = *actor.workspaces.keys().next().unwrap();
        let workspace = actor.workspaces.get_mut(&key).unwrap();
        let _ = workspace.schedule.began(Moment::default());
        actor.worker_reported(key, Report::Looked(sighting(inspection)));
        actor.stirred(key, Cause::Round, Extent::Everything);
        let due = actor.workspaces[&key].schedule.due();
        let is_due = due.is_some_and(|due| due <= actor.now());
        assert_eq!(is_due, is_looked_at, "{due:?}");
    }
}

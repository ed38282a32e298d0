//! Who watches what: the plans of all workspaces together, and what a change at a path means to each.
//!
//! Pure; knows neither the system's watches nor how changes are noticed.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::event::Change;
use super::plan::{Topic, WatchPlan};
use crate::pace::extent::Extent;

/// A workspace as its front end numbers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct WorkspaceKey(pub(crate) u32);

/// Why a workspace should be looked at again; the strongest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cause {
    /// Nothing that is known; but not all is watched.
    Round,
    /// Something that a build makes changed.
    OutputChanged,
    /// A file that makes a target came or went.
    TargetsChanged,
    /// A build ended.
    BuildEnded,
    /// Something that a build reads changed, or the tools did.
    InputChanged,
    /// Events were lost, or a directory was made anew: anything may have changed.
    AnythingChanged,
}

/// The directories of all plans.
#[derive(Debug, Default)]
pub(super) struct Planned<'a> {
    /// Those that need a watch each.
    pub(super) watched: BTreeSet<&'a str>,
    /// Those that need none while the way through them stands.
    pub(super) interior: BTreeSet<&'a str>,
}

/// The plans in force.
#[derive(Debug, Default)]
pub(super) struct Board {
    plans: BTreeMap<WorkspaceKey, WatchPlan>,
}

/// What a change means.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Meaning {
    /// Who should look again, and why; and at what, where that is known.
    pub(super) looks: BTreeMap<(WorkspaceKey, Cause), Extent>,
    /// Planned directories that came or went.
    pub(super) replaced: BTreeSet<Utf8PathBuf>,
}

impl Meaning {
    pub(super) fn add(&mut self, mut other: Self) {
        for (look, extent) in other.looks {
            self.call_for(look, extent);
        }
        self.replaced.append(&mut other.replaced);
    }

    fn call_for(&mut self, look: (WorkspaceKey, Cause), extent: Extent) {
        match self.looks.entry(look) {
            Entry::Occupied(mut known) => known.get_mut().add(extent),
            Entry::Vacant(place) => drop(place.insert(extent)),
        }
    }
}

/// What can be asked for, where changes are not told.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Known {
    /// The files, with the strongest of what each stands for.
    pub(super) files: BTreeMap<Utf8PathBuf, Topic>,
    /// The directories whose files come from a listing: a name that is new there is news.
    pub(super) listed: BTreeSet<Utf8PathBuf>,
}

impl Known {
    fn add(&mut self, file: Utf8PathBuf, topic: Topic) {
        self.files
            .entry(file)
            .and_modify(|known| *known = topic.max(*known))
            .or_insert(topic);
    }
}

impl Board {
    /// Puts a plan in force; returns the one before.
    pub(super) fn set(&mut self, workspace: WorkspaceKey, plan: WatchPlan) -> Option<WatchPlan> {
        self.plans.insert(workspace, plan)
    }

    /// The directories of a workspace's plan that were not in the one before.
    pub(super) fn new_directories<'a>(
        &'a self,
        workspace: WorkspaceKey,
        before: Option<&'a WatchPlan>,
    ) -> impl Iterator<Item = &'a Utf8Path> {
        let plan = self.plans.get(&workspace).into_iter();
        plan.flat_map(WatchPlan::directories)
            .map(|(directory, _)| directory)
            .filter(move |directory| before.is_none_or(|before| before.names(directory).is_none()))
    }

    pub(super) fn remove(&mut self, workspace: WorkspaceKey) {
        self.plans.remove(&workspace);
    }

    /// Every workspace that has a plan.
    pub(super) fn workspaces(&self) -> impl Iterator<Item = WorkspaceKey> {
        self.plans.keys().copied()
    }

    /// Those of them whose plans do not have all watched.
    pub(super) fn partly_watched(&self) -> impl Iterator<Item = WorkspaceKey> {
        let plans = self.plans.iter();
        plans
            .filter(|(_, plan)| plan.has_interior())
            .map(|(workspace, _)| *workspace)
    }

    /// Every planned directory, parents first.
    pub(super) fn directories(&self) -> Planned<'_> {
        let mut planned = Planned::default();
        for plan in self.plans.values() {
            for (directory, _) in plan.directories() {
                if plan.is_interior(directory) {
                    planned.interior.insert(directory.as_str());
                } else {
                    planned.watched.insert(directory.as_str());
                }
            }
        }
        let Planned { watched, interior } = &mut planned;
        interior.retain(|directory| !watched.contains(directory));
        planned
    }

    /// Whether no workspace has anything of its own in a directory that is planned.
    pub(super) fn is_around(&self, directory: &Utf8Path) -> bool {
        let mut plans = self
            .plans
            .values()
            .filter(|plan| plan.names(directory).is_some())
            .peekable();
        plans.peek().is_some() && plans.all(|plan| plan.is_around(directory))
    }

    /// Every file known by its name in the directories that are `wanted`; those whose names are open are listed by `list`.
    pub(super) fn known(
        &self,
        wanted: impl Fn(&Utf8Path) -> bool,
        list: impl Fn(&Utf8Path) -> Vec<String>,
    ) -> Known {
        let mut known = Known::default();
        let directories = self.plans.values().flat_map(WatchPlan::directories);
        for (directory, names) in directories.filter(|(directory, _)| wanted(directory)) {
            let exact = names.exact().filter(|(_, topic)| *topic != Topic::Step);
            for (name, topic) in exact {
                known.add(directory.join(name), topic);
            }
            if names.is_open() {
                for name in list(directory) {
                    if let Some(topic) = names.topic(&name) {
                        known.add(directory.join(name), topic);
                    }
                }
                known.listed.insert(directory.to_owned());
            }
        }
        known
    }

    /// What a change of `path` means.
    pub(super) fn meaning(&self, path: &Utf8Path, change: Change) -> Meaning {
        let mut meaning = Meaning::default();
        let Some((directory, name)) = path.parent().zip(path.file_name()) else {
            return meaning;
        };
        for (workspace, plan) in &self.plans {
            let topic = plan.names(directory).and_then(|names| names.topic(name));
            let mut cause = topic.and_then(|topic| cause(topic, change));
            if change == Change::Replaced && plan.names(path).is_some() {
                meaning.replaced.insert(path.to_owned());
                // One that was taken to stay, such as the workspace's root.
                cause = cause.or(Some(Cause::AnythingChanged));
            }
            if let Some(cause) = cause {
                // What a build makes is told by its path; all else may reach far.
                let extent = match topic {
                    Some(Topic::Output) => Extent::of(path.to_owned()),
                    _ => Extent::Everything,
                };
                meaning.call_for((*workspace, cause), extent);
            }
        }
        meaning
    }
}

fn cause(topic: Topic, change: Change) -> Option<Cause> {
    match (topic, change) {
        (Topic::Step, Change::Replaced) => Some(Cause::AnythingChanged),
        (Topic::Lock, Change::Released) => Some(Cause::BuildEnded),
        // Made for the first time, or removed with everything around it; being opened alone is no news.
        (Topic::Lock, Change::Replaced) | (Topic::Output, _) => Some(Cause::OutputChanged),
        (Topic::Presence, Change::Replaced) => Some(Cause::TargetsChanged),
        // A directory's own times change with whatever is in it.
        (Topic::Step | Topic::Presence, _) | (Topic::Lock, Change::Altered) => None,
        (Topic::Input, _) => Some(Cause::InputChanged),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::Surroundings;

    const ONE: WorkspaceKey = WorkspaceKey(1);

    fn board() -> Board {
        let mut board = Board::default();
        let start = Utf8Path::new("/w");
        board.set(ONE, WatchPlan::of_start(start, &Surroundings::default()));
        board
    }

    #[test]
    fn a_change_means_what_its_name_stands_for() {
        for (path, change, looks, is_replaced) in [
            (
                "/w/Cargo.toml",
                Change::Altered,
                vec![(ONE, Cause::InputChanged)],
                false,
            ),
            (
                "/w/Cargo.toml",
                Change::Replaced,
                vec![(ONE, Cause::InputChanged)],
                false,
            ),
            (
                "/w/.cargo/config.toml",
                Change::Released,
                vec![(ONE, Cause::InputChanged)],
                false,
            ),
            (
                "/w/.cargo",
                Change::Replaced,
                vec![(ONE, Cause::AnythingChanged)],
                true,
            ),
            // The directory's own time changes with every file in it.
            ("/w/.cargo", Change::Altered, vec![], false),
            (
                "/w",
                Change::Replaced,
                vec![(ONE, Cause::AnythingChanged)],
                true,
            ),
            ("/w", Change::Altered, vec![], false),
            ("/w/notes.txt", Change::Replaced, vec![], false),
            ("/", Change::Replaced, vec![], false),
        ] {
            assert_eq!(
                board().meaning(Utf8Path::new(path), change),
                Meaning {
                    looks: looks
                        .into_iter()
                        .map(|look| (look, Extent::Everything))
                        .collect(),
                    replaced: is_replaced.then(|| path.into()).into_iter().collect(),
                },
                "{path} {change:?}"
            );
        }
    }

    #[test]
    fn what_lies_above_every_workspace_is_around() {
        let mut board = Board::default();
        let plan = |root: &str| WatchPlan::of_start(Utf8Path::new(root), &Surroundings::default());
        board.set(ONE, plan("/home/me/w"));
        let around = |board: &Board| -> Vec<String> {
            let all = board.directories().watched.into_iter().map(Utf8Path::new);
            all.filter(|directory| board.is_around(directory))
                .map(ToString::to_string)
                .collect()
        };
        let homes = ["/home", "/home/.cargo", "/home/me", "/home/me/.cargo"];
        assert_eq!(around(&board), homes);
        // One that is itself in a home makes the home its own.
        board.set(WorkspaceKey(2), plan("/home/me"));
        assert_eq!(around(&board), ["/home", "/home/.cargo"]);
        assert!(!board.is_around(Utf8Path::new("/elsewhere")));
    }

    #[test]
    fn only_the_release_of_a_lock_ends_a_build() {
        for (change, expected) in [
            (Change::Released, Some(Cause::BuildEnded)),
            (Change::Replaced, Some(Cause::OutputChanged)),
            (Change::Altered, None),
        ] {
            assert_eq!(cause(Topic::Lock, change), expected);
        }
    }

    #[test]
    fn a_workspace_without_a_plan_hears_nothing() {
        let mut board = board();
        board.remove(ONE);
        assert_eq!(
            board.meaning(Utf8Path::new("/w/Cargo.toml"), Change::Altered),
            Meaning::default()
        );
    }
}

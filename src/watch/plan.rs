//! What is to be watched for one workspace, as plain data: directories, and the names in each that matter.
//!
//! Pure. Nothing is watched recursively: a recursive watch on a build directory costs hundreds of watches and thousands of
//! events per build, and falls silent when its root is removed. Instead the whole way down from a directory that stays
//! (the anchor) to each file is planned flat, so that whatever part of the way is removed and made again is noticed above it. Of a
//! build's hundreds of directories few are watched: see [`WatchPlan::is_interior`].

mod contents;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

/// What a name in a watched directory stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Topic {
    /// A directory on the way to something else.
    Step,
    /// A file of which it counts only that it is there: it makes a target, or a package.
    Presence,
    /// A build lock: cargo closes it after writing when a build ends.
    Lock,
    /// Something that a build makes.
    Output,
    /// Something that a build reads, or that chooses the tools.
    Input,
}

/// The names that matter in one directory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Names {
    exact: BTreeMap<String, Topic>,
    /// What every other name stands for, where any counts.
    others: Option<Topic>,
}

impl Names {
    /// What a name stands for here; `None` where it does not matter.
    #[must_use]
    pub(crate) fn topic(&self, name: &str) -> Option<Topic> {
        self.exact.get(name).copied().or(self.others)
    }

    /// The names that are known by themselves.
    pub(crate) fn exact(&self) -> impl Iterator<Item = (&str, Topic)> {
        self.exact
            .iter()
            .map(|(name, topic)| (name.as_str(), *topic))
    }

    /// Whether any name counts, so that only a listing tells them all.
    #[must_use]
    pub(crate) fn is_open(&self) -> bool {
        self.others.is_some()
    }
}

/// The directories to watch for one workspace, parents before what is below them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct WatchPlan {
    /// By their spelling: paths compare by their components, which takes ten times as long, and there are hundreds of them.
    directories: BTreeMap<String, Names>,
    /// Those of them that only hold what chooses the tools, and are somebody else's: a home, a temporary directory.
    around: BTreeSet<String>,
    /// Those of them that need no watch.
    interior: BTreeSet<String>,
}

impl WatchPlan {
    /// Directories in which any name counts, and single files elsewhere: what a build reads besides the macros' inputs.
    #[must_use]
    pub(crate) fn of_sources<'a>(
        root: &Utf8Path,
        directories: impl IntoIterator<Item = &'a Utf8Path>,
        files: impl IntoIterator<Item = &'a Utf8Path>,
    ) -> Self {
        let mut plan = Self::default();
        for directory in directories {
            plan.add_beside_or_below(root, directory, Topic::Step);
            plan.add_others(directory, Topic::Input);
        }
        for file in files {
            plan.add_beside_or_below(root, file, Topic::Input);
        }
        plan
    }

    /// The files known by their names that a build reads or that choose the tools.
    pub(crate) fn inputs(&self) -> impl Iterator<Item = Utf8PathBuf> {
        self.directories.iter().flat_map(|(directory, names)| {
            names
                .exact()
                .filter(|(_, topic)| *topic == Topic::Input)
                .map(|(name, _)| Utf8Path::new(directory).join(name))
        })
    }

    /// The same and what another plan watches.
    #[must_use]
    pub(crate) fn and(mut self, other: &Self) -> Self {
        let own: BTreeSet<String> = [&self, other]
            .iter()
            .flat_map(|plan| {
                let directories = plan.directories.keys();
                directories.filter(|directory| !plan.around.contains(*directory))
            })
            .cloned()
            .collect();
        let interior = self.interior.union(&other.interior);
        let interior = interior.filter(|directory| {
            let plans = [&self, other];
            plans.iter().all(|plan| !plan.is_exterior(directory))
        });
        self.interior = interior.cloned().collect();
        for (directory, names) in &other.directories {
            let directory = Utf8Path::new(directory);
            for (name, topic) in &names.exact {
                self.add_file(directory, name, *topic);
            }
            if let Some(topic) = names.others {
                self.add_others(directory, topic);
            }
        }
        self.around.extend(other.around.iter().cloned());
        self.around.retain(|directory| !own.contains(directory));
        self
    }

    /// The directories, parents before what is below them.
    pub(crate) fn directories(&self) -> impl Iterator<Item = (&Utf8Path, &Names)> {
        self.directories
            .iter()
            .map(|(directory, names)| (Utf8Path::new(directory), names))
    }

    /// The names that matter in a directory.
    #[must_use]
    pub(crate) fn names(&self, directory: &Utf8Path) -> Option<&Names> {
        self.directories.get(&*spelled(directory))
    }

    /// Whether a directory is watched only for what chooses the tools, and is none of the workspace's own.
    #[must_use]
    pub(crate) fn is_around(&self, directory: &Utf8Path) -> bool {
        self.around.contains(&*spelled(directory))
    }

    /// Whether a directory lies so deep in a build directory that a build writes there only along with what is watched. What somebody else
    /// does there is found when all is looked at in rounds.
    #[must_use]
    pub(crate) fn is_interior(&self, directory: &Utf8Path) -> bool {
        self.interior.contains(&*spelled(directory))
    }

    /// Whether it has such directories.
    #[must_use]
    pub(crate) fn has_interior(&self) -> bool {
        !self.interior.is_empty()
    }

    fn is_exterior(&self, directory: &str) -> bool {
        self.directories.contains_key(directory) && !self.interior.contains(directory)
    }

    fn names_in(&mut self, directory: &str) -> &mut Names {
        self.directories.entry(directory.to_owned()).or_default()
    }

    fn add_file(&mut self, directory: &Utf8Path, name: &str, topic: Topic) {
        self.add_name(&spelled(directory), name, topic);
    }

    fn add_name(&mut self, directory: &str, name: &str, topic: Topic) {
        let names = self.names_in(directory);
        match names.exact.get_mut(name) {
            // A directory on the way may also matter by itself; then that is the stronger reason.
            Some(known) => *known = topic.max(*known),
            None => {
                names.exact.insert(name.to_owned(), topic);
            }
        }
    }

    /// Watches for `path` and for every directory between it and `anchor`, which is taken to stay.
    fn add_way(&mut self, anchor: &Utf8Path, path: &Utf8Path, topic: Topic) {
        let (anchor, path) = (spelled(anchor), spelled(path));
        let mut topic = topic;
        for below in Utf8Path::new(&*path).ancestors() {
            if below.as_str() == anchor {
                return;
            }
            let (Some(directory), Some(name)) = (below.parent(), below.file_name()) else {
                return;
            };
            self.add_name(directory.as_str(), name, topic);
            topic = Topic::Step;
        }
    }

    /// Has any name count in a directory.
    fn add_others(&mut self, directory: &Utf8Path, topic: Topic) {
        let names = self.names_in(&spelled(directory));
        names.others = names.others.max(Some(topic));
    }

    /// The way from the workspace's root where the file lies below it; else its own directory alone.
    fn add_beside_or_below(&mut self, root: &Utf8Path, path: &Utf8Path, topic: Topic) {
        let anchor = if path.starts_with(root) {
            Some(root)
        } else {
            path.parent()
        };
        if let Some(anchor) = anchor {
            self.add_way(anchor, path, topic);
        }
    }
}

/// One spelling for all paths that are equal.
fn spelled(path: &Utf8Path) -> Cow<'_, str> {
    let text = path.as_str();
    let is_plain = cfg!(unix)
        && !text.contains("//")
        && !text.contains("/./")
        && !text.ends_with("/.")
        && (!text.ends_with('/') || text.len() == 1);
    if is_plain {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(path.components().collect::<Utf8PathBuf>().into_string())
    }
}

#[cfg(test)]
pub(super) mod tests;

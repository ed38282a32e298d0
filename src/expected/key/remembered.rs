//! The states of a key's items as they were read last, with the identities of the files and directories that they were read from: while
//! one is the same, what rests on it is not read again. Only this process knows it; without it everything is read.

use std::fs;
use std::hash::Hash;
use std::thread;
use std::time::{Duration, SystemTime};

use camino::{Utf8Path, Utf8PathBuf};
use rustc_stable_hash::StableSipHasher128;

use super::anchors::{AnchorIndex, Anchors};
use super::tree::{Tree, tree};
use super::{CONTENT_LIMIT, Digest, Item};
use crate::expected::Workspace;
use crate::observed::file::{self, ReadError};
use crate::observed::identity::{self, Ground, Reliance, SETTLING, Sight};

/// From so many items on, two threads share them: fewer are looked at sooner than a thread is started.
const SHARED_FROM: usize = 2_000;

/// What is remembered of the items of one key, in their order.
#[derive(Debug)]
pub(super) struct Remembered {
    /// How long the times of files and directories take to settle.
    settling: Duration,
    parts: Vec<Part>,
    /// Over all items and their states, as they were last.
    digest: Option<Digest>,
}

impl Default for Remembered {
    fn default() -> Self {
        Self {
            settling: SETTLING,
            parts: Vec::new(),
            digest: None,
        }
    }
}

impl Remembered {
    /// The digest of all items in their state of now. The items must be the same each time.
    pub(super) fn digest(&mut self, items: &[Item], workspace: &Workspace) -> Digest {
        // A look that a panic cuts short leaves none behind.
        let before = self.digest.take();
        let size = if items.len() < SHARED_FROM {
            items.len().max(1)
        } else {
            items.len().div_ceil(2)
        };
        self.parts
            .resize_with(items.chunks(size).len(), Part::default);
        let scope = Scope {
            workspace,
            settling: self.settling,
        };
        let mut shares: Vec<_> = self.parts.iter_mut().zip(items.chunks(size)).collect();
        thread::scope(|threads| {
            let own = shares.split_last_mut();
            let (own, others) = own.map_or((None, None), |(own, others)| (Some(own), Some(others)));
            let mut started = Vec::new();
            for (part, items) in others.into_iter().flatten() {
                // What no thread could be had for, or one that panicked, is looked at below.
                part.found = None;
                let look = || part.look(items, scope);
                started.extend(thread::Builder::new().spawn_scoped(threads, look));
            }
            if let Some((part, items)) = own {
                part.look(items, scope);
            }
            for thread in started {
                let _ = thread.join();
            }
        });
        for (part, items) in &mut shares {
            if part.found.is_none() {
                part.look(items, scope);
            }
        }
        let has_moved = shares
            .iter()
            .any(|(part, _)| part.found != Some(Found::Unmoved));
        let digest = before.filter(|_| !has_moved);
        let digest = digest.unwrap_or_else(|| digest_of(&shares));
        *self.digest.insert(digest)
    }

    /// The directories of the tree that the item in this place is; `None` where it was not read.
    pub(super) fn tree_directories(&self, place: usize) -> Option<Vec<Utf8PathBuf>> {
        let mut place = place;
        for part in &self.parts {
            let Some(known) = part.known.get(place) else {
                place = place.checked_sub(part.known.len())?;
                continue;
            };
            let Rest::Tree(tree) = &known.rests_on else {
                return None;
            };
            let directories = tree.directories.iter();
            return Some(directories.map(|it| it.path.clone()).collect());
        }
        None
    }
}

fn digest_of(shares: &[(&mut Part, &[Item])]) -> Digest {
    let mut hasher = StableSipHasher128::new();
    for (part, items) in shares {
        for (item, known) in items.iter().zip(&part.known) {
            (item, known.state).hash(&mut hasher);
        }
    }
    hasher.finish()
}

/// Where one looks, and how long times take to settle there.
#[derive(Clone, Copy)]
struct Scope<'a> {
    workspace: &'a Workspace,
    settling: Duration,
}

/// Some of the items.
#[derive(Debug, Default)]
struct Part {
    known: Vec<Known>,
    anchors: Anchors,
    /// What the last look at it found; `None` where there was none.
    found: Option<Found>,
}

/// What a look found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    Unmoved,
    Moved,
}

/// What is known of an item.
#[derive(Debug)]
struct Known {
    state: Digest,
    rests_on: Rest,
}

/// What has to be the same for an item's state to be so.
#[derive(Debug)]
enum Rest {
    /// Nothing that one look could tell: it is read each time.
    Nothing,
    /// What is found in one place.
    Anchor(AnchorIndex),
    /// The directories of a tree, and then the time of every file.
    Tree(Tree),
}

impl Part {
    fn look(&mut self, items: &[Item], scope: Scope<'_>) {
        let mut reliance = Reliance::begin(scope.settling);
        let ground = Ground::find(&scope.workspace.root);
        self.anchors.look(&ground, &mut reliance);
        let mut asking = Asking {
            anchors: &mut self.anchors,
            reliance,
            ground,
            build_directory: &scope.workspace.build_directory,
        };
        let mut found = Found::Unmoved;
        for (place, item) in items.iter().enumerate() {
            let Some(known) = self.known.get_mut(place) else {
                self.known.push(asking.ask(item));
                found = Found::Moved;
                continue;
            };
            if asking.holds(known) {
                continue;
            }
            let now = asking.ask_again(item, known);
            if now.state != known.state {
                found = Found::Moved;
            }
            *known = now;
        }
        self.found = Some(found);
    }
}

/// What an entry of a directory is by itself, with the place that will show when it becomes something else.
enum Entry {
    File(AnchorIndex),
    Directory(AnchorIndex),
    Missing(AnchorIndex),
    /// A link, which may lead elsewhere without its directory showing it, or something else that only asking tells.
    Unclear,
}

/// Reads items in one look.
struct Asking<'a> {
    anchors: &'a mut Anchors,
    reliance: Reliance,
    ground: Ground<'a>,
    build_directory: &'a Utf8Path,
}

impl Asking<'_> {
    fn holds(&self, known: &Known) -> bool {
        match known.rests_on {
            Rest::Nothing | Rest::Tree(_) => false,
            Rest::Anchor(index) => self.anchors.holds(index),
        }
    }

    fn ask_again(&mut self, item: &Item, known: &mut Known) -> Known {
        if let Rest::Tree(tree) = &mut known.rests_on
            && tree.is_unmoved(&self.ground)
        {
            let mut tree = std::mem::take(tree);
            tree.read_times();
            return of_tree(tree);
        }
        self.ask(item)
    }

    fn ask(&mut self, item: &Item) -> Known {
        match item {
            Item::File(path) => self.file(path),
            Item::Names(path) => self.names(path),
            Item::Presence(path) => self.presence(path),
            Item::Program(path) => self.program(path),
            Item::Tree(path) => of_tree(tree(path, self.build_directory, &mut self.reliance)),
        }
    }

    fn file(&mut self, path: &Utf8Path) -> Known {
        let (read, sight) = identity::read(path.as_std_path(), CONTENT_LIMIT);
        let rests_on = match read {
            Ok(_) | Err(ReadError::Missing) => self.seen(path, sight),
            Err(_) => Rest::Nothing,
        };
        let state = match read {
            Ok((content, _)) => digest((1_u8, content)),
            Err(ReadError::Missing) => digest(0_u8),
            Err(_) => digest((2_u8, file::modified(path.as_std_path()))),
        };
        Known { state, rests_on }
    }

    fn names(&mut self, path: &Utf8Path) -> Known {
        let none: &[String] = &[];
        if let Entry::Missing(above) = self.entry(path) {
            return Known {
                state: digest(none),
                rests_on: Rest::Anchor(above),
            };
        }
        let own = self.place(path);
        match file::try_names(path) {
            Ok(names) => Known {
                state: digest(names.as_slice()),
                rests_on: Rest::Anchor(own),
            },
            Err(_) => Known {
                state: digest(none),
                rests_on: Rest::Nothing,
            },
        }
    }

    fn presence(&mut self, path: &Utf8Path) -> Known {
        let (is_file, rests_on) = match self.entry(path) {
            Entry::File(directory) => (true, Rest::Anchor(directory)),
            Entry::Directory(directory) | Entry::Missing(directory) => {
                (false, Rest::Anchor(directory))
            }
            Entry::Unclear => (path.is_file(), Rest::Nothing),
        };
        Known {
            state: digest(is_file),
            rests_on,
        }
    }

    fn program(&mut self, path: &Utf8Path) -> Known {
        let answer = fs::metadata(path);
        let rests_on = self.seen(path, Sight::of_answer(&answer));
        let size = answer.as_ref().map(fs::Metadata::len).ok();
        let modified: Option<SystemTime> = answer.and_then(|found| found.modified()).ok();
        Known {
            state: digest((size, modified)),
            rests_on,
        }
    }

    /// A place as it was seen just now, while what rests on it was read. Where it was seen otherwise at the start of this look, it might be
    /// seen so again, and would vouch for what was read in between.
    fn seen(&mut self, path: &Utf8Path, sight: Sight) -> Rest {
        let index = self.anchors.at(path, &mut self.reliance, || sight);
        if self.anchors.sight(index) == sight {
            Rest::Anchor(index)
        } else {
            Rest::Nothing
        }
    }

    fn place(&mut self, path: &Utf8Path) -> AnchorIndex {
        let see = || self.ground.sight(path);
        self.anchors.at(path, &mut self.reliance, see)
    }

    fn entry(&mut self, path: &Utf8Path) -> Entry {
        let (Some(directory), Some(_)) = (path.parent(), path.file_name()) else {
            return Entry::Unclear;
        };
        let index = self.place(directory);
        match self.anchors.sight(index) {
            sight if sight.is_directory() => match fs::symlink_metadata(path) {
                Ok(found) if found.is_file() => Entry::File(index),
                Ok(found) if found.is_dir() => Entry::Directory(index),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Entry::Missing(index),
                _ => Entry::Unclear,
            },
            // What is missing below a missing directory is missing as long as that is.
            Sight::Missing => match self.entry(directory) {
                missing @ Entry::Missing(_) => missing,
                _ => Entry::Unclear,
            },
            _ => Entry::Unclear,
        }
    }
}

fn of_tree(tree: Tree) -> Known {
    Known {
        state: digest(tree.files.as_slice()),
        rests_on: Rest::Tree(tree),
    }
}

fn digest(state: impl Hash) -> Digest {
    let mut hasher = StableSipHasher128::new();
    state.hash(&mut hasher);
    hasher.finish()
}

#[cfg(all(test, unix))]
#[path = "remembered_tests.rs"]
mod tests;

//! The places on which remembered states rest: files and directories, each with what was seen there.

use std::collections::HashMap;

use camino::{Utf8Path, Utf8PathBuf};

use crate::observed::identity::{Ground, Reliance, Sight};

#[derive(Debug, Clone, Copy)]
pub(super) struct AnchorIndex(usize);

/// The places on which states rest; each is looked at once in a look, before what rests on it is read.
#[derive(Debug, Default)]
pub(super) struct Anchors {
    all: Vec<Anchor>,
    places: HashMap<Utf8PathBuf, AnchorIndex>,
}

/// A place on which states rest.
#[derive(Debug)]
struct Anchor {
    path: Utf8PathBuf,
    sight: Sight,
    standing: Standing,
}

/// What a place says of what rests on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// It is as it was when that was read, and would not be if that had changed.
    Holds,
    /// It was first seen in this look, or seen otherwise: what is read from now on can be relied on while it is the same.
    Renewed,
    /// The same, but it may change without showing it.
    Unreliable,
}

impl Anchors {
    pub(super) fn look(&mut self, ground: &Ground<'_>, reliance: &mut Reliance) {
        for anchor in &mut self.all {
            let sight = ground.sight(&anchor.path);
            let is_same = anchor.standing != Standing::Unreliable && sight == anchor.sight;
            if is_same {
                anchor.standing = Standing::Holds;
            } else {
                anchor.sight = sight;
                anchor.standing = standing(&sight, &anchor.path, reliance);
            }
        }
    }

    pub(super) fn sight(&self, index: AnchorIndex) -> Sight {
        let anchor = self.all.get(index.0);
        anchor.map_or(Sight::Unclear, |anchor| anchor.sight)
    }

    pub(super) fn holds(&self, index: AnchorIndex) -> bool {
        let anchor = self.all.get(index.0);
        anchor.is_some_and(|anchor| anchor.standing == Standing::Holds)
    }

    /// The place, seen now unless it was before in this look: later sights tell nothing of what was read since.
    pub(super) fn at(
        &mut self,
        path: &Utf8Path,
        reliance: &mut Reliance,
        sight: impl FnOnce() -> Sight,
    ) -> AnchorIndex {
        if let Some(index) = self.places.get(path) {
            return *index;
        }
        let index = AnchorIndex(self.all.len());
        let sight = sight();
        self.all.push(Anchor {
            path: path.to_owned(),
            sight,
            standing: standing(&sight, path, reliance),
        });
        self.places.insert(path.to_owned(), index);
        index
    }
}

fn standing(sight: &Sight, path: &Utf8Path, reliance: &mut Reliance) -> Standing {
    if reliance.is_due_to(sight, path.as_std_path()) {
        Standing::Renewed
    } else {
        Standing::Unreliable
    }
}

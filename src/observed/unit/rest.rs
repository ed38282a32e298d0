//! What an observation rests on, so that nothing is read again while all of it is found as it was. Knows nothing of what was read.

use std::path::Path;

use camino::{Utf8Path, Utf8PathBuf};

use crate::observed::identity::{Ground, Reliance, Sight};

/// What an observation rests on.
#[derive(Debug, Clone, Default)]
pub(crate) enum Rest {
    /// Also on what no single look at a file tells.
    #[default]
    Unclear,
    /// On what is found in these places, and nothing else.
    On(Vec<(Utf8PathBuf, Sight)>),
}

impl Rest {
    pub(super) fn on_nothing_yet() -> Self {
        Self::On(Vec::new())
    }

    pub(super) fn add(&mut self, path: &Path, sight: Sight) {
        let Self::On(places) = self else {
            return;
        };
        match Utf8Path::from_path(path) {
            Some(path) => places.push((path.to_owned(), sight)),
            None => self.become_unclear(),
        }
    }

    pub(super) fn become_unclear(&mut self) {
        *self = Self::Unclear;
    }

    /// The same where every later change will show; else unclear.
    pub(super) fn relied_on(self, reliance: &mut Reliance) -> Self {
        match self {
            Self::On(places)
                if places
                    .iter()
                    .all(|(path, sight)| reliance.is_due_to(sight, path.as_std_path())) =>
            {
                Self::On(places)
            }
            _ => Self::Unclear,
        }
    }

    /// In how many places one has to look for it.
    pub(crate) fn places(&self) -> usize {
        match self {
            Self::Unclear => 0,
            Self::On(places) => places.len(),
        }
    }

    /// Whether all of it is found as it was.
    pub(crate) fn holds(&self, ground: &Ground<'_>) -> bool {
        match self {
            Self::Unclear => false,
            Self::On(places) => places
                .iter()
                .all(|(path, sight)| ground.sight(path) == *sight),
        }
    }
}

//! Which of the system's file events say that something changed. Pure.
//!
//! Most events are openings and closings of files that were only read, our own reading included: they say nothing.

use notify::event::{AccessKind, AccessMode, EventKind, ModifyKind};

/// What happened to a name in a watched directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// It appeared, went, or became another file.
    Replaced,
    /// Its bytes or its times changed.
    Altered,
    /// Somebody who had it open for writing let it go: for a build lock, the end of a build.
    Released,
}

/// What an event says; `None` where it says nothing.
pub(crate) fn change(kind: EventKind) -> Option<Change> {
    match kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => Some(Change::Released),
        EventKind::Access(_) => None,
        EventKind::Create(_) | EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_)) => {
            Some(Change::Replaced)
        }
        EventKind::Modify(_) | EventKind::Any | EventKind::Other => Some(Change::Altered),
    }
}

#[cfg(test)]
mod tests {
    use notify::event::{CreateKind, DataChange, MetadataKind, RemoveKind, RenameMode};

    use super::*;

    #[test]
    fn reading_says_nothing_and_everything_else_does() {
        for (kind, expected) in [
            (EventKind::Access(AccessKind::Open(AccessMode::Any)), None),
            (EventKind::Access(AccessKind::Close(AccessMode::Read)), None),
            (EventKind::Access(AccessKind::Read), None),
            (
                EventKind::Access(AccessKind::Close(AccessMode::Write)),
                Some(Change::Released),
            ),
            (
                EventKind::Create(CreateKind::Folder),
                Some(Change::Replaced),
            ),
            (EventKind::Remove(RemoveKind::File), Some(Change::Replaced)),
            (
                EventKind::Modify(ModifyKind::Name(RenameMode::To)),
                Some(Change::Replaced),
            ),
            (
                EventKind::Modify(ModifyKind::Data(DataChange::Any)),
                Some(Change::Altered),
            ),
            (
                EventKind::Modify(ModifyKind::Metadata(MetadataKind::Any)),
                Some(Change::Altered),
            ),
            (EventKind::Any, Some(Change::Altered)),
        ] {
            assert_eq!(change(kind), expected, "{kind:?}");
        }
    }
}

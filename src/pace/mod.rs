//! When to look again, and when to speak: for every front end that stays.
//!
//! Pure: events and looks come in with their times. It must not know what a finding is about, nor how it is shown.

pub(crate) mod extent;
pub(crate) mod quiet;
pub(crate) mod schedule;

//! Systems that tell nothing yet of the processes on them: nobody is known to be at work.

use super::{BuildProcess, Work};

pub(super) fn at_work_on(_works: &[Work]) -> Vec<BuildProcess> {
    Vec::new()
}

pub(super) fn began(_process: u32) -> Option<u64> {
    None
}

pub(super) fn is_at_work_since(_began: u64) -> bool {
    false
}

//! Waits until nobody builds, so that plans and success rest on what stays. It must not know what is mended.

use std::time::Duration;

use super::locks::{Asked, BuildLock};
use super::mend::Controls;
use super::run::Progress;
use crate::inspect::{BuildActivity, InspectError, Inspection, Inspector};
use crate::observed::process::BuildProcess;
use crate::verdict::Verdict;

/// How often a look is taken again while files still move, and how long apart.
const TRIES: usize = 12;
const PAUSE: Duration = Duration::from_millis(250);

/// The look once more until nothing is being built, so that plans and success rest on what stays.
pub(super) fn settled(
    inspector: &mut Inspector,
    mut look: Inspection,
    controls: &Controls,
    progress: &mut dyn FnMut(Progress),
) -> Result<Inspection, InspectError> {
    for _ in 0..TRIES {
        let is_moving = look.build == BuildActivity::Running
            || look
                .macros
                .iter()
                .any(|inspected| inspected.verdict == Verdict::Building);
        if !is_moving || controls.cancel.is_cancelled() {
            break;
        }
        wait_for_orphans(&look.orphans, controls, progress);
        let asked = BuildLock::hold(&look.profile_directory, &controls.cancel, &mut |holder| {
            progress(Progress::Waiting {
                on: "build directory".to_owned(),
                holder,
            });
        });
        if let Asked::Cancelled = asked {
            break;
        }
        drop(asked);
        std::thread::sleep(PAUSE);
        look = inspector.inspect()?;
    }
    Ok(look)
}

/// What a compiler whose cargo is gone writes at its end would lie over what a repair makes.
fn wait_for_orphans(
    orphans: &[BuildProcess],
    controls: &Controls,
    progress: &mut dyn FnMut(Progress),
) {
    let mut has_told = false;
    while let Some(orphan) = orphans.iter().find(|orphan| orphan.is_alive()) {
        if controls.cancel.is_cancelled() {
            return;
        }
        if !std::mem::replace(&mut has_told, true) {
            progress(Progress::Waiting {
                on: "build directory".to_owned(),
                holder: Some(orphan.named()),
            });
        }
        std::thread::sleep(PAUSE);
    }
}

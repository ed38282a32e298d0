//! Carries out a plan that a person was shown, and looks whether what it was for is over.

use super::locks::MendLock;
use super::mend::{Controls, MendError};
use super::plan::{Plan, RemedyKind};
use super::run::{Outcome, Progress, RunContext, run};
use crate::inspect::{Inspection, Inspector};
use crate::settings::Processes;

/// What came of it.
#[derive(Debug)]
pub struct CarriedOut {
    /// What was done.
    pub outcome: Outcome,
    /// The look that was taken afterwards.
    pub after: Inspection,
}

impl CarriedOut {
    /// Whether the look still offers the same remedy. A variable that was set for one run says nothing about the next.
    #[must_use]
    pub fn is_still_offered(&self, plan: &Plan) -> bool {
        let mut remedies = self
            .after
            .findings
            .iter()
            .flat_map(|finding| &finding.remedies);
        plan.kind != RemedyKind::SetEnv && remedies.any(|offered| offered == plan)
    }
}

/// Runs the steps of a plan as they were shown.
///
/// # Errors
/// When the workspace cannot be looked at, or nothing may be run there now. Steps that fail are in the outcome.
pub fn carry_out(
    inspector: &mut Inspector,
    plan: &Plan,
    controls: &Controls,
    progress: &mut dyn FnMut(Progress),
) -> Result<CarriedOut, MendError> {
    if inspector.settings().processes == Processes::Forbidden {
        return Err(MendError::ProcessesForbidden);
    }
    let before = inspector.inspect()?;
    let _lock = MendLock::take(&before.workspace.build_directory)?;
    let context = RunContext {
        build_directory: before.workspace.build_directory.clone(),
        profile_directory: before.profile_directory,
        group: controls.group,
        cancel: controls.cancel.clone(),
    };
    let outcome = run(plan, &context, progress);
    let after = inspector.inspect()?;
    Ok(CarriedOut { outcome, after })
}

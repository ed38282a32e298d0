//! What mends a finding: first a plan (pure), then its run, then the verdict once more.

mod besides;
mod blame;
mod carry_out;
pub mod catalogue;
mod choice;
mod commands;
mod cost;
mod files;
mod locks;
mod mend;
#[cfg(any(test, fuzzing))]
pub mod on_trial;
pub mod other_plans;
mod plan;
mod planning;
mod preview;
mod run;
mod settle;
pub mod trial;
mod words;

pub use carry_out::{CarriedOut, carry_out};
pub use catalogue::Requirement;
pub use choice::{Choice, ChoiceKind};
pub use commands::{
    PlanContext, build_invocation, clean_all_invocation, clean_packages_invocation, step,
};
pub use cost::dependents;
pub use files::FileError;
pub use locks::SomebodyElse;
pub use mend::{Controls, MendError, MendReport, MendResult, MendedMacro, Round, mend};
pub use plan::{Plan, RemedyKind, Step, VariableChange};
pub use planning::{
    clean_all, clean_all_and_rebuild, clean_and_rebuild, clean_package, plan_for, preferred,
    rebuild,
};
pub use preview::{CleanPreview, PreviewError, preview_clean};
pub use run::{Failure, Outcome, Progress, RunContext, RunResult, run};

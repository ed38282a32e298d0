//! What mends a finding: first a plan (pure), then its run, then the verdict once more.

mod files;
mod holder;
mod locks;
pub mod other_plans;
mod plan;
mod planning;
mod run;

pub use files::FileError;
pub use holder::{Holder, holder_of};
pub use locks::SomebodyElse;
pub use plan::{Plan, RemedyKind, Step};
pub use planning::{
    PlanContext, build_invocation, clean_all, clean_all_invocation, clean_and_rebuild,
    clean_package, clean_packages_invocation, plan_for, preferred, rebuild, step,
};
pub use run::{Failure, Outcome, Progress, RunContext, RunResult, run};

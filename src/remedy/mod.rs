//! What mends a finding: first a plan (pure), then its run, then the verdict once more.

pub mod other_plans;
mod plan;
mod planning;

pub use plan::{Plan, RemedyKind, Step};
pub use planning::{
    PlanContext, build_invocation, clean_all, clean_all_invocation, clean_and_rebuild,
    clean_package, clean_packages_invocation, plan_for, preferred, rebuild, step,
};

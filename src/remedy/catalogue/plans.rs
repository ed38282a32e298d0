//! What mends a known failure, as plans. Pure: whether a version resolves is tried elsewhere.

use super::super::commands::{PlanContext, step};
use super::super::other_plans;
use super::super::plan::{Plan, RemedyKind, Step};
use super::{Cure, Known, PinPlace};
use crate::cargo::invocation::Invocation;
use crate::names::PackageName;

/// A plan, and whether it has to be tried on a copy before it is offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The plan.
    pub plan: Plan,
    /// Whether it is offered as it is.
    pub proof: Proof,
}

/// Whether a plan is offered as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Proof {
    /// Nothing has to be shown first.
    NotNeeded,
    /// Only where it resolves on a copy of the lock file.
    Resolves,
}

impl Known<'_> {
    /// What mends it, the best first. `asking` tells which member's manifest asks for a package by itself.
    #[must_use]
    pub fn offers(
        &self,
        context: &PlanContext<'_>,
        asking: &dyn Fn(&PackageName) -> Option<PackageName>,
    ) -> Vec<Offer> {
        let cures = self.entry.cures.iter();
        cures
            .filter_map(|cure| self.offer(cure, context, asking))
            .collect()
    }

    fn offer(
        &self,
        cure: &Cure,
        context: &PlanContext<'_>,
        asking: &dyn Fn(&PackageName) -> Option<PackageName>,
    ) -> Option<Offer> {
        let as_it_is = |plan| Offer {
            plan,
            proof: Proof::NotNeeded,
        };
        Some(match cure {
            Cure::Variable { name, value } => {
                as_it_is(other_plans::with_variable(name, value.as_deref(), context))
            }
            Cure::Pin {
                package,
                version,
                place,
            } => Offer {
                plan: match (place, asking(package)) {
                    (PinPlace::Manifest, Some(member)) => {
                        require(package, version, &member, context)
                    }
                    _ => other_plans::pin(package, version, context),
                },
                proof: Proof::Resolves,
            },
            Cure::Command { kind, title, run } => as_it_is(Plan::new(
                *kind,
                self.fill(title)?,
                vec![step(self.command(run, context)?)],
            )),
            Cure::Advice { kind, title } => {
                as_it_is(Plan::new(*kind, self.fill(title)?, Vec::new()))
            }
        })
    }

    fn command(&self, run: &[String], context: &PlanContext<'_>) -> Option<Invocation> {
        let words: Vec<String> = run
            .iter()
            .map(|word| self.fill(word))
            .collect::<Option<_>>()?;
        let (program, arguments) = words.split_first()?;
        let program = if program == "cargo" {
            context.cargo
        } else {
            program
        };
        Some(
            Invocation::new(program, &context.workspace.root)
                .arguments(arguments.iter().cloned())
                .extra_environment(&context.settings.cargo.extra_environment),
        )
    }

    /// What helps, in words, where no workspace is at hand.
    #[must_use]
    pub fn advice(&self) -> Vec<String> {
        let cures = self.entry.cures.iter();
        cures
            .filter_map(|cure| match cure {
                Cure::Variable {
                    name,
                    value: Some(value),
                } => Some(format!("The same command with {name}={value} before it")),
                Cure::Variable { name, value: None } => Some(format!(
                    "The same command without the variable: env -u {name} …"
                )),
                Cure::Pin {
                    package,
                    version,
                    place: PinPlace::LockFile,
                } => Some(format!("cargo update -p {package} --precise {version}")),
                Cure::Pin {
                    package,
                    version,
                    place: PinPlace::Manifest,
                } => Some(format!(
                    "Else {package} = \"={version}\" in the Cargo.toml that asks for it"
                )),
                Cure::Command { title, run, .. } => {
                    let title = self.fill(title)?;
                    let run = self.fill(&run.join(" "))?;
                    Some(format!("{title}: {run}"))
                }
                Cure::Advice { title, .. } => self.fill(title),
            })
            .collect()
    }
}

/// A version that a plan has a member require in its manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Requirement<'plan> {
    /// The package.
    pub package: &'plan str,
    /// The version.
    pub version: &'plan str,
    /// The member.
    pub member: &'plan str,
}

impl Plan {
    /// What the plan changes in a manifest, where that is what it does: an editor can make that change itself.
    #[must_use]
    pub fn requirement(&self) -> Option<Requirement<'_>> {
        let Some(Step::Run { run, .. }) = self.steps.first() else {
            return None;
        };
        let [_, add, wanted, option, member] = run.as_slice() else {
            return None;
        };
        let (package, version) = wanted.split_once("@=")?;
        let is_one = self.kind == RemedyKind::Pin && add == "add" && option == "--package";
        is_one.then_some(Requirement {
            package,
            version,
            member,
        })
    }
}

/// Another version in the manifest of a member, and in the lock file what follows from it.
fn require(
    package: &PackageName,
    version: &str,
    member: &PackageName,
    context: &PlanContext<'_>,
) -> Plan {
    let wanted = format!("{package}@={version}");
    Plan::new(
        RemedyKind::Pin,
        format!("Have {member} require {package} ={version} in its Cargo.toml"),
        vec![
            other_plans::cargo(&["add", &wanted, "--package", member.as_str()], context),
            other_plans::cargo(&["update", "--workspace"], context),
            other_plans::fetch(context),
        ],
    )
}

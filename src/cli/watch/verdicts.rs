//! What a look found, as the course takes it, and what of it is news. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use super::event::{Health, Remediable, Trouble, View};
use crate::cli::check;
use crate::inspect::{BuildActivity, InspectedMacro, Inspection};
use crate::names::PackageId;
use crate::server::quiet::{Build, Concern, Moment, Prospect};
use crate::verdict::{Finding, MissingReason, Severity, Verdict, code_of};

/// The moment of a look, on both clocks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    pub(super) now: Moment,
    pub(super) system: SystemTime,
}

impl Clock {
    /// `None` for a time before the session or in the future.
    fn moment(self, time: SystemTime) -> Option<Moment> {
        let ago = self.system.duration_since(time).ok()?;
        self.now.0.checked_sub(ago).map(Moment)
    }
}

/// What the course needs to know of a look.
pub(super) fn view(inspection: &Inspection, clock: Clock) -> View {
    let mut troubles = BTreeMap::new();
    let mut mendable = BTreeMap::new();
    for inspected in &inspection.macros {
        let Some(trouble) = trouble(inspected) else {
            continue;
        };
        let concern = Concern {
            prospect: Prospect::None,
            outputs_changed: inspected.built_at.and_then(|time| clock.moment(time)),
        };
        mendable.extend(remediable(&inspected.verdict).map(|when| (trouble.clone(), when)));
        troubles.insert(trouble, concern);
    }
    for finding in others(inspection) {
        let concern = Concern {
            prospect: Prospect::None,
            outputs_changed: None,
        };
        troubles.insert(trouble_of(finding), concern);
    }
    let is_fresh = |inspected: &&InspectedMacro| inspected.verdict == Verdict::Fresh;
    let fresh = inspection.macros.iter().filter(is_fresh);
    let is_running = inspection.build == BuildActivity::Running
        || inspection
            .macros
            .iter()
            .any(|inspected| inspected.verdict == Verdict::Building);
    let is_refused = check::refusal(inspection).is_some() || inspection.toolchain.is_none();
    let health = match () {
        () if is_refused => Health::Unreadable,
        () if inspection.macros.iter().all(|one| is_fresh(&one)) => Health::Fresh,
        () if is_running => Health::Busy,
        () => Health::Broken,
    };
    View {
        health,
        build: if is_running {
            Build::Running
        } else {
            Build::Idle
        },
        troubles,
        fresh: fresh
            .map(|inspected| inspected.expected.package_id.clone())
            .collect(),
        mendable,
    }
}

fn trouble(inspected: &InspectedMacro) -> Option<Trouble> {
    match &inspected.verdict {
        Verdict::Fresh | Verdict::Building => None,
        verdict => Some(Trouble::Macro {
            package: inspected.expected.package_id.clone(),
            verdict: format!("{verdict:?}"),
        }),
    }
}

/// What is found besides the macros' own verdicts.
fn others(inspection: &Inspection) -> impl Iterator<Item = &Finding> {
    let of_macros: BTreeSet<_> = inspection
        .macros
        .iter()
        .filter_map(|inspected| code_of(&inspected.verdict))
        .collect();
    inspection.findings.iter().filter(move |finding| {
        finding.severity >= Severity::Warning && !of_macros.contains(&finding.code)
    })
}

fn trouble_of(finding: &Finding) -> Trouble {
    Trouble::Other {
        code: finding.code,
        message: finding.message.clone(),
    }
}

fn remediable(verdict: &Verdict) -> Option<Remediable> {
    match verdict {
        Verdict::Fresh | Verdict::Building | Verdict::Unknown(_) => None,
        Verdict::Stale(_) | Verdict::Missing(MissingReason::Interrupted) => {
            Some(Remediable::UnlessSourcesAreBroken)
        }
        Verdict::Missing(_)
        | Verdict::Corrupt(_)
        | Verdict::WrongPlatform(_)
        | Verdict::WrongRustc { .. } => Some(Remediable::Always),
    }
}

/// A change that is worth a line.
#[derive(Debug, Clone)]
pub(super) enum News {
    /// A macro is not fresh, or otherwise than before.
    Broken(InspectedMacro),
    /// A macro that was shown as broken is fresh.
    Fresh(InspectedMacro),
    /// Something is wrong with the workspace or its tools.
    Found(Finding),
    /// It is not any more.
    Gone(Finding),
}

/// What was told so far.
#[derive(Debug, Default)]
pub(super) struct Told {
    macros: BTreeMap<PackageId, Verdict>,
    findings: BTreeMap<Trouble, Finding>,
}

impl Told {
    /// What is to be told of this look, where `certain` is what may be said.
    pub(super) fn news(
        &mut self,
        inspection: &Inspection,
        certain: &BTreeSet<Trouble>,
    ) -> Vec<News> {
        let mut news = Vec::new();
        for inspected in &inspection.macros {
            let package = &inspected.expected.package_id;
            if inspected.verdict == Verdict::Fresh {
                if self.macros.remove(package).is_some() {
                    news.push(News::Fresh(inspected.clone()));
                }
            } else if trouble(inspected).is_some_and(|trouble| certain.contains(&trouble))
                && self.macros.get(package) != Some(&inspected.verdict)
            {
                self.macros
                    .insert(package.clone(), inspected.verdict.clone());
                news.push(News::Broken(inspected.clone()));
            }
        }
        for finding in others(inspection) {
            let trouble = trouble_of(finding);
            if certain.contains(&trouble) && !self.findings.contains_key(&trouble) {
                self.findings.insert(trouble, finding.clone());
                news.push(News::Found(finding.clone()));
            }
        }
        let gone = self
            .findings
            .extract_if(.., |trouble, _| !certain.contains(trouble));
        news.extend(gone.map(|(_, finding)| News::Gone(finding)));
        news
    }
}

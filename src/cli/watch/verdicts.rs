//! What a look found, as the course takes it, and what of it is news. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use super::event::{Health, Remediable, Trouble, View};
use crate::cli::check;
use crate::inspect::{BuildActivity, InspectedMacro, Inspection};
use crate::names::PackageId;
use crate::pace::quiet::{Build, Concern, Moment, Prospect};
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
        build: match () {
            () if !is_running => Build::Idle,
            () if inspection.orphans.is_empty() => Build::Running,
            () => Build::Orphaned,
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::cli::report::samples;

    fn told(news: &[News]) -> Vec<String> {
        news.iter()
            .map(|one| match one {
                News::Broken(inspected) | News::Fresh(inspected) => {
                    let name = &inspected.expected.name;
                    format!("{name} {}", inspected.verdict.status())
                }
                News::Found(finding) => format!("found {}", finding.code),
                News::Gone(finding) => format!("gone {}", finding.code),
            })
            .collect()
    }

    #[test]
    fn only_what_is_certain_and_new_is_told() {
        let mut inspection = samples::unhealthy();
        let clock = Clock {
            now: Moment(Duration::ZERO),
            system: SystemTime::UNIX_EPOCH,
        };
        let certain: BTreeSet<Trouble> = view(&inspection, clock).troubles.into_keys().collect();
        let mut memory = Told::default();
        assert!(memory.news(&inspection, &BTreeSet::new()).is_empty());
        assert_eq!(
            told(&memory.news(&inspection, &certain)),
            [
                "my-macros stale",
                "tokio-macros corrupt",
                "tracing-attributes missing"
            ]
        );
        assert!(memory.news(&inspection, &certain).is_empty());
        // Held back, such as during a build: neither well nor news.
        assert!(memory.news(&inspection, &BTreeSet::new()).is_empty());
        for inspected in &mut inspection.macros {
            inspected.verdict = Verdict::Building;
        }
        assert!(memory.news(&inspection, &certain).is_empty());
        for inspected in &mut inspection.macros {
            inspected.verdict = Verdict::Fresh;
        }
        assert_eq!(
            told(&memory.news(&inspection, &BTreeSet::new())),
            [
                "my-macros fresh",
                "tokio-macros fresh",
                "tracing-attributes fresh"
            ]
        );
    }

    #[test]
    fn a_workspace_is_as_healthy_as_its_worst_macro() {
        let clock = Clock {
            now: Moment(Duration::ZERO),
            system: SystemTime::UNIX_EPOCH,
        };
        let with = |verdict: Verdict| {
            let mut inspection = samples::unhealthy();
            inspection.findings.clear();
            for inspected in &mut inspection.macros {
                inspected.verdict = verdict.clone();
            }
            view(&inspection, clock).health
        };
        assert_eq!(with(Verdict::Fresh), Health::Fresh);
        assert_eq!(with(Verdict::Building), Health::Busy);
        let deleted = Verdict::Missing(MissingReason::Deleted);
        assert_eq!(with(deleted), Health::Broken);
    }
}

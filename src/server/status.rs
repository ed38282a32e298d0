//! The server's state in one word and one sentence, for what shows rust-analyzer's. Pure.

use super::model::{Health, Status};
use crate::verdict::{Finding, Severity};

/// What of one workspace goes into the state.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Part<'a> {
    pub(crate) shown: &'a [&'a Finding],
    /// How many macros are not as they should be, while rust-analyzer or a build may be mending them.
    pub(crate) held_back: usize,
    pub(crate) activity: Activity,
}

/// What we are doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Activity {
    Idle,
    Looking,
    Mending,
}

/// The state of all workspaces together.
pub(crate) fn status(parts: &[Part<'_>]) -> Status {
    let shown = || parts.iter().flat_map(|part| part.shown.iter().copied());
    let health = shown()
        .map(|finding| match finding.severity {
            Severity::Error => Health::Error,
            Severity::Warning => Health::Warning,
            Severity::Information | Severity::Hint => Health::Ok,
        })
        .max()
        .unwrap_or(Health::Ok);
    Status {
        health,
        quiescent: parts
            .iter()
            .all(|part| part.activity == Activity::Idle && part.held_back == 0),
        message: message(parts, &shown().collect::<Vec<_>>()),
    }
}

fn message(parts: &[Part<'_>], shown: &[&Finding]) -> Option<String> {
    if parts.iter().any(|part| part.activity == Activity::Mending) {
        return Some("Mending proc macros".to_owned());
    }
    if let Some(first) = shown.first() {
        let rest = shown.len() - 1;
        return Some(match rest {
            0 => first.message.clone(),
            1 => format!("{} One more finding.", first.message),
            _ => format!("{} {rest} more findings.", first.message),
        });
    }
    let held_back: usize = parts.iter().map(|part| part.held_back).sum();
    match held_back {
        0 => None,
        1 => Some("1 proc macro is not built yet; waiting for rust-analyzer's build".to_owned()),
        many => Some(format!(
            "{many} proc macros are not built yet; waiting for rust-analyzer's build"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::fixtures::{findings, inspected};
    use crate::verdict::{Corruption, MissingReason, Verdict};

    fn check(shown: &[&Finding], held_back: usize, activity: Activity) -> (Health, bool, String) {
        let part = Part {
            shown,
            held_back,
            activity,
        };
        let status = status(&[part]);
        (
            status.health,
            status.quiescent,
            status.message.unwrap_or_default(),
        )
    }

    #[test]
    fn the_worst_finding_is_the_health() {
        let all = findings(&[
            inspected(&["a"], Verdict::Missing(MissingReason::Deleted)),
            inspected(&["b"], Verdict::Corrupt(Corruption::Empty)),
        ]);
        let shown: Vec<&Finding> = all.iter().collect();
        let (health, quiescent, message) = check(&shown, 0, Activity::Idle);
        assert_eq!((health, quiescent), (Health::Error, true));
        assert!(message.ends_with(" One more finding."), "{message}");
    }

    #[test]
    fn what_is_held_back_is_told_and_no_fault() {
        assert_eq!(
            check(&[], 2, Activity::Idle),
            (
                Health::Ok,
                false,
                "2 proc macros are not built yet; waiting for rust-analyzer's build".to_owned()
            )
        );
        assert_eq!(
            check(&[], 0, Activity::Looking),
            (Health::Ok, false, String::new())
        );
        assert_eq!(
            check(&[], 0, Activity::Idle),
            (Health::Ok, true, String::new())
        );
    }
}

//! What a finding says once a build has run and left it as it was. Pure.

use crate::verdict::{Code, Finding};

/// A stale macro that a build did not renew does not compile, or that build was stopped: to rebuild it is no advice any more.
pub(crate) fn say_that_it_stayed(finding: &mut Finding) {
    if finding.code != Code::DylibStale {
        return;
    }
    let what = ["it", "them"].into_iter().find_map(|them| {
        let advice = format!(" Rebuild {them}.");
        Some((finding.message.strip_suffix(&advice)?, them))
    });
    if let Some((what, them)) = what {
        finding.message = format!(
            "{what} A build since then did not renew {them}: either your last save does not compile, or that build was stopped or left {them} out."
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::fixtures::{findings, inspected};
    use crate::verdict::{StaleReason, Verdict};

    #[test]
    fn a_build_that_left_it_so_is_told_instead_of_the_advice_to_build() {
        let stale = || {
            Verdict::Stale(StaleReason::SourceChanged {
                path: "/w/src/lib.rs".into(),
            })
        };
        for macros in [
            vec![inspected(&["a"], stale())],
            vec![inspected(&["a"], stale()), inspected(&["b"], stale())],
        ] {
            for mut finding in findings(&macros) {
                say_that_it_stayed(&mut finding);
                let message = finding.message;
                assert!(
                    message.contains("your last save does not compile"),
                    "{message}"
                );
                assert!(!message.contains("Rebuild"), "{message}");
            }
        }
    }
}

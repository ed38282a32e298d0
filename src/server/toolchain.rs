//! Whether the toolchain is another one than when the session began: rust-analyzer does not notice, and goes on with the old
//! one's proc-macro server, which cannot load what the new one builds. Pure.

use crate::names::{Location, RustcVersion};
use crate::remedy::other_plans;
use crate::settings::Settings;
use crate::verdict::{Code, Finding, Severity, severity};

/// The toolchain that rust-analyzer is taken to run: the first that was seen, or the one at its last reload.
#[derive(Debug, Default)]
pub(crate) struct Baseline {
    rustc: Option<RustcVersion>,
}

impl Baseline {
    /// Takes in the toolchain of a look; another one than the baseline is a finding, shown at `place`.
    pub(crate) fn look(
        &mut self,
        now: &RustcVersion,
        place: Option<Location>,
        settings: &Settings,
    ) -> Option<Finding> {
        let before = self.rustc.get_or_insert_with(|| now.clone());
        if before == now {
            return None;
        }
        Some(Finding {
            code: Code::ToolchainChanged,
            severity: severity(Code::ToolchainChanged, Severity::Warning, settings)?,
            message: format!(
                "This workspace now uses {}, but rust-analyzer was started with {} and still runs that one's proc-macro server, which cannot load what the new one builds. Restart rust-analyzer.",
                now.short(),
                before.short()
            ),
            packages: Vec::new(),
            location: place,
            package_ids: Vec::new(),
            remedies: vec![other_plans::reload()],
            related: Vec::new(),
        })
    }

    /// rust-analyzer was made to start anew: the next look's toolchain is its own.
    pub(crate) fn reset(&mut self) {
        self.rustc = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rustc(version: &str) -> RustcVersion {
        RustcVersion::new(format!("rustc {version} (59807616e 2026-04-14)"))
    }

    #[test]
    fn another_toolchain_is_told_until_it_is_rust_analyzers_own() {
        let mut baseline = Baseline::default();
        let look = |baseline: &mut Baseline, version| {
            baseline
                .look(&rustc(version), None, &Settings::default())
                .map(|finding| finding.message)
        };
        assert_eq!(look(&mut baseline, "1.95.0"), None);
        assert_eq!(look(&mut baseline, "1.95.0"), None);
        let message = look(&mut baseline, "1.96.0").unwrap_or_default();
        assert!(message.contains("rustc 1.96.0"), "{message}");
        assert!(message.contains("rustc 1.95.0"), "{message}");
        // Switched back.
        assert_eq!(look(&mut baseline, "1.95.0"), None);
        assert!(look(&mut baseline, "1.96.0").is_some());
        baseline.reset();
        assert_eq!(look(&mut baseline, "1.96.0"), None);
    }
}

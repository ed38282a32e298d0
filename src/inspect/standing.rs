//! A look that another may rest on. Where it is known what changed since, only the macros that are made from that are looked at, with all
//! that they rest on; that the others are as they were is the caller's word, and a whole look should follow in any case. A whole one sees
//! for itself what changed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use camino::Utf8PathBuf;

use super::look::Look;
use super::{Coverage, InspectError, Inspection, Inspector, recalled};
use crate::settings::Probe;
use crate::verdict::{Finding, StaleReason, Verdict};
use crate::witness::answers::KeptAnswer;

/// What an inspector is to be ready for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Readiness {
    ForOneLook,
    /// Looks of which each may rest on the one before.
    ForManyLooks,
}

/// What may rest on a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Support {
    /// One at what is known to have changed, or a whole one.
    Any,
    /// A whole one only.
    WholeLook,
}

/// What is taken over.
#[derive(Debug)]
pub(super) struct Standing {
    support: Support,
    kept: Arc<KeptAnswer>,
    environment: BTreeMap<String, String>,
    look: Look,
    /// All of the report that is not about macros.
    frame: Inspection,
    of_surroundings: Vec<Finding>,
}

impl Inspector {
    /// Keeps from now on what a look may take over from the one before: what [`Self::inspect_changed`] needs, and what makes
    /// [`Self::inspect`] cheap where little has changed.
    #[must_use]
    pub fn ready_for_many_looks(self) -> Self {
        Self {
            readiness: Readiness::ForManyLooks,
            ..self
        }
    }

    /// Looks at what has changed at these paths since a whole look, spelled as below the build directory that it named, and takes over the
    /// rest. It is a whole look where that is not enough to be sure; [`Inspection::coverage`] tells. One should follow soon in any case.
    ///
    /// # Errors
    /// As [`Self::inspect`].
    pub fn inspect_changed(
        &mut self,
        changed: &BTreeSet<Utf8PathBuf>,
    ) -> Result<Inspection, InspectError> {
        match self.look_again(changed) {
            Some(report) => Ok(report),
            None => self.inspect(),
        }
    }

    fn look_again(&mut self, changed: &BTreeSet<Utf8PathBuf>) -> Option<Inspection> {
        let standing = self.standing.as_ref()?;
        if standing.support == Support::WholeLook {
            return None;
        }
        let owners = standing.look.owners(&standing.kept.expectation, changed)?;
        let standing = self.standing.take()?;
        let expectation = &standing.kept.expectation;
        let basis = self.basis(expectation, &standing.environment);
        let contents = recalled(&mut self.contents, &expectation.workspace.build_directory);
        let look = standing.look.again(basis, owners, contents);
        let look = look.filter(is_theirs_alone)?;
        let report = self.report(
            expectation,
            (&look, self.restrained(&look)),
            &standing.frame,
            &standing.of_surroundings,
        );
        self.standing = Some(Standing {
            support: Support::WholeLook,
            look,
            ..standing
        });
        Some(Inspection {
            coverage: Coverage::Changes,
            ..report
        })
    }

    /// A whole look that rests on another one, where that was taken by the same answer of cargo's in the same environment; and what of the
    /// report on that one stays.
    pub(super) fn verified(
        &mut self,
        standing: Option<Standing>,
        kept: &Arc<KeptAnswer>,
        environment: &BTreeMap<String, String>,
    ) -> Option<(Look, Inspection)> {
        let standing = standing
            .filter(|it| Arc::ptr_eq(&it.kept, kept))
            .filter(|it| it.environment == *environment)?;
        let basis = self.basis(&kept.expectation, environment);
        let build_directory = &kept.expectation.workspace.build_directory;
        let contents = recalled(&mut self.contents, build_directory);
        let look = standing.look.verified(basis, contents)?;
        Some((look, standing.frame))
    }

    /// Whether others may rest on this look: one of a settled answer, while nobody was building.
    pub(super) fn stand(
        &self,
        kept: &Arc<KeptAnswer>,
        environment: BTreeMap<String, String>,
        look: Look,
        (frame, of_surroundings): (Inspection, Vec<Finding>),
    ) -> Option<Standing> {
        if self.readiness == Readiness::ForOneLook {
            return None;
        }
        let is_settled = self.kept.as_ref().is_some_and(|it| Arc::ptr_eq(it, kept));
        // The proc-macro server is asked about every dylib.
        let may_stand = is_settled && self.settings.probe == Probe::Off && is_theirs_alone(&look);
        may_stand.then(|| Standing {
            support: Support::Any,
            kept: Arc::clone(kept),
            environment,
            look,
            frame,
            of_surroundings,
        })
    }
}

/// Whether what was found of the macros says nothing of their surroundings.
fn is_theirs_alone(look: &Look) -> bool {
    let is_of_flags = |verdict: &Verdict| {
        matches!(
            verdict,
            Verdict::Stale(StaleReason::RustflagsChanged { .. })
        )
    };
    !look
        .macros
        .iter()
        .any(|inspected| is_of_flags(&inspected.verdict))
}

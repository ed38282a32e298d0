//! What cargo expects: the answer that was kept while it fits, or else another. Knows when cargo has to be asked, not what it is asked.

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::Utf8Path;

use super::glimpse::Glimpse;
use super::{InspectError, Inspection, Inspector, manifest_directory};
use crate::cargo::at_work::Nobody;
use crate::cargo::questions;
use crate::expected;
use crate::locate;
use crate::settings::Processes;
use crate::witness::answers::{self, Inquiry, KeptAnswer};

/// How often cargo is asked where things move under the question; what it says last is then used and not kept.
const QUESTIONS: usize = 3;

/// How an answer of cargo's was had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answered {
    /// While nothing moved that decides it.
    InOneState,
    AmidChanges,
}

impl Inspector {
    /// What cargo expects: the kept answer while it fits, or else a new question; `None` where it may not be asked.
    pub(super) fn answer(
        &mut self,
        environment: &BTreeMap<String, String>,
        onlooker: Option<&mut dyn FnMut(Inspection)>,
    ) -> Result<Option<Arc<KeptAnswer>>, InspectError> {
        let directory = manifest_directory(&self.start)?;
        let cargo = &self.settings.cargo;
        let mut last = self.kept.take();
        if last
            .as_ref()
            .is_none_or(|kept| !kept.still_fits(cargo, environment))
        {
            let recalled = answers::recall(&directory, cargo, environment);
            if recalled.is_none() && self.settings.processes == Processes::Forbidden {
                return Ok(None);
            }
            if let Some(recalled) = recalled {
                last = Some(Arc::new(recalled));
            } else {
                let (kept, answered) = self.ask(&directory, last, environment, onlooker)?;
                if answered == Answered::InOneState {
                    kept.remember(cargo);
                    self.kept = Some(Arc::clone(&kept));
                }
                return Ok(Some(kept));
            }
        }
        self.kept.clone_from(&last);
        Ok(last)
    }

    /// Asks cargo, and asks again where something that decides the answer moved meanwhile: nobody knows of which state it is then.
    fn ask(
        &self,
        directory: &Utf8Path,
        mut last: Option<Arc<KeptAnswer>>,
        environment: &BTreeMap<String, String>,
        onlooker: Option<&mut dyn FnMut(Inspection)>,
    ) -> Result<(Arc<KeptAnswer>, Answered), InspectError> {
        let cargo = &self.settings.cargo;
        let mut root = match &last {
            Some(last) => last.expectation.workspace.root.clone(),
            None => locate::workspace_root(directory).unwrap_or_else(|| directory.to_owned()),
        };
        let mut glimpse = onlooker.and_then(|tell| Glimpse::new(self, environment, tell));
        let mut questions_left = QUESTIONS;
        loop {
            let inquiry = Inquiry::begin(last.as_deref(), cargo, environment);
            // Where things move under the question, a glimpse may be one of another state.
            let answer = match glimpse.take() {
                Some(mut glimpse) => {
                    questions::ask(&self.tools, directory, &root, cargo, &mut glimpse)
                }
                None => questions::ask(&self.tools, directory, &root, cargo, &mut Nobody),
            }?;
            let kept = KeptAnswer::new(expected::assemble(&answer), cargo, environment);
            let kept = Arc::new(kept);
            root.clone_from(&kept.expectation.workspace.root);
            questions_left -= 1;
            if inquiry.is_settled_by(&kept) {
                return Ok((kept, Answered::InOneState));
            }
            if questions_left == 0 {
                tracing::debug!(%directory, "what decides cargo's answer does not stand still");
                return Ok((kept, Answered::AmidChanges));
            }
            last = Some(kept);
        }
    }
}

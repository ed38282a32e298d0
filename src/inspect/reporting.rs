//! What a look becomes for those who asked for it: findings in their places, with what mends them. Looks at nothing but manifests.

use std::sync::Arc;

use camino::Utf8Path;

use super::look::Look;
use super::tools::ToolsSeen;
use super::{
    BuildActivity, Coverage, Footing, InspectedMacro, Inspection, Inspector, RustAnalyzer,
    profile_directory,
};
use crate::expected::{Expectation, SelectedBy, Toolchain};
use crate::locate::{self, Manifests, toolchain_file};
use crate::remedy::plan_for;
use crate::verdict::{Context, Finding, UnknownReason, Verdict, attach, gather, gravest_first};
use crate::witness::answers::KeptAnswer;

impl Inspector {
    /// All of a report that is not about the macros themselves. Where the look rests on another, what `lasts` from the report on that one is
    /// the same still.
    pub(super) fn frame(
        &self,
        kept: &KeptAnswer,
        look: &Look,
        seen: &ToolsSeen,
        lasts: Option<Inspection>,
    ) -> Inspection {
        let expectation = &kept.expectation;
        let footing = || Arc::new(Footing::of(expectation, look, kept.deciding()));
        let (workspace, footing, sources) = match lasts {
            Some(frame) if frame.footing.deciding.trees == kept.deciding_trees() => {
                (frame.workspace, frame.footing, frame.sources)
            }
            Some(frame) => (frame.workspace, footing(), frame.sources),
            None => (
                Arc::new(expectation.workspace.clone()),
                footing(),
                Arc::new(expectation.sources.clone()),
            ),
        };
        Inspection {
            layout: Some(expectation.layout),
            profile: self.profile(),
            toolchain: Some(Toolchain {
                proc_macro_server: seen.server().map(Utf8Path::to_owned),
                ..expectation.toolchain.clone()
            }),
            rust_analyzer: seen.rust_analyzer().map(|(path, version)| RustAnalyzer {
                path: path.to_owned(),
                version: version.to_owned(),
            }),
            workspace,
            build: BuildActivity::Idle,
            orphans: Vec::new(),
            findings: Vec::new(),
            inputs: Vec::new(),
            footing,
            sources,
            limits: None,
            macros: Vec::new(),
            profile_directory: profile_directory(expectation),
            coverage: Coverage::Whole,
        }
    }

    /// The report on a look; `of_surroundings` are the findings on what is not the macros' own.
    pub(super) fn report(
        &self,
        expectation: &Expectation,
        (look, macros): (&Look, Vec<InspectedMacro>),
        frame: &Inspection,
        of_surroundings: &[Finding],
    ) -> Inspection {
        let context = Context {
            workspace: &expectation.workspace,
            profile_directory: &frame.profile_directory,
            toolchain: Some(&expectation.toolchain),
            settings: &self.settings,
        };
        let mut findings = self.complete(gather(&macros, &context), &macros, expectation);
        findings.extend(of_surroundings.iter().cloned());
        findings.sort_by(gravest_first);
        Inspection {
            build: look.build(),
            orphans: look.orphans.clone(),
            findings,
            inputs: look.inputs.clone(),
            macros,
            ..frame.clone()
        }
    }

    /// Puts findings where a person looks, at the manifest keys that bring the macros in or at the toolchain file, and adds what mends
    /// them.
    pub(super) fn complete(
        &self,
        findings: Vec<Finding>,
        macros: &[InspectedMacro],
        expectation: &Expectation,
    ) -> Vec<Finding> {
        if findings.is_empty() {
            return findings;
        }
        let workspace = &expectation.workspace;
        let read = |path: &Utf8Path| locate::read_text(path).ok();
        let mut manifests = Manifests::new(workspace, &read);
        let places = macros
            .iter()
            .filter(|inspected| inspected.verdict != Verdict::Fresh)
            .filter_map(|inspected| {
                let place = manifests.place_of_macro(&inspected.expected)?;
                Some((inspected.expected.package_id.clone(), place))
            })
            .collect();
        let switch = match expectation.toolchain.selected_by {
            SelectedBy::ToolchainFile => toolchain_file::place_of_channel(&workspace.root, &read),
            _ => None,
        };
        let context = self.plan_context(expectation);
        attach(findings, &places, switch.as_ref(), |finding| {
            let concerned: Vec<&InspectedMacro> = macros
                .iter()
                .filter(|inspected| finding.package_ids.contains(&inspected.expected.package_id))
                .filter(|inspected| inspected.verdict != Verdict::Fresh)
                .collect();
            plan_for(finding.code, &concerned, &context)
        })
    }

    /// The macros of a look as they are to be told of.
    pub(super) fn restrained(&self, look: &Look) -> Vec<InspectedMacro> {
        let build = look.build();
        let mut macros = look.macros.clone();
        for inspected in &mut macros {
            self.restrain(inspected, build);
        }
        macros
    }

    /// Holds back what cannot be known or need not be said: during a build, and where rust-analyzer builds in its own way.
    fn restrain(&self, inspected: &mut InspectedMacro, build: BuildActivity) {
        if inspected.verdict == Verdict::Fresh {
            return;
        }
        if build == BuildActivity::Running {
            inspected.verdict = Verdict::Building;
        } else if self.settings.cargo.override_command.is_some() {
            inspected.verdict = Verdict::Unknown(UnknownReason::Overridden);
        }
    }
}

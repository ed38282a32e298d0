//! Findings about the proc-macro server: it is not there, does not answer, or belongs to another rustc. Pure.

use super::Telling;
use crate::cargo::probe::ServerAnswer;
use crate::verdict::finding::{Code, Finding};
use crate::verdict::judge::Presence;
use crate::verdict::phrases::code;
use crate::verdict::refusal::{ServerFit, ServerOrigin};

impl Telling<'_> {
    pub(super) fn server(&self) -> Option<Finding> {
        let server = &self.facts.server;
        if server.presence == Presence::Absent {
            return self.server_missing();
        }
        let path = self.path(server.path.as_deref()?);
        let trouble = match (&server.answer, &server.fit) {
            (_, ServerFit::OtherRustc(rustc)) => format!(
                "belongs to {}, but this workspace is built by {}, so it refuses the macros built here",
                rustc
                    .as_ref()
                    .map_or_else(|| "another rustc".to_owned(), code),
                code(&self.facts.toolchain.rustc)
            ),
            (Some(ServerAnswer::CannotStart(words)), _) => {
                format!("cannot be started ({words}), so no macro expands")
            }
            (Some(ServerAnswer::NotUnderstood(words)), _) => format!(
                "does not answer as a proc-macro server does ({words}), so no macro expands"
            ),
            (Some(ServerAnswer::Silent), _) => "gives no answer, so no macro expands".to_owned(),
            (Some(ServerAnswer::Speaks { .. }) | None, ServerFit::Fits) => return None,
        };
        let (cure, remedies) = match server.origin {
            ServerOrigin::Setting => (
                "Take `procMacro.server` out of rust-analyzer's settings; the toolchain's own then serves",
                Vec::new(),
            ),
            ServerOrigin::Toolchain => (
                "Install the toolchain anew, or another one",
                self.update_toolchain(),
            ),
        };
        self.finding(
            Code::ProcMacroServerIncompatible,
            self.for_the_editor(),
            format!("The proc-macro server {path} {trouble}. {cure}."),
            remedies,
        )
    }

    fn server_missing(&self) -> Option<Finding> {
        let server = &self.facts.server;
        let toolchain = self.facts.toolchain;
        let (message, remedies) = match (server.origin, &server.path) {
            (ServerOrigin::Setting, Some(path)) => (
                format!(
                    "rust-analyzer's setting `procMacro.server` names {}, and no such program is there, so no macro expands. Correct it, or take it out: the toolchain's own then serves.",
                    self.path(path)
                ),
                Vec::new(),
            ),
            _ => (
                format!(
                    "{} has no `rust-analyzer-proc-macro-srv` (looked for in {} and {}), so rust-analyzer cannot expand any macro. {}",
                    toolchain.rustc.short(),
                    code(toolchain.sysroot.join("libexec")),
                    code(toolchain.sysroot.join("lib")),
                    if self.is_rustups() {
                        "It comes with every toolchain since 1.64: install this one anew, or a newer one."
                    } else {
                        "Install the package of your system that has it, or use a toolchain of rustup's."
                    }
                ),
                self.update_toolchain(),
            ),
        };
        self.finding(
            Code::ProcMacroServerMissing,
            self.for_the_editor(),
            message,
            remedies,
        )
    }
}

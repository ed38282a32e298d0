//! What the workspace in the current directory has to do with a pasted error: which dylib is damaged, who holds the build lock. Reads only.

use camino::Utf8PathBuf;

use crate::cli::selection::Selection;
use crate::environment;
use crate::expected;
use crate::inspect::{InspectedMacro, Inspector};
use crate::locate;
use crate::observed::lock::LOCK_FILES;
use crate::observed::process::{Holder, holder_of};
use crate::settings::{Processes, Settings};
use crate::verdict::Verdict;
use crate::verdict::known::blames_a_crate;

fn root() -> Option<Utf8PathBuf> {
    let current = Utf8PathBuf::from_path_buf(std::env::current_dir().ok()?).ok()?;
    locate::workspace_root(&current)
}

/// Rust-analyzer's own files may name another build directory than the default.
fn settings() -> Settings {
    Selection::default().settings().unwrap_or_default()
}

/// The macros whose dylib is damaged or foreign, where the text is one with which rustc names the wrong crate.
pub(super) fn culprits(text: &str) -> Vec<InspectedMacro> {
    if !blames_a_crate(text) {
        return Vec::new();
    }
    let mut settings = settings();
    settings.processes = Processes::Forbidden;
    let look = root().and_then(|root| Inspector::new(&root, settings).ok()?.inspect().ok());
    let is_culprit = |inspected: &InspectedMacro| {
        matches!(
            inspected.verdict,
            Verdict::Corrupt(_) | Verdict::WrongRustc { .. } | Verdict::WrongPlatform(_)
        )
    };
    let macros = look.map(|look| look.macros).unwrap_or_default();
    macros.into_iter().filter(is_culprit).collect()
}

/// Who builds in this workspace now, where the system tells.
pub(super) fn builder() -> Option<Holder> {
    let root = root()?;
    let environment = environment::of_this_process();
    expected::possible_build_directories(&root, &settings().cargo, &environment)
        .iter()
        .flat_map(|directory| ["debug", "release"].map(|profile| directory.join(profile)))
        .flat_map(|profile| LOCK_FILES.iter().map(move |name| profile.join(name)))
        .find_map(|lock| holder_of(&lock))
}

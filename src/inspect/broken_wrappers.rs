//! Asks the programs around rustc whether they run it. What it means is `verdict/`'s to say.

use std::collections::HashMap;
use std::env::consts;

use camino::Utf8PathBuf;

use super::file_state::FileState;
use super::hazards::{Wrapper, wrappers};
use super::tools::Scene;
use crate::cargo::tools;
use crate::verdict::tools::Hazard;

/// Wrappers that start a server of their own for whatever they are asked.
const COMPILATION_CACHES: &[&str] = &["sccache", "cachepot"];
/// Answers that are kept; a person has a few wrappers and toolchains.
const KEPT_LIMIT: usize = 64;

/// What each wrapper said in the place of a rustc, if anything, as long as it is the same file.
pub(super) type Memory = HashMap<(FileState, Utf8PathBuf), Option<String>>;

impl Scene<'_> {
    /// The programs around rustc that are there and do not run it. A compilation cache is not asked: that would start its server; and what
    /// only the workspace's own files name is a stranger's program until a build is asked for.
    pub(super) fn broken_wrappers(self, memory: &mut Memory) -> Vec<Hazard> {
        let root = &self.expectation.workspace.root;
        let environment = self.settings.cargo.environment_over(self.environment);
        let path = environment.get("PATH").map_or("", String::as_str);
        let rustc = self
            .expectation
            .toolchain
            .sysroot
            .join(format!("bin/rustc{}", consts::EXE_SUFFIX));
        let mut broken = Vec::new();
        let is_the_persons = |wrapper: &Wrapper| !wrapper.is_named_below(root);
        for wrapper in wrappers(root, &environment)
            .into_iter()
            .filter(is_the_persons)
        {
            let program = if wrapper.program.contains(['/', '\\']) {
                Some(root.join(&wrapper.program)).filter(|program| program.is_file())
            } else {
                tools::on_path(&wrapper.program, path).into_iter().next()
            };
            let Some(program) = program else {
                continue;
            };
            let is_cache = program
                .file_stem()
                .is_some_and(|stem| COMPILATION_CACHES.contains(&stem));
            if is_cache || !rustc.is_file() {
                continue;
            }
            let key = (FileState::of(&program), rustc.clone());
            if memory.len() >= KEPT_LIMIT {
                memory.clear();
            }
            let said = memory.entry(key).or_insert_with(|| {
                let extra = &self.settings.cargo.extra_environment;
                tools::wrapper_failure(program.as_str(), &rustc, root, extra)
            });
            if let Some(said) = said {
                broken.push(Hazard::BrokenWrapper {
                    named_by: wrapper.named_by(root),
                    variable: wrapper.variable(),
                    program: program.to_string(),
                    said: said.clone(),
                });
            }
        }
        broken
    }
}

//! What a build found damaged besides: libraries that cargo calls fresh and rustc or the linker cannot use. They go, and the build runs
//! once more. No verdict rests on them before something is built from them.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use super::blame::{BuildDirectory, blame, crate_of};
use super::plan::{Plan, RemedyKind, Step};
use super::run::{Failure, Outcome, RunContext, RunResult};
use crate::observed::file;
use crate::observed::library::is_damaged;

/// How often a build is run again for what it found; each time brings others to light where much is damaged.
const ROUNDS: usize = 5;
/// Where both layouts keep what rustc keeps for the next compilation. Cut in place, its copy there is cut too.
const INCREMENTAL: &str = "incremental";

/// What went in the course of one remedy.
#[derive(Debug, Default)]
pub(super) struct Besides {
    rounds: usize,
    /// Without their endings: a library and its metadata are made together.
    removed: BTreeSet<Utf8PathBuf>,
}

/// A build once more.
#[derive(Debug)]
pub(super) struct Again {
    pub(super) plan: Plan,
    /// The libraries that could not be used.
    pub(super) unusable: Vec<Utf8PathBuf>,
}

impl Besides {
    /// What to do about a build that failed; `None` where it blames nothing that could be built anew, or did so before.
    pub(super) fn after(
        &mut self,
        plan: &Plan,
        outcome: &Outcome,
        context: &RunContext,
    ) -> Option<Again> {
        let RunResult::Failed(Failure::Command {
            run,
            compiler_errors,
            ..
        }) = &outcome.result
        else {
            return None;
        };
        let build = plan.steps.last()?;
        let is_build = matches!(build, Step::Run { run: build, .. } if build == run);
        if !is_build || self.rounds >= ROUNDS {
            return None;
        }
        let mut unusable = BTreeSet::new();
        let real = context.build_directory.canonicalize_utf8().ok();
        let build_directory = BuildDirectory {
            named: &context.build_directory,
            real: real.as_deref().unwrap_or(&context.build_directory),
        };
        let blame = blame(compiler_errors, build_directory);
        unusable.extend(blame.files);
        unusable.extend(blame.suspects.into_iter().filter(|path| is_damaged(path)));
        for krate in &blame.crates {
            let of_crate = |path: &Utf8PathBuf| crate_of(path) == Some(krate);
            let found = libraries_below(&context.profile_directory).filter(of_crate);
            unusable.extend(found.filter(|path| is_damaged(path)));
        }
        // One that is not there cannot be what stood in the way.
        unusable.retain(|path| is_there(path) && !self.removed.contains(&path.with_extension("")));
        if unusable.is_empty() {
            return None;
        }
        self.rounds += 1;
        let mut steps: Vec<Step> = removals(&unusable, &context.build_directory)
            .into_iter()
            .map(|remove| Step::Remove { remove })
            .collect();
        let names = unusable.iter().map(|path| path.with_extension(""));
        self.removed.extend(names);
        steps.push(build.clone());
        Some(Again {
            plan: Plan::new(RemedyKind::Rebuild, title(&unusable), steps),
            unusable: unusable.into_iter().collect(),
        })
    }
}

fn is_there(path: &Utf8Path) -> bool {
    std::fs::symlink_metadata(path).is_ok()
}

/// Where cargo keeps libraries below a profile's directory, in either layout.
fn libraries_below(profile_directory: &Utf8Path) -> impl Iterator<Item = Utf8PathBuf> {
    let below = |directory: Utf8PathBuf| {
        let names = file::names(&directory);
        names.into_iter().map(move |name| directory.join(name))
    };
    below(profile_directory.join("build"))
        .flat_map(below)
        .map(|unit| unit.join("out"))
        .chain([profile_directory.join("deps")])
        .flat_map(below)
}

/// The libraries, their other halves, and what rustc would take them over from.
fn removals(unusable: &BTreeSet<Utf8PathBuf>, build_directory: &Utf8Path) -> BTreeSet<Utf8PathBuf> {
    let mut gone = BTreeSet::new();
    for path in unusable {
        gone.insert(path.clone());
        let others = ["rlib", "rmeta"].map(|extension| path.with_extension(extension));
        gone.extend(others.into_iter().filter(|other| is_there(other)));
        let Some(krate) = crate_of(path) else {
            continue;
        };
        let caches = path
            .ancestors()
            .skip(1)
            .take_while(|directory| directory.starts_with(build_directory))
            .map(|directory| directory.join(INCREMENTAL));
        for cache in caches {
            let names = file::names(&cache).into_iter();
            let own = names.filter(|name| {
                name.rsplit_once('-')
                    .is_some_and(|(before, _)| before == krate)
            });
            gone.extend(own.map(|name| cache.join(name)));
        }
    }
    gone
}

/// Such as "Rebuild mcore too, which the build could not use".
fn title(unusable: &BTreeSet<Utf8PathBuf>) -> String {
    let crates: BTreeSet<&str> = unusable.iter().filter_map(|path| crate_of(path)).collect();
    let names: Vec<&str> = crates.into_iter().collect();
    match names.as_slice() {
        [one] => format!("Rebuild {one} too, which the build could not use"),
        [one, other] => {
            format!("Rebuild {one} and {other} too, which the build could not use")
        }
        many => format!(
            "Rebuild {} more crates, which the build could not use",
            many.len()
        ),
    }
}

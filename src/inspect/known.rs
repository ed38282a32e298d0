//! What the catalogue of known failures wants to know of a workspace, and what it then says of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Weak};

use camino::{Utf8Path, Utf8PathBuf};
use semver::Version;
use toml_edit::{DocumentMut, Item, TableLike};

use super::file_state::FileState;
use super::hazards::wrappers;
use super::tools::Scene;
use crate::cargo::tools::{self, VersionAnswer};
use crate::locate;
use crate::names::PackageName;
use crate::observed::file::{self, ReadError};
use crate::remedy::catalogue::{Catalogue, Facts, Known, KnownPackage, Proof, ToolFact};
use crate::remedy::trial::{self, Change, Network, Original};
use crate::remedy::{Plan, PlanContext, RemedyKind};
use crate::settings::Processes;
use crate::verdict::{Code, Finding, known as verdict_known};
use crate::witness::answers::KeptAnswer;

/// A lock file beyond this size is not read; those of the largest workspaces have a few MiB.
const LOCK_LIMIT: u64 = 16 << 20;
/// How many trials are kept.
const TRIALS_KEPT: usize = 64;

/// What was asked before, as long as the files are the same.
#[derive(Debug, Default)]
pub(super) struct Memory {
    packages: Option<KnownPackages>,
    tools: BTreeMap<String, (Option<FileState>, ToolFact)>,
    /// By the lock file, all manifests that it is for, and the plan's title.
    trials: HashMap<(Vec<FileState>, String), Option<Change>>,
}

/// The packages of a lock file, with the features that cargo's answer tells.
#[derive(Debug)]
struct KnownPackages {
    lock: FileState,
    answer: Weak<KeptAnswer>,
    packages: Arc<Vec<KnownPackage>>,
}

impl Scene<'_> {
    /// What is known of the next build, with what the catalogue wants to know of tools. `answer` is the one that holds the expectation.
    pub(super) fn facts(
        self,
        catalogue: &Catalogue,
        answer: &Arc<KeptAnswer>,
        memory: &mut Memory,
    ) -> Facts {
        let mut facts = Facts {
            environment: Some(self.effective_environment()),
            wrappers: Some(self.wrappers()),
            packages: self.packages(answer, memory),
            host: Some(self.expectation.toolchain.host.to_string()),
            targets: Some(self.targets()),
            tools: BTreeMap::new(),
        };
        if self.settings.processes == Processes::Allowed {
            for name in catalogue.questions(&facts) {
                let fact = self.ask_tool(name, memory);
                facts.tools.insert(name.to_owned(), fact);
            }
        }
        facts
    }

    /// The findings on what will fail as soon as somebody builds.
    pub(super) fn foreseen(
        self,
        catalogue: &Catalogue,
        facts: &Facts,
        memory: &mut Memory,
        context: &PlanContext<'_>,
    ) -> Vec<Finding> {
        let known = catalogue.foresee(facts);
        known
            .iter()
            .filter_map(|known| {
                let remedies = self.remedies(known, memory, context);
                verdict_known::foreseen(known, remedies, context)
            })
            .collect()
    }

    /// What mends a known failure; versions only where they were seen to resolve.
    pub(super) fn remedies(
        self,
        known: &Known<'_>,
        memory: &mut Memory,
        context: &PlanContext<'_>,
    ) -> Vec<Plan> {
        let asking = |package: &PackageName| self.member_that_asks_for(package);
        known
            .offers(context, &asking)
            .into_iter()
            .filter_map(|offer| match offer.proof {
                Proof::NotNeeded => Some(offer.plan),
                Proof::Resolves => self.tried(offer.plan, known, memory),
            })
            .collect()
    }

    /// The plan with what it changes in its title; `None` where it changes nothing or may not be tried.
    fn tried(self, mut plan: Plan, known: &Known<'_>, memory: &mut Memory) -> Option<Plan> {
        if self.settings.processes == Processes::Forbidden {
            return None;
        }
        let change = self.change(&plan, self.network(), memory);
        let change = change.filter(|change| known.is_over_with(&change.packages))?;
        plan.title = format!("{} ({})", plan.title, change.words);
        Some(plan)
    }

    /// Has remedies that bring the lock file up to date say what they change. It is offered either way: what is on this machine may not
    /// do for it, and a registry is not asked at every look.
    pub(super) fn tell_what_updates_change(self, findings: &mut [Finding], memory: &mut Memory) {
        if self.settings.processes == Processes::Forbidden {
            return;
        }
        let outdated = findings
            .iter_mut()
            .filter(|finding| finding.code == Code::LockfileOutdated);
        for plan in outdated.flat_map(|finding| &mut finding.remedies) {
            if plan.kind == RemedyKind::UpdateLock
                && let Some(change) = self.change(plan, Network::Forbidden, memory)
            {
                plan.title = format!("{} ({})", plan.title, change.words);
            }
        }
    }

    /// What a plan changes in the lock file, tried on a copy once as long as that and the manifests are the same.
    fn change(self, plan: &Plan, network: Network, memory: &mut Memory) -> Option<Change> {
        let root = &self.expectation.workspace.root;
        let packages = &self.expectation.local_packages;
        let manifests = packages.iter().chain([root]);
        let mut files: Vec<FileState> = manifests
            .map(|directory| FileState::of(&directory.join("Cargo.toml")))
            .collect();
        files.push(FileState::of(&root.join("Cargo.lock")));
        let key = (files, plan.title.clone());
        if let Some(change) = memory.trials.get(&key) {
            return change.clone();
        }
        let change = trial::change_of(plan, Original { root, packages }, network);
        // Those of other files are of no use any more.
        if memory.trials.len() >= TRIALS_KEPT {
            memory.trials.clear();
        }
        memory.trials.insert(key, change.clone());
        change
    }

    fn network(self) -> Network {
        let is_offline = |argument: &String| argument == "--offline" || argument == "--frozen";
        let arguments = &self.settings.cargo.extra_arguments;
        if arguments.iter().any(is_offline) {
            Network::Forbidden
        } else {
            Network::Allowed
        }
    }

    fn effective_environment(self) -> BTreeMap<String, String> {
        // What cargo's configuration sets reaches everything that cargo starts.
        let mut all = self.expectation.environment.config.clone();
        all.extend(self.settings.cargo.environment_over(self.environment));
        for (name, value) in &self.settings.cargo.extra_environment {
            if value.is_none() {
                all.remove(name);
            }
        }
        all
    }

    fn wrappers(self) -> Vec<String> {
        let root = &self.expectation.workspace.root;
        wrappers(root, &self.effective_environment())
            .iter()
            .filter_map(|wrapper| Utf8Path::new(&wrapper.program).file_stem())
            .map(str::to_owned)
            .collect()
    }

    /// What the lock file has; where there is none yet, what cargo would build.
    fn packages(
        self,
        answer: &Arc<KeptAnswer>,
        memory: &mut Memory,
    ) -> Option<Arc<Vec<KnownPackage>>> {
        let path = self.expectation.workspace.root.join("Cargo.lock");
        let lock = FileState::of(&path);
        let known = memory.packages.take();
        let answer = Arc::downgrade(answer);
        let known = known.filter(|known| known.lock == lock && known.answer.ptr_eq(&answer));
        if let Some(known) = known {
            return Some(Arc::clone(&memory.packages.insert(known).packages));
        }
        let features = &self.expectation.features;
        let with_features = |(name, version): (String, Version)| KnownPackage {
            features: features.get(&format!("{name} {version}")).cloned(),
            name,
            version,
        };
        let packages = match file::read(path.as_std_path(), LOCK_LIMIT) {
            Ok(bytes) => {
                let versions = versions(&String::from_utf8(bytes).ok()?);
                versions.into_iter().map(with_features).collect()
            }
            Err(ReadError::Missing) => features.iter().filter_map(of_unit_graph).collect(),
            Err(_) => return None,
        };
        let known = KnownPackages {
            lock,
            answer,
            packages: Arc::new(packages),
        };
        Some(Arc::clone(&memory.packages.insert(known).packages))
    }

    /// What cargo was seen to build for, and what the settings name.
    fn targets(self) -> Vec<String> {
        let cargo = &self.settings.cargo;
        let words = cargo.override_command.iter().flatten();
        let mut words = words.chain(&cargo.extra_arguments);
        let mut targets: Vec<String> = self
            .expectation
            .targets
            .iter()
            .map(ToString::to_string)
            .chain(cargo.target.clone())
            .collect();
        while let Some(word) = words.next() {
            if word == "--target" {
                targets.extend(words.next().cloned());
            } else if let Some(target) = word.strip_prefix("--target=") {
                targets.push(target.to_owned());
            }
        }
        // zig takes the C library's version behind a dot: `x86_64-unknown-linux-gnu.2.17`.
        for target in &mut targets {
            if let Some((triple, _)) = target.split_once(".2.") {
                *target = triple.to_owned();
            }
        }
        targets.sort();
        targets.dedup();
        targets
    }

    /// Asks a program for its version, once as long as it is the same file.
    fn ask_tool(self, name: &str, memory: &mut Memory) -> ToolFact {
        let effective = self.effective_environment();
        let path = effective.get("PATH").map_or("", String::as_str);
        let program = tools::on_path(name, path).into_iter().next();
        let state = program.as_deref().map(FileState::of);
        if let Some((known, fact)) = memory.tools.get(name)
            && *known == state
        {
            return fact.clone();
        }
        let fact = match &program {
            None => ToolFact::Absent,
            Some(program) => {
                let root = &self.expectation.workspace.root;
                let extra = &self.settings.cargo.extra_environment;
                match tools::version(program, name, root, extra) {
                    VersionAnswer::Version(text) => version_in(&text),
                    _ => ToolFact::Unclear,
                }
            }
        };
        memory.tools.insert(name.to_owned(), (state, fact.clone()));
        fact
    }

    /// The member whose manifest has this package among its dependencies, with a version of its own.
    fn member_that_asks_for(self, package: &PackageName) -> Option<PackageName> {
        let mut members = self.expectation.workspace.members.iter();
        members.find_map(|member| {
            let manifest = read_manifest(&member.manifest_path)?;
            asks_for(&manifest, package).then(|| member.name.clone())
        })
    }
}

fn versions(lock: &str) -> Vec<(String, Version)> {
    trial::locked_packages(lock)
        .into_iter()
        .filter_map(|(name, version)| Some((name, Version::parse(&version).ok()?)))
        .collect()
}

fn of_unit_graph((package, features): (&String, &BTreeSet<String>)) -> Option<KnownPackage> {
    let (name, version) = package.split_once(' ')?;
    Some(KnownPackage {
        name: name.to_owned(),
        version: Version::parse(version).ok()?,
        features: Some(features.clone()),
    })
}

fn version_in(text: &str) -> ToolFact {
    let mut words = text.split_whitespace();
    let version =
        words.find_map(|word| Version::parse(word.strip_prefix('v').unwrap_or(word)).ok());
    version.map_or(ToolFact::Unclear, ToolFact::Version)
}

fn read_manifest(path: &Utf8PathBuf) -> Option<DocumentMut> {
    locate::read_text(path).ok()?.parse().ok()
}

/// In the tables that `cargo add` changes without being told which one.
fn asks_for(manifest: &DocumentMut, package: &PackageName) -> bool {
    let entry = manifest
        .get("dependencies")
        .and_then(Item::as_table_like)
        .and_then(|dependencies| dependencies.get(package.as_str()));
    entry.is_some_and(|entry| {
        entry.is_str()
            || entry
                .as_table_like()
                .is_some_and(|table: &dyn TableLike| table.contains_key("version"))
    })
}

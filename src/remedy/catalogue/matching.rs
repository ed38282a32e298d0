//! Which entries fit: to an output, or to what is known before any build. Pure.
//!
//! What is not known rules nothing out when an output shows the failure, and nothing in when there is none yet.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use semver::{Version, VersionReq};

use super::Catalogue;
use super::entry::{
    Conditions, Entry, PackageCondition, Rank, ToolCondition, VariableCondition, VariableState,
};

/// How much may lie between two parts of a text, so that parts of different messages are not taken for one.
const GAP_LIMIT: usize = 400;

/// What is known of a build; `None` where it is not known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// The environment that cargo gets.
    pub environment: Option<BTreeMap<String, String>>,
    /// The programs that cargo has around rustc, without directory and extension.
    pub wrappers: Option<Vec<String>>,
    /// What Cargo.lock has.
    pub packages: Option<Arc<Vec<KnownPackage>>>,
    /// The machine that builds.
    pub host: Option<String>,
    /// What is built for, where a target was chosen.
    pub targets: Option<Vec<String>>,
    /// The programs that were asked.
    pub tools: BTreeMap<String, ToolFact>,
}

/// A package of Cargo.lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownPackage {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: Version,
    /// The features that are on, where that is known.
    pub features: Option<BTreeSet<String>>,
}

/// What is known of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ToolFact {
    /// It is not on PATH.
    Absent,
    /// It says this.
    Version(Version),
    /// It says nothing that can be understood.
    Unclear,
}

/// An entry that fits, with what made it fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known<'catalogue> {
    /// The entry.
    pub entry: &'catalogue Entry,
    /// What stood in the place of each `…` of the text.
    pub captured: Vec<String>,
    /// The first package that fits, such as `crc-fast 1.2.2`.
    pub package: Option<String>,
    /// The first target that fits.
    pub target: Option<String>,
    /// The first program that fits, such as `cargo-zigbuild 0.19.5`.
    pub tool: Option<String>,
}

/// Whether something is so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Truth {
    No,
    Unknown,
    Yes,
}

impl From<bool> for Truth {
    fn from(is_so: bool) -> Self {
        if is_so { Self::Yes } else { Self::No }
    }
}

impl Catalogue {
    /// The first entry whose sign an output has; those that say more come first.
    #[must_use]
    pub fn recognise(&self, output: &str, facts: &Facts) -> Option<Known<'_>> {
        self.recognise_of(Rank::Specific, output, facts)
            .or_else(|| self.recognise_of(Rank::General, output, facts))
    }

    /// The same among the entries of one rank. Where several have the same text, one whose conditions are known to hold goes first.
    #[must_use]
    pub fn recognise_of(&self, rank: Rank, output: &str, facts: &Facts) -> Option<Known<'_>> {
        let output = on_one_line(output);
        let lower = output.to_ascii_lowercase();
        let mut fitting = self.entries.iter().filter_map(|entry| {
            let truth = entry.truth(facts);
            if entry.rank != rank || truth == Truth::No {
                return None;
            }
            let found = |text: &String| Some((text.clone(), captures(&lower, &output, text)?));
            let (text, captured) = entry.texts.iter().find_map(found)?;
            let known = Known {
                captured,
                ..entry.known(facts)
            };
            Some((truth, text, known))
        });
        let (truth, text, first) = fitting.next()?;
        if truth == Truth::Yes {
            return Some(first);
        }
        let surer = fitting.find(|(truth, other, _)| *truth == Truth::Yes && *other == text);
        Some(surer.map_or(first, |(_, _, known)| known))
    }

    /// The entries that are known to come true as soon as somebody builds; of those of one code on one package, the first.
    #[must_use]
    pub fn foresee(&self, facts: &Facts) -> Vec<Known<'_>> {
        let mut foreseen: Vec<Known<'_>> = Vec::new();
        let fitting = self
            .entries
            .iter()
            .filter(|entry| entry.foresight.is_some() && entry.truth(facts) == Truth::Yes)
            .map(|entry| entry.known(facts));
        for known in fitting {
            let is_told = known.package.is_some()
                && foreseen.iter().any(|told| {
                    told.package == known.package && told.entry.codes == known.entry.codes
                });
            if !is_told {
                foreseen.push(known);
            }
        }
        foreseen
    }

    /// The programs that have to be asked before it is known what can be foreseen.
    #[must_use]
    pub fn questions(&self, facts: &Facts) -> BTreeSet<&str> {
        self.entries
            .iter()
            .filter(|entry| entry.foresight.is_some())
            .flat_map(|entry| &entry.conditions)
            .filter(|conditions| conditions.without_tools(facts) == Truth::Yes)
            .flat_map(|conditions| conditions.tools.iter().map(|tool| tool.name.as_str()))
            .filter(|name| !facts.tools.contains_key(*name))
            .collect()
    }
}

impl Known<'_> {
    /// A text with what was found in the place of `{package}`, `{target}`, `{tool}`, `{1}`, `{2}`; `None` where one was not found.
    #[must_use]
    pub fn fill(&self, text: &str) -> Option<String> {
        let mut filled = text.to_owned();
        let numbered = (1..).zip(&self.captured).map(|(number, captured)| {
            let is_word = captured.len() < 200 && !captured.trim().is_empty();
            (format!("{{{number}}}"), is_word.then(|| captured.trim()))
        });
        let named = [
            ("{package}", self.package.as_deref()),
            ("{target}", self.target.as_deref()),
            ("{tool}", self.tool.as_deref()),
        ];
        let named = named.map(|(name, value)| (name.to_owned(), value));
        for (name, value) in numbered.chain(named) {
            if filled.contains(&name) {
                filled = filled.replace(&name, value?);
            }
        }
        (!["{1}", "{2}"].iter().any(|name| filled.contains(name))).then_some(filled)
    }

    /// Whether none of its conditions on packages is met by these names and versions.
    #[must_use]
    pub fn is_over_with(&self, packages: &[(String, String)]) -> bool {
        let is_met = |condition: &PackageCondition| {
            packages.iter().any(|(name, version)| {
                let version = Version::parse(version);
                name == condition.name.as_str()
                    && version.is_ok_and(|version| matches(&condition.versions, &version))
            })
        };
        self.entry.conditions.iter().all(|conditions| {
            conditions.packages.is_empty() || !conditions.packages.iter().all(is_met)
        })
    }

    /// What it means.
    #[must_use]
    pub fn meaning(&self) -> String {
        let meaning = &self.entry.meaning;
        self.fill(meaning).unwrap_or_else(|| meaning.clone())
    }
}

impl Entry {
    fn truth(&self, facts: &Facts) -> Truth {
        let truths = self.conditions.iter().map(|one| one.truth(facts));
        truths.max().unwrap_or(Truth::Yes)
    }

    fn known(&self, facts: &Facts) -> Known<'_> {
        let best = self.conditions.iter().max_by_key(|one| one.truth(facts));
        Known {
            entry: self,
            captured: Vec::new(),
            package: best.and_then(|conditions| {
                let condition = conditions.packages.first()?;
                let found = condition.found(facts)?;
                Some(format!("{} {}", found.name, found.version))
            }),
            target: best.and_then(|conditions| {
                let mut targets = facts.targets.iter().flatten();
                let wanted = |target: &&String| fits_any(&conditions.targets, target);
                targets.find(wanted).cloned()
            }),
            tool: best.and_then(|conditions| {
                let mut tools = conditions.tools.iter();
                tools.find_map(|tool| match facts.tools.get(&tool.name) {
                    Some(ToolFact::Version(version)) if matches(&tool.versions, version) => {
                        Some(format!("{} {version}", tool.name))
                    }
                    _ => None,
                })
            }),
        }
    }
}

impl Conditions {
    fn truth(&self, facts: &Facts) -> Truth {
        let tools = self.tools.iter().map(|tool| tool.truth(facts)).max();
        self.without_tools(facts).min(tools.unwrap_or(Truth::Yes))
    }

    fn without_tools(&self, facts: &Facts) -> Truth {
        let variables = self.environment.iter().map(|one| one.truth(facts));
        let packages = self.packages.iter().map(|one| one.truth(facts));
        let wrapper = self.wrapper.iter().map(|wanted| match &facts.wrappers {
            Some(wrappers) => wrappers.contains(wanted).into(),
            None => Truth::Unknown,
        });
        variables
            .chain(packages)
            .chain(wrapper)
            .chain([self.host(facts), self.target(facts)])
            .min()
            .unwrap_or(Truth::Yes)
    }

    fn host(&self, facts: &Facts) -> Truth {
        match &facts.host {
            _ if self.hosts.is_empty() => Truth::Yes,
            Some(host) => fits_any(&self.hosts, host).into(),
            None => Truth::Unknown,
        }
    }

    fn target(&self, facts: &Facts) -> Truth {
        match &facts.targets {
            _ if self.targets.is_empty() => Truth::Yes,
            Some(targets) => targets
                .iter()
                .any(|target| fits_any(&self.targets, target))
                .into(),
            None => Truth::Unknown,
        }
    }
}

impl VariableCondition {
    fn truth(&self, facts: &Facts) -> Truth {
        let Some(environment) = &facts.environment else {
            return Truth::Unknown;
        };
        let value = environment.get(&self.name);
        match &self.state {
            VariableState::Set => value.is_some(),
            VariableState::Unset => value.is_none(),
            VariableState::Is(wanted) => value == Some(wanted),
        }
        .into()
    }
}

impl PackageCondition {
    fn truth(&self, facts: &Facts) -> Truth {
        let Some(packages) = &facts.packages else {
            return Truth::Unknown;
        };
        packages
            .iter()
            .map(|package| self.truth_of(package))
            .max()
            .unwrap_or(Truth::No)
    }

    fn truth_of(&self, package: &KnownPackage) -> Truth {
        let is_it = package.name == self.name.as_str() && matches(&self.versions, &package.version);
        match &package.features {
            _ if !is_it => Truth::No,
            _ if self.features.is_empty() => Truth::Yes,
            Some(on) => self
                .features
                .iter()
                .any(|feature| on.contains(feature))
                .into(),
            None => Truth::Unknown,
        }
    }

    fn found<'facts>(&self, facts: &'facts Facts) -> Option<&'facts KnownPackage> {
        let packages = facts.packages.iter().flat_map(|packages| packages.iter());
        packages
            .filter(|package| self.truth_of(package) != Truth::No)
            .max_by_key(|package| self.truth_of(package))
    }
}

impl ToolCondition {
    fn truth(&self, facts: &Facts) -> Truth {
        match facts.tools.get(&self.name) {
            Some(ToolFact::Version(version)) => matches(&self.versions, version).into(),
            Some(ToolFact::Absent) => Truth::No,
            Some(ToolFact::Unclear) | None => Truth::Unknown,
        }
    }
}

/// A pre-release counts as the version that it leads to: it has most of its faults.
fn matches(wanted: &VersionReq, version: &Version) -> bool {
    let released = Version::new(version.major, version.minor, version.patch);
    wanted.matches(version) || wanted.matches(&released)
}

fn fits_any(patterns: &[String], text: &str) -> bool {
    patterns.iter().any(|pattern| fits(pattern, text))
}

/// Whether a text has the parts of a pattern between its `*` in their order, the first at its start and the last at its end.
fn fits(pattern: &str, text: &str) -> bool {
    let Some((start, others)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut rest) = text.strip_prefix(start) else {
        return false;
    };
    let (between, end) = others.rsplit_once('*').unwrap_or(("", others));
    for part in between.split('*') {
        match rest.split_once(part) {
            Some((_, behind)) => rest = behind,
            None => return false,
        }
    }
    rest.ends_with(end)
}

/// The text without colours, its lines joined: a pasted message may have been wrapped.
pub(crate) fn on_one_line(text: &str) -> String {
    let bare = anstream::adapter::strip_str(text).to_string();
    bare.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What lies between the parts of a sign, where they occur in this order. `lower` is `text` in lower case of the same length.
fn captures(lower: &str, text: &str, sign: &str) -> Option<Vec<String>> {
    let sign = sign.to_ascii_lowercase();
    let (first, others) = match sign.split_once('…') {
        Some((first, others)) => (first, Some(others)),
        None => (sign.as_str(), None),
    };
    lower.match_indices(first).find_map(|(start, _)| {
        let mut place = start + first.len();
        let mut captured = Vec::new();
        for part in others.into_iter().flat_map(|others| others.split('…')) {
            // No farther than that: a long output may have the first part many times and the second nowhere.
            let rest = lower.get(place..)?;
            let nearby = rest.get(..rest.floor_char_boundary(GAP_LIMIT + part.len()))?;
            let gap = nearby.find(part)?;
            captured.push(text.get(place..place + gap)?.to_owned());
            place += gap + part.len();
        }
        Some(captured)
    })
}

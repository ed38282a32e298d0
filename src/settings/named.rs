//! Settings by their names, out of the JSON that a client sends and the TOML of rust-analyzer's own files. Pure.
//!
//! Every front end reads them here, so that a name means the same wherever it is set. A wrong setting never stops anything: it is named
//! once and its default holds. What only one front end knows is read by that one, with [`Reader::get`].

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8PathBuf;
use serde_json::{Map, Value};

use super::listed::Setting;
use super::{
    AllTargets, CargoSettings, DefaultFeatures, Expansion, Features, ProcMacroSettings,
    TargetDirectory,
};

/// Which names there are in one place, and the section that may stand around them there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Vocabulary {
    /// Every setting that means something, in groups.
    pub(crate) settings: &'static [&'static [Setting]],
    /// A group that is the same with and without, such as `sidecargo`.
    pub(crate) section: Option<&'static str>,
}

impl Vocabulary {
    fn names(self) -> impl Iterator<Item = &'static str> {
        self.settings
            .iter()
            .copied()
            .flatten()
            .map(|setting| setting.name)
    }

    fn is_group(self, name: &str) -> bool {
        self.names().any(|known| {
            known
                .strip_prefix(name)
                .is_some_and(|rest| rest.starts_with('.'))
        })
    }
}

/// A setting that cannot be taken as it stands, in words that fit after its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Complaint {
    /// Its name, dotted.
    pub(crate) name: String,
    /// What is wrong with it.
    pub(crate) problem: String,
}

/// The values of settings by their full, dotted names.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Values {
    known: BTreeMap<&'static str, Value>,
    unknown: BTreeSet<String>,
}

impl Values {
    /// Takes a table apart: nested or dotted, bare or below the section. What is no table holds nothing.
    pub(crate) fn of_table(table: &Value, vocabulary: Vocabulary) -> Self {
        let mut values = Self::default();
        if let Value::Object(entries) = table {
            values.take("", entries, vocabulary);
        }
        values
    }

    /// These values, with those of `above` over them.
    #[must_use]
    pub(crate) fn overlaid_by(mut self, above: Self) -> Self {
        self.known.extend(above.known);
        self.unknown.extend(above.unknown);
        self
    }

    /// The value under a name, where there is one and it is not null.
    pub(crate) fn value(&self, name: &str) -> Option<&Value> {
        self.known.get(name).filter(|value| !value.is_null())
    }

    /// The names that nobody knows; the server complains of them.
    #[cfg_attr(not(feature = "lsp"), allow(dead_code))]
    pub(crate) fn unknown(&self) -> impl Iterator<Item = &str> {
        self.unknown.iter().map(String::as_str)
    }

    /// Forgets the names that nobody knows: they are another program's.
    #[must_use]
    pub(crate) fn without_unknown(mut self) -> Self {
        self.unknown.clear();
        self
    }

    /// Keeps the values whose names are wanted, and gives back the names of the others.
    pub(crate) fn keep(&mut self, is_wanted: impl Fn(&str) -> bool) -> Vec<&'static str> {
        let others: Vec<&'static str> = self
            .known
            .keys()
            .copied()
            .filter(|name| !is_wanted(name))
            .collect();
        for name in &others {
            self.known.remove(name);
        }
        others
    }

    fn take(&mut self, prefix: &str, entries: &Map<String, Value>, vocabulary: Vocabulary) {
        for (key, value) in entries {
            let below_section = vocabulary
                .section
                .filter(|_| prefix.is_empty())
                .and_then(|section| key.strip_prefix(section)?.strip_prefix('.'));
            let name = match (prefix, below_section) {
                ("", Some(name)) => name.to_owned(),
                ("", None) => key.clone(),
                (prefix, _) => format!("{prefix}.{key}"),
            };
            if let Some(known) = vocabulary.names().find(|known| *known == name) {
                self.known.insert(known, value.clone());
                continue;
            }
            let is_section = prefix.is_empty() && vocabulary.section == Some(name.as_str());
            let is_group = vocabulary.is_group(&name);
            match value {
                Value::Object(inner) if is_section => self.take("", inner, vocabulary),
                Value::Object(inner) if is_group => self.take(&name, inner, vocabulary),
                Value::Null if is_section || is_group => {}
                _ => {
                    self.unknown.insert(name);
                }
            }
        }
    }
}

/// What a value was expected to be, in words that fit after "must be".
pub(crate) type Expected = &'static str;

/// Reads values one by one and notes what cannot be taken.
pub(crate) struct Reader<'a> {
    values: &'a Values,
    complaints: Vec<Complaint>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(values: &'a Values) -> Self {
        Self {
            values,
            complaints: Vec::new(),
        }
    }

    /// What could not be taken so far.
    pub(crate) fn complaints(self) -> Vec<Complaint> {
        self.complaints
    }

    /// Settings below `cargo`.
    pub(crate) fn cargo(&mut self) -> CargoSettings {
        // Read for their type alone: whether and when rust-analyzer builds is seen on disk, not in settings.
        self.get("cargo.buildScripts.enable", boolean);
        self.get("cargo.buildScripts.rebuildOnSave", boolean);
        let default_features = match self.get("cargo.noDefaultFeatures", boolean) {
            Some(true) => DefaultFeatures::Off,
            _ => DefaultFeatures::On,
        };
        let features = match self.get("cargo.features", features) {
            Some(FeatureChoice::All) => Features::All,
            Some(FeatureChoice::Names(names)) => Features::Selected {
                names,
                default_features,
            },
            None => Features::Selected {
                names: Vec::new(),
                default_features,
            },
        };
        let mut extra_arguments = self.get("cargo.extraArgs", texts).unwrap_or_default();
        let of_arguments = take_target_directory(&mut extra_arguments);
        let of_setting = self.get("cargo.targetDir", target_directory);
        CargoSettings {
            target_directory: of_arguments
                .or(of_setting)
                .unwrap_or(TargetDirectory::Workspace),
            features,
            all_targets: match self.get("cargo.allTargets", boolean) {
                Some(false) => AllTargets::LeftOut,
                _ => AllTargets::Included,
            },
            target: self.get("cargo.target", text),
            extra_environment: self.get("cargo.extraEnv", variables).unwrap_or_default(),
            extra_arguments,
            profile: self.get("cargo.profile", text),
            override_command: self.get("cargo.buildScripts.overrideCommand", command),
        }
    }

    /// Settings below `procMacro`.
    pub(crate) fn proc_macro(&mut self) -> ProcMacroSettings {
        ProcMacroSettings {
            expansion: match self.get("procMacro.enable", boolean) {
                Some(false) => Expansion::Disabled,
                _ => Expansion::Enabled,
            },
            ignored: self.get("procMacro.ignored", ignored).unwrap_or_default(),
            server: self.get("procMacro.server", text).map(Utf8PathBuf::from),
        }
    }

    /// The value of a setting; `None` where it is not set, `null`, or of another type.
    pub(crate) fn get<Setting>(
        &mut self,
        name: &'static str,
        take: impl FnOnce(&Value) -> Result<Setting, Expected>,
    ) -> Option<Setting> {
        match take(self.values.value(name)?) {
            Ok(setting) => Some(setting),
            Err(expected) => {
                self.must_be(name.to_owned(), expected);
                None
            }
        }
    }

    /// Notes that a value is of another kind than it must be.
    pub(crate) fn must_be(&mut self, name: String, expected: Expected) {
        self.complain(name, format!("must be {expected}"));
    }

    /// Notes what is wrong with a setting.
    pub(crate) fn complain(&mut self, name: String, problem: String) {
        self.complaints.push(Complaint { name, problem });
    }
}

pub(crate) fn boolean(value: &Value) -> Result<bool, Expected> {
    value.as_bool().ok_or("true or false")
}

pub(crate) fn text(value: &Value) -> Result<String, Expected> {
    value
        .as_str()
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
        .ok_or("a text")
}

pub(crate) fn texts(value: &Value) -> Result<Vec<String>, Expected> {
    const EXPECTED: Expected = "a list of texts";
    let list = value.as_array().ok_or(EXPECTED)?;
    list.iter()
        .map(|entry| entry.as_str().map(str::to_owned).ok_or(EXPECTED))
        .collect()
}

fn command(value: &Value) -> Result<Vec<String>, Expected> {
    texts(value)
        .ok()
        .filter(|words| !words.is_empty())
        .ok_or("a list of texts, the program first")
}

enum FeatureChoice {
    All,
    Names(Vec<String>),
}

fn features(value: &Value) -> Result<FeatureChoice, Expected> {
    if value.as_str() == Some("all") {
        return Ok(FeatureChoice::All);
    }
    texts(value)
        .map(FeatureChoice::Names)
        .map_err(|_| "`all` or a list of features")
}

fn target_directory(value: &Value) -> Result<TargetDirectory, Expected> {
    match value {
        Value::Bool(true) => Ok(TargetDirectory::RustAnalyzerSubdirectory),
        Value::Bool(false) => Ok(TargetDirectory::Workspace),
        Value::String(path) if !path.is_empty() => Ok(TargetDirectory::Path(path.into())),
        _ => Err("true, false or a path"),
    }
}

/// Takes the target directory out of arguments for cargo. It decides where everything lies, whichever setting names it.
fn take_target_directory(arguments: &mut Vec<String>) -> Option<TargetDirectory> {
    const OPTION: &str = "--target-dir";
    let place = arguments.iter().position(|argument| {
        argument
            .strip_prefix(OPTION)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
    })?;
    let argument = arguments.remove(place);
    let path = match argument.split_once('=') {
        Some((_, path)) => path.to_owned(),
        None if place < arguments.len() => arguments.remove(place),
        None => return None,
    };
    Some(TargetDirectory::Path(path.into()))
}

fn variables(value: &Value) -> Result<BTreeMap<String, Option<String>>, Expected> {
    const EXPECTED: Expected = "a table of texts, or null to unset a variable";
    let table = value.as_object().ok_or(EXPECTED)?;
    table
        .iter()
        .map(|(name, value)| match value {
            Value::String(text) => Ok((name.clone(), Some(text.clone()))),
            Value::Null => Ok((name.clone(), None)),
            _ => Err(EXPECTED),
        })
        .collect()
}

fn ignored(value: &Value) -> Result<BTreeMap<String, BTreeSet<String>>, Expected> {
    const EXPECTED: Expected = "a table of crate names, each with a list of macro names";
    let table = value.as_object().ok_or(EXPECTED)?;
    table
        .iter()
        .map(|(krate, macros)| {
            let macros = texts(macros).map_err(|_| EXPECTED)?;
            Ok((krate.clone(), macros.into_iter().collect()))
        })
        .collect()
}

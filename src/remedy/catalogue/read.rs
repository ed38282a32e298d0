//! From TOML to entries. What is not well-formed is told with its line, and the entries beside it still count.

use std::fmt;
use std::ops::Range;

use semver::VersionReq;
use toml_edit::{Document, Item, TableLike, Value};

use super::super::plan::RemedyKind;
use super::entry::{
    Conditions, Cure, Entry, Foresight, PackageCondition, PinPlace, Rank, ToolCondition,
    VariableCondition, VariableState,
};
use crate::names::PackageName;
use crate::verdict::{Code, Severity};

/// What is wrong in a file, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadProblem {
    /// The line, from one.
    pub line: usize,
    /// What is wrong.
    pub words: String,
}

impl fmt::Display for ReadProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}: {}", self.line, self.words)
    }
}

/// A problem with the bytes it is about.
struct Wrong {
    span: Option<Range<usize>>,
    words: String,
}

type Taken<T> = Result<T, Wrong>;

/// The entries of a file, and what is wrong with the others.
#[must_use]
pub fn read(text: &str) -> (Vec<Entry>, Vec<ReadProblem>) {
    let problem = |wrong: Wrong| ReadProblem {
        line: line_of(text, wrong.span),
        words: wrong.words,
    };
    let document = match Document::parse(text) {
        Ok(document) => document,
        Err(error) => {
            let wrong = Wrong {
                span: error.span(),
                words: error.message().trim().to_owned(),
            };
            return (Vec::new(), vec![problem(wrong)]);
        }
    };
    let mut entries = Vec::new();
    let mut problems = Vec::new();
    for (key, item) in document.as_table() {
        if key != "failure" {
            problems.push(problem(wrong(
                item,
                format!("`{key}` is not known here; each entry begins with `[[failure]]`"),
            )));
            continue;
        }
        let Some(tables) = item.as_array_of_tables() else {
            problems.push(problem(wrong(item, "write `[[failure]]`".to_owned())));
            continue;
        };
        for table in tables {
            match entry(table) {
                Ok(entry) => entries.push(entry),
                Err(mut wrong) => {
                    wrong.span = wrong.span.or_else(|| table.span());
                    problems.push(problem(wrong));
                }
            }
        }
    }
    (entries, problems)
}

fn line_of(text: &str, span: Option<Range<usize>>) -> usize {
    let before = span.and_then(|span| text.get(..span.start));
    before.map_or(1, |before| before.matches('\n').count() + 1)
}

fn wrong(item: &Item, words: String) -> Wrong {
    Wrong {
        span: item.span(),
        words,
    }
}

fn of_value(value: &Value, words: String) -> Wrong {
    Wrong {
        span: value.span(),
        words,
    }
}

fn entry(table: &dyn TableLike) -> Taken<Entry> {
    only(
        table,
        &[
            "name", "codes", "texts", "general", "meaning", "chain", "avoid", "when", "foresee",
            "remedies",
        ],
    )?;
    let entry = Entry {
        name: required(table, "name")?,
        codes: texts(table, "codes")?
            .iter()
            .map(|text| {
                let unknown = || wrong_in(table, "codes", &format!("`{text}` is not a code"));
                Code::parse(text).ok_or_else(unknown)
            })
            .collect::<Taken<_>>()?,
        texts: texts(table, "texts")?,
        rank: match table.get("general").map(Item::as_bool) {
            None | Some(Some(false)) => Rank::Specific,
            Some(Some(true)) => Rank::General,
            Some(None) => return Err(wrong_in(table, "general", "must be true or false")),
        },
        meaning: required(table, "meaning")?,
        chain: optional(table, "chain")?,
        avoid: optional(table, "avoid")?,
        conditions: each(table, "when", conditions)?,
        foresight: match table.get("foresee") {
            None => None,
            Some(item) => Some(foresight(as_table(item)?)?),
        },
        cures: each(table, "remedies", cure)?,
    };
    if entry.texts.is_empty() && entry.foresight.is_none() {
        let words = "an entry needs `texts`, or `when` and `foresee`".to_owned();
        return Err(Wrong { span: None, words });
    }
    let letters = |text: &String| text.split('…').map(|part| part.trim().len()).sum::<usize>();
    if entry.texts.iter().any(|text| letters(text) < 5) {
        let words = "a text of less than five letters fits too much";
        return Err(wrong_in(table, "texts", words));
    }
    if entry.foresight.is_some() && entry.conditions.is_empty() {
        let words = "what is foreseen needs a `when`";
        return Err(wrong_in(table, "foresee", words));
    }
    Ok(entry)
}

fn conditions(table: &dyn TableLike) -> Taken<Conditions> {
    only(
        table,
        &[
            "environment",
            "wrapper",
            "packages",
            "hosts",
            "targets",
            "tools",
        ],
    )?;
    let environment = match table.get("environment") {
        None => Vec::new(),
        Some(item) => as_table(item)?
            .iter()
            .map(|(name, item)| {
                Ok(VariableCondition {
                    name: name.to_owned(),
                    state: match item.as_value() {
                        Some(Value::String(value)) => VariableState::Is(value.value().clone()),
                        Some(Value::Boolean(is_set)) if *is_set.value() => VariableState::Set,
                        Some(Value::Boolean(_)) => VariableState::Unset,
                        _ => {
                            let words =
                                format!("`{name}` must be a text, true (set) or false (unset)");
                            return Err(wrong(item, words));
                        }
                    },
                })
            })
            .collect::<Taken<_>>()?,
    };
    Ok(Conditions {
        environment,
        wrapper: optional(table, "wrapper")?,
        packages: each(table, "packages", |table| {
            only(table, &["name", "versions", "features"])?;
            Ok(PackageCondition {
                name: PackageName::new(required(table, "name")?),
                versions: versions(table)?,
                features: texts(table, "features")?,
            })
        })?,
        hosts: texts(table, "hosts")?,
        targets: texts(table, "targets")?,
        tools: each(table, "tools", |table| {
            only(table, &["name", "versions"])?;
            let name = required(table, "name")?;
            if name.contains(['/', '\\']) || name.starts_with('-') {
                let words = "must be a name, not a path";
                return Err(wrong_in(table, "name", words));
            }
            Ok(ToolCondition {
                name,
                versions: versions(table)?,
            })
        })?,
    })
}

fn versions(table: &dyn TableLike) -> Taken<VersionReq> {
    let Some(text) = optional(table, "versions")? else {
        return Ok(VersionReq::STAR);
    };
    VersionReq::parse(&text).map_err(|error| wrong_in(table, "versions", &error.to_string()))
}

fn foresight(table: &dyn TableLike) -> Taken<Foresight> {
    only(table, &["severity", "message"])?;
    let severity = match required(table, "severity")?.as_str() {
        "error" => Severity::Error,
        "warning" => Severity::Warning,
        "information" => Severity::Information,
        "hint" => Severity::Hint,
        _ => {
            let words = "must be error, warning, information or hint";
            return Err(wrong_in(table, "severity", words));
        }
    };
    Ok(Foresight {
        severity,
        message: required(table, "message")?,
    })
}

fn cure(table: &dyn TableLike) -> Taken<Cure> {
    only(
        table,
        &["kind", "title", "run", "set", "unset", "pin", "require"],
    )?;
    if let Some(text) = optional(table, "set")? {
        let parts = text.split_once('=').filter(|(name, _)| !name.is_empty());
        let Some((name, value)) = parts else {
            return Err(wrong_in(table, "set", "must be `NAME=VALUE`"));
        };
        return Ok(Cure::Variable {
            name: name.to_owned(),
            value: Some(value.to_owned()),
        });
    }
    if let Some(name) = optional(table, "unset")? {
        return Ok(Cure::Variable { name, value: None });
    }
    for (key, place) in [("pin", PinPlace::LockFile), ("require", PinPlace::Manifest)] {
        let Some(text) = optional(table, key)? else {
            continue;
        };
        let parts = text
            .split_once('@')
            .filter(|(_, version)| semver::Version::parse(version).is_ok());
        let Some((package, version)) = parts else {
            return Err(wrong_in(table, key, "must be `PACKAGE@VERSION`"));
        };
        return Ok(Cure::Pin {
            package: PackageName::new(package),
            version: version.to_owned(),
            place,
        });
    }
    let kind = required(table, "kind")?;
    let Some(kind) = RemedyKind::parse(&kind) else {
        let words = format!("`{kind}` is not a kind of remedy");
        return Err(wrong_in(table, "kind", &words));
    };
    let title = required(table, "title")?;
    let run = texts(table, "run")?;
    Ok(if run.is_empty() {
        Cure::Advice { kind, title }
    } else {
        Cure::Command { kind, title, run }
    })
}

fn only(table: &dyn TableLike, known: &[&str]) -> Taken<()> {
    match table.iter().find(|(key, _)| !known.contains(key)) {
        Some((key, item)) => {
            let words = format!("`{key}` is not known here; known are {}", known.join(", "));
            Err(wrong(item, words))
        }
        None => Ok(()),
    }
}

fn as_table(item: &Item) -> Taken<&dyn TableLike> {
    item.as_table_like()
        .ok_or_else(|| wrong(item, "must be a table".to_owned()))
}

fn each<T>(
    table: &dyn TableLike,
    key: &str,
    take: impl Fn(&dyn TableLike) -> Taken<T>,
) -> Taken<Vec<T>> {
    let Some(item) = table.get(key) else {
        return Ok(Vec::new());
    };
    if let Some(tables) = item.as_array_of_tables() {
        return tables
            .iter()
            .map(|table| {
                take(table).map_err(|wrong| Wrong {
                    span: wrong.span.or_else(|| table.span()),
                    ..wrong
                })
            })
            .collect();
    }
    if let Some(table) = item.as_table_like() {
        return Ok(vec![take(table)?]);
    }
    let Some(list) = item.as_array() else {
        return Err(wrong(
            item,
            format!("`{key}` must be a table or a list of tables"),
        ));
    };
    list.iter()
        .map(|value| match value.as_inline_table() {
            Some(table) => take(table).map_err(|wrong| Wrong {
                span: wrong.span.or_else(|| value.span()),
                ..wrong
            }),
            None => Err(of_value(value, "must be a table".to_owned())),
        })
        .collect()
}

fn wrong_in(table: &dyn TableLike, key: &str, words: &str) -> Wrong {
    Wrong {
        span: table.get(key).and_then(Item::span),
        words: format!("`{key}`: {words}"),
    }
}

fn required(table: &dyn TableLike, key: &str) -> Taken<String> {
    optional(table, key)?.ok_or_else(|| Wrong {
        span: None,
        words: format!("`{key}` is missing"),
    })
}

fn optional(table: &dyn TableLike, key: &str) -> Taken<Option<String>> {
    let Some(item) = table.get(key) else {
        return Ok(None);
    };
    match item.as_str() {
        Some(text) if !text.trim().is_empty() => Ok(Some(text.trim().to_owned())),
        _ => Err(wrong_in(table, key, "must be a text")),
    }
}

fn texts(table: &dyn TableLike, key: &str) -> Taken<Vec<String>> {
    let Some(item) = table.get(key) else {
        return Ok(Vec::new());
    };
    let Some(list) = item.as_array() else {
        return Err(wrong_in(table, key, "must be a list of texts"));
    };
    list.iter()
        .map(|value| match value.as_str() {
            Some(text) => Ok(text.to_owned()),
            None => Err(of_value(value, format!("`{key}`: must be a text"))),
        })
        .collect()
}

//! The parts that messages are put together from: who it is about, lists, paths, numbers. Pure text, no verdict judged.

use std::fmt;

use camino::Utf8Path;

use super::group::Sharing;
use super::reason::{Corruption, StaleReason, VariableChange};
use crate::inspect::InspectedMacro;
use crate::names::{PackageName, RustcVersion};

/// How many names a sentence takes before it counts the rest.
const NAMES_IN_A_SENTENCE: usize = 5;

/// Who a message is about, with the words that agree with it.
pub(super) struct Subject {
    text: String,
    /// The same without what needs it, which would stand in the way where the sentence has spoken of it.
    short: String,
    count: usize,
    sharing: Sharing,
    named: Named,
}

/// Where a sentence names its subject.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Named {
    /// It began with it, so "it" and "its" stand for it from there on.
    Before,
    /// Where it is spoken of: the sentence began with another, such as the macro whose dependency this is.
    Here,
}

impl Subject {
    /// One macro with its version and the dependency that needs it, or the names of many.
    pub(super) fn of(macros: &[&InspectedMacro], sharing: Sharing) -> Self {
        let (text, short) = if let [alone] = macros {
            (one(alone), with_version(alone))
        } else {
            let name = |inspected: &&InspectedMacro| code(&inspected.expected.name);
            let names: Vec<String> = macros.iter().map(name).collect();
            let text = list(&names, "and");
            (text.clone(), text)
        };
        Self {
            text,
            short,
            count: macros.len(),
            sharing,
            named: Named::Before,
        }
    }

    /// A package in the middle of a sentence about this subject.
    pub(super) fn called(&self, package: &PackageName) -> Self {
        Self {
            text: code(package),
            short: code(package),
            count: 1,
            sharing: self.sharing,
            named: Named::Here,
        }
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    pub(super) fn is_of_a_kind(&self) -> bool {
        self.sharing == Sharing::Kind
    }

    pub(super) fn verb<'words>(&self, one: &'words str, many: &'words str) -> &'words str {
        if self.count == 1 { one } else { many }
    }

    pub(super) fn them(&self) -> &'static str {
        self.verb("it", "them")
    }

    /// "its", "their", or the name with an apostrophe.
    pub(super) fn its(&self) -> String {
        match self.named {
            Named::Here => format!("{}'s", self.text),
            Named::Before => self.verb("its", "their").to_owned(),
        }
    }

    /// The name and a space where the sentence did not begin with it: "`my-core` 1.0.1 is built".
    pub(super) fn name_first(&self) -> String {
        match self.named {
            Named::Here => format!("{} ", self.text),
            Named::Before => String::new(),
        }
    }

    /// "proc macro `a` 1.0", "proc macros `a` and `b`".
    pub(super) fn with_noun(&self, noun: &str) -> String {
        let plural = self.verb("", "s");
        format!("{noun}{plural} {}", self.text)
    }

    /// "`a`", or "the 23 of them (`b`, `c` and 21 more)".
    pub(super) fn all_of_them(&self) -> String {
        if self.count == 1 {
            self.short.clone()
        } else {
            format!("the {} of them ({})", self.count, self.short)
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// "`tracing-attributes` 0.1.28, needed by `tracing`,": the name of the key that it shows at, where that is another.
fn one(inspected: &InspectedMacro) -> String {
    let expected = &inspected.expected;
    let named = with_version(inspected);
    let shortest = expected.ways.iter().min_by_key(|way| way.packages.len());
    match shortest.map(|way| way.packages.as_slice()) {
        Some([_, direct, .., last]) if direct != last => {
            format!("{named}, needed by {},", code(direct))
        }
        _ => named,
    }
}

/// "`tracing-attributes` 0.1.28".
pub(super) fn with_version(inspected: &InspectedMacro) -> String {
    let expected = &inspected.expected;
    format!("{} {}", code(&expected.name), expected.version)
}

/// In the marks that Markdown has for code, as messages show names and paths.
pub(super) fn code(text: impl fmt::Display) -> String {
    format!("`{text}`")
}

/// A path as a person in `root` writes it.
pub(super) fn path_below<'path>(path: &'path Utf8Path, root: &Utf8Path) -> &'path Utf8Path {
    match path.strip_prefix(root) {
        Ok(below) if !below.as_str().is_empty() => below,
        _ => path,
    }
}

/// "a", "a and b", "a, b and c", "a, b, c, d, e and 18 more".
pub(super) fn list(items: &[String], link: &str) -> String {
    let shown = items
        .get(..NAMES_IN_A_SENTENCE)
        .filter(|_| items.len() > NAMES_IN_A_SENTENCE + 1);
    match (shown, items) {
        (Some(shown), _) => format!(
            "{} {link} {} more",
            shown.join(", "),
            items.len() - shown.len()
        ),
        (None, [init @ .., last]) if !init.is_empty() => {
            format!("{} {link} {last}", init.join(", "))
        }
        (None, _) => items.concat(),
    }
}

/// A number with commas: 9,321,448.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The compilers, as one tells them apart: two builds of one release, a distribution's and rustup's, differ only in the full text.
pub(crate) fn rustc_names(built: Option<&RustcVersion>, wanted: &RustcVersion) -> (String, String) {
    match built {
        Some(built) if built.short() == wanted.short() => (built.to_string(), wanted.to_string()),
        Some(built) => (built.short(), wanted.short()),
        None => ("another rustc".to_owned(), wanted.short()),
    }
}

/// "my-macros → my-core": the packages from a macro to what changed.
pub(crate) fn way(packages: &[PackageName]) -> String {
    let names: Vec<&str> = packages.iter().map(PackageName::as_str).collect();
    names.join(" → ")
}

/// What rust-analyzer cannot expand: the macros by name where they are known and few.
pub(super) fn expanded(first: &InspectedMacro, subject: &Subject) -> String {
    match &first.exports {
        Some(exports) if subject.count() == 1 && (1..=3).contains(&exports.len()) => {
            let names: Vec<String> = exports.iter().map(code).collect();
            list(&names, "or")
        }
        _ => subject.verb("its macros", "their macros").to_owned(),
    }
}

/// What is wrong with the file in a dylib's place, from the verb on.
pub(super) fn damage(corruption: &Corruption, subject: &Subject) -> String {
    let alone = subject.count() == 1;
    let verb = |one: &str, many: &str| subject.verb(one, many).to_owned();
    match corruption {
        Corruption::Empty => verb("is an empty file", "are empty files"),
        Corruption::Truncated { promised, found } if alone => format!(
            "is cut short ({} of {} bytes)",
            thousands(*found),
            thousands(*promised)
        ),
        Corruption::Truncated { .. } => "are cut short".to_owned(),
        Corruption::NotADylib { looks_like } if alone => {
            format!("is {looks_like}, not a dynamic library")
        }
        Corruption::NotADylib { .. } => "are no dynamic libraries".to_owned(),
        Corruption::NotAProcMacro => verb(
            "is a dynamic library, but not that of a proc macro",
            "are dynamic libraries, but not those of proc macros",
        ),
        Corruption::WrongCrate { found, .. } if alone => {
            format!("is the library of another crate, {}", code(found))
        }
        Corruption::WrongCrate { .. } => "are the libraries of other crates".to_owned(),
        Corruption::NotAFile { is } if alone => format!("is {is}, not a file"),
        Corruption::NotAFile { .. } => "are not files".to_owned(),
        Corruption::ContentAltered { part: Some(part) } if alone => {
            format!("is not what its build wrote ({part})")
        }
        Corruption::ContentAltered { .. } => verb(
            "is not what its build wrote, though size and time say so",
            "are not what their builds wrote, though sizes and times say so",
        ),
    }
}

/// " (my-macros → my-core)": the packages from the macro to the change, for one macro.
pub(super) fn chain(reason: &StaleReason, subject: &Subject) -> String {
    match reason {
        StaleReason::DependencyChanged { chain, .. } if chain.len() > 1 && subject.count() == 1 => {
            format!(" ({})", way(chain))
        }
        _ => String::new(),
    }
}

/// What became of a variable.
pub(super) fn environment(variable: &str, change: VariableChange) -> String {
    let what = match change {
        VariableChange::Set => "was not set then and is now",
        VariableChange::Unset => "was set then and is not now",
        VariableChange::OtherValue => "has another value now",
    };
    format!(
        "the environment variable {}, which the build reads, {what}",
        code(variable)
    )
}

/// ": now also `a`, no longer `b`".
pub(super) fn feature_changes(built: &[String], wanted: &[String]) -> String {
    let missing_in = |list_of: &[String], other: &[String]| -> Vec<String> {
        let only = |name: &&String| !other.contains(name);
        list_of.iter().filter(only).map(code).collect()
    };
    let added = missing_in(wanted, built);
    let removed = missing_in(built, wanted);
    let mut parts = Vec::new();
    if !added.is_empty() {
        parts.push(format!("now also {}", list(&added, "and")));
    }
    if !removed.is_empty() {
        parts.push(format!("no longer {}", list(&removed, "and")));
    }
    if parts.is_empty() {
        String::new()
    } else {
        format!(" ({})", parts.join(", "))
    }
}

/// Compiler flags as one writes them.
pub(super) fn flags(flags: &[String]) -> String {
    if flags.is_empty() {
        "none".to_owned()
    } else {
        code(flags.join(" "))
    }
}

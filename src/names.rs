//! The names that cargo and rustc give to things, each as a type of its own so that none can stand in for another.

mod package_id;

use std::fmt;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

pub use package_id::{PackageIdParts, PackageSource};

macro_rules! text_newtype {
    ($(#[$docs:meta])* $name:ident) => {
        $(#[$docs])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the text as it stands.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text as it stands.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    };
}

text_newtype! {
    /// Cargo's opaque package id, as `cargo metadata` and artifact messages print it.
    PackageId
}

text_newtype! {
    /// A package's name as its manifest has it, with dashes where it has them.
    PackageName
}

text_newtype! {
    /// A crate's name as rustc knows it: underscores, never dashes.
    CrateName
}

text_newtype! {
    /// The first line of `rustc -vV`, such as `rustc 1.95.0 (59807616e 2026-04-14)`; a dylib carries the same text.
    RustcVersion
}

text_newtype! {
    /// A target triple, such as `x86_64-unknown-linux-gnu`.
    Triple
}

impl PackageId {
    /// What the id says; `None` where it has a form that is not known.
    #[must_use]
    pub fn parts(&self) -> Option<PackageIdParts<'_>> {
        PackageIdParts::parse(&self.0)
    }
}

impl PackageName {
    /// The name that rustc gives to a library target of this name.
    #[must_use]
    pub fn crate_name(&self) -> CrateName {
        CrateName::new(self.0.replace('-', "_"))
    }
}

impl RustcVersion {
    /// The part a person names: `rustc 1.95.0` or `rustc 1.97.0-nightly (2026-05-19)`, the date only for pre-releases.
    #[must_use]
    pub fn short(&self) -> String {
        let mut words = self.0.split_whitespace();
        let (Some(tool), Some(version)) = (words.next(), words.next()) else {
            return self.0.clone();
        };
        match words.nth(1) {
            Some(date) if version.contains('-') => {
                format!("{tool} {version} ({})", date.trim_end_matches(')'))
            }
            _ => format!("{tool} {version}"),
        }
    }
}

/// The number in sixteen hexadecimal digits as cargo writes them: it compares texts, so that capitals are another text.
pub(crate) fn sixteen_digits(text: &str) -> Option<u64> {
    let is_digit = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    (text.len() == 16 && text.bytes().all(is_digit)).then_some(())?;
    u64::from_str_radix(text, 16).ok()
}

/// Cargo's hash of one unit, sixteen hexadecimal digits in the names of its files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitHash(u64);

impl UnitHash {
    /// Reads the sixteen hexadecimal digits; anything else is `None`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        sixteen_digits(text).map(Self)
    }

    /// Splits a name such as `serde_derive-0123456789abcdef` into what stands before the hash and the hash.
    #[must_use]
    pub fn split_from(name: &str) -> Option<(&str, Self)> {
        let (stem, hash) = name.rsplit_once('-')?;
        Some((stem, Self::parse(hash)?))
    }
}

impl fmt::Display for UnitHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:016x}", self.0)
    }
}

impl Serialize for UnitHash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for UnitHash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text)
            .ok_or_else(|| serde::de::Error::custom(format!("not a unit hash: {text}")))
    }
}

/// Whether a file is a dylib by its ending, of whatever system and in any case, as rust-analyzer tells it (rust-analyzer
/// `project-model/src/build_dependencies.rs`).
#[must_use]
pub fn is_dylib(path: &Utf8Path) -> bool {
    path.extension().is_some_and(|extension| {
        ["so", "dylib", "dll"]
            .iter()
            .any(|known| extension.eq_ignore_ascii_case(known))
    })
}

/// How cargo arranges a build directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Layout {
    /// `<profile>/deps` and `<profile>/.fingerprint`, cargo's default up to 1.99.
    V1,
    /// `<profile>/build/<package>/<hash>/{out,fingerprint,run}`, `-Zbuild-dir-new-layout`, later the default.
    V2,
}

/// A place in a text file, both numbers counted from one; columns count characters as the UTF-8 text has them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Location {
    /// The file, absolute.
    pub path: Utf8PathBuf,
    /// The line, from one.
    pub line: u32,
    /// The column, from one, in characters.
    pub column: u32,
    /// The column after the last character on the same line.
    #[serde(skip)]
    pub end_column: u32,
}

//! What cargo's package ids say: name, version and where a package comes from. Knows every form that cargo has given them, and takes
//! none for anything but text.

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};

/// Where a package comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum PackageSource {
    /// A registry; its files are taken for immutable.
    Registry,
    /// A git checkout; its files are taken for immutable.
    Git,
    /// A directory on this machine.
    Path,
}

/// The parts of a package id: `kind+url#name@version` (cargo's package id specification), and up to cargo 1.76 `name version (kind+url)`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PackageIdParts<'id> {
    /// The name.
    pub name: &'id str,
    /// The version.
    pub version: &'id str,
    /// Where it comes from.
    pub source: PackageSource,
    /// The directory of a package from a path.
    pub directory: Option<Utf8PathBuf>,
}

impl<'id> PackageIdParts<'id> {
    /// Takes an id apart; `None` for one of another form.
    #[must_use]
    pub fn parse(id: &'id str) -> Option<Self> {
        if let Some((spoken, source)) = id.strip_suffix(')').and_then(|id| id.split_once(" (")) {
            let (name, version) = spoken.split_once(' ')?;
            let (url, _revision) = source.split_once('#').unwrap_or((source, ""));
            return Self::of_source(url, |_| Some((name, version)));
        }
        let (url, fragment) = id.rsplit_once('#')?;
        Self::of_source(url, |location| match fragment.split_once('@') {
            Some(named) => Some(named),
            // Where the directory has the package's name, the id leaves the name out.
            None => Some((location.trim_end_matches('/').rsplit('/').next()?, fragment)),
        })
    }

    /// `name_and_version` are found with the location's help.
    fn of_source(
        url: &'id str,
        name_and_version: impl FnOnce(&'id str) -> Option<(&'id str, &'id str)>,
    ) -> Option<Self> {
        let (kind, location) = url.split_once('+')?;
        let source = match kind {
            "path" => PackageSource::Path,
            "git" => PackageSource::Git,
            _ => PackageSource::Registry,
        };
        let location = location
            .split_once('?')
            .map_or(location, |(location, _)| location);
        let (name, version) = name_and_version(location)?;
        let directory = match source {
            PackageSource::Path => location.strip_prefix("file://").and_then(path_of_url),
            PackageSource::Registry | PackageSource::Git => None,
        };
        Some(Self {
            name,
            version,
            source,
            directory,
        })
    }
}

/// The path in a `file` URL, which has every byte that is no letter in its percent form where URLs have no place for it.
fn path_of_url(path: &str) -> Option<Utf8PathBuf> {
    // Before a drive there is another slash.
    let path = match path.as_bytes() {
        [b'/', _, b':', ..] if cfg!(windows) => path.strip_prefix('/')?,
        _ => path,
    };
    let mut bytes = Vec::with_capacity(path.len());
    let mut parts = path.split('%');
    bytes.extend_from_slice(parts.next()?.as_bytes());
    for part in parts {
        let (digits, rest) = part.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).ok().map(Utf8PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_every_form_are_taken_apart() {
        use PackageSource::{Git, Path, Registry};
        for (id, name, version, source) in [
            (
                "registry+https://registry.example/index#tracing@0.1.28",
                "tracing",
                "0.1.28",
                Registry,
            ),
            (
                "sparse+https://registry.example/#a@1.0.0-rc.1+build",
                "a",
                "1.0.0-rc.1+build",
                Registry,
            ),
            ("path+file:///w/my-macros#0.1.0", "my-macros", "0.1.0", Path),
            (
                "path+file:///w/my-macros/#0.1.0",
                "my-macros",
                "0.1.0",
                Path,
            ),
            (
                "path+file:///w/folder#my-macros@0.1.0",
                "my-macros",
                "0.1.0",
                Path,
            ),
            (
                "git+https://forge.example/a/serde?branch=main#1.0.3",
                "serde",
                "1.0.3",
                Git,
            ),
            (
                "git+https://forge.example/a/all?rev=0123abc#serde@1.0.3",
                "serde",
                "1.0.3",
                Git,
            ),
            // Up to cargo 1.76.
            (
                "serde 1.0.3 (registry+https://registry.example/index)",
                "serde",
                "1.0.3",
                Registry,
            ),
            (
                "serde 1.0.3 (git+https://forge.example/a/serde?branch=main#0123abc)",
                "serde",
                "1.0.3",
                Git,
            ),
            (
                "my-macros 0.1.0 (path+file:///w/macros)",
                "my-macros",
                "0.1.0",
                Path,
            ),
        ] {
            let parts =
                PackageIdParts::parse(id).map(|parts| (parts.name, parts.version, parts.source));
            assert_eq!(parts, Some((name, version, source)), "{id}");
        }
        for id in [
            "",
            "app",
            "app 0.1.0",
            "app#0.1.0",
            "app (path+file:///w/app)",
        ] {
            assert_eq!(PackageIdParts::parse(id), None, "{id}");
        }
    }

    #[test]
    #[cfg(unix)]
    fn directories_are_as_the_system_names_them() {
        for (id, directory) in [
            (
                "path+file:///w/a%20b/%C3%A4%23%3F%25/mac#0.1.0",
                Some("/w/a b/ä#?%/mac"),
            ),
            (
                "mac 0.1.0 (path+file:///w/a%20b/%C3%A4%23%3F%25/mac)",
                Some("/w/a b/ä#?%/mac"),
            ),
            ("path+file:///w/cut%2#mac@0.1.0", None),
            ("path+file:///w/no-text%ff#mac@0.1.0", None),
            ("git+file:///w/mac#0.1.0", None),
        ] {
            let found = PackageIdParts::parse(id).map(|parts| parts.directory);
            assert_eq!(found, Some(directory.map(Utf8PathBuf::from)), "{id}");
        }
    }
}

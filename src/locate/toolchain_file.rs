//! Where a toolchain file names its channel. Looks where rustup looks; knows nothing of the findings shown there.

use camino::Utf8Path;
use toml_edit::{Document, Item};

use super::lines::Lines;
use crate::names::Location;

/// The place of the channel in the toolchain file that holds for `directory`; `read` gives the text of a file.
///
/// Rustup takes the nearest directory that has one, and in it the name without `.toml` first (rustup book, "Overrides").
pub fn place_of_channel(
    directory: &Utf8Path,
    read: &dyn Fn(&Utf8Path) -> Option<String>,
) -> Option<Location> {
    directory.ancestors().find_map(|directory| {
        ["rust-toolchain", "rust-toolchain.toml"]
            .into_iter()
            .find_map(|name| {
                let path = directory.join(name);
                read(&path).map(|text| channel_in(&path, &text))
            })
    })
}

/// The place of `channel = …`, else of `path = …`, else the first line: all that the legacy file has.
#[must_use]
pub fn channel_in(path: &Utf8Path, text: &str) -> Location {
    let lines = Lines::new(text);
    let named = Document::parse(text).ok().and_then(|document| {
        let toolchain = document.get("toolchain")?.as_table_like()?;
        ["channel", "path"].into_iter().find_map(|name| {
            let (key, value) = toolchain.get_key_value(name)?;
            Some(key.span()?.start..Item::span(value)?.end)
        })
    });
    lines.location(path, &named.unwrap_or(0..text.len()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::needless_raw_string_hashes)]

    use super::*;
    use camino::Utf8PathBuf;
    use expect_test::expect;

    fn at(location: &Location) -> String {
        format!(
            "{}:{}:{}-{}",
            location.path, location.line, location.column, location.end_column
        )
    }

    #[test]
    fn the_channel_is_found_in_every_shape() {
        let texts = [
            "[toolchain]\r\nchannel = \"1.95.0\"\r\n",
            "toolchain = { components = [\"ä\"], channel = \"stable\" }\n",
            "[toolchain]\npath = \"/opt/rust\"\n",
            "1.95.0\n",
            "nightly-2026-01-01",
            "[toolchain\n",
            "",
        ];
        let found: Vec<String> = texts
            .iter()
            .map(|text| at(&channel_in(Utf8Path::new("f"), text)))
            .collect();
        expect![[r#"
            f:2:1-19
            f:1:35-53
            f:2:1-19
            f:1:1-7
            f:1:1-19
            f:1:1-11
            f:1:1-1"#]]
        .assert_eq(&found.join("\n"));
    }

    #[test]
    fn the_nearest_file_counts_and_the_old_name_first() {
        let place = |present: &[&str]| {
            let present: Vec<Utf8PathBuf> = present.iter().map(Utf8PathBuf::from).collect();
            let read = |path: &Utf8Path| {
                present
                    .iter()
                    .any(|known| known == path)
                    .then(|| "stable".to_owned())
            };
            place_of_channel(Utf8Path::new("/w/a"), &read).map(|location| location.path)
        };
        assert_eq!(place(&[]), None);
        assert_eq!(
            place(&["/rust-toolchain"]).unwrap(),
            Utf8Path::new("/rust-toolchain")
        );
        assert_eq!(
            place(&[
                "/rust-toolchain",
                "/w/rust-toolchain.toml",
                "/w/rust-toolchain"
            ])
            .unwrap(),
            Utf8Path::new("/w/rust-toolchain")
        );
    }
}

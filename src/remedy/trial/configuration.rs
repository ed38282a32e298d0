//! Cargo's configuration as a copy of it elsewhere needs it: registries that lie beside the workspace are named by their whole path.
//! Pure.

use camino::Utf8Path;
use toml_edit::{DocumentMut, Item, Value};

/// The keys of a source that are paths, seen from the directory that holds `.cargo` (cargo reference, "Source Replacement").
const PATH_KEYS: &[&str] = &["directory", "local-registry"];

/// The same configuration with whole paths; what is no configuration is left as it is.
pub(super) fn with_whole_paths(bytes: Vec<u8>, directory: &Utf8Path) -> Vec<u8> {
    let parsed = std::str::from_utf8(&bytes)
        .ok()
        .and_then(|text| text.parse::<DocumentMut>().ok());
    let Some(mut document) = parsed else {
        return bytes;
    };
    let sources = document.get_mut("source").and_then(Item::as_table_like_mut);
    for (_, source) in sources.into_iter().flat_map(|sources| sources.iter_mut()) {
        for key in PATH_KEYS {
            let entry = source.as_table_like_mut().and_then(|it| it.get_mut(key));
            if let Some(Item::Value(value)) = entry
                && let Some(path) = value.as_str()
            {
                *value = Value::from(directory.join(path).into_string());
            }
        }
    }
    document.to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registries_beside_the_workspace_are_named_by_their_whole_path() {
        let check = |text: &str| {
            let changed = with_whole_paths(text.as_bytes().to_vec(), Utf8Path::new("/w"));
            String::from_utf8(changed).unwrap_or_default()
        };
        assert_eq!(
            check("[source.vendored-sources]\ndirectory = \"vendor\"\n"),
            "[source.vendored-sources]\ndirectory = \"/w/vendor\"\n"
        );
        assert_eq!(
            check("[source]\na = { local-registry = \"/elsewhere\" }\nb.directory = \"x/y\"\n"),
            "[source]\na = { local-registry = \"/elsewhere\" }\nb.directory = \"/w/x/y\"\n"
        );
        for same in [
            "",
            "[build]\ntarget = \"x\"\n",
            "source = 3\n",
            "source = [",
        ] {
            assert_eq!(check(same), same);
        }
    }
}

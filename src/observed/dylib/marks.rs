//! The symbols by which rustc marks a proc-macro dylib, recognised by name alone in any object format.

/// Exported by every proc-macro dylib, 1.63 to 1.101; its id is that of the crate.
const REGISTRAR: &[u8] = b"rustc_proc_macro_decls_";
/// Marks the crate's metadata; the crate's name and the same id follow.
const METADATA: &[u8] = b"rust_metadata_";
/// A dylib holds one such symbol; more are kept only as far as they can be of use.
const MOST_CRATES: usize = 8;

/// The marks seen among a dylib's exported symbols.
#[derive(Debug, Default)]
pub(super) struct Marks {
    registrar: Option<String>,
    crates: Vec<(String, String)>,
}

/// Whether a name is the registrar's, so that its lookup by the dynamic linker is worth checking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    Registrar,
    Other,
}

impl Marks {
    /// Takes in the name of an exported symbol.
    pub(super) fn see(&mut self, name: &[u8]) -> Mark {
        // Mach-O puts one more underscore before every name.
        let underscores = name.iter().take_while(|byte| **byte == b'_').count();
        let bare = name.get(underscores..).unwrap_or_default();
        if let Some(id) = bare.strip_prefix(REGISTRAR) {
            let id = String::from_utf8_lossy(id);
            self.registrar = Some(id.trim_end_matches('_').to_owned());
            return Mark::Registrar;
        }
        if let Some(rest) = bare.strip_prefix(METADATA)
            && let Ok(rest) = std::str::from_utf8(rest)
            && let Some((crate_name, id)) = rest.rsplit_once('_')
            && self.crates.len() < MOST_CRATES
        {
            self.crates.push((crate_name.to_owned(), id.to_owned()));
        }
        Mark::Other
    }

    /// Whether the symbol of proc macros was seen.
    pub(super) fn has_registrar(&self) -> bool {
        self.registrar.is_some()
    }

    /// The crate whose id is the registrar's; or the only crate there is.
    pub(super) fn crate_name(&self) -> Option<&str> {
        let own = self
            .crates
            .iter()
            .find(|(_, id)| Some(id) == self.registrar.as_ref());
        match (own, self.crates.as_slice()) {
            (Some((name, _)), _) | (None, [(name, _)]) => Some(name),
            _ => None,
        }
    }
}

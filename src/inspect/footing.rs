//! What a look rests on, for watching: whatever of it moves may change the verdict. It must not know how anything is watched.

use camino::Utf8PathBuf;

use super::look::Look;
use crate::expected::{Deciding, Expectation, ExpectedInputs};

/// What a look rests on besides the macros' own dylibs and inputs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Footing {
    /// What builds leave of the units that the macros are made of, absolute.
    pub products: Vec<Utf8PathBuf>,
    /// The directories of their fingerprints, absolute: every file in them counts.
    pub fingerprints: Vec<Utf8PathBuf>,
    /// What decides cargo's answer.
    pub deciding: Deciding,
}

impl Footing {
    pub(super) fn of(expectation: &Expectation, look: &Look, deciding: Deciding) -> Self {
        let build_directory = &expectation.workspace.build_directory;
        let (products, fingerprints) = look.relatives.iter().cloned().unzip();
        let mut footing = Self {
            products,
            fingerprints,
            deciding,
        };
        for unit in &expectation.units {
            let printed = match &unit.inputs {
                ExpectedInputs::BuildScriptOutput { printed, .. } => Some(printed),
                _ => None,
            };
            let products = unit.outputs.iter().chain(printed);
            let products = products.map(|path| build_directory.join(path));
            footing.products.extend(products);
            let fingerprint = build_directory.join(&unit.fingerprint_directory);
            footing.fingerprints.push(fingerprint);
        }
        footing
    }
}

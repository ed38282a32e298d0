//! What stands in the way in the environment and in cargo's configuration before anything runs: found by reading alone. What it means is
//! `verdict/`'s to say.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use crate::cargo::tools;
use crate::expected::{self, ConfiguredWrapper};
use crate::settings::CargoSettings;
use crate::verdict::tools::{Hazard, HazardScope};

/// The variables that name programs for cargo to start, of each pair the one that goes before the other (cargo reference, "Environment
/// Variables").
const PROGRAM_VARIABLES: &[[&str; 2]] = &[
    ["RUSTC", "CARGO_BUILD_RUSTC"],
    ["RUSTC_WRAPPER", "CARGO_BUILD_RUSTC_WRAPPER"],
    [
        "RUSTC_WORKSPACE_WRAPPER",
        "CARGO_BUILD_RUSTC_WORKSPACE_WRAPPER",
    ],
];

/// A program around rustc, by whatever names it.
pub(super) struct Wrapper {
    key: &'static str,
    pub(super) program: String,
    file: Option<Utf8PathBuf>,
}

impl Wrapper {
    /// Whether a configuration file of the workspace itself names it.
    pub(super) fn is_named_below(&self, root: &Utf8Path) -> bool {
        self.file
            .as_ref()
            .is_some_and(|file| file.starts_with(root))
    }

    pub(super) fn named_by(&self, root: &Utf8Path) -> String {
        match &self.file {
            Some(file) => {
                let file = file.strip_prefix(root).unwrap_or(file);
                format!("`build.{}` in `{file}`", self.key)
            }
            None => format!("The environment variable {}", self.variable()),
        }
    }

    /// The variable that cargo looks at before its configuration's files.
    pub(super) fn variable(&self) -> String {
        self.key.to_uppercase().replace('-', "_")
    }
}

/// The programs that cargo would put around rustc: a variable, even an empty one, goes before the configuration's files.
pub(super) fn wrappers(root: &Utf8Path, environment: &BTreeMap<String, String>) -> Vec<Wrapper> {
    let mut wrappers = Vec::new();
    let configured = expected::configured_wrappers(root, environment);
    for key in ["rustc-wrapper", "rustc-workspace-wrapper"] {
        let name = key.to_uppercase().replace('-', "_");
        let variables = [name.clone(), format!("CARGO_BUILD_{name}")];
        let of_environment = variables.iter().find_map(|name| environment.get(name));
        if let Some(program) = of_environment {
            wrappers.push(Wrapper {
                key,
                program: program.clone(),
                file: None,
            });
        } else if let Some(known) = configured.iter().find(|known| known.key == key) {
            wrappers.push(Wrapper {
                key,
                program: known.program.clone(),
                file: Some(known.file.clone()),
            });
        }
    }
    wrappers.retain(|wrapper| !wrapper.program.is_empty());
    wrappers
}

/// What stands in the way in the environment that rust-analyzer's cargo gets, and in cargo's configuration.
pub(super) fn hazards(
    root: &Utf8Path,
    settings: &CargoSettings,
    environment: &BTreeMap<String, String>,
) -> Vec<Hazard> {
    let own_environment = environment;
    let environment = &settings.environment_over(environment);
    let path = environment.get("PATH").cloned().unwrap_or_default();
    let mut hazards: Vec<Hazard> = PROGRAM_VARIABLES
        .iter()
        .filter_map(|variables| {
            let is_set = |variable: &&str| environment.contains_key(*variable);
            let variable = variables.iter().copied().find(is_set)?;
            let program = environment.get(variable)?;
            let is_missing = !program.is_empty() && !tools::can_be_found(program, &path, root);
            is_missing.then(|| Hazard::MissingProgram {
                variable: variable.to_owned(),
                program: program.clone(),
            })
        })
        .collect();
    let of_files = wrappers(root, environment)
        .into_iter()
        .filter_map(|wrapper| {
            let is_missing = !tools::can_be_found(&wrapper.program, &path, root);
            Some(Hazard::MissingWrapper(ConfiguredWrapper {
                key: wrapper.key,
                file: wrapper.file.filter(|_| is_missing)?,
                program: wrapper.program,
            }))
        });
    hazards.extend(of_files);
    let bootstrap = "RUSTC_BOOTSTRAP";
    let own = own_environment.get(bootstrap);
    let scope = match environment.get(bootstrap) {
        Some(value) if own != Some(value) => Some(HazardScope::Editor),
        Some(_) => Some(HazardScope::Environment),
        None => None,
    };
    hazards.extend(scope.map(|scope| Hazard::Bootstrap { scope }));
    hazards
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hazards_are_those_of_rust_analyzers_cargo() {
        let own = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect()
        };
        let missing = Hazard::MissingProgram {
            variable: "RUSTC_WRAPPER".to_owned(),
            program: "no-such-wrapper".to_owned(),
        };
        let environment = own(&[("RUSTC_WRAPPER", "no-such-wrapper"), ("PATH", "/usr/bin")]);
        let mut settings = CargoSettings::default();
        let root = Utf8Path::new("/");
        assert_eq!(hazards(root, &settings, &environment), [missing]);

        settings
            .extra_environment
            .insert("RUSTC_WRAPPER".to_owned(), None);
        settings
            .extra_environment
            .insert("RUSTC_BOOTSTRAP".to_owned(), Some("1".to_owned()));
        let of_editor = Hazard::Bootstrap {
            scope: HazardScope::Editor,
        };
        assert_eq!(hazards(root, &settings, &environment), [of_editor]);

        let overruled = ("CARGO_BUILD_RUSTC_WRAPPER", "no-such-wrapper");
        let environment = own(&[("RUSTC_BOOTSTRAP", "1"), ("RUSTC_WRAPPER", ""), overruled]);
        let of_all = Hazard::Bootstrap {
            scope: HazardScope::Environment,
        };
        settings.extra_environment.clear();
        assert_eq!(hazards(root, &settings, &environment), [of_all]);
    }
}

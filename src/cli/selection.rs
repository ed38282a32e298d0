//! The options that several commands share, and what they mean: where the workspace is, and which of its builds is looked at.

use std::fmt::Write as _;
use std::io::{ErrorKind, Write as _};

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;

use super::failure::Failure;
use super::text;
#[cfg(feature = "lsp")]
use crate::cargo::invocation::selection_arguments;
use crate::environment;
use crate::locate;
use crate::remedy::catalogue;
use crate::settings::rust_analyzer_toml::{self, FileSettings};
use crate::settings::{CargoSettings, DefaultFeatures, Features, Settings, TargetDirectory};

/// Which workspace, and which of its builds.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Which workspace, and which of its builds")]
pub(crate) struct Selection {
    /// Directory in the workspace, or a Cargo.toml [default: .]
    #[arg(value_name = "PATH", conflicts_with = "manifest_path", help_heading = None::<&str>)]
    pub(crate) path: Option<Utf8PathBuf>,
    /// The workspace's Cargo.toml
    #[arg(long, value_name = "PATH")]
    pub(crate) manifest_path: Option<Utf8PathBuf>,
    /// Cargo profile [default: dev]
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Target directory [default: cargo's own]
    #[arg(long, value_name = "DIR")]
    pub(crate) target_dir: Option<Utf8PathBuf>,
    /// Features to switch on, divided by commas
    #[arg(long, short = 'F', value_name = "NAME,...", value_delimiter = ',')]
    pub(crate) features: Vec<String>,
    /// Switch all features on
    #[arg(long, conflicts_with_all = ["features", "no_default_features"])]
    pub(crate) all_features: bool,
    /// Leave the default features off
    #[arg(long)]
    pub(crate) no_default_features: bool,
    /// File of your own known build failures, tried first
    #[arg(long, value_name = "FILE")]
    pub(crate) catalogue: Vec<Utf8PathBuf>,
}

impl Selection {
    /// Where the search for the workspace begins, absolute.
    pub(super) fn start(&self) -> Result<Utf8PathBuf, Failure> {
        if let Some(manifest) = &self.manifest_path {
            existing(manifest)?;
            if manifest.file_name() != Some("Cargo.toml") || manifest.is_dir() {
                return Err(Failure::NotAManifest {
                    path: manifest.clone(),
                });
            }
            return absolute(manifest);
        }
        match &self.path {
            Some(path) => {
                existing(path)?;
                absolute(path)
            }
            None => absolute(Utf8Path::new(".")),
        }
    }

    /// The settings that stand for these options, over those that rust-analyzer's own files have for the workspace.
    pub(super) fn settings(&self) -> Result<Settings, Failure> {
        let files = self.settings_from_files();
        let mut settings = Settings {
            cargo: files.cargo,
            proc_macro: files.proc_macro,
            ..Settings::default()
        };
        for path in &self.catalogue {
            settings.catalogue_files.push(absolute(path)?);
        }
        let (_, problems) = catalogue::load(&settings.catalogue_files, Utf8Path::new("/"));
        if let Some(problem) = problems.into_iter().next() {
            return Err(problem.into());
        }
        self.apply_to(&mut settings.cargo)?;
        Ok(settings)
    }

    /// The options as cargo's own commands take them: what a person would type, without what rust-analyzer's files add.
    #[cfg(feature = "lsp")]
    pub(super) fn cargo_arguments(&self) -> Result<Vec<String>, Failure> {
        let mut cargo = CargoSettings::default();
        self.apply_to(&mut cargo)?;
        Ok(selection_arguments(Utf8Path::new(""), &cargo))
    }

    fn apply_to(&self, cargo: &mut CargoSettings) -> Result<(), Failure> {
        if self.profile.is_some() {
            cargo.profile.clone_from(&self.profile);
        }
        if let Some(directory) = &self.target_dir {
            cargo.target_directory = TargetDirectory::Path(absolute(directory)?);
        }
        if self.all_features {
            cargo.features = Features::All;
        } else if !self.features.is_empty() || self.no_default_features {
            cargo.features = Features::Selected {
                names: self.features.clone(),
                default_features: if self.no_default_features {
                    DefaultFeatures::Off
                } else {
                    DefaultFeatures::On
                },
            };
        }
        Ok(())
    }

    /// What is wrong in those files is said on standard error; the defaults hold then.
    fn settings_from_files(&self) -> FileSettings {
        let root = self
            .start()
            .ok()
            .and_then(|start| locate::workspace_root(&start));
        let Some(root) = root else {
            return FileSettings::default();
        };
        let files = rust_analyzer_toml::read(&root, &environment::of_this_process());
        for complaint in &files.complaints {
            let _ = writeln!(anstream::stderr(), "sidecargo: {complaint}");
        }
        files
    }

    /// The options as they would be typed again behind another command, each with a space before it.
    pub(super) fn as_typed(&self) -> String {
        let mut typed = String::new();
        let mut add = |option: &str, value: &str| {
            let _ = write!(typed, " {option}{}", text::shell_word(value));
        };
        if let Some(path) = &self.path {
            add("", path.as_str());
        }
        if let Some(path) = &self.manifest_path {
            add("--manifest-path ", path.as_str());
        }
        if let Some(profile) = &self.profile {
            add("--profile ", profile);
        }
        if let Some(directory) = &self.target_dir {
            add("--target-dir ", directory.as_str());
        }
        if !self.features.is_empty() {
            add("--features ", &self.features.join(","));
        }
        for file in &self.catalogue {
            add("--catalogue ", file.as_str());
        }
        if self.all_features {
            typed.push_str(" --all-features");
        }
        if self.no_default_features {
            typed.push_str(" --no-default-features");
        }
        typed
    }
}

fn existing(path: &Utf8Path) -> Result<(), Failure> {
    let path = path.to_owned();
    match path.symlink_metadata() {
        Ok(_) => Ok(()),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Err(Failure::NoSuchPath { path })
        }
        Err(source) => Err(Failure::Path { path, source }),
    }
}

/// The path from the root, without the `.` that a person types.
fn absolute(path: &Utf8Path) -> Result<Utf8PathBuf, Failure> {
    camino::absolute_utf8(path).map_err(|source| Failure::CurrentDirectory { source })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selection() -> Selection {
        Selection {
            path: Some("../my app".into()),
            profile: Some("release".to_owned()),
            features: vec!["a".to_owned(), "b".to_owned()],
            no_default_features: true,
            ..Selection::default()
        }
    }

    #[test]
    fn options_are_repeated_as_they_were_typed() {
        assert_eq!(
            selection().as_typed(),
            " '../my app' --profile release --features a,b --no-default-features"
        );
        assert_eq!(Selection::default().as_typed(), "");
    }

    #[test]
    fn options_become_settings() {
        let settings = selection().settings().unwrap();
        assert_eq!(settings.cargo.profile.as_deref(), Some("release"));
        assert_eq!(
            settings.cargo.features,
            Features::Selected {
                names: vec!["a".to_owned(), "b".to_owned()],
                default_features: DefaultFeatures::Off
            }
        );
        assert_eq!(settings.cargo.target_directory, TargetDirectory::Workspace);
        let all = Selection {
            all_features: true,
            ..Selection::default()
        };
        assert_eq!(all.settings().unwrap().cargo.features, Features::All);
    }
}

//! Where cargo and rustup keep what chooses a workspace's tools. Reads the environment.

use camino::Utf8PathBuf;

/// Directories outside the workspace that choose its tools.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Surroundings {
    /// `CARGO_HOME`, where a configuration file may lie.
    pub(crate) cargo_home: Option<Utf8PathBuf>,
    /// `RUSTUP_HOME`, where toolchains come and go.
    pub(crate) rustup_home: Option<Utf8PathBuf>,
}

impl Surroundings {
    /// Finds them as cargo and rustup do (cargo's `home` crate): by their variables, else below the home directory.
    #[must_use]
    pub(crate) fn from_environment() -> Self {
        let directory = |variable: &str, below_home: &str| {
            let set = std::env::var(variable).ok().filter(|path| !path.is_empty());
            set.map(Utf8PathBuf::from).or_else(|| {
                let home = Utf8PathBuf::from_path_buf(std::env::home_dir()?).ok()?;
                Some(home.join(below_home))
            })
        };
        Self {
            cargo_home: directory("CARGO_HOME", ".cargo"),
            rustup_home: directory("RUSTUP_HOME", ".rustup"),
        }
    }
}

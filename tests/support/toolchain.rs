//! The toolchains of this machine that a test can build with: rustup's, each seen through a private `RUSTUP_HOME` so that no test
//! touches the person's settings, and those that `tests/tools/toolchains.sh` has unpacked.

use super::process::{Environment, Run};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// A cargo and rustc that run.
#[derive(Debug, Clone)]
pub(crate) struct Toolchain {
    /// `stable`, `nightly`, or `debian-1.96`.
    pub(crate) name: String,
    /// `rustc -vV`, whole.
    pub(crate) verbose_version: String,
    /// cargo's minor version: 95 for 1.95.0.
    pub(crate) cargo_minor: u32,
    pub(crate) sysroot: PathBuf,
    /// `rust-analyzer-proc-macro-srv`, where the sysroot has one.
    pub(crate) server: Option<PathBuf>,
    /// The private `RUSTUP_HOME`, for one of rustup's.
    pub(crate) rustup_home: Option<PathBuf>,
    /// What a process needs in order to use it.
    pub(crate) environment: Environment,
}

/// All that were asked for, or why one cannot be had.
pub(crate) fn all() -> Vec<Result<Toolchain, String>> {
    let unpacked = ["1.63", "1.85", "1.96", "1.97", "1.98"];
    ["stable", "nightly"]
        .map(rustup)
        .into_iter()
        .chain(unpacked.iter().map(|version| unpacked_by_script(version)))
        .collect()
}

/// One of rustup's by its channel.
pub(crate) fn named(channel: &str) -> Result<Toolchain, String> {
    rustup(channel)
}

/// The person's rustup directory.
fn rustup_directory() -> Option<PathBuf> {
    std::env::var_os("RUSTUP_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(std::env::home_dir()?.join(".rustup")))
        .filter(|d| d.join("toolchains").is_dir())
}

/// Where programs are looked for without any Rust of its own.
pub(crate) fn path_without_rust() -> Vec<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())
        .filter(|d| {
            !["rustup", "rustc", "cargo"]
                .iter()
                .any(|tool| d.join(tool).exists())
        })
        .collect()
}

/// A `RUSTUP_HOME` with the machine's toolchains, the unpacked ones besides, and settings of its own.
pub(crate) fn private_rustup_home(at: &Path, default: &str, overrides: &str) -> Result<(), String> {
    let real = rustup_directory().ok_or("no rustup on this machine")?;
    let toolchains = at.join("toolchains");
    fs::create_dir_all(&toolchains).map_err(|e| e.to_string())?;
    for entry in fs::read_dir(real.join("toolchains"))
        .map_err(|e| e.to_string())?
        .flatten()
    {
        let _ = std::os::unix::fs::symlink(entry.path(), toolchains.join(entry.file_name()));
    }
    for version in ["1.96", "1.98"] {
        let root = super::tools().join(format!("rustc-{version}/root/usr"));
        if let Ok(root) = root.canonicalize() {
            let _ = std::os::unix::fs::symlink(root, toolchains.join(format!("debian-{version}")));
        }
    }
    let settings = format!(
        "version = \"12\"\ndefault_toolchain = \"{default}\"\nprofile = \"minimal\"\n\n[overrides]\n{overrides}"
    );
    // Other tests may be reading it.
    let aside = at.join(format!("settings-{}", std::process::id()));
    fs::write(&aside, settings).map_err(|e| e.to_string())?;
    fs::rename(aside, at.join("settings.toml")).map_err(|e| e.to_string())
}

fn rustup(name: &str) -> Result<Toolchain, String> {
    let missing = || format!("{name}: rustup has no such toolchain here");
    let real = rustup_directory().ok_or_else(missing)?;
    let full = fs::read_dir(real.join("toolchains"))
        .map_err(|e| e.to_string())?
        .flatten()
        .filter_map(|e| e.file_name().into_string().ok())
        .find(|n| n.starts_with(&format!("{name}-")))
        .ok_or_else(missing)?;
    let home = super::scratch().join("rustup").join(name);
    private_rustup_home(&home, &full, "")?;
    let environment = Environment::from([
        ("RUSTUP_HOME".into(), Some(home.clone().into_os_string())),
        ("RUSTUP_AUTO_INSTALL".into(), Some("0".into())),
    ]);
    describe(name, environment, Some(home))
}

fn unpacked_by_script(version: &str) -> Result<Toolchain, String> {
    let name = format!("debian-{version}");
    let home = super::tools().join(format!("rustc-{version}"));
    if !home.join("complete").exists() {
        return Err(format!(
            "{name}: not in {} (tests/tools/toolchains.sh)",
            super::tools().display()
        ));
    }
    let bin = home.join("bin").canonicalize().map_err(|e| e.to_string())?;
    let path = std::env::join_paths(std::iter::once(bin).chain(path_without_rust()))
        .map_err(|e| e.to_string())?;
    describe(
        &name,
        Environment::from([(OsString::from("PATH"), Some(path))]),
        None,
    )
}

fn describe(
    name: &str,
    environment: Environment,
    rustup_home: Option<PathBuf>,
) -> Result<Toolchain, String> {
    let here = super::scratch();
    let ask = |program: &str, argument: &[&str]| {
        let out = Run::new(on_path(program, &environment), &here)
            .args(argument)
            .envs(&environment)
            .output();
        if out.success() {
            Ok(out.stdout)
        } else {
            Err(format!(
                "{name}: {program} does not run: {}",
                out.stderr.trim()
            ))
        }
    };
    let verbose_version = ask("rustc", &["-vV"])?;
    let cargo_version = ask("cargo", &["-V"])?;
    let cargo_minor = cargo_version
        .split('.')
        .nth(1)
        .and_then(|m| m.parse().ok())
        .ok_or("no version of cargo")?;
    let sysroot = PathBuf::from(ask("rustc", &["--print", "sysroot"])?.trim());
    let server = sysroot.join("libexec/rust-analyzer-proc-macro-srv");
    Ok(Toolchain {
        name: name.to_owned(),
        verbose_version,
        cargo_minor,
        server: server.is_file().then_some(server),
        sysroot,
        rustup_home,
        environment,
    })
}

/// A program as the given environment's `PATH` has it: the standard library looks it up in our own.
pub(crate) fn on_path(program: &str, environment: &Environment) -> PathBuf {
    let path = match environment.get(&OsString::from("PATH")) {
        Some(Some(path)) => path.clone(),
        _ => std::env::var_os("PATH").unwrap_or_default(),
    };
    std::env::split_paths(&path)
        .map(|d| d.join(program))
        .find(|p| p.is_file())
        .unwrap_or_else(|| PathBuf::from(program))
}

/// The target of this machine, as `--target` takes it, asked of the rustc on PATH.
pub(crate) fn host() -> String {
    let told = Run::new("rustc", Path::new("/")).args(["-vV"]).output();
    host_in(&told.stdout).unwrap().to_owned()
}

fn host_in(verbose_version: &str) -> Option<&str> {
    let mut lines = verbose_version.lines();
    lines.find_map(|line| line.strip_prefix("host: "))
}

/// The proc-macro server of the toolchain that is active in a directory, which need not be the one that a test began with.
pub(crate) fn server_in(
    toolchain: &Toolchain,
    directory: &Path,
    changed: &Environment,
) -> Option<PathBuf> {
    let mut environment = toolchain.environment.clone();
    environment.extend(changed.clone());
    let out = Run::new(on_path("rustc", &environment), directory)
        .args(["--print", "sysroot"])
        .envs(&environment)
        .output();
    let sysroot = if out.success() {
        PathBuf::from(out.stdout.trim())
    } else {
        toolchain.sysroot.clone()
    };
    Some(sysroot.join("libexec/rust-analyzer-proc-macro-srv")).filter(|s| s.is_file())
}

impl Toolchain {
    /// The first line of `rustc -vV`.
    pub(crate) fn version(&self) -> &str {
        self.verbose_version.lines().next().unwrap_or_default()
    }

    pub(crate) fn host(&self) -> &str {
        host_in(&self.verbose_version).unwrap_or_default()
    }

    /// A run of this toolchain's cargo, offline.
    pub(crate) fn cargo(&self, directory: &Path) -> Run {
        // By name: a fault may put another cargo first on PATH.
        Run::new("cargo", directory)
            .envs(&self.environment)
            .env("CARGO_NET_OFFLINE", "true")
    }
}

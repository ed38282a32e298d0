//! One copy of a built workspace, and the verbs by which a fault breaks it.

use crate::support::cargo::Selection;
use crate::support::process::{Output, Run};
use crate::support::stand_in;
use crate::support::toolchain::on_path;
use crate::support::tree;
use crate::support::units::Unit;
use crate::support::workspace::{Base, BuiltMacro};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

/// Why a fault could not be brought about.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// It cannot happen here (layout, toolchain, rights): the row is skipped.
    Skip(String),
    /// The injector itself failed: the run fails.
    Failed(String),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Trouble {
        Trouble::Failed(error.to_string())
    }
}

/// The outcome of bringing a fault about.
pub(crate) type Applied = Result<(), Trouble>;

/// Ends a fault that cannot happen here.
pub(crate) fn skip<T>(why: impl Into<String>) -> Result<T, Trouble> {
    Err(Trouble::Skip(why.into()))
}

/// A copy of a base in a directory of its own.
pub(crate) struct Trial<'a> {
    pub(crate) base: &'a Base,
    /// Other built workspaces, for faults that bring foreign dylibs in.
    pub(crate) others: &'a [Base],
    /// The trial's own directory; the workspace lies below it.
    pub(crate) root: PathBuf,
    pub(crate) workspace: PathBuf,
    /// Where the build directory is now.
    pub(crate) build_directory: PathBuf,
    pub(crate) selection: Selection,
    /// cargo's build lock, held as a running build holds it until the oracles are asked.
    pub(crate) lock: Option<File>,
}

impl<'a> Trial<'a> {
    /// Copies the base into an empty directory.
    pub(crate) fn new(base: &'a Base, others: &'a [Base], root: &Path) -> io::Result<Trial<'a>> {
        let workspace = root.join("ws");
        tree::copy(&base.workspace, &workspace)?;
        let build_directory = workspace.join("target");
        Ok(Trial {
            base,
            others,
            root: root.to_path_buf(),
            workspace,
            build_directory,
            selection: Selection::default(),
            lock: None,
        })
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.workspace.join(relative)
    }

    /// A proc macro of the base by package name, with `@version` where several bear it.
    pub(crate) fn built(&self, package: &str) -> Result<&'a BuiltMacro, Trouble> {
        let (name, version) = package
            .split_once('@')
            .map_or((package, None), |(n, v)| (n, Some(v)));
        let wanted = |m: &&BuiltMacro| {
            m.artifact.package.name == name
                && version.is_none_or(|v| m.artifact.package.version == v)
        };
        match self.base.macros.iter().find(wanted) {
            Some(built) => Ok(built),
            None => skip(format!("no macro {package} in {}", self.base.id)),
        }
    }

    /// Where the base had the macro's dylib, in this copy.
    pub(crate) fn dylib(&self, package: &str) -> Result<PathBuf, Trouble> {
        use std::os::unix::fs::FileTypeExt as _;
        let path = self.place(package)?;
        // A fault before this one put it there.
        if fs::symlink_metadata(&path).is_ok_and(|it| it.file_type().is_fifo()) {
            return skip(format!(
                "a pipe in the place of {package} would be waited for"
            ));
        }
        Ok(path)
    }

    fn place(&self, package: &str) -> Result<PathBuf, Trouble> {
        Ok(self.workspace.join(&self.built(package)?.relative))
    }

    pub(crate) fn unit(&self, package: &str) -> Result<Unit, Trouble> {
        let name = package.split('@').next().unwrap_or(package);
        match Unit::of_dylib(&self.place(package)?, name) {
            Some(unit) => Ok(unit),
            None => Err(Trouble::Failed(format!("no unit of {package} on disk"))),
        }
    }

    /// A unit that lies below another: `below("mac", &["build_script_build"])` is the run of its build script.
    pub(crate) fn below(&self, package: &str, chain: &[&str]) -> Result<Unit, Trouble> {
        let mut unit = self.unit(package)?;
        for name in chain {
            unit = match unit.dependency(name) {
                Some(unit) => unit,
                None => return skip(format!("no unit {name} below {package}")),
            };
        }
        Ok(unit)
    }

    /// The file that was built of a library that a macro links: `rlib_below("mac", &["mdep"])`.
    pub(crate) fn rlib_below(&self, package: &str, chain: &[&str]) -> Result<PathBuf, Trouble> {
        let unit = self.below(package, chain)?;
        let hash = match unit.fingerprint.file_name().and_then(|n| n.to_str()) {
            Some("fingerprint") => unit
                .fingerprint
                .parent()
                .and_then(Path::file_name)
                .and_then(|n| n.to_str()),
            Some(name) => name.rsplit('-').next(),
            None => None,
        };
        let ending = format!("-{}.rlib", hash.unwrap_or_default());
        let found = fs::read_dir(&unit.outputs)?.flatten().map(|e| e.path());
        match found
            .into_iter()
            .find(|p| p.to_string_lossy().ends_with(&ending))
        {
            Some(path) => Ok(path),
            None => skip(format!("no {ending} in {}", unit.outputs.display())),
        }
    }

    pub(crate) fn set_env(&mut self, name: &str, value: impl Into<std::ffi::OsString>) {
        self.selection
            .environment
            .insert(name.into(), Some(value.into()));
    }

    pub(crate) fn select(&mut self, arguments: &[&str]) {
        self.selection
            .arguments
            .extend(arguments.iter().map(|&a| a.to_owned()));
    }

    /// Holds the lock that a build of this cargo holds.
    pub(crate) fn hold_build_lock(&mut self) -> Applied {
        let name = if self.base.toolchain.cargo_minor >= 96 {
            ".cargo-build-lock"
        } else {
            ".cargo-lock"
        };
        let file = File::options()
            .read(true)
            .append(true)
            .create(true)
            .open(self.path("target/debug").join(name))?;
        file.lock()?;
        self.lock = Some(file);
        Ok(())
    }

    /// Runs this toolchain's cargo for real in the workspace, with the trial's environment.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Applied {
        self.finished(&self.cargo_run(arguments))
    }

    pub(crate) fn cargo_run(&self, arguments: &[&str]) -> Run {
        self.base
            .toolchain
            .cargo(&self.workspace)
            .args(arguments)
            .envs(&self.selection.environment)
    }

    /// rust-analyzer's own command for real.
    pub(crate) fn rust_analyzer_builds(&self) -> Applied {
        let command = crate::support::cargo::rust_analyzer_command;
        self.finished(&command(
            &self.base.toolchain,
            &self.workspace,
            &self.selection,
        ))
    }

    fn finished(&self, run: &Run) -> Applied {
        let out: Output = run.output();
        if out.success() {
            Ok(())
        } else {
            Err(Trouble::Failed(format!(
                "cargo failed in {}: {}",
                self.base.id, out.stderr
            )))
        }
    }

    /// Starts a check, lets it hang in the compilation of one crate, and kills it with all its children.
    pub(crate) fn kill_while_compiling(&self, crate_name: &str, hash_file: &Path) -> Applied {
        use std::os::unix::process::CommandExt as _;
        let part = stand_in::environment(&stand_in::Part::HangOn(crate_name));
        let mut command = crate::support::cargo::rust_analyzer_command(
            &self.base.toolchain,
            &self.workspace,
            &self.selection,
        )
        .envs(&part)
        .command();
        let null = || std::process::Stdio::null();
        let mut child = command
            .stdout(null())
            .stderr(null())
            .process_group(0)
            .spawn()?;
        let deadline = Instant::now() + Duration::from_mins(1);
        while fs::metadata(hash_file).is_ok_and(|m| m.len() > 0) && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(5));
        }
        std::thread::sleep(Duration::from_millis(100));
        let group = format!("-{}", child.id());
        let killed = Run::new("kill", &self.root)
            .args(["-KILL", "--", &group])
            .output();
        child.wait()?;
        if !killed.success() || Instant::now() >= deadline {
            return Err(Trouble::Failed(format!(
                "no compilation of {crate_name} to kill: {}",
                killed.stderr
            )));
        }
        Ok(())
    }

    /// Any program of the machine.
    pub(crate) fn tool(&self, program: &str, arguments: &[&str]) -> Applied {
        let program_path = on_path(program, &self.base.toolchain.environment);
        if !program_path.is_absolute() {
            return skip(format!("no {program} on this machine"));
        }
        let out = Run::new(program_path, &self.root).args(arguments).output();
        if out.success() {
            Ok(())
        } else {
            Err(Trouble::Failed(format!("{program}: {}", out.stderr)))
        }
    }
}

/// Changes a file's bytes and keeps its modification time.
pub(crate) fn quietly(path: &Path, change: impl FnOnce(&mut Vec<u8>)) -> Applied {
    let modified = fs::metadata(path)?.modified()?;
    alter(path, change)?;
    Ok(tree::set_times(path, modified)?)
}

/// Changes a file's bytes in place; its modification time becomes now.
pub(crate) fn alter(path: &Path, change: impl FnOnce(&mut Vec<u8>)) -> Applied {
    let mut bytes = fs::read(path)?;
    change(&mut bytes);
    Ok(fs::write(path, bytes)?)
}

/// Edits a file and gives it a time long before the build, as a restored backup has it.
pub(crate) fn edit_dated_back(path: &Path, text: &str) -> Applied {
    let old = dated(path)? - Duration::from_hours(24);
    append(path, text)?;
    date(path, old)
}

/// Appends text.
pub(crate) fn append(path: &Path, text: &str) -> Applied {
    alter(path, |bytes| bytes.extend_from_slice(text.as_bytes()))
}

/// Replaces a text that must be there.
pub(crate) fn replace(path: &Path, from: &str, to: &str) -> Applied {
    let text = fs::read_to_string(path)?;
    if !text.contains(from) {
        return Err(Trouble::Failed(format!(
            "{} does not hold {from:?}",
            path.display()
        )));
    }
    Ok(fs::write(path, text.replacen(from, to, 1))?)
}

/// Sets a modification time to now.
pub(crate) fn touch(path: &Path) -> Applied {
    Ok(tree::set_times(path, SystemTime::now())?)
}

/// Sets a modification time.
pub(crate) fn date(path: &Path, modified: SystemTime) -> Applied {
    Ok(tree::set_times(path, modified)?)
}

/// A file's modification time.
pub(crate) fn dated(path: &Path) -> Result<SystemTime, Trouble> {
    Ok(fs::metadata(path)?.modified()?)
}

/// Cuts a file to a length.
pub(crate) fn cut(path: &Path, length: u64) -> Applied {
    Ok(File::options().write(true).open(path)?.set_len(length)?)
}

/// Writes a file, with the directories above it.
pub(crate) fn write(path: &Path, text: impl AsRef<[u8]>) -> Applied {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    Ok(fs::write(path, text)?)
}

/// Runs a change over every file below a directory.
pub(crate) fn each_file(directory: &Path, mut change: impl FnMut(&Path) -> Applied) -> Applied {
    for (path, entry) in tree::Listing::of(directory).0 {
        if entry.kind == tree::Kind::File {
            change(&directory.join(path))?;
        }
    }
    Ok(())
}

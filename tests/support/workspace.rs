//! Workspaces that are built once for each toolchain and layout and then copied for each test.

use super::cargo::{self, Artifact, Compilation, Selection};
use super::proc_macro_server::{self, Answer};
use super::process::Run;
use super::toolchain::Toolchain;
use super::{scratch, short_lived, tree};
use std::fs;
use std::hash::{Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Which of cargo's build directory layouts a base is built in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Layout {
    V1,
    V2,
    /// First v1, then v2 in the same directory; v2 is what is asked for.
    Both,
}

/// What else was built in the same directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Company {
    /// rust-analyzer's command and a plain check.
    Alone,
    /// Builds, tests, clippy, docs, release, other features and, where there is one, another toolchain too.
    Busy,
}

/// A workspace with its build directory, to be copied and never touched.
#[derive(Debug, Clone)]
pub(crate) struct Base {
    /// Such as `stable-v1`.
    pub(crate) id: String,
    pub(crate) toolchain: Toolchain,
    pub(crate) layout: Layout,
    /// The workspace's root.
    pub(crate) workspace: PathBuf,
    /// The proc macros that cargo expects, all fresh.
    pub(crate) macros: Vec<BuiltMacro>,
}

/// One proc macro of a base.
#[derive(Debug, Clone)]
pub(crate) struct BuiltMacro {
    pub(crate) artifact: Artifact,
    /// The dylib's path below the workspace.
    pub(crate) relative: PathBuf,
    /// What the server lists, where the toolchain has one.
    pub(crate) exports: Option<Vec<String>>,
}

/// The made workspace's files.
pub(crate) fn made_sources() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/made")
}

/// Versions of which a test needs another one than the lock file's.
const ALTERNATIVES: &str = "[package]\nname = \"alternatives\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[lib]\npath = \"lib.rs\"\n\n\
    [dependencies]\nunicode-ident = \"=1.0.13\"\npaste = \"=1.0.14\"\nrustversion = \"=1.0.16\"\n";

/// Downloads what the made workspace needs, once, by a cargo that knows today's registry.
pub(crate) fn fetch(toolchain: &Toolchain) -> Result<(), String> {
    let marker = scratch().join(format!("fetched-{:016x}", digest(&made_sources(), "")));
    if marker.exists() {
        return Ok(());
    }
    let sources = fresh_directory("fetch");
    tree::copy(&made_sources(), &sources.join("made")).map_err(|e| e.to_string())?;
    let others = alternatives();
    let _ = fs::remove_dir_all(&others);
    fs::create_dir_all(&others).map_err(|e| e.to_string())?;
    fs::write(others.join("Cargo.toml"), ALTERNATIVES).map_err(|e| e.to_string())?;
    fs::write(others.join("lib.rs"), "").map_err(|e| e.to_string())?;
    let online = |directory: &Path, arguments: &[&str]| {
        let out = toolchain
            .cargo(directory)
            .env("CARGO_NET_OFFLINE", "false")
            .args(arguments)
            .output();
        if out.success() {
            Ok(())
        } else {
            Err(format!("cargo {}: {}", arguments.join(" "), out.stderr))
        }
    };
    online(&sources.join("made"), &["fetch", "--locked"])?;
    online(&others, &["fetch"])?;
    let sync = others.join("Cargo.toml");
    let vendored = vendored();
    online(
        &sources.join("made"),
        &[
            "vendor",
            "--locked",
            "--versioned-dirs",
            "--sync",
            &sync.to_string_lossy(),
            &vendored.to_string_lossy(),
        ],
    )?;
    fs::write(marker, "").map_err(|e| e.to_string())
}

/// Where the other versions' manifest and lock file lie after [`fetch`].
pub(crate) fn alternatives() -> PathBuf {
    scratch().join("alternatives")
}

fn vendored() -> PathBuf {
    scratch().join("vendored")
}

/// What a base of the made workspace is called.
pub(crate) fn id(toolchain: &str, layout: Layout, company: Company) -> String {
    let layout = match layout {
        Layout::V1 => "v1",
        Layout::V2 => "v2",
        Layout::Both => "both",
    };
    let company = if company == Company::Busy {
        "-busy"
    } else {
        ""
    };
    format!("{toolchain}-{layout}{company}")
}

/// Builds the made workspace, or takes the one that an earlier run has built.
pub(crate) fn made(
    toolchain: &Toolchain,
    layout: Layout,
    company: Company,
) -> Result<Base, String> {
    let id = id(&toolchain.name, layout, company);
    let key = format!(
        "9 {id} {} {}",
        toolchain.verbose_version,
        toolchain.sysroot.display()
    );
    let root = scratch()
        .join("bases")
        .join(format!("{id}-{:016x}", digest(&made_sources(), &key)));
    let workspace = root.join("ws");
    once(&root, |at| {
        tree::copy(&made_sources(), &at.join("ws")).map_err(|e| e.to_string())?;
        date_apart(&at.join("ws")).map_err(|e| e.to_string())?;
        build(toolchain, layout, company, &at.join("ws"))
    })?;
    learn(id, toolchain.clone(), layout, workspace)
}

/// Makes a directory by a build that takes long, unless it is there already. Several test processes may want the same one: it is
/// built aside and moved into place whole.
pub(crate) fn once(
    place: &Path,
    make: impl FnOnce(&Path) -> Result<(), String>,
) -> Result<(), String> {
    if place.is_dir() {
        return Ok(());
    }
    let aside = place.with_extension(format!("building-{}", std::process::id()));
    let _ = fs::remove_dir_all(&aside);
    fs::create_dir_all(&aside).map_err(|e| e.to_string())?;
    make(&aside)?;
    // Outputs of the last two seconds may count as a build that still runs.
    std::thread::sleep(Duration::from_millis(2500));
    match fs::rename(&aside, place) {
        Err(_) if place.is_dir() => fs::remove_dir_all(&aside).map_err(|e| e.to_string()),
        moved => moved.map_err(|e| e.to_string()),
    }
}

/// Gives each source a time of its own. Of two files of one time, cargo takes as a package's newest the one that it finds last, which
/// depends on the file system.
fn date_apart(directory: &Path) -> std::io::Result<()> {
    let mut time = SystemTime::now() - Duration::from_hours(1);
    for (path, entry) in tree::Listing::of(directory).0 {
        if entry.kind == tree::Kind::File {
            tree::set_times(&directory.join(path), time)?;
            time += Duration::from_millis(250);
        }
    }
    Ok(())
}

/// Learns from the oracles what a built workspace holds; all of it must be fresh and load.
pub(crate) fn learn(
    id: String,
    toolchain: Toolchain,
    layout: Layout,
    workspace: PathBuf,
) -> Result<Base, String> {
    let copied = fresh_directory(&format!("learn-{id}")).join("ws");
    tree::copy(&workspace, &copied).map_err(|e| e.to_string())?;
    let said = cargo::ask(
        &toolchain,
        &copied,
        &Selection::default(),
        Compilation::Pretended,
    );
    if let Some(error) = said.error {
        return Err(format!("{id}: cargo: {error}"));
    }
    let mut macros = Vec::new();
    for artifact in said.artifacts {
        if !artifact.fresh {
            return Err(format!(
                "{id}: {} is not fresh after the build: {:?}",
                artifact.target, said.dirty
            ));
        }
        let relative = artifact
            .dylib
            .strip_prefix(&copied)
            .map_err(|e| e.to_string())?
            .to_path_buf();
        macros.push(BuiltMacro {
            artifact,
            relative,
            exports: None,
        });
    }
    if let Some(server) = &toolchain.server {
        let dylibs: Vec<PathBuf> = macros.iter().map(|m| workspace.join(&m.relative)).collect();
        let answers = proc_macro_server::ask(&toolchain, server, &dylibs);
        for built in &mut macros {
            match answers.get(&workspace.join(&built.relative)) {
                Some(Answer::Loads(list)) => built.exports = Some(list.clone()),
                other => {
                    return Err(format!(
                        "{id}: {} does not load: {other:?}",
                        built.artifact.target
                    ));
                }
            }
        }
    }
    macros.sort_by(|a, b| a.artifact.package_id.cmp(&b.artifact.package_id));
    let _ = fs::remove_dir_all(copied);
    Ok(Base {
        id,
        toolchain,
        layout,
        workspace,
        macros,
    })
}

fn build(
    toolchain: &Toolchain,
    layout: Layout,
    company: Company,
    workspace: &Path,
) -> Result<(), String> {
    let config = workspace.join(".cargo/config.toml");
    let append = |text: &str| {
        let old = fs::read_to_string(&config).unwrap_or_default();
        fs::write(&config, old + text).map_err(|e| e.to_string())
    };
    if toolchain.cargo_minor < 70 {
        // It knows only the registry's git index, which nobody has any more.
        let directory = vendored();
        append(&format!(
            "\n[source.crates-io]\nreplace-with = \"vendored\"\n\n[source.vendored]\ndirectory = '{}'\n",
            directory.display()
        ))?;
    }
    let run = |run: Run| {
        let out = run.output();
        if out.success() {
            Ok(())
        } else {
            Err(format!("the base does not build:\n{}", out.stderr))
        }
    };
    let command = || cargo::rust_analyzer_command(toolchain, workspace, &Selection::default());
    let plain = |arguments: &[&str]| run(toolchain.cargo(workspace).args(arguments));
    if layout == Layout::Both {
        run(command())?;
        plain(&["check", "--workspace"])?;
    }
    if layout != Layout::V1 {
        append("\n[unstable]\nbuild-dir-new-layout = true\n")?;
    }
    if company == Company::Busy {
        plain(&["build", "--workspace"])?;
        plain(&["test", "--workspace", "--no-run"])?;
        plain(&["check", "--workspace", "--features", "app/fx"])?;
        plain(&["build", "--release", "-p", "app"])?;
        plain(&["doc", "--no-deps", "-p", "app"])?;
        if plain(&["clippy", "--version"]).is_ok() {
            plain(&["clippy", "--workspace"])?;
        }
        run(toolchain
            .cargo(workspace)
            .args(["check", "--workspace"])
            .env("RUSTFLAGS", "--cfg busy"))?;
        if toolchain.name == "stable" {
            let other = toolchain
                .cargo(workspace)
                .args(["check", "--workspace"])
                .env("RUSTUP_TOOLCHAIN", "nightly");
            let _ = other.output();
        }
    }
    run(command())?;
    plain(&["check", "--workspace"])
}

/// An empty directory for one purpose of this process.
pub(crate) fn fresh_directory(purpose: &str) -> PathBuf {
    let directory = short_lived().join(purpose);
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).unwrap();
    directory
}

/// Everything of this process's that is short-lived.
pub(crate) fn clean_up() {
    let _ = fs::remove_dir_all(short_lived());
}

fn digest(directory: &Path, key: &str) -> u64 {
    let mut hasher = std::collections::hash_map::DefaultHasher::new();
    key.hash(&mut hasher);
    ALTERNATIVES.hash(&mut hasher);
    for (path, entry) in tree::Listing::of(directory).0 {
        if entry.kind == tree::Kind::File {
            path.hash(&mut hasher);
            fs::read(directory.join(path))
                .unwrap_or_default()
                .hash(&mut hasher);
        }
    }
    hasher.finish()
}

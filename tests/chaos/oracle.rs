//! A fresh look and both oracles, in a world apart: on a copy that stands in the workspace's own place, in a mount namespace that only
//! this program's child sees. So nothing tells the copy from the original, paths included, and the live server sees nothing of it.

use crate::answers;
use crate::faults::{Causes, Depth, Fault, Mending};
use crate::judge::{self, Evidence, Memory, Outcome, Row};
use crate::ours;
use crate::support::cargo::{self, Artifact, Compilation, Package, Selection};
use crate::support::proc_macro_server;
use crate::support::process::{Environment, Run};
use crate::support::toolchain::{Toolchain, server_in};
use crate::support::tree::{self, Listing};
use crate::support::workspace::{Base, BuiltMacro, Layout};
use crate::trial::Trial;
use crate::world::World;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

/// By this argument the program is its own child in the world apart.
const SWITCH: &str = "--fresh-look";

type Variables = Vec<(Vec<u8>, Option<Vec<u8>>)>;

/// What the child has to know.
#[derive(Serialize, Deserialize)]
struct Question {
    root: PathBuf,
    workspace: PathBuf,
    variables: Variables,
    arguments: Vec<String>,
    toolchain: Tools,
    macros: Vec<(String, String, Option<Vec<String>>)>,
    /// Macros whose dylib's own bytes may tell more than both oracles see.
    evident: Vec<String>,
    answer: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct Tools {
    name: String,
    verbose_version: String,
    cargo_minor: u32,
    sysroot: PathBuf,
    server: Option<PathBuf>,
    rustup_home: Option<PathBuf>,
    variables: Variables,
}

/// What a fresh look and the oracles said.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Answer {
    /// The exit status of `sidecargo check`.
    pub(crate) exit: Option<i32>,
    pub(crate) report: Value,
    pub(crate) stderr: String,
    /// Where the fresh look and the oracles differ, one line each.
    pub(crate) differences: Vec<String>,
    /// The macros that cargo expects: name, version, dylib, whether it is fresh.
    pub(crate) expected: Vec<(String, String, PathBuf, bool)>,
    pub(crate) cargo_error: Option<String>,
}

fn plain(environment: &Environment) -> Variables {
    let bytes = |text: &OsString| text.as_bytes().to_vec();
    environment
        .iter()
        .map(|(name, value)| (bytes(name), value.as_ref().map(bytes)))
        .collect()
}

fn environment(variables: Variables) -> Environment {
    variables
        .into_iter()
        .map(|(name, value)| (OsString::from_vec(name), value.map(OsString::from_vec)))
        .collect()
}

/// Why there can be no world apart on this machine.
pub(crate) fn obstacle() -> Option<String> {
    let out = Run::new("unshare", Path::new("/"))
        .args(["--map-root-user", "--mount", "true"])
        .limit(Duration::from_secs(10))
        .output();
    (!out.success()).then(|| format!("no mount namespace of its own: {}", out.stderr.trim()))
}

/// Takes a copy of everything and asks all of them about it.
pub(crate) fn ask(world: &World) -> Result<Answer, String> {
    let place = world.directory.join("apart");
    let _ = fs::remove_dir_all(&place);
    fs::create_dir_all(&place).map_err(|error| error.to_string())?;
    let copied = place.join("root");
    tree::copy(&world.root, &copied).map_err(|error| format!("failed to copy: {error}"))?;
    let toolchain = &world.base.toolchain;
    let question = Question {
        root: world.root.clone(),
        workspace: world.workspace.clone(),
        variables: plain(&world.selection.environment),
        arguments: world.selection.arguments.clone(),
        toolchain: Tools {
            name: toolchain.name.clone(),
            verbose_version: toolchain.verbose_version.clone(),
            cargo_minor: toolchain.cargo_minor,
            sysroot: toolchain.sysroot.clone(),
            server: toolchain.server.clone(),
            rustup_home: toolchain.rustup_home.clone(),
            variables: plain(&toolchain.environment),
        },
        macros: world
            .original
            .macros
            .iter()
            .map(|built| {
                let package = &built.artifact.package;
                let (name, version) = (package.name.clone(), package.version.clone());
                (name, version, built.exports.clone())
            })
            .collect(),
        evident: world.evident.iter().cloned().collect(),
        answer: place.join("answer.json"),
    };
    let asked = place.join("question.json");
    let text = serde_json::to_string(&question).map_err(|error| error.to_string())?;
    fs::write(&asked, text).map_err(|error| error.to_string())?;
    let me = std::env::current_exe().map_err(|error| error.to_string())?;
    // What is mounted is seen by the child alone and is gone with it.
    let script =
        "mount --make-rprivate / && mount --bind \"$1\" \"$2\" && exec \"$3\" \"$4\" \"$5\"";
    let out = Run::new("unshare", &place)
        .args(["--map-root-user", "--mount", "sh", "-c", script, "sh"])
        .args([&copied, &world.root, &me])
        .args([Path::new(SWITCH), &asked])
        .env("SIDECARGO_TEST_PROGRAM", crate::client::program())
        .limit(Duration::from_mins(5))
        .output();
    let answer = fs::read_to_string(&question.answer)
        .map_err(|_| format!("the fresh look did not end: {}{}", out.stdout, out.stderr))?;
    let answer = serde_json::from_str(&answer).map_err(|error| error.to_string());
    let _ = fs::remove_dir_all(&place);
    answer
}

/// Does the child's part where the program was started for that.
pub(crate) fn step_in() -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next()? != SWITCH {
        return None;
    }
    let question = fs::read_to_string(arguments.next()?).unwrap();
    let question: Question = serde_json::from_str(&question).unwrap();
    let place = question.answer.clone();
    let answer = look(question);
    fs::write(place, serde_json::to_string(&answer).unwrap()).unwrap();
    Some(ExitCode::SUCCESS)
}

fn look(question: Question) -> Answer {
    let base = base(&question);
    let mut trial = Trial {
        base: &base,
        others: &[],
        root: question.root.clone(),
        workspace: question.workspace.clone(),
        build_directory: question.workspace.join("target"),
        selection: Selection {
            environment: environment(question.variables),
            arguments: question.arguments,
        },
        lock: None,
    };
    forget(&trial.root);
    let said = ours::check(&trial, &[]);
    if let Some(place) = said.report["build_directory"].as_str() {
        trial.build_directory = place.into();
    }
    let before = Listing::of(&trial.root);
    let evidence = gather(&trial, before);
    let evident: Vec<&'static str> = question
        .evident
        .into_iter()
        .map(|name| &*name.leak())
        .collect();
    let fault = anything(evident.leak());
    let mut answer = Answer {
        exit: said.exit,
        report: said.report.clone(),
        stderr: said.stderr.clone(),
        differences: Vec::new(),
        expected: Vec::new(),
        cargo_error: evidence.cargo.error.clone(),
    };
    match judge::expectations(&base, &fault, &evidence) {
        Err(error) => {
            let both = BTreeMap::from([(Memory::Cold, said)]);
            if let answers::Tried::CargoError { failures, .. } =
                answers::cargo_failed(error, &both, Vec::new())
            {
                answer.differences = failures;
            }
        }
        Ok(expectations) => {
            answer.differences = answers::whole(Memory::Cold, &said, &expectations, &trial, false);
            let rows = judge::rows(&fault, &expectations, &said, Memory::Cold);
            let wrong = rows.iter().filter(|row| is_wrong(row, evidence.has_server));
            answer.differences.extend(wrong.map(words));
            answer.expected = evidence
                .cargo
                .artifacts
                .iter()
                .map(|artifact| {
                    let Package { name, version } = artifact.package.clone();
                    (name, version, artifact.dylib.clone(), artifact.fresh)
                })
                .collect();
        }
    }
    answer
}

/// Another cache directory: whatever is remembered is gone.
fn forget(root: &Path) {
    for (path, _) in Listing::of(root).0 {
        if path.file_name().is_some_and(|name| name == ".sidecargo") {
            let place = root.join(path);
            let _ = fs::remove_dir_all(&place).or_else(|_| fs::remove_file(&place));
        }
    }
}

fn base(question: &Question) -> Base {
    let tools = &question.toolchain;
    let macros = question.macros.iter().map(|(name, version, exports)| {
        let artifact = Artifact {
            package_id: String::new(),
            package: Package {
                name: name.clone(),
                version: version.clone(),
            },
            target: name.clone(),
            dylib: PathBuf::new(),
            fresh: true,
        };
        BuiltMacro {
            artifact,
            relative: PathBuf::new(),
            exports: exports.clone(),
        }
    });
    Base {
        id: "chaos".to_owned(),
        macros: macros.collect(),
        layout: Layout::V1,
        workspace: question.workspace.clone(),
        toolchain: Toolchain {
            name: tools.name.clone(),
            verbose_version: tools.verbose_version.clone(),
            cargo_minor: tools.cargo_minor,
            sysroot: tools.sysroot.clone(),
            server: tools.server.clone(),
            rustup_home: tools.rustup_home.clone(),
            environment: environment(tools.variables.clone()),
        },
    }
}

fn gather(trial: &Trial<'_>, before: Listing) -> Evidence {
    let toolchain = &trial.base.toolchain;
    let dylibs: Vec<PathBuf> = before
        .0
        .keys()
        .filter(|path| path.extension().is_some_and(|extension| extension == "so"))
        .map(|path| trial.root.join(path))
        .collect();
    let server = server_in(toolchain, &trial.workspace, &trial.selection.environment);
    let answers = match &server {
        Some(server) => proc_macro_server::ask(toolchain, server, &dylibs),
        None => BTreeMap::new(),
    };
    let how = Compilation::Pretended;
    Evidence {
        server: answers,
        has_server: server.is_some(),
        cargo: cargo::ask(toolchain, &trial.workspace, &trial.selection, how),
        before,
        root: trial.root.clone(),
    }
}

/// Nobody says what was done to the workspace: any of it may be a reason.
fn anything(evident: &'static [&'static str]) -> Fault {
    Fault {
        name: "anything".to_owned(),
        depth: Depth::Full,
        altered: evident,
        evident: true,
        damaged: &[],
        subject: None,
        mending: Mending::Possible,
        causes: Causes::Several,
        apply: Box::new(|_| Ok(())),
    }
}

fn is_wrong(row: &Row, has_server: bool) -> bool {
    let said_of_the_dylib = ["corrupt", "wrong-rustc", "wrong-platform"]
        .iter()
        .any(|status| row.said.starts_with(status));
    match row.outcome {
        Outcome::Agrees | Outcome::Ahead => false,
        // Without a server nobody else has read the dylib.
        _ => has_server || !said_of_the_dylib,
    }
}

fn words(row: &Row) -> String {
    let expected = &row.expectation;
    format!(
        "{:?}: {} {} is said to be {}; cargo: {}; server: {}; expected {:?}",
        row.outcome,
        expected.package.name,
        expected.package.version,
        row.said,
        expected.cargo,
        expected.server,
        expected.statuses
    )
}

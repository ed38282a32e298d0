//! Paths that nobody likes, and what is in a file's place that is none; no permission, no home.

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::fs::{self, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use crate::client::{Client, Manners};
use crate::project::Project;
use crate::support::process::{Output, Run};
use crate::{LIMIT, run, settled_status, sidecargo, sound, status};

/// The project's files at a place of this name, built.
fn built_in(directory: &Path, name: &OsStr) -> Project {
    let made = Project::new();
    let root = directory.join(name);
    fs::create_dir_all(root.parent().unwrap()).unwrap();
    crate::support::tree::copy(made.root(), &root).unwrap();
    let project = Project::in_place(root);
    project.check();
    project
}

fn percent_encoded(path: &Path) -> String {
    let mut uri = "file://".to_owned();
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => {
                uri.push(char::from(*byte));
            }
            _ => write!(uri, "%{byte:02X}").unwrap(),
        }
    }
    uri
}

#[test]
fn odd_names_are_names() {
    let keep = tempfile::Builder::new().prefix("paths").tempdir().unwrap();
    let directory = keep.path().canonicalize().unwrap();
    let long = ["a"; 3].map(|letter| letter.repeat(220)).join("/");
    for name in [
        "with space",
        "quo'te \"twice\"",
        "$(touch x) `y`; #&",
        "\u{e4}\u{df}\u{1f980}\u{65e5}\u{672c}",
        "-rf",
        &long,
    ] {
        let project = built_in(&directory, name.as_ref());
        assert_eq!(settled_status(project.root()), "fresh", "{name}");
        project.truncate_dylib();
        assert_eq!(status(project.root()), "corrupt", "{name}");

        let mut client = Client::start(project.root(), Manners::Answers);
        let uri = percent_encoded(project.root());
        let mut hello = client.initialize_parameters(&json!({}));
        hello["rootUri"] = json!(uri);
        hello["workspaceFolders"] = json!([{"uri": uri, "name": "odd"}]);
        client.request("initialize", &hello);
        client.notify("initialized", &json!({}));
        let published = client.wait(name, |message| {
            message["method"] == "textDocument/publishDiagnostics"
                && message.to_string().contains("dylib-corrupt")
        });
        let shown_at = published["params"]["uri"].as_str().unwrap();
        assert!(shown_at.ends_with("/macros/Cargo.toml"), "{shown_at}");
        client.goodbye();

        let fix = sidecargo(project.root(), &["fix"]);
        assert_eq!(fix.status, Some(0), "{name}: {}{}", fix.stdout, fix.stderr);
        assert_eq!(settled_status(project.root()), "fresh", "{name}");
    }
    assert!(!directory.join("x").exists());
}

#[test]
fn a_workspace_whose_path_is_no_text_is_declined_in_a_sentence() {
    let keep = tempfile::Builder::new().prefix("paths").tempdir().unwrap();
    let made = Project::new();
    let root = keep
        .path()
        .canonicalize()
        .unwrap()
        .join(OsStr::from_bytes(b"caf\xe9"));
    crate::support::tree::copy(made.root(), &root).unwrap();
    for arguments in [
        ["check"].as_slice(),
        &["check", "."],
        &["check", "--no-exec"],
        &["fix"],
        &["check", "--manifest-path", "Cargo.toml"],
    ] {
        let output = sidecargo(&root, arguments);
        assert_eq!(output.status, Some(2), "{arguments:?}: {}", output.stdout);
    }
    let output = run(keep.path(), &["check"]).args([&root]).output();
    // The command line's own words.
    assert_eq!(output.status, Some(2), "{}{}", output.stdout, output.stderr);
    assert!(
        output.stderr.starts_with("error: invalid UTF-8"),
        "{}",
        output.stderr
    );
    // A server that is started there lives, and answers.
    let mut client = Client::start(&root, Manners::Answers);
    let mut hello = client.initialize_parameters(&json!({}));
    let uri = percent_encoded(&root);
    hello["rootUri"] = json!(uri);
    hello["workspaceFolders"] = json!([{"uri": uri, "name": "odd"}]);
    client.request("initialize", &hello);
    client.notify("initialized", &json!({}));
    client.ask(
        "workspace/executeCommand",
        &json!({"command": "sidecargo.report"}),
    );
    client.goodbye();
}

#[test]
fn files_whose_names_are_no_text_are_passed_by() {
    let project = Project::built();
    for directory in [
        "macros/src",
        "macros",
        "target",
        "target/debug",
        "target/debug/deps",
        "target/debug/.fingerprint",
        "target/debug/build",
    ] {
        let odd = project
            .path(directory)
            .join(OsStr::from_bytes(b"\xff\xfe-0123456789abcdef"));
        if directory.starts_with("target") {
            fs::create_dir_all(odd).unwrap();
        } else {
            fs::write(odd, "x").unwrap();
        }
    }
    assert_eq!(settled_status(project.root()), "fresh");
    fs::remove_file(project.dylib()).unwrap();
    assert_eq!(status(project.root()), "missing");
    let fix = sidecargo(project.root(), &["fix"]);
    assert_eq!(fix.status, Some(0), "{}{}", fix.stdout, fix.stderr);
}

#[test]
fn links_that_lead_in_circles_end() {
    let project = Project::built();
    for (place, to) in [
        ("target/loop", "."),
        ("target/debug/deps/loop", ".."),
        ("target/debug/.fingerprint/loop-0123456789abcdef", "."),
        ("target/debug/build/loop", ".."),
        ("macros/src/loop", "../.."),
        ("loop", "."),
        ("itself", "itself"),
    ] {
        fs::create_dir_all(project.path(place).parent().unwrap()).unwrap();
        symlink(to, project.path(place)).unwrap();
    }
    assert_eq!(settled_status(project.root()), "fresh");
    assert_eq!(status(&project.path("loop/loop/loop")), "fresh");
    let mut client = Client::hello(project.root(), Manners::Answers);
    assert_eq!(client.wait_for_report()["summary"]["fresh"], 1);
    client.goodbye();
    let kept = project.path("kept");
    fs::rename(project.path("target"), &kept).unwrap();
    symlink("target", project.path("target")).unwrap();
    // Without a process nothing is known to be expected there, which is said and no finding.
    sidecargo(project.root(), &["check", "--no-exec"]);
    for arguments in [["check"].as_slice(), &["fix"]] {
        let output = sidecargo(project.root(), arguments);
        assert_ne!(output.status, Some(0), "{arguments:?}: {}", output.stdout);
    }
}

#[test]
fn what_is_no_file_in_a_files_place_is_not_waited_for() {
    let pipe = |path: &Path| {
        let made = Command::new("mkfifo").arg(path).status().unwrap();
        assert!(made.success());
    };
    for (name, expected) in [
        ("Cargo.lock", Some(2)),
        ("Cargo.toml", Some(2)),
        ("words/Cargo.toml", Some(2)),
        ("rust-toolchain.toml", Some(2)),
        (".cargo/config.toml", Some(2)),
        ("rust-analyzer.toml", Some(0)),
        ("target/.rustc_info.json", Some(0)),
        ("target/.sidecargo/contents.json", Some(0)),
        ("target/debug/.cargo-lock", Some(0)),
    ] {
        let project = Project::built();
        assert_eq!(settled_status(project.root()), "fresh");
        let path = project.path(name);
        let _ = fs::remove_file(&path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        pipe(&path);
        for arguments in [["check"].as_slice(), &["check", "--no-exec"]] {
            let output = sidecargo(project.root(), arguments);
            if arguments.len() == 1 {
                let said = format!("{}{}", output.stdout, output.stderr);
                let is_told = output.status == expected
                    || expected == Some(2) && output.status == Some(1) && said.contains(name);
                assert!(is_told, "{name}: {said}");
            }
        }
    }
    // A file that says it is larger than all disks.
    let project = Project::built();
    let lock = fs::File::options()
        .write(true)
        .open(project.path("Cargo.lock"))
        .unwrap();
    lock.set_len(1 << 40).unwrap();
    let output = sidecargo(project.root(), &["check"]);
    assert!(matches!(output.status, Some(1 | 2)), "{}", output.stdout);
}

/// A run for which permissions hold, though it may be root's.
fn bound(project: &Project, arguments: &[&str]) -> Output {
    if !rustix::process::geteuid().is_root() {
        return sidecargo(project.root(), arguments);
    }
    let program = crate::client::program();
    let bound: Vec<OsString> = ["--bounding-set=-dac_override,-dac_read_search", "--"]
        .map(OsString::from)
        .into_iter()
        .chain([program.into_os_string()])
        .chain(arguments.iter().map(OsString::from))
        .collect();
    let output = Run::new("setpriv", project.root())
        .args(bound)
        .env("CARGO_NET_OFFLINE", "true")
        .limit(LIMIT)
        .output();
    sound(&output);
    output
}

#[test]
fn what_may_not_be_read_is_not_called_broken() {
    if rustix::process::geteuid().is_root()
        && Command::new("setpriv").arg("--version").output().is_err()
    {
        eprintln!("skipped: root may read everything, and there is no setpriv");
        return;
    }
    let parts: &[fn(&Project) -> PathBuf] = &[
        |project| project.dylib(),
        |project| project.path("target/debug/deps"),
        |project| project.path("target/debug/.fingerprint"),
        |project| project.path("target/debug"),
        |project| project.path("target"),
        |project| project.path("target/.sidecargo"),
        |project| project.path("macros/src/lib.rs"),
        |project| project.path("macros/src"),
        |project| project.path("macros/Cargo.toml"),
        |project| project.path("Cargo.lock"),
        |project| project.path("Cargo.toml"),
    ];
    for part in parts {
        let project = Project::built();
        assert_eq!(settled_status(project.root()), "fresh");
        let part = part(&project);
        let before = fs::metadata(&part).unwrap().permissions();
        fs::set_permissions(&part, Permissions::from_mode(0o000)).unwrap();
        let name = part
            .strip_prefix(project.root())
            .unwrap()
            .display()
            .to_string();
        for arguments in [
            ["check", "--format", "json"].as_slice(),
            &["check", "--format", "json", "--no-exec"],
            &["fix"],
        ] {
            let output = bound(&project, arguments);
            assert!(
                !output.stdout.contains("dylib-corrupt")
                    && !output.stdout.contains("\"corrupt\": 1"),
                "{name} {arguments:?}: {}",
                output.stdout
            );
        }
        fs::set_permissions(&part, before).unwrap();
        project.check();
        assert_eq!(settled_status(project.root()), "fresh", "{name}");
    }
}

#[test]
fn without_a_home_and_with_cargo_elsewhere_it_looks_the_same() {
    let project = Project::built();
    let home = std::env::home_dir().unwrap();
    let or_home = |name: &str, below: &str| {
        std::env::var_os(name).unwrap_or_else(|| home.join(below).into_os_string())
    };
    let (cargo_home, rustup_home) = (
        or_home("CARGO_HOME", ".cargo"),
        or_home("RUSTUP_HOME", ".rustup"),
    );
    let elsewhere = tempfile::Builder::new()
        .prefix("cargo-home")
        .tempdir()
        .unwrap();
    let not_there = OsString::from("/nowhere/at/all");
    let empty = elsewhere.path().as_os_str().to_owned();
    for (home, cargo_home) in [
        (None, Some(&cargo_home)),
        (Some(&not_there), Some(&cargo_home)),
        (None, Some(&empty)),
        (Some(&empty), Some(&not_there)),
        (Some(&empty), None),
        (None, None),
    ] {
        let mut environment = crate::support::process::Environment::new();
        environment.insert("HOME".into(), home.cloned());
        environment.insert("CARGO_HOME".into(), cargo_home.cloned());
        environment.insert("RUSTUP_HOME".into(), Some(rustup_home.clone()));
        for name in [
            "XDG_STATE_HOME",
            "XDG_CONFIG_HOME",
            "XDG_CACHE_HOME",
            "USER",
            "LOGNAME",
        ] {
            environment.insert(name.into(), None);
        }
        let output = run(project.root(), &["check"]).envs(&environment).output();
        sound(&output);
        assert_eq!(
            output.status,
            Some(0),
            "HOME {home:?}, CARGO_HOME {cargo_home:?}: {}{}",
            output.stdout,
            output.stderr
        );
        let mut server = Command::new(crate::client::program());
        server.arg("lsp");
        for (name, value) in &environment {
            match value {
                Some(value) => server.env(name, value),
                None => server.env_remove(name),
            };
        }
        let mut client = Client::start_server(server, project.root(), Manners::Answers);
        client.say_hello(&json!({}));
        assert_eq!(client.wait_for_report()["summary"]["fresh"], 1);
        client.goodbye();
    }
}

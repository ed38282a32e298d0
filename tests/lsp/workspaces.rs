//! Workspaces within workspaces, outside every folder, broken for a while; and settings that change under way.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::{Client, Manners, PATIENCE, uri};
use crate::project::Project;

fn open(client: &mut Client, project: &Project, path: &str) {
    let file = project.path(path);
    client.notify(
        "textDocument/didOpen",
        &json!({"textDocument": {"uri": uri(&file), "languageId": "rust", "version": 1, "text": fs::read_to_string(&file).unwrap()}}),
    );
}

#[test]
fn a_manifest_outside_every_folder_leads_to_its_workspace() {
    let project = Project::built();
    project.truncate_dylib();
    let elsewhere = tempfile::tempdir().unwrap();
    let mut client = Client::hello(elsewhere.path(), Manners::Answers);
    open(&mut client, &project, "app/Cargo.toml");
    client.wait_for_codes(0, &project.path("macros/Cargo.toml"), &["dylib-corrupt"]);
    client.goodbye();
}

#[test]
fn a_workspace_within_a_workspace_is_one_of_its_own() {
    let outer = Project::built();
    let inner = Project::built();
    fs::rename(inner.root(), outer.path("inner")).unwrap();
    let nested = Project::in_place(outer.path("inner"));
    nested.check();
    let manifest = fs::read_to_string(outer.path("Cargo.toml")).unwrap();
    outer.write("Cargo.toml", &format!("{manifest}exclude = [\"inner\"]\n"));
    outer.check();
    nested.truncate_dylib();
    let mut client = Client::hello(outer.root(), Manners::Answers);
    open(&mut client, &nested, "app/src/main.rs");
    let (place, _) =
        client.wait_for_codes(0, &nested.path("macros/Cargo.toml"), &["dylib-corrupt"]);
    // The inner one's faults are its own.
    let outer_manifest = outer.path("macros/Cargo.toml");
    let outers = client.heard(0, "textDocument/publishDiagnostics");
    assert!(
        outers
            .iter()
            .all(|published| published["uri"] != uri(&outer_manifest)),
        "{outers:#?}"
    );
    let in_target = |project: &Project| project.dylibs().into_iter().next().unwrap();
    fs::remove_file(in_target(&outer)).unwrap();
    client.wait_for_codes(place, &outer_manifest, &["dylib-missing"]);
    client.command(
        "sidecargo.fixAll",
        &json!({"workspace": uri(nested.root())}),
    );
    client.wait_for_codes(place, &nested.path("macros/Cargo.toml"), &[]);
    // Only the one that was named.
    assert_eq!(
        outer
            .dylibs()
            .iter()
            .filter(|dylib| !dylib.starts_with(nested.root()))
            .count(),
        0
    );
    client.goodbye();
}

#[test]
fn a_workspace_that_breaks_under_way_is_told_and_its_repair_noticed() {
    let project = Project::built();
    let manifest = project.path("Cargo.toml");
    let good = fs::read_to_string(&manifest).unwrap();
    let mut client = Client::hello(project.root(), Manners::Answers);
    client.wait_for_report();
    let mut place = 0;
    for _ in 0..2 {
        fs::write(&manifest, "[workspace\n").unwrap();
        (place, _) = client.wait_for_codes(place, &manifest, &["workspace-unreadable"]);
        says_that_it_is_unreadable(&mut client);
        fs::write(&manifest, &good).unwrap();
        (place, _) = client.wait_for_codes(place, &manifest, &[]);
    }
    // A member that is gone, and comes back.
    fs::rename(project.path("words"), project.path("away")).unwrap();
    let (place, _) = client.wait_for_codes(place, &manifest, &["workspace-unreadable"]);
    says_that_it_is_unreadable(&mut client);
    fs::rename(project.path("away"), project.path("words")).unwrap();
    let (place, _) = client.wait_for_codes(place, &manifest, &[]);
    // Nothing to look at any more: the look fails altogether.
    fs::rename(&manifest, project.path("kept.toml")).unwrap();
    let (place, _) = client.wait_for_codes(place, &manifest, &["workspace-unreadable"]);
    says_that_it_is_unreadable(&mut client);
    fs::rename(project.path("kept.toml"), &manifest).unwrap();
    client.wait_for_codes(place, &manifest, &[]);
    client.goodbye();

    // Gone from the beginning: nobody knows where to watch for it.
    fs::rename(project.path("words"), project.path("away")).unwrap();
    let mut client = Client::hello(project.root(), Manners::Answers);
    let (place, _) = client.wait_for_codes(0, &manifest, &["workspace-unreadable"]);
    fs::rename(project.path("away"), project.path("words")).unwrap();
    client.wait_for_codes(place, &manifest, &[]);
    client.goodbye();
}

/// The report too: what was so before is no news of now.
#[track_caller]
fn says_that_it_is_unreadable(client: &mut Client) {
    let report = client.report();
    assert_eq!(
        report["findings"][0]["code"], "workspace-unreadable",
        "{report:#}"
    );
    assert_eq!(report["proc_macros"], json!([]), "{report:#}");
}

#[test]
fn settings_take_effect_when_they_change() {
    let project = Project::built();
    let manifest = project.path("macros/Cargo.toml");
    let mut client = Client::hello(project.root(), Manners::Answers);
    client.wait_for_report();
    fs::remove_file(project.dylib()).unwrap();
    let (place, _) = client.wait_for_codes(0, &manifest, &["dylib-missing"]);
    client.change_settings(&json!({"diagnostics": {"severity": {"dylib-missing": "off"}}}));
    let (place, _) = client.wait_for_codes(place, &manifest, &[]);
    client.change_settings(&json!({"diagnostics": {"severity": {"dylib-missing": "error"}}}));
    let (place, diagnostics) = client.wait_for_codes(place, &manifest, &["dylib-missing"]);
    assert_eq!(diagnostics[0]["severity"], 1);
    client.change_settings(&json!({"procMacro": {"enable": false}}));
    let (place, _) = client.wait_for_codes(place, &manifest, &[]);
    // Where another target directory is set, what lies in it counts.
    client.change_settings(&json!({"cargo": {"targetDir": "other"}, "diagnostics": {"grace": 0}}));
    let (_, diagnostics) = client.wait_for_codes(place, &manifest, &["dylib-missing"]);
    let message = diagnostics[0]["message"].as_str().unwrap();
    assert!(message.contains("other"), "{message}");
    client.goodbye();
}

#[test]
fn linked_projects_come_and_go_with_the_settings() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    let [one, other] = ["one", "other"].map(|name| {
        let project = Project::built();
        fs::rename(project.root(), root.join(name)).unwrap();
        let project = Project::in_place(root.join(name));
        project.truncate_dylib();
        project
    });
    let at = |project: &Project| project.path("macros/Cargo.toml");
    let options = json!({"linkedProjects": ["one/Cargo.toml"]});
    let mut client = Client::hello_with(&root, Manners::Answers, &options);
    let (place, _) = client.wait_for_codes(0, &at(&one), &["dylib-corrupt"]);
    client.change_settings(&json!({"linkedProjects": ["one/Cargo.toml", "other/Cargo.toml"]}));
    let (place, _) = client.wait_for_codes(place, &at(&other), &["dylib-corrupt"]);
    client.change_settings(&json!({"linkedProjects": ["other/Cargo.toml"]}));
    let (place, _) = client.wait_for_codes(place, &at(&one), &[]);
    // None linked: those one level below the folder.
    client.change_settings(&json!({"linkedProjects": []}));
    client.wait_for_codes(place, &at(&one), &["dylib-corrupt"]);
    client.goodbye();
}

#[cfg(target_os = "linux")]
#[test]
fn another_way_of_watching_takes_effect_at_once() {
    let project = Project::built();
    let manifest = project.path("macros/Cargo.toml");
    let mut client = Client::hello(project.root(), Manners::Answers);
    client.wait_for_report();
    let mut place = 0;
    for (backend, is_watched) in [("native", true), ("poll", false), ("auto", true)] {
        client.change_settings(&json!({"watch": {"backend": backend, "pollInterval": 200}}));
        let deadline = Instant::now() + PATIENCE;
        while (watches(&client) > 0) != is_watched {
            assert!(Instant::now() < deadline, "{backend} is not in force");
            client.pay_owed();
            std::thread::sleep(Duration::from_millis(20));
        }
        fs::remove_file(project.dylib()).unwrap();
        (place, _) = client.wait_for_codes(place, &manifest, &["dylib-missing"]);
        project.check();
        (place, _) = client.wait_for_codes(place, &manifest, &[]);
    }
    client.goodbye();
}

/// How many of the system's watches the server has.
#[cfg(target_os = "linux")]
fn watches(client: &Client) -> usize {
    let descriptors = fs::read_dir(format!("/proc/{}/fdinfo", client.process_id())).unwrap();
    let texts = descriptors
        .flatten()
        .filter_map(|entry| fs::read_to_string(entry.path()).ok());
    texts
        .map(|text| {
            text.lines()
                .filter(|line| line.starts_with("inotify"))
                .count()
        })
        .sum()
}

/// Another rustup home than the person's, with the same toolchains; `None` where there is no rustup, or no second toolchain.
#[cfg(unix)]
fn rustup_home(project: &Project) -> Option<(std::path::PathBuf, String, String)> {
    let real = std::env::var_os("RUSTUP_HOME").map_or_else(
        || std::env::home_dir().unwrap_or_default().join(".rustup"),
        std::path::PathBuf::from,
    );
    let toolchains = fs::read_dir(real.join("toolchains")).ok()?;
    let mut names: Vec<String> = toolchains
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    let version = |name: &String| {
        let rustc = real.join("toolchains").join(name).join("bin/rustc");
        Some(
            std::process::Command::new(rustc)
                .arg("-V")
                .output()
                .ok()?
                .stdout,
        )
    };
    let first = names
        .iter()
        .find(|name| name.starts_with("stable"))
        .or(names.first())?
        .clone();
    let second = names
        .iter()
        .find(|name| version(name) != version(&first))?
        .clone();
    let home = project.path("rustup");
    fs::create_dir_all(home.join("toolchains")).unwrap();
    for name in [&first, &second] {
        std::os::unix::fs::symlink(
            real.join("toolchains").join(name),
            home.join("toolchains").join(name),
        )
        .unwrap();
    }
    choose(&home, &first);
    Some((home, first, second))
}

/// A server that has looked once, under this rustup home.
#[cfg(unix)]
fn under_rustup(project: &Project, home: &std::path::Path) -> Client {
    // Nothing may be installed, whatever is asked for.
    let variables = [
        ("RUSTUP_HOME", home.to_str().unwrap()),
        ("RUSTUP_AUTO_INSTALL", "0"),
        ("RUSTUP_DIST_SERVER", "http://127.0.0.1:9"),
        ("RUSTUP_TOOLCHAIN", ""),
    ];
    let mut client = Client::start_with(project.root(), Manners::Answers, &variables);
    client.say_hello(&json!({}));
    client.wait_for_report();
    client
}

/// Makes a toolchain the default, as `rustup default` does.
#[cfg(unix)]
fn choose(home: &std::path::Path, toolchain: &str) {
    fs::write(home.join("settings.toml"), format!("version = \"12\"\ndefault_toolchain = \"{toolchain}\"\nprofile = \"minimal\"\n\n[overrides]\n")).unwrap();
}

#[cfg(unix)]
#[test]
#[allow(clippy::print_stdout)] // A test that is skipped says so.
fn a_toolchain_switched_under_way_is_told_with_what_it_asks_for() {
    let project = Project::new();
    let Some((home, first, second)) = rustup_home(&project) else {
        println!("skipped: no rustup with two toolchains");
        return;
    };
    let mut client = under_rustup(&project, &home);
    let manifest = project.path("Cargo.toml");
    let switched = |diagnostics: &[Value]| {
        let message = diagnostics[0]["message"].as_str().unwrap();
        assert!(message.ends_with("Restart rust-analyzer."), "{message}");
    };
    let (place, mut codes) = (0, ["toolchain-changed"]);

    choose(&home, &second);
    let (place, diagnostics) = client.wait_for_codes(place, &manifest, &codes);
    switched(&diagnostics);
    let report = client.report();
    let reported = report["findings"].as_array().unwrap().iter();
    let reported: Vec<&str> = reported.filter_map(|it| it["code"].as_str()).collect();
    assert!(reported.contains(&codes[0]), "{reported:?}");
    choose(&home, &first);
    let (place, _) = client.wait_for_codes(place, &manifest, &[]);

    let file = project.path("rust-toolchain.toml");
    fs::write(&file, format!("[toolchain]\nchannel = \"{second}\"\n")).unwrap();
    let (place, diagnostics) = client.wait_for_codes(place, &file, &codes);
    switched(&diagnostics);
    codes = ["toolchain-not-installed"];
    fs::write(&file, "[toolchain]\nchannel = \"1.50.0\"\n").unwrap();
    let (place, _) = client.wait_for_codes(place, &file, &codes);
    fs::remove_file(&file).unwrap();
    client.wait_for_codes(place, &file, &[]);
    client.goodbye();
}

/// Makes the linked toolchain a directory of its own, whose files are those of the real one.
#[cfg(unix)]
fn unlink_toolchain(toolchain: &std::path::Path) {
    let real = fs::canonicalize(toolchain).unwrap();
    fs::remove_file(toolchain).unwrap();
    // The list of components lies in the last of these, and changes whenever one comes or goes.
    for directory in ["", "bin", "lib", "lib/rustlib"] {
        fs::create_dir(toolchain.join(directory)).unwrap();
        for entry in fs::read_dir(real.join(directory)).unwrap().flatten() {
            let copy = toolchain.join(directory).join(entry.file_name());
            if entry.file_type().unwrap().is_file() {
                // No symbolic link: rustc takes its sysroot from where its files really lie.
                let linked = fs::hard_link(entry.path(), &copy);
                linked
                    .or_else(|_| fs::copy(entry.path(), &copy).map(drop))
                    .unwrap();
            } else if !["bin", "lib", "rustlib"].contains(&entry.file_name().to_str().unwrap()) {
                std::os::unix::fs::symlink(entry.path(), copy).unwrap();
            }
        }
    }
}

#[cfg(unix)]
#[test]
#[allow(clippy::print_stdout)] // A test that is skipped says so.
fn a_component_removed_under_way_is_told_and_its_return_too() {
    let project = Project::new();
    let Some((home, first, _)) = rustup_home(&project) else {
        println!("skipped: no rustup with two toolchains");
        return;
    };
    let toolchain = home.join("toolchains").join(&first);
    unlink_toolchain(&toolchain);
    let mut client = under_rustup(&project, &home);
    let manifest = project.path("Cargo.toml");

    // What rustup does when it takes a component away: its files go, then the lists are written anew.
    let cargo = toolchain.join("bin/cargo");
    let kept = project.path("cargo");
    let lists = ["components", "multirust-config.toml"].map(|name| {
        let path = toolchain.join("lib/rustlib").join(name);
        let text = fs::read_to_string(&path).unwrap();
        (path, text)
    });
    let rewrite = |change: &dyn Fn(&str) -> String| {
        for (path, text) in &lists {
            fs::remove_file(path).unwrap();
            fs::write(path, change(text)).unwrap();
        }
    };
    fs::rename(&cargo, &kept).unwrap();
    rewrite(&|text| text.replace("\"cargo\"", "\"nothing\""));
    let codes = ["toolchain-component-missing"];
    let (place, diagnostics) = client.wait_for_codes(0, &manifest, &codes);
    let message = diagnostics[0]["message"].as_str().unwrap();
    assert!(message.contains("rustup component add cargo"), "{message}");

    fs::rename(&kept, &cargo).unwrap();
    rewrite(&str::to_owned);
    client.wait_for_codes(place, &manifest, &[]);
    client.goodbye();
}

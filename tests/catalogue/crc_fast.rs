//! The crate crc-fast, whose C code zig refuses, also where aws-smithy-checksums brings it in: the real crates, the real zig.

use std::fs;

use serde_json::Value;

use crate::bench::Bench;
use crate::support::process::Output;
use crate::zig::Zig;

/// crc-fast with the C code that zig refuses, for a target whose standard library need not be there: its build script runs here.
fn crc_fast(version: &str, features: &str) -> Option<Zig> {
    crc_fast_by("0.20.0", version, features)
}

fn crc_fast_by(zigbuild: &str, version: &str, features: &str) -> Option<Zig> {
    let zig = Zig::new(zigbuild, "aarch64-unknown-linux-gnu")?;
    zig.bench.write(
        "Cargo.toml",
        &format!(
            "[workspace]\nmembers = [\"mac\"]\n\n[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2021\"\nbuild = false\n\n[dependencies]\nmac = {{ path = \"mac\" }}\ncrc-fast = {{ version = \"={version}\", features = [{features}] }}\n"
        ),
    );
    let output = zig.bench.run("cargo", &["generate-lockfile"]);
    if !output.success() {
        eprintln!(
            "skipped: crc-fast {version} cannot be had: {}",
            output.stderr
        );
        return None;
    }
    let manifest = fs::read_to_string(zig.bench.root().join("Cargo.toml")).unwrap();
    let any = manifest.replace(&format!("\"={version}\""), "\"1\"");
    zig.bench.write("Cargo.toml", &any);
    Some(zig)
}

pub(crate) const REFUSED: &str = "unknown CPU: 'armv8.2'";

#[test]
fn crc_fast_is_known_to_fail_under_zig_before_any_build() {
    let Some(zig) = crc_fast("1.2.2", "\"optimize_crc32_neon_blended\"") else {
        return;
    };
    let findings = zig.bench.findings("known-broken-dependency");
    assert_eq!(findings.len(), 1, "{findings:#?}");
    let message = findings[0]["message"].as_str().unwrap();
    assert!(
        message.starts_with("crc-fast 1.2.2 (Cargo.lock) does not compile"),
        "{message}"
    );
    // Its 1.3.0 resolves, so it is offered with what it changes; aws-smithy-checksums is not there, so that is not.
    let remedies = findings[0]["remedies"].as_array().unwrap();
    let titles = titles(remedies);
    assert_eq!(titles.len(), 2, "{titles:?}");
    assert!(titles[0].contains("crc-fast 1.2.2 → 1.3.0"), "{titles:?}");
    assert_eq!(titles[1], UPDATE);
    // The trial left the lock file alone.
    let lock = fs::read_to_string(zig.bench.root().join("Cargo.lock")).unwrap();
    assert!(lock.contains("name = \"crc-fast\"\nversion = \"1.2.2\""));

    let build = &["zigbuild", "--keep-going", "--target", &zig.target];
    let output = zig.bench.run("cargo", build);
    assert!(output.stderr.contains(REFUSED), "{}", output.stderr);
    let explained = zig.bench.explain(&output.stderr);
    assert!(
        explained.contains("cargo update -p crc-fast --precise 1.3.0"),
        "{explained}"
    );

    let helped = zig.bench.carry_out(&remedies[0]);
    assert!(helped.iter().all(Output::success), "{}", helped[0].stderr);
    assert!(zig.bench.findings("known-broken-dependency").is_empty());
    // What is left may be that the target's standard library is not on this machine.
    let output = zig.bench.run("cargo", build);
    assert!(!output.stderr.contains(REFUSED), "{}", output.stderr);
    let is_whole = output.success() || output.stderr.contains("may not be installed");
    assert!(is_whole, "{}", output.stderr);
}

#[test]
fn crc_fast_that_compiles_no_c_is_no_broken_dependency() {
    // Without the feature there is no C; 1.3.0 has none at all.
    for (version, features) in [("1.2.2", ""), ("1.3.0", "\"optimize_crc32_auto\"")] {
        let Some(zig) = crc_fast(version, features) else {
            return;
        };
        let findings = zig.bench.findings("known-broken-dependency");
        assert!(findings.is_empty(), "{version}: {findings:#?}");
        let output = zig.bench.run(
            "cargo",
            &["zigbuild", "--keep-going", "--target", &zig.target],
        );
        assert!(!output.stderr.contains(REFUSED), "{}", output.stderr);
    }
}

#[test]
fn a_zigbuild_that_gives_zig_a_name_that_it_knows_is_silent() {
    for (zigbuild, is_refused) in [("0.21.3", true), ("0.21.4", false)] {
        let Some(zig) = crc_fast_by(zigbuild, "1.2.2", "\"optimize_crc32_neon_blended\"") else {
            return;
        };
        let findings = zig.bench.findings("known-broken-dependency");
        assert_eq!(!findings.is_empty(), is_refused, "{zigbuild}");
        let output = keep_going(&zig);
        assert_eq!(
            output.stderr.contains(REFUSED),
            is_refused,
            "{zigbuild}: {}",
            output.stderr
        );
    }
}

#[test]
fn a_version_that_does_not_resolve_is_not_offered() {
    let Some(zig) = crc_fast("1.2.2", "\"optimize_crc32_neon_blended\"") else {
        return;
    };
    let manifest = fs::read_to_string(zig.bench.root().join("Cargo.toml")).unwrap();
    let exact = manifest.replace(
        "version = \"1\", features",
        "version = \"=1.2.2\", features",
    );
    assert_ne!(exact, manifest);
    zig.bench.write("Cargo.toml", &exact);
    let findings = zig.bench.findings("known-broken-dependency");
    assert_eq!(findings.len(), 1, "{findings:#?}");
    let remedies = findings[0]["remedies"].as_array().unwrap();
    assert_eq!(titles(remedies), [UPDATE]);
}

/// What else it changes in the lock file stands behind it.
pub(crate) const PIN: &str = "Pin crc-fast to 1.3.0 (crc-fast 1.2.2 → 1.3.0";

/// Whatever resolves, a newer tool helps.
const UPDATE: &str = "Or update the tool that calls zig, the way it was installed: cargo-zigbuild to 0.21.4 or later, cargo-lambda to 1.9.2 or later";

/// A workspace that requires aws-smithy-checksums 0.63.2, and `more`, with crc-fast 1.2.2 in its lock file.
fn checksums(more: &str) -> Option<Zig> {
    let zig = Zig::new("0.20.0", "aarch64-unknown-linux-gnu")?;
    require_checksums(&zig.bench, more).then_some(zig)
}

/// Whether the crates could be had.
pub(crate) fn require_checksums(bench: &Bench, more: &str) -> bool {
    bench.write(
        "Cargo.toml",
        &format!(
            "[workspace]\nmembers = [\"mac\"]\n\n[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2021\"\nbuild = false\n\n[dependencies]\nmac = {{ path = \"mac\" }}\naws-smithy-checksums = \"0.63.2\"\n{more}"
        ),
    );
    for (package, version) in [("aws-smithy-checksums", "0.63.2"), ("crc-fast", "1.2.2")] {
        let pin = ["update", "-p", package, "--precise", version];
        let output = bench.run("cargo", &pin);
        if !output.success() {
            eprintln!("skipped: {package} cannot be had: {}", output.stderr);
            return false;
        }
    }
    // What was never downloaded is told first, and nothing else is known then.
    let output = bench.run("cargo", &["fetch"]);
    assert!(output.success(), "{}", output.stderr);
    true
}

/// The remedies of the one finding on crc-fast, which has this severity.
pub(crate) fn remedies(bench: &Bench, severity: &str) -> Vec<Value> {
    let findings = bench.findings("known-broken-dependency");
    assert_eq!(findings.len(), 1, "{findings:#?}");
    assert_eq!(findings[0]["severity"], severity);
    let message = findings[0]["message"].as_str().unwrap();
    assert!(
        message.starts_with("crc-fast 1.2.2 (Cargo.lock)"),
        "{message}"
    );
    assert!(message.contains("aarch64-unknown-linux-gnu"), "{message}");
    findings[0]["remedies"].as_array().unwrap().clone()
}

pub(crate) fn titles(remedies: &[Value]) -> Vec<&str> {
    let titles = remedies.iter().map(|remedy| remedy["title"].as_str());
    titles.map(Option::unwrap).collect()
}

pub(crate) fn helps(bench: &Bench, remedy: &Value) {
    for output in bench.carry_out(remedy) {
        assert!(output.success(), "{}", output.stderr);
    }
    let left = bench.findings("known-broken-dependency");
    assert!(left.is_empty(), "{left:#?}");
}

/// What aws-smithy-checksums turns on compiles C only where the machine that builds is an ARM one: there it is a warning.
fn severity_of_auto() -> &'static str {
    if cfg!(target_arch = "aarch64") {
        "warning"
    } else {
        "information"
    }
}

#[test]
fn aws_smithy_checksums_brings_crc_fast_in_and_each_remedy_silences_it() {
    for chosen in 0..2 {
        let Some(zig) = checksums("") else {
            return;
        };
        let remedies = remedies(&zig.bench, severity_of_auto());
        let titles = titles(&remedies);
        assert_eq!(titles.len(), 3, "{titles:?}");
        assert!(titles[0].starts_with(PIN), "{titles:?}");
        assert_eq!(titles[2], UPDATE);
        assert!(
            titles[1].starts_with(
                "Have app require aws-smithy-checksums =0.63.1 in its Cargo.toml (aws-smithy-checksums 0.63.2 → 0.63.1"
            ),
            "{titles:?}"
        );
        helps(&zig.bench, &remedies[chosen]);
        let manifest = zig.bench.read("Cargo.toml");
        let is_changed = manifest.contains("aws-smithy-checksums = \"=0.63.1\"");
        assert_eq!(is_changed, chosen == 1, "{manifest}");
    }
}

/// Without the crates that need it, which are many. Others fail where the target's standard library is not on this machine.
fn keep_going(zig: &Zig) -> Output {
    let options = ["--keep-going", "-p", "crc-fast", "--target", &zig.target];
    let build: Vec<&str> = std::iter::once("zigbuild").chain(options).collect();
    zig.bench.run("cargo", &build)
}

/// A member that wants the C code by name has it compiled on any machine.
#[test]
fn aws_smithy_checksums_with_the_c_code_on_fails_under_zig_and_is_mended() {
    let feature = "crc-fast = { version = \"1\", features = [\"optimize_crc32_neon_blended\"] }\n";
    let Some(zig) = checksums(feature) else {
        return;
    };
    let remedies = remedies(&zig.bench, "warning");
    // An older aws-smithy-checksums would leave crc-fast as it is, since the member wants it too.
    let titles = titles(&remedies);
    assert_eq!(titles.len(), 2, "{titles:?}");
    assert!(titles[0].starts_with(PIN), "{titles:?}");
    assert_eq!(titles[1], UPDATE);
    let output = keep_going(&zig);
    assert!(output.stderr.contains(REFUSED), "{}", output.stderr);
    helps(&zig.bench, &remedies[0]);
    let output = keep_going(&zig);
    assert!(!output.stderr.contains(REFUSED), "{}", output.stderr);
}

/// A registry of the team's own that lacks crc-fast 1.3.0 but has the older aws-smithy-checksums.
#[test]
fn where_the_registry_has_no_newer_crc_fast_only_the_older_checksums_are_offered() {
    let Some(zig) = checksums("") else {
        return;
    };
    // What the older version needs is brought along by a workspace beside this one.
    let beside = zig.bench.outside("beside");
    fs::create_dir_all(beside.join("src")).unwrap();
    fs::write(beside.join("src/lib.rs"), "").unwrap();
    fs::write(
        beside.join("Cargo.toml"),
        "[package]\nname = \"beside\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[workspace]\n\n[dependencies]\naws-smithy-checksums = \"=0.63.1\"\n",
    )
    .unwrap();
    let manifest = beside.join("Cargo.toml");
    let vendor = ["vendor", "--sync", manifest.to_str().unwrap(), "vendor"];
    let output = zig.bench.run("cargo", &vendor);
    assert!(output.success(), "{}", output.stderr);
    let config = zig.bench.read(".cargo/config.toml");
    let config = format!("{config}\n{}", output.stdout);
    zig.bench.write(".cargo/config.toml", &config);

    let remedies = remedies(&zig.bench, severity_of_auto());
    let titles = titles(&remedies);
    assert_eq!(titles.len(), 2, "{titles:?}");
    assert_eq!(titles[1], UPDATE);
    assert!(
        titles[0].starts_with("Have app require aws-smithy-checksums =0.63.1"),
        "{titles:?}"
    );
    helps(&zig.bench, &remedies[0]);
    let lock = zig.bench.read("Cargo.lock");
    assert!(!lock.contains("crc-fast"), "{lock}");
}

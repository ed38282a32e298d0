//! `cargo lambda build --release --arm64`, the real one, with a standard library for that target: the tools of `tests/tools/lambda.sh`.
//!
//! cargo-lambda has rustup add the target by itself. Here there is a rustup that refuses, no other one on PATH, and nowhere to download from.

use std::fs;

use crate::bench::Bench;
use crate::crc_fast::{PIN, REFUSED, helps, remedies, require_checksums, titles};
use crate::support::process::Output;
use crate::support::toolchain::path_without_rust;
use crate::support::tools;
use crate::zig::{tool, zig_settings};

/// A workspace for this version of cargo-lambda.
fn lambda(version: &str) -> Option<Bench> {
    tool("zig/ziglang-0.13.0")?;
    tool("lambda")?;
    let mut bench = Bench::new();
    zig_settings(&mut bench);
    bench.unset("RUSTC_WRAPPER");
    bench.set("RUSTUP_DIST_SERVER", "http://127.0.0.1:9");
    bench.set("RUSTUP_UPDATE_ROOT", "http://127.0.0.1:9");
    bench.unset("RUSTUP_TOOLCHAIN");
    let asked = bench.outside("rustup-asked").into_os_string();
    bench.set("RUSTUP_ASKED", asked);
    by(&mut bench, version)?;
    bench.write(
        ".cargo/config.toml",
        "[build]\ntarget = \"aarch64-unknown-linux-gnu\"\n",
    );
    Some(bench)
}

/// Has the bench use this version of cargo-lambda from now on.
fn by(bench: &mut Bench, version: &str) -> Option<()> {
    let lambda = tool(&format!("lambda/cargo-lambda-{version}"))?;
    let rust = tools().join("lambda/bin");
    let path = [rust.clone(), lambda.join("bin")];
    let path = std::env::join_paths(path.into_iter().chain(path_without_rust())).unwrap();
    bench.set("PATH", path);
    let found = bench.run("sh", &["-c", "command -v rustup"]);
    let stand_in = rust.join("rustup");
    assert_eq!(found.stdout.trim(), stand_in.to_str().unwrap());
    Some(())
}

fn build(bench: &Bench) -> Output {
    bench.run("cargo", &["lambda", "build", "--release", "--arm64"])
}

#[test]
fn crc_fast_under_cargo_lambda_is_known_before_fails_and_is_mended() {
    let Some(mut bench) = lambda("1.9.1") else {
        return;
    };
    let more = "crc-fast = { version = \"1\", features = [\"optimize_crc32_neon_blended\"] }\n\n[profile.release]\nopt-level = 0\n";
    if !require_checksums(&bench, more) {
        return;
    }
    let before = remedies(&bench, "warning");
    let message = &bench.findings("known-broken-dependency")[0]["message"];
    let message = message.as_str().unwrap();
    assert!(message.contains("by cargo-lambda 1.9.1:"), "{message}");
    assert!(titles(&before)[0].starts_with(PIN), "{before:#?}");

    let output = build(&bench);
    assert!(!output.success());
    assert!(output.stderr.contains(REFUSED), "{}", output.stderr);
    let explained = bench.explain(&output.stderr);
    assert!(
        explained.contains("cargo update -p crc-fast --precise 1.3.0"),
        "{explained}"
    );
    let asked = fs::read_to_string(bench.outside("rustup-asked")).unwrap_or_default();
    assert!(
        asked.contains("target add aarch64-unknown-linux-gnu"),
        "{asked}"
    );

    // The next version calls zig in another way.
    by(&mut bench, "1.9.2").unwrap();
    assert!(bench.findings("known-broken-dependency").is_empty());
    is_built(&bench, &build(&bench));

    by(&mut bench, "1.9.1").unwrap();
    helps(&bench, &before[0]);
    is_built(&bench, &build(&bench));
}

fn is_built(bench: &Bench, output: &Output) {
    assert!(output.success(), "{}", output.stderr);
    let function = bench.root().join("target/lambda/app/bootstrap");
    let bytes = fs::read(&function).unwrap();
    // ELF's machine: 183 is AArch64.
    assert_eq!(bytes.get(..4), Some(b"\x7fELF".as_slice()));
    assert_eq!(bytes.get(18..20), Some([183, 0].as_slice()));
    fs::remove_file(function).unwrap();
}

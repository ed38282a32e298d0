//! Dylibs that the machine's own rustc makes, with every linker and option at hand: all sound, all understood.

use std::process::{Command, Output};
use std::sync::OnceLock;

use camino::Utf8PathBuf;

use super::{examine_bytes, facts_of};
use crate::observed::dylib::report::{
    Damage, DylibObservation, FileKind, Metadata, ProcMacroSymbol,
};
use crate::observed::dylib::{HostPlatform, machine_glibc, read};

/// One macro of each kind.
const MACROS: &str = "
    extern crate proc_macro;
    use proc_macro::TokenStream;
    #[proc_macro] pub fn bang(input: TokenStream) -> TokenStream { input }
    #[proc_macro_attribute] pub fn attribute(_: TokenStream, item: TokenStream) -> TokenStream { item }
    #[proc_macro_derive(Thing, attributes(thing))] pub fn derive(_: TokenStream) -> TokenStream { TokenStream::new() }
";

/// A toolchain to compile with.
#[derive(Debug, Clone, Copy)]
pub(super) enum Toolchain {
    Active,
    Nightly,
}

impl Toolchain {
    fn rustc(self) -> Command {
        let mut command = Command::new("rustc");
        // A toolchain that is not there stays away.
        command.env("RUSTUP_AUTO_INSTALL", "0");
        if matches!(self, Self::Nightly) {
            command.arg("+nightly");
        }
        command
    }

    fn version(self, argument: &str) -> Option<String> {
        let output = self.rustc().arg(argument).output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        output.status.success().then(|| text.trim().to_owned())
    }

    fn host(self) -> Option<String> {
        let verbose = self.version("-vV")?;
        let host = verbose
            .lines()
            .find_map(|line| line.strip_prefix("host: "))?;
        Some(host.to_owned())
    }
}

/// Compiles a crate called `tiny_macros`; `None`, and a word why, where this machine cannot.
pub(super) fn compile(
    toolchain: Toolchain,
    crate_type: &str,
    source: &str,
    options: &[&str],
) -> Option<Vec<u8>> {
    let directory = tempfile::tempdir().unwrap();
    let source_path = directory.path().join("lib.rs");
    let dylib = directory.path().join("out.dylib");
    std::fs::write(&source_path, source).unwrap();
    let output = toolchain
        .rustc()
        .args([
            "--crate-name",
            "tiny_macros",
            "--edition",
            "2021",
            "--crate-type",
            crate_type,
        ])
        .args(options)
        .arg("-o")
        .args([&dylib, &source_path])
        .output();
    match output {
        Ok(Output { status, .. }) if status.success() => Some(std::fs::read(dylib).unwrap()),
        other => {
            println!("skipped: {toolchain:?} rustc does not compile with {options:?}: {other:?}");
            None
        }
    }
}

/// A proc-macro dylib without symbols for debugging; smaller, and as good.
pub(super) fn stripped() -> Option<&'static [u8]> {
    static DYLIB: OnceLock<Option<Vec<u8>>> = OnceLock::new();
    let compiled = || {
        compile(
            Toolchain::Active,
            "proc-macro",
            MACROS,
            &["-Cstrip=symbols"],
        )
    };
    DYLIB.get_or_init(compiled).as_deref()
}

/// A proc-macro dylib as rustc makes it when nothing is asked of it.
pub(super) fn plain() -> Option<&'static [u8]> {
    static DYLIB: OnceLock<Option<Vec<u8>>> = OnceLock::new();
    let compiled = || compile(Toolchain::Active, "proc-macro", MACROS, &[]);
    DYLIB.get_or_init(compiled).as_deref()
}

fn assert_understood(toolchain: Toolchain, bytes: &[u8], options: &[&str]) {
    let examination = examine_bytes(bytes);
    let facts = examination
        .content
        .unwrap_or_else(|damage| panic!("{options:?}: {damage}"));
    let version = toolchain.version("--version");
    assert_eq!(facts.built_by(), version.as_deref(), "{options:?}");
    assert!(facts.metadata_version().is_some_and(|version| version >= 5));
    assert_eq!(facts.crate_name.as_deref(), Some("tiny_macros"));
    assert_eq!(facts.proc_macro_symbol, ProcMacroSymbol::Exported);
    let host = HostPlatform::of_triple(&toolchain.host().unwrap());
    assert_eq!(host.accepts(&examination.platform.unwrap()), Ok(()));
    if let (Some(required), Some(machine)) = (facts.required_glibc, machine_glibc()) {
        assert!(required <= machine, "{required} {machine}");
    }
    if host.format == Some(crate::observed::dylib::ObjectFormat::Elf) && cfg!(target_env = "gnu") {
        assert!(facts.required_glibc.is_some());
    }
}

#[test]
fn whatever_the_linker_and_the_options_the_dylib_is_understood() {
    let choices: [&[&str]; 17] = [
        &[],
        &["-g"],
        &["-O"],
        &[
            "-O",
            "-Cmetadata=other",
            "-Cextra-filename=-0123456789abcdef",
        ],
        &["-Cstrip=symbols"],
        &["-Cstrip=debuginfo", "-g"],
        &["-g", "-Csplit-debuginfo=packed"],
        &["-g", "-Csplit-debuginfo=unpacked"],
        &["-Cprefer-dynamic"],
        &["-Clink-arg=-fuse-ld=bfd"],
        &["-Clink-arg=-fuse-ld=gold"],
        &["-Clink-arg=-fuse-ld=lld"],
        &["-Clink-arg=-fuse-ld=mold"],
        &["-Clink-arg=-Wl,--hash-style=sysv"],
        &["-Clink-arg=-Wl,--hash-style=both"],
        &["-Clink-arg=-Wl,-z,pack-relative-relocs"],
        &["-g", "-Clink-arg=-Wl,--compress-debug-sections=zlib"],
    ];
    let mut understood = 0;
    for toolchain in [Toolchain::Active, Toolchain::Nightly] {
        for options in choices {
            if let Some(bytes) = compile(toolchain, "proc-macro", MACROS, options) {
                assert_understood(toolchain, &bytes, options);
                understood += 1;
            }
        }
    }
    assert!(understood > 0, "no rustc on PATH compiles a proc macro");
}

#[test]
fn a_proc_macro_crate_without_macros_is_one_still() {
    if let Some(bytes) = compile(Toolchain::Active, "proc-macro", "", &[]) {
        assert_eq!(facts_of(&bytes).crate_name.as_deref(), Some("tiny_macros"));
    }
}

#[test]
fn other_libraries_of_rust_are_no_proc_macros() {
    let source = "#[no_mangle] pub extern \"C\" fn answer() -> u32 { 42 }";
    for crate_type in ["cdylib", "dylib"] {
        if let Some(bytes) = compile(Toolchain::Active, crate_type, source, &["-Cprefer-dynamic"]) {
            let damage = examine_bytes(&bytes).content;
            assert_eq!(damage, Err(Damage::NotAProcMacro), "{crate_type}");
        }
    }
}

#[test]
fn other_outputs_of_rustc_are_named() {
    let source = "fn main() {}";
    let outputs = [
        ("bin", source, FileKind::Executable),
        ("rlib", "", FileKind::Archive),
    ];
    for (crate_type, source, kind) in outputs {
        if let Some(bytes) = compile(Toolchain::Active, crate_type, source, &[]) {
            assert_eq!(examine_bytes(&bytes).content, Err(Damage::NotADylib(kind)));
        }
    }
    let without_linking: [(&[&str], FileKind); 2] = [
        (&["--emit=obj"], FileKind::Object),
        (&["--emit=metadata"], FileKind::RustMetadata),
    ];
    for (options, kind) in without_linking {
        if let Some(bytes) = compile(Toolchain::Active, "rlib", "pub fn f() {}", options) {
            let content = examine_bytes(&bytes).content;
            if cfg!(target_os = "linux") {
                assert_eq!(content, Err(Damage::NotADylib(kind)));
            } else {
                assert!(content.is_err());
            }
        }
    }
}

#[test]
fn reading_from_disk_says_what_the_bytes_say() {
    let Some(bytes) = plain() else { return };
    let directory = tempfile::tempdir().unwrap();
    let path = Utf8PathBuf::from_path_buf(directory.path().join("libtiny.so")).unwrap();
    std::fs::write(&path, bytes).unwrap();
    let DylibObservation::Present(report) = read(&path) else {
        panic!("it is there");
    };
    let examination = examine_bytes(bytes);
    assert_eq!(report.size, bytes.len() as u64);
    assert_eq!(report.platform, examination.platform);
    assert_eq!(report.content, examination.content);
}

#[test]
fn a_dylib_that_lost_its_metadata_says_so() {
    let Some(bytes) = plain() else { return };
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("libtiny.so");
    std::fs::write(&path, bytes).unwrap();
    let removed = Command::new("objcopy")
        .args(["--remove-section", ".rustc"])
        .arg(&path)
        .output();
    if !removed.is_ok_and(|output| output.status.success()) {
        println!("skipped: no objcopy for this format");
        return;
    }
    let facts = facts_of(&std::fs::read(&path).unwrap());
    assert_eq!(facts.metadata, Metadata::Absent);
    assert_eq!(facts.proc_macro_symbol, ProcMacroSymbol::Exported);
}

//! A workspace of two macros, one with a build script and a dependency of its own, and what mends it.

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use sidecargo::cargo::questions::Tools;
use sidecargo::inspect::{InspectedMacro, Inspector};
use sidecargo::remedy::{Choice, ChoiceKind, Controls, MendError, MendReport, Progress, mend};
use sidecargo::settings::Settings;

pub(crate) const FILES: &[(&str, &str)] = &[
    (
        "Cargo.toml",
        "[workspace]\nmembers = [\"app\", \"mac\", \"core\", \"other\"]\nresolver = \"2\"\n",
    ),
    (
        "app/Cargo.toml",
        "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[dependencies]\nmac = { path = \"../mac\" }\nother = { path = \"../other\" }\n",
    ),
    (
        "app/src/main.rs",
        "#[mac::keep]\n#[other::keep]\nfn main() {}\n",
    ),
    (
        "mac/Cargo.toml",
        "[package]\nname = \"mac\"\nversion = \"0.1.0\"\nedition = \"2021\"\nbuild = \"build.rs\"\n[lib]\nproc-macro = true\n[dependencies]\ncore-of-mac = { path = \"../core\" }\n",
    ),
    (
        "mac/build.rs",
        "fn main() {\n    println!(\"cargo::rerun-if-changed=build.rs\");\n    let out = std::env::var(\"OUT_DIR\").unwrap();\n    std::fs::write(format!(\"{out}/generated.rs\"), \"const N: u32 = 1;\").unwrap();\n}\n",
    ),
    (
        "mac/src/lib.rs",
        "include!(concat!(env!(\"OUT_DIR\"), \"/generated.rs\"));\n#[proc_macro_attribute]\npub fn keep(_: proc_macro::TokenStream, item: proc_macro::TokenStream) -> proc_macro::TokenStream {\n    let _ = N + core_of_mac::M;\n    item\n}\n",
    ),
    (
        "core/Cargo.toml",
        "[package]\nname = \"core-of-mac\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
    ),
    ("core/src/lib.rs", "pub const M: u32 = 1;\n"),
    (
        "other/Cargo.toml",
        "[package]\nname = \"other\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[lib]\nproc-macro = true\n",
    ),
    (
        "other/src/lib.rs",
        "#[proc_macro_attribute]\npub fn keep(_: proc_macro::TokenStream, item: proc_macro::TokenStream) -> proc_macro::TokenStream {\n    item\n}\n",
    ),
];

pub(crate) struct Bench {
    _keep: tempfile::TempDir,
    pub(crate) root: Utf8PathBuf,
    pub(crate) inspector: Inspector,
    pub(crate) controls: Controls,
}

impl Bench {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::from_path_buf(directory.path().canonicalize().unwrap()).unwrap();
        for (name, text) in files {
            let path = root.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let inspector = inspector(&root, &Settings::default());
        Self {
            _keep: directory,
            root,
            inspector,
            controls: Controls::default(),
        }
    }

    pub(crate) fn mend(&mut self, kind: ChoiceKind) -> MendReport {
        self.mend_with(kind, &mut |_| {}).unwrap()
    }

    pub(crate) fn mend_with(
        &mut self,
        kind: ChoiceKind,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<MendReport, MendError> {
        let choice = Choice {
            kind,
            packages: Vec::new(),
        };
        mend(&mut self.inspector, &choice, &self.controls, progress)
    }

    pub(crate) fn macro_named(&mut self, name: &str) -> InspectedMacro {
        let inspection = self.inspector.inspect().unwrap();
        inspection
            .macros
            .into_iter()
            .find(|inspected| inspected.expected.name.as_str() == name)
            .unwrap()
    }
}

pub(crate) fn inspector(root: &Utf8Path, settings: &Settings) -> Inspector {
    let mut settings = settings.clone();
    for (name, value) in [
        ("CARGO_NET_OFFLINE", Some("true")),
        ("CARGO_TARGET_DIR", None),
        ("RUSTFLAGS", None),
    ] {
        settings
            .cargo
            .extra_environment
            .insert(name.to_owned(), value.map(str::to_owned));
    }
    let tools = Tools {
        cargo: "cargo".to_owned(),
        stand_in: env!("CARGO_BIN_EXE_sidecargo").into(),
    };
    Inspector::with_tools(root, settings, tools)
}

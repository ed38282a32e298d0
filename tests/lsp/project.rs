//! A small workspace of its own for each test: an application, a proc macro, and what the macro is built from. Needs no network.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A workspace in a directory that goes with it.
pub(crate) struct Project {
    root: PathBuf,
    _directory: Option<tempfile::TempDir>,
}

const FILES: &[(&str, &str)] = &[
    (
        "Cargo.toml",
        "[workspace]\nmembers = [\"app\", \"macros\", \"words\"]\nresolver = \"2\"\n",
    ),
    (
        "app/Cargo.toml",
        "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[dependencies]\nmacros = { path = \"../macros\" }\n",
    ),
    ("app/src/main.rs", "#[macros::noted]\nfn main() {}\n"),
    (
        "macros/Cargo.toml",
        "[package]\nname = \"macros\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[lib]\nproc-macro = true\n\n[dependencies]\nwords = { path = \"../words\" }\n",
    ),
    (
        "macros/src/lib.rs",
        "use proc_macro::TokenStream;\n\n#[proc_macro_attribute]\npub fn noted(_: TokenStream, item: TokenStream) -> TokenStream {\n    assert!(!words::WORD.is_empty());\n    item\n}\n",
    ),
    (
        "words/Cargo.toml",
        "[package]\nname = \"words\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
    ),
    ("words/src/lib.rs", "pub const WORD: &str = \"word\";\n"),
];

impl Project {
    /// The workspace, not built.
    pub(crate) fn new() -> Self {
        let directory = tempfile::Builder::new().prefix("lsp").tempdir().unwrap();
        let root = directory.path().canonicalize().unwrap();
        let project = Self {
            root,
            _directory: Some(directory),
        };
        for (path, text) in FILES {
            project.write(path, text);
        }
        project
    }

    /// The workspace, built as rust-analyzer builds it.
    pub(crate) fn built() -> Self {
        let project = Self::new();
        project.check();
        project
    }

    /// A workspace that is there already, and stays.
    pub(crate) fn in_place(root: PathBuf) -> Self {
        Self {
            root,
            _directory: None,
        }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// `cargo check` of everything, as a person runs it beside the editor.
    pub(crate) fn check(&self) {
        let output = self.run_check();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// The same where it must fail.
    pub(crate) fn check_in_vain(&self) {
        assert!(!self.run_check().status.success());
    }

    fn run_check(&self) -> Output {
        self.cargo(&["check", "--workspace", "--all-targets", "--offline"])
            .output()
            .unwrap()
    }

    /// A cargo command in the workspace.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("cargo");
        command
            .args(arguments)
            .current_dir(&self.root)
            .env_remove("CARGO_TARGET_DIR")
            .env_remove("RUSTFLAGS");
        command
    }

    /// The macro's dylib.
    pub(crate) fn dylib(&self) -> PathBuf {
        self.dylibs().into_iter().next().expect("a built dylib")
    }

    pub(crate) fn dylibs(&self) -> Vec<PathBuf> {
        dylibs_below(&self.path("target/debug"))
    }

    /// Cuts the macro's dylib short, as a full disk does; its time is that of the build.
    pub(crate) fn truncate_dylib(&self) {
        let dylib = self.dylib();
        let modified = fs::metadata(&dylib).unwrap().modified().unwrap();
        let file = fs::File::options().write(true).open(&dylib).unwrap();
        file.set_len(4096).unwrap();
        file.set_modified(modified).unwrap();
    }
}

/// The macro's dylibs below a build directory.
pub(crate) fn dylibs_below(directory: &Path) -> Vec<PathBuf> {
    let name = format!("{}macros-", std::env::consts::DLL_PREFIX);
    let mut found = Vec::new();
    let mut directories = vec![directory.to_owned()];
    while let Some(directory) = directories.pop() {
        let Ok(entries) = fs::read_dir(directory) else {
            continue;
        };
        for entry in entries.flatten() {
            let path = entry.path();
            if path.is_dir() {
                directories.push(path);
                continue;
            }
            let is_dylib = path
                .extension()
                .is_some_and(|extension| extension == std::env::consts::DLL_EXTENSION)
                && path
                    .file_name()
                    .unwrap()
                    .to_string_lossy()
                    .starts_with(&name);
            if is_dylib {
                found.push(path);
            }
        }
    }
    found
}

//! The made workspace: a std-only HTTP service and the proc macro whose text it serves. Building the service takes a while, on purpose.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::support;
use crate::support::process::Run;

/// How long the macro sleeps when it is expanded: no build of the service is shorter, and many requests fall into it.
pub(crate) const BUILD_TAKES_AT_LEAST: Duration = Duration::from_secs(2);

/// How the sources are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Health {
    Good,
    Broken,
}

/// One of the two sources that are edited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    Main,
    Macro,
}

/// A workspace in a directory that goes with it.
pub(crate) struct Project {
    root: PathBuf,
    port: u16,
    sleep: Duration,
    _directory: tempfile::TempDir,
}

impl Project {
    /// The workspace, not built; its port was free a moment ago.
    pub(crate) fn new(sleep: Duration) -> Self {
        let directory = tempfile::Builder::new()
            .prefix("watch")
            .tempdir_in(support::scratch())
            .unwrap();
        let root = directory.path().canonicalize().unwrap();
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .unwrap()
            .port();
        let project = Self {
            root,
            port,
            sleep,
            _directory: directory,
        };
        project.write(
            "Cargo.toml",
            "[package]\nname = \"service\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[dependencies]\nmacros = { path = \"macros\" }\n\n[workspace]\nmembers = [\"macros\"]\n",
        );
        project.write(
            "macros/Cargo.toml",
            "[package]\nname = \"macros\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[lib]\nproc-macro = true\n",
        );
        project.edit(Source::Macro, 0, Health::Good);
        project.edit(Source::Main, 0, Health::Good);
        project
    }

    /// Adds a macro that only another member needs, which is not built with the service.
    pub(crate) fn add_foreign_macro(&self) {
        let manifest = fs::read_to_string(self.root.join("Cargo.toml")).unwrap();
        let members = r#"["macros", "foreign", "user"]"#;
        self.write("Cargo.toml", &manifest.replace(r#"["macros"]"#, members));
        let own = fs::read_to_string(self.root.join("macros/Cargo.toml")).unwrap();
        self.write("foreign/Cargo.toml", &own.replace("macros", "foreign"));
        self.write("foreign/src/lib.rs", "");
        self.write(
            "user/Cargo.toml",
            "[package]\nname = \"user\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[dependencies]\nforeign = { path = \"../foreign\" }\n",
        );
        self.write("user/src/lib.rs", "");
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Writes a source anew, as most editors do: beside it, and then moved over it.
    pub(crate) fn edit(&self, source: Source, version: u32, health: Health) {
        let (path, text) = match source {
            Source::Main => ("src/main.rs", self.main(version)),
            Source::Macro => ("macros/src/lib.rs", self.library(version)),
        };
        let text = match health {
            Health::Good => text,
            Health::Broken => format!("{text}\nfn broken() {{ no_such_name }}\n"),
        };
        let aside = format!("{path}.new~");
        self.write(&aside, &text);
        fs::rename(self.root.join(aside), self.root.join(path)).unwrap();
    }

    fn main(&self, version: u32) -> String {
        format!(
            r#"use std::io::{{Read, Write}};

fn main() {{
    let listener = std::net::TcpListener::bind("127.0.0.1:{port}").unwrap();
    println!("the service listens");
    for stream in listener.incoming() {{
        let Ok(mut stream) = stream else {{ continue }};
        let _ = stream.read(&mut [0; 1024]);
        let text = format!("main {version}, macro {{}}, process {{}}", macros::version!(), std::process::id());
        let length = text.len();
        let _ = write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {{length}}\r\nConnection: close\r\n\r\n{{text}}");
    }}
}}
"#,
            port = self.port
        )
    }

    /// The macro notes the number of each compiler that expands it.
    fn library(&self, version: u32) -> String {
        format!(
            r#"use proc_macro::TokenStream;

#[proc_macro]
pub fn version(_: TokenStream) -> TokenStream {{
    let mut notes = std::fs::File::options().create(true).append(true).open(r"{notes}").unwrap();
    std::io::Write::write_all(&mut notes, format!("{{}}\n", std::process::id()).as_bytes()).unwrap();
    std::thread::sleep(std::time::Duration::from_millis({sleep}));
    "\"{version}\"".parse().unwrap()
}}
"#,
            notes = self.notes().display(),
            sleep = self.sleep.as_millis()
        )
    }

    fn notes(&self) -> PathBuf {
        self.root.join("compilers.txt")
    }

    /// The compilers that expanded the macro, one after the other.
    pub(crate) fn compilers(&self) -> Vec<i32> {
        let notes = fs::read_to_string(self.notes()).unwrap_or_default();
        notes.lines().filter_map(|line| line.parse().ok()).collect()
    }

    /// `cargo check` of everything, as a person runs it beside the editor; whether it succeeded.
    pub(crate) fn check(&self) -> bool {
        let check = ["check", "--workspace", "--all-targets", "--offline"];
        Run::new("cargo", &self.root).args(check).output().success()
    }
}

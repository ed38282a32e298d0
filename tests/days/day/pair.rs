//! Sidecargo and a real rust-analyzer with the same files open, driven by one hand, as an editor drives both.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use serde_json::{Value, json};

use super::client::{Client, Manners, uri};
use super::project::Project;
use super::support::tools;

pub(crate) const SOURCE: &str = "macros/src/lib.rs";
pub(crate) const USES: &str = "app/src/main.rs";
const PATIENCE: Duration = Duration::from_mins(3);

/// What a day that needs rust-analyzer says where there is none.
pub(crate) const SKIPPED: &str =
    "skipped: no rust-analyzer; tests/tools/rust-analyzer.sh target/tools installs it";

/// The one that `tests/tools/rust-analyzer.sh` has put in place.
pub(crate) fn rust_analyzer() -> Option<PathBuf> {
    let program = tools().join("rust-analyzer/bin/rust-analyzer");
    let mut asked = Command::new(&program);
    let answer = asked.arg("--version").stdout(Stdio::null()).status();
    if answer.is_ok_and(|status| status.success()) {
        return Some(program);
    }
    assert!(
        std::env::var_os("SIDECARGO_TEST_SKIP_NOTHING").is_none(),
        "{SKIPPED}"
    );
    None
}

/// Both servers, with the same files open.
pub(crate) struct Pair {
    pub(crate) project: Project,
    pub(crate) ours: Client,
    pub(crate) theirs: Client,
    version: u32,
    /// The open files as they stand in the editor.
    texts: BTreeMap<&'static str, String>,
}

impl Pair {
    pub(crate) fn open(rust_analyzer: &Path, project: Project) -> Self {
        let mut server = Command::new(rust_analyzer);
        server.stderr(Stdio::null());
        let mut theirs = Client::start_server(server, project.root(), Manners::Answers);
        let mut hello = theirs.initialize_parameters(&json!({}));
        // It gives what it makes of macros only to those that ask for diagnostics themselves, as editors of today do.
        hello["capabilities"]["textDocument"]["diagnostic"] = json!({"dynamicRegistration": true});
        theirs.request("initialize", &hello);
        theirs.notify("initialized", &json!({}));
        let mut pair = Self {
            ours: Client::hello(project.root(), Manners::Answers),
            theirs,
            project,
            version: 0,
            texts: BTreeMap::new(),
        };
        for file in [SOURCE, USES] {
            let text = fs::read_to_string(pair.project.path(file)).unwrap();
            pair.texts.insert(file, text);
            pair.for_both("textDocument/didOpen", &pair.opened(file));
        }
        pair.ours.wait_for_report();
        pair
    }

    fn opened(&self, file: &str) -> Value {
        let uri = uri(&self.project.path(file));
        let (version, text) = (self.version, &self.texts[file]);
        json!({"textDocument": {"uri": uri, "languageId": "rust", "version": version, "text": text}})
    }

    fn for_both(&mut self, method: &str, parameters: &Value) {
        for client in [&mut self.theirs, &mut self.ours] {
            client.notify(method, parameters);
        }
    }

    /// Ends our server and begins another, as an editor does when it is restarted.
    pub(crate) fn begin_ours_anew(&mut self) {
        let anew = Client::hello(self.project.root(), Manners::Answers);
        std::mem::replace(&mut self.ours, anew).goodbye();
        for file in [SOURCE, USES] {
            let opened = self.opened(file);
            self.ours.notify("textDocument/didOpen", &opened);
        }
        self.ours.wait_for_report();
    }

    /// Edits a file in both.
    pub(crate) fn edit(&mut self, file: &'static str, text: &str) {
        self.version += 1;
        self.texts.insert(file, text.to_owned());
        let document = uri(&self.project.path(file));
        self.for_both(
            "textDocument/didChange",
            &json!({"textDocument": {"uri": document, "version": self.version}, "contentChanges": [{"text": text}]}),
        );
    }

    /// Edits a file in both and saves it.
    pub(crate) fn save(&mut self, file: &'static str, text: &str) {
        self.edit(file, text);
        self.project.write(file, text);
        let document = uri(&self.project.path(file));
        self.for_both(
            "textDocument/didSave",
            &json!({"textDocument": {"uri": document}}),
        );
    }

    /// Waits until rust-analyzer has built the macro since then.
    pub(crate) fn wait_for_build(&mut self, since: Option<SystemTime>) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let built = self
                .project
                .dylibs()
                .into_iter()
                .filter_map(|dylib| fs::metadata(dylib).ok()?.modified().ok())
                .max();
            if built.is_some_and(|built| since.is_none_or(|since| built > since)) {
                return;
            }
            assert!(Instant::now() < deadline, "rust-analyzer builds nothing");
            self.rest();
        }
    }

    /// Lets a moment pass, in which both servers' questions are answered.
    pub(crate) fn rest(&mut self) {
        self.theirs.pay_owed();
        self.ours.pay_owed();
        std::thread::sleep(Duration::from_millis(20));
    }

    /// What rust-analyzer says of an open file now, asked as editors ask it; `None` where it has changed its mind meanwhile.
    pub(crate) fn their_diagnostics(&mut self, file: &str) -> Option<Vec<Value>> {
        let document = uri(&self.project.path(file));
        let answer = self.theirs.ask(
            "textDocument/diagnostic",
            &json!({"textDocument": {"uri": document}}),
        );
        answer["result"]["items"].as_array().cloned()
    }

    /// Asks rust-analyzer until what it says of a file is as expected.
    pub(crate) fn wait_for_theirs(
        &mut self,
        file: &str,
        what: &str,
        fits: impl Fn(&[Value]) -> bool,
    ) -> Vec<Value> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let said = self.their_diagnostics(file);
            if let Some(said) = said.as_ref().filter(|said| fits(said)) {
                return said.clone();
            }
            assert!(
                Instant::now() < deadline,
                "waited for {what} in vain; rust-analyzer says {said:#?}"
            );
            self.rest();
        }
    }

    /// What our plugins for editors do when Sidecargo asks for it: only rust-analyzer's own client can make it load macros anew.
    pub(crate) fn reload_theirs(&mut self) {
        self.theirs
            .request("rust-analyzer/rebuildProcMacros", &Value::Null);
    }

    /// How often something of ours was published for a file, its being empty included.
    pub(crate) fn told_in(&self, file: &Path) -> usize {
        let uri = uri(file);
        self.ours
            .heard(0, "textDocument/publishDiagnostics")
            .iter()
            .filter(|published| published["uri"] == uri)
            .count()
    }

    pub(crate) fn published(&self) -> usize {
        let published: Vec<Value> = self.ours.heard(0, "textDocument/publishDiagnostics");
        published.len()
    }
}

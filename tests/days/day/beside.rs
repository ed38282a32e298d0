//! Beside a real rust-analyzer: a fresh clone opened, a macro edited and saved twenty times, once so that it does not compile.
//! What rust-analyzer mends by itself is no news; what it cannot mend is told in a sentence.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use serde_json::{Value, json};

use super::Figures;
use super::client::{Client, Manners, uri};
use super::figures::spread;
use super::project::Project;
use super::shown::{self, report, wait_for_report, wait_until_quiet};
use crate::options::Options;

const SOURCE: &str = "macros/src/lib.rs";
const PATIENCE: Duration = Duration::from_mins(3);

pub(crate) fn run(options: &Options) -> Figures {
    let Some(rust_analyzer) = rust_analyzer() else {
        return vec!["skipped: no rust-analyzer; see tests/tools/rust-analyzer.sh".to_owned()];
    };
    let saves = options.rounds(3, 20);
    let mut pair = Pair::open(&rust_analyzer);
    let mut figures = Figures::new();

    let started = Instant::now();
    pair.wait_for_build(None);
    wait_until_quiet(&mut pair.theirs, Duration::from_secs(3));
    wait_until_quiet(&mut pair.ours, Duration::from_secs(3));
    let report = report(&mut pair.ours);
    assert_eq!(report["summary"]["fresh"], 1, "{report:#}");
    assert_eq!(pair.published(), 0, "a fresh clone");
    figures.push(format!(
        "a fresh clone, built by rust-analyzer after {:.1} s: 0 diagnostics",
        started.elapsed().as_secs_f64()
    ));

    let good = fs::read_to_string(pair.project.path(SOURCE)).unwrap();
    let mut times = Vec::new();
    for number in 0..saves {
        let since = SystemTime::now();
        let began = Instant::now();
        pair.save(&format!("{good}// {number}\n"));
        pair.wait_for_build(Some(since));
        times.push(began.elapsed());
    }
    wait_until_quiet(&mut pair.ours, Duration::from_secs(3));
    assert_eq!(pair.published(), 0, "saves that compile");
    figures.push(format!(
        "{saves} saves of the macro: 0 diagnostics; rebuilt after {}",
        spread(&mut times)
    ));

    let began = Instant::now();
    pair.save(&format!("{good}const BROKEN: u8 = \"\";\n"));
    let manifest = pair.project.path("macros/Cargo.toml");
    let (place, diagnostics) = pair.ours.wait_for_codes(0, &manifest, &["dylib-stale"]);
    let message = diagnostics[0]["message"].as_str().unwrap().to_owned();
    figures.push(format!(
        "a save that does not compile, told after {:.1} s: {message}",
        began.elapsed().as_secs_f64()
    ));
    assert!(
        message.contains("your last save does not compile"),
        "{message}"
    );
    wait_until_quiet(&mut pair.ours, Duration::from_secs(12));
    assert_eq!(pair.told_in(&manifest), 1, "one sentence, once");

    pair.save(&format!("{good}// mended\n"));
    pair.ours.wait_for_codes(place, &manifest, &[]);
    wait_until_quiet(&mut pair.ours, Duration::from_secs(3));
    assert_eq!(pair.told_in(&manifest), 2, "told, and taken back");
    assert!(shown::now(&pair.ours).is_empty());
    pair.ours.goodbye();
    figures
}

/// The one that `tests/tools/rust-analyzer.sh` has put in place.
fn rust_analyzer() -> Option<PathBuf> {
    let tools = std::env::var_os("SIDECARGO_TEST_TOOLS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/tools"),
        PathBuf::from,
    );
    let program = tools.join("rust-analyzer/bin/rust-analyzer");
    let mut asked = Command::new(&program);
    let answer = asked.arg("--version").stdout(Stdio::null()).status();
    answer
        .is_ok_and(|status| status.success())
        .then_some(program)
}

/// Both servers, with the same files open, as an editor has them.
struct Pair {
    project: Project,
    ours: Client,
    theirs: Client,
    version: u32,
}

impl Pair {
    fn open(rust_analyzer: &PathBuf) -> Self {
        let project = Project::new();
        let mut server = Command::new(rust_analyzer);
        server.stderr(Stdio::null());
        let mut theirs = Client::start_server(server, project.root(), Manners::Answers);
        let mut ours = Client::start(project.root(), Manners::Answers);
        for client in [&mut theirs, &mut ours] {
            client.say_hello(&json!({}));
            for file in [SOURCE, "app/src/main.rs"] {
                let path = project.path(file);
                client.notify(
                    "textDocument/didOpen",
                    &json!({"textDocument": {"uri": uri(&path), "languageId": "rust", "version": 0, "text": fs::read_to_string(&path).unwrap()}}),
                );
            }
        }
        wait_for_report(&mut ours);
        Self {
            project,
            ours,
            theirs,
            version: 0,
        }
    }

    /// Edits the macro's source in both and saves it.
    fn save(&mut self, text: &str) {
        self.version += 1;
        let document = uri(&self.project.path(SOURCE));
        for client in [&mut self.theirs, &mut self.ours] {
            client.notify(
                "textDocument/didChange",
                &json!({"textDocument": {"uri": document, "version": self.version}, "contentChanges": [{"text": text}]}),
            );
        }
        self.project.write(SOURCE, text);
        for client in [&mut self.theirs, &mut self.ours] {
            client.notify(
                "textDocument/didSave",
                &json!({"textDocument": {"uri": document}}),
            );
        }
    }

    /// Waits until rust-analyzer has built the macro since then.
    fn wait_for_build(&mut self, since: Option<SystemTime>) {
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
            self.theirs.pay_owed();
            self.ours.pay_owed();
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// How often something was published for a file, its being empty included.
    fn told_in(&self, file: &Path) -> usize {
        let uri = uri(file);
        self.ours
            .heard(0, "textDocument/publishDiagnostics")
            .iter()
            .filter(|published| published["uri"] == uri)
            .count()
    }

    fn published(&self) -> usize {
        let published: Vec<Value> = self.ours.heard(0, "textDocument/publishDiagnostics");
        published.len()
    }
}

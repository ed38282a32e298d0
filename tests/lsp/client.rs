//! A scripted client: sends what it is told, keeps what comes, answers the server's requests or leaves them lie.

use std::io::{BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Long enough for a build on a machine under load; nothing waits so long when all is well.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);

/// What the client does with the server's requests.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manners {
    Answers,
    NeverAnswers,
}

/// A session with a server of its own.
pub(crate) struct Client {
    child: Child,
    stdin: Option<ChildStdin>,
    heard: Arc<Heard>,
    next_id: i64,
    root: String,
}

#[derive(Default)]
struct Heard {
    messages: Mutex<Vec<Value>>,
    /// When each of them came.
    times: Mutex<Vec<Instant>>,
    /// Answers to the server's requests, to be sent by whoever holds the pen.
    owed: Mutex<Vec<Value>>,
    came: Condvar,
    /// What the client answers when it is asked for settings.
    settings: Mutex<Value>,
}

impl Client {
    /// Starts a server in `directory`; nothing is said yet.
    pub(crate) fn start(directory: &Path, manners: Manners) -> Self {
        Self::start_with(directory, manners, &[])
    }

    /// The same with variables.
    pub(crate) fn start_with(
        directory: &Path,
        manners: Manners,
        variables: &[(&str, &str)],
    ) -> Self {
        let mut server = Command::new(program());
        server.arg("lsp").envs(variables.iter().copied());
        Self::start_server(server, directory, manners)
    }

    /// Starts any server, such as one with limits or an environment of its own.
    pub(crate) fn start_server(mut server: Command, directory: &Path, manners: Manners) -> Self {
        // What the tests themselves are built with is not meant for it; what it was given on purpose is.
        for name in ["CARGO_TARGET_DIR", "RUSTFLAGS"] {
            if !server.get_envs().any(|(given, _)| given == name) {
                server.env_remove(name);
            }
        }
        let mut child = server
            .current_dir(directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let heard = Arc::new(Heard::default());
        let stdout = child.stdout.take().unwrap();
        let listener = Arc::clone(&heard);
        std::thread::spawn(move || listener.listen(BufReader::new(stdout), manners));
        Self {
            stdin: child.stdin.take(),
            child,
            heard,
            next_id: 0,
            root: uri(directory),
        }
    }

    /// Starts a server and says hello as an editor of this day does.
    pub(crate) fn hello(directory: &Path, manners: Manners) -> Self {
        Self::hello_with(directory, manners, &json!({}))
    }

    /// The same with settings.
    pub(crate) fn hello_with(directory: &Path, manners: Manners, options: &Value) -> Self {
        let mut client = Self::start(directory, manners);
        client.say_hello(options);
        client
    }

    pub(crate) fn say_hello(&mut self, options: &Value) {
        let parameters = self.initialize_parameters(options);
        self.request("initialize", &parameters);
        self.notify("initialized", &json!({}));
    }

    /// Sets what the client answers when it is asked for settings, and says that they changed.
    pub(crate) fn change_settings(&mut self, settings: &Value) {
        self.prepare_settings(settings);
        self.notify(
            "workspace/didChangeConfiguration",
            &json!({"settings": null}),
        );
    }

    /// Sets what the client answers when it is asked for settings, before anything is said.
    pub(crate) fn prepare_settings(&mut self, settings: &Value) {
        *self.heard.settings.lock().unwrap() = settings.clone();
    }

    pub(crate) fn process_id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn initialize_parameters(&self, options: &Value) -> Value {
        json!({
            "processId": std::process::id(),
            "rootUri": self.root,
            "workspaceFolders": [{"uri": self.root, "name": "project"}],
            "initializationOptions": options,
            "clientInfo": {"name": "scripted"},
            "capabilities": {
                "window": {"workDoneProgress": true},
                "workspace": {"configuration": true, "workspaceFolders": true},
                "textDocument": {"codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix", "source"]}}}},
                "experimental": {"serverStatusNotification": true, "sidecargo": {"reloadProcMacros": true}},
            },
        })
    }

    /// Sends bytes as they are.
    pub(crate) fn send_raw(&mut self, bytes: &[u8]) {
        let stdin = self.stdin.as_mut().unwrap();
        // A server that is gone takes no more.
        let _ = stdin.write_all(bytes).and_then(|()| stdin.flush());
    }

    pub(crate) fn send(&mut self, message: &Value) {
        self.pay_owed();
        self.write(message);
    }

    fn write(&mut self, message: &Value) {
        let body = message.to_string();
        self.send_raw(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
    }

    pub(crate) fn notify(&mut self, method: &str, parameters: &Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": parameters}));
    }

    /// Sends a request and waits for its answer, an error included.
    pub(crate) fn ask(&mut self, method: &str, parameters: &Value) -> Value {
        self.next_id += 1;
        let id = self.next_id;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": parameters}));
        self.wait(&format!("an answer to {method}"), |message| {
            message["id"] == id && message.get("method").is_none()
        })
    }

    /// Sends a request and returns its result.
    #[track_caller]
    pub(crate) fn request(&mut self, method: &str, parameters: &Value) -> Value {
        let answer = self.ask(method, parameters);
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].clone()
    }

    pub(crate) fn command(&mut self, name: &str, argument: &Value) -> Value {
        self.request(
            "workspace/executeCommand",
            &json!({"command": name, "arguments": [argument]}),
        )
    }

    /// What the server knows of the workspace; null before its first look.
    pub(crate) fn report(&mut self) -> Value {
        self.command("sidecargo.report", &json!({}))
    }

    /// Waits for the first look, before which cargo may wait for others' downloads and builds.
    pub(crate) fn wait_for_report(&mut self) -> Value {
        let deadline = Instant::now() + Duration::from_mins(10);
        loop {
            let report = self.report();
            if !report.is_null() {
                return report;
            }
            assert!(Instant::now() < deadline, "the server does not look");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits for a message, past ones included; the first that fits is returned.
    pub(crate) fn wait(&mut self, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
        self.wait_from(0, what, fits).1
    }

    /// Waits for a message that comes at or after a place; returns the place behind it too.
    pub(crate) fn wait_from(
        &mut self,
        place: usize,
        what: &str,
        fits: impl Fn(&Value) -> bool,
    ) -> (usize, Value) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            self.pay_owed();
            let messages = self.heard.messages.lock().unwrap();
            let found = messages
                .iter()
                .enumerate()
                .skip(place)
                .find(|(_, message)| fits(message));
            if let Some((index, message)) = found {
                return (index + 1, message.clone());
            }
            assert!(
                Instant::now() < deadline,
                "waited for {what} in vain; heard from {place} on: {:#?}",
                &messages[place.min(messages.len())..]
            );
            drop(
                self.heard
                    .came
                    .wait_timeout(messages, Duration::from_millis(20))
                    .unwrap(),
            );
        }
    }

    /// How many messages came so far.
    pub(crate) fn place(&self) -> usize {
        self.heard.messages.lock().unwrap().len()
    }

    /// When the last message came.
    pub(crate) fn last_heard(&self) -> Option<Instant> {
        self.heard.times.lock().unwrap().last().copied()
    }

    /// When the message before a place came.
    pub(crate) fn time_before(&self, place: usize) -> Instant {
        self.heard.times.lock().unwrap()[place - 1]
    }

    /// Every message of a method from a place on.
    pub(crate) fn heard(&self, place: usize, method: &str) -> Vec<Value> {
        let messages = self.heard.messages.lock().unwrap();
        messages
            .iter()
            .skip(place)
            .filter(|message| message["method"] == method)
            .map(|message| message["params"].clone())
            .collect()
    }

    /// The methods of all that came and is no answer.
    pub(crate) fn methods(&self) -> std::collections::BTreeSet<String> {
        let messages = self.heard.messages.lock().unwrap();
        messages
            .iter()
            .filter_map(|message| message["method"].as_str().map(str::to_owned))
            .collect()
    }

    /// Waits until a file shows diagnostics of exactly these codes, from a place on.
    pub(crate) fn wait_for_codes(
        &mut self,
        place: usize,
        file: &Path,
        codes: &[&str],
    ) -> (usize, Vec<Value>) {
        let uri = uri(file);
        let (place, message) = self.wait_from(place, &format!("{codes:?} at {uri}"), |message| {
            message["method"] == "textDocument/publishDiagnostics"
                && message["params"]["uri"] == uri
                && codes_of(&message["params"]) == codes
        });
        let diagnostics = message["params"]["diagnostics"].as_array().unwrap().clone();
        (place, diagnostics)
    }

    /// Keeps the server's input open, and says nothing more.
    pub(crate) fn hold_input(&mut self) -> ChildStdin {
        self.stdin.take().unwrap()
    }

    pub(crate) fn close_input(&mut self) {
        self.stdin = None;
    }

    /// Waits for the server's end.
    pub(crate) fn wait_for_end(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "the server does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Says goodbye and waits for the end.
    pub(crate) fn goodbye(mut self) {
        self.request("shutdown", &Value::Null);
        self.notify("exit", &Value::Null);
        assert!(self.wait_for_end().success());
    }

    /// Sends the answers to what the server asked.
    pub(crate) fn pay_owed(&mut self) {
        let owed = std::mem::take(&mut *self.heard.owed.lock().unwrap());
        for message in owed {
            // Who has closed the input owes nothing any more.
            if self.stdin.is_some() {
                self.write(&message);
            }
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Heard {
    fn listen(&self, mut output: BufReader<std::process::ChildStdout>, manners: Manners) {
        while let Some(message) = read_message(&mut output) {
            if message.get("method").is_some()
                && message.get("id").is_some()
                && manners == Manners::Answers
            {
                let result = match message["method"].as_str() {
                    Some("workspace/configuration") => {
                        let items = message["params"]["items"].as_array().unwrap().len();
                        json!(vec![self.settings.lock().unwrap().clone(); items])
                    }
                    Some("window/showMessageRequest") => message["params"]["actions"][0].clone(),
                    _ => Value::Null,
                };
                let answer = json!({"jsonrpc": "2.0", "id": message["id"], "result": result});
                self.owed.lock().unwrap().push(answer);
            }
            let mut messages = self.messages.lock().unwrap();
            self.times.lock().unwrap().push(Instant::now());
            messages.push(message);
            drop(messages);
            self.came.notify_all();
        }
    }
}

fn read_message(output: &mut impl std::io::BufRead) -> Option<Value> {
    let mut length = None;
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim().split_once(": ") {
            Some(("Content-Length", value)) => length = value.parse().ok(),
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length?];
    output.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}

/// The program under test: another than the one just built where `SIDECARGO_TEST_PROGRAM` names it.
pub(crate) fn program() -> PathBuf {
    std::env::var_os("SIDECARGO_TEST_PROGRAM").map_or_else(
        || PathBuf::from(env!("CARGO_BIN_EXE_sidecargo")),
        PathBuf::from,
    )
}

/// A file's URI; test directories have plain names.
pub(crate) fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}

pub(crate) fn codes_of(published: &Value) -> Vec<&str> {
    let diagnostics = published["diagnostics"].as_array();
    let mut codes: Vec<&str> = diagnostics
        .into_iter()
        .flatten()
        .filter_map(|diagnostic| diagnostic["code"].as_str())
        .collect();
    codes.sort_unstable();
    codes
}

//! What of the server's insides the fuzz targets feed, which are crates of their own. Compiled for them alone.

use camino::Utf8Path;
use serde_json::Value;
use tokio::sync::mpsc;

use super::columns::Point;
use super::convert;
use super::documents::{Documents, Edit};
use super::input;
use super::model::Encoding;
use super::output::REFUSALS;
use super::settings::{self, Values};

/// Reads what a client sent up to its end.
///
/// # Panics
/// Where there is no event loop, or what is handed on is no message.
pub fn messages(bytes: &[u8]) {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().build() else {
        return;
    };
    runtime.block_on(async {
        let (refuse, mut refused) = mpsc::channel(REFUSALS);
        let _ = input::pump(bytes, tokio::io::sink(), refuse).await;
        while let Ok(refusal) = refused.try_recv() {
            assert!(serde_json::from_slice::<Value>(&refusal).is_ok());
        }
    });
}

/// Takes settings as a client sends them.
///
/// # Panics
/// Where something is complained of without a name.
pub fn settings(sent: &Value) {
    let (_, complaints) = settings::read(&Values::from_client(sent));
    let message = settings::complaint_message(&complaints);
    assert_eq!(message.is_some(), !complaints.is_empty());
}

/// Takes what a client says of itself.
pub fn greeting(sent: Value) {
    if let Ok(greeting) = serde_json::from_value(sent) {
        let _ = convert::profile(greeting);
    }
}

/// Edits a file, in each way of counting columns.
///
/// # Panics
/// Where the file is lost on the way.
pub fn edits(text: &str, edits: &[(Option<[u32; 4]>, &str)]) {
    let path = Utf8Path::new("/w/src/lib.rs");
    for encoding in [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32] {
        let mut documents = Documents::new(encoding);
        documents.open(path.to_owned(), text.to_owned());
        let edits = edits.iter().map(|(range, text)| Edit {
            range: range.map(|[line, units, last_line, last_units]| {
                let last = Point {
                    line: last_line,
                    units: last_units,
                };
                (Point { line, units }, last)
            }),
            text: (*text).to_owned(),
        });
        documents.edit(path, edits.collect());
        assert!(documents.text(path).is_some());
    }
}

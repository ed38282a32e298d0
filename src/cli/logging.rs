//! Where the log goes: standard error, or a file; its level by `SIDECARGO_LOG`, or by a setting of the language server's.

use std::fs::OpenOptions;
use std::sync::{Mutex, OnceLock};

use camino::Utf8Path;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::writer::BoxMakeWriter;

use super::failure::Failure;

/// The variable that sets the level, in the words of `tracing-subscriber`'s filters, such as `debug` or `sidecargo=trace`.
const LEVEL_VARIABLE: &str = "SIDECARGO_LOG";

/// Puts another filter in force.
type SetFilter = Box<dyn Fn(EnvFilter) + Send + Sync>;

static SET_FILTER: OnceLock<SetFilter> = OnceLock::new();

/// Starts logging for the whole process; a second call changes nothing.
pub(crate) fn start(file: Option<&Utf8Path>) -> Result<(), Failure> {
    let filter = EnvFilter::builder()
        .with_default_directive(LevelFilter::WARN.into())
        .with_env_var(LEVEL_VARIABLE)
        .from_env_lossy();
    let writer = match file {
        None => BoxMakeWriter::new(std::io::stderr),
        Some(path) => {
            let file = OpenOptions::new()
                .create(true)
                .append(true)
                .open(path)
                .map_err(|source| Failure::LogFile {
                    path: path.to_owned(),
                    source,
                })?;
            BoxMakeWriter::new(Mutex::new(file))
        }
    };
    let log = tracing_subscriber::fmt()
        .with_writer(writer)
        .with_ansi(false)
        .with_env_filter(filter)
        .with_filter_reloading();
    let handle = log.reload_handle();
    // Only a second start fails, and then the first one holds.
    if log.try_init().is_ok() {
        let _ = SET_FILTER.set(Box::new(move |filter| {
            // Fails only when the log is gone.
            let _ = handle.reload(filter);
        }));
    }
    Ok(())
}

/// Sets the level that a setting asks for, in the words of the variable; where that is set, it has the last word.
#[cfg(feature = "lsp")]
pub(crate) fn set_level(level: &str) {
    let is_set = std::env::var_os(LEVEL_VARIABLE).is_some_and(|value| !value.is_empty());
    if let Some(set_filter) = SET_FILTER.get().filter(|_| !is_set) {
        let filter = EnvFilter::builder()
            .with_default_directive(LevelFilter::WARN.into())
            .parse_lossy(level);
        set_filter(filter);
    }
}

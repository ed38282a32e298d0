//! Where the log goes: standard error, or a file; its level by `SIDECARGO_LOG`.

use std::fs::OpenOptions;
use std::sync::Mutex;

use camino::Utf8Path;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use super::failure::Failure;

/// The variable that sets the level, in the words of `tracing-subscriber`'s filters, such as `debug` or `sidecargo=trace`.
const LEVEL_VARIABLE: &str = "SIDECARGO_LOG";

/// Starts logging for the whole process; a second call changes nothing.
pub(crate) fn start(file: Option<&Utf8Path>) -> Result<(), Failure> {
    let filter = EnvFilter::builder()
        .with_default_directive(LevelFilter::WARN.into())
        .with_env_var(LEVEL_VARIABLE)
        .from_env_lossy();
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false);
    // Only a second start fails, and then the first one holds.
    let _ = match file {
        None => log.with_writer(std::io::stderr).try_init(),
        Some(path) => {
            let file = OpenOptions::new()
                .create(true)
                .append(true)
                .open(path)
                .map_err(|source| Failure::LogFile {
                    path: path.to_owned(),
                    source,
                })?;
            log.with_writer(Mutex::new(file)).try_init()
        }
    };
    Ok(())
}

//! Where the log goes: standard error, or a file; its level by `SIDECARGO_LOG`, or by a setting of the language server's.

use std::fs::OpenOptions;
use std::sync::{Mutex, OnceLock};

use camino::Utf8Path;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::writer::BoxMakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{fmt, registry, reload};

use super::failure::Failure;

/// The variable that sets the level: one for all, such as `debug`, others for modules, such as `sidecargo::watch=trace`, with commas between.
const LEVEL_VARIABLE: &str = "SIDECARGO_LOG";

/// Puts another filter in force.
type SetFilter = Box<dyn Fn(Targets) + Send + Sync>;

static SET_FILTER: OnceLock<SetFilter> = OnceLock::new();

/// Starts logging for the whole process; a second call changes nothing.
pub(crate) fn start(file: Option<&Utf8Path>) -> Result<(), Failure> {
    let (filter, handle) = reload::Layer::new(filter(&variable().unwrap_or_default()));
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
    let log = fmt::layer().with_writer(writer).with_ansi(false);
    // Only a second start fails, and then the first one holds.
    if registry().with(filter).with(log).try_init().is_ok() {
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
    if variable().is_none()
        && let Some(set_filter) = SET_FILTER.get()
    {
        set_filter(filter(level));
    }
}

fn variable() -> Option<String> {
    let value = std::env::var_os(LEVEL_VARIABLE)?;
    Some(value.to_string_lossy().into_owned()).filter(|value| !value.is_empty())
}

/// Reads levels; what is none is left out.
fn filter(levels: &str) -> Targets {
    let mut filter = Targets::new().with_default(LevelFilter::WARN);
    let words = levels.split(',').map(str::trim);
    for word in words.filter(|word| !word.is_empty()) {
        filter = match (word.parse::<LevelFilter>(), word.split_once('=')) {
            (Ok(level), _) => filter.with_default(level),
            (Err(_), None) => filter.with_target(word, LevelFilter::TRACE),
            (Err(_), Some((module, level))) => match level.parse::<LevelFilter>() {
                Ok(level) => filter.with_target(module, level),
                Err(_) => filter,
            },
        };
    }
    filter
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn levels_are_for_all_or_for_a_module() {
        for (levels, own, watcher, others) in [
            ("", Level::WARN, Level::WARN, Level::WARN),
            ("debug", Level::DEBUG, Level::DEBUG, Level::DEBUG),
            (
                "Info, sidecargo=debug",
                Level::DEBUG,
                Level::DEBUG,
                Level::INFO,
            ),
            (
                "sidecargo::watch=trace",
                Level::WARN,
                Level::TRACE,
                Level::WARN,
            ),
            ("sidecargo", Level::TRACE, Level::TRACE, Level::WARN),
            (
                "sidecargo=loud,,error",
                Level::ERROR,
                Level::ERROR,
                Level::ERROR,
            ),
        ] {
            let filter = filter(levels);
            for (module, most) in [
                ("sidecargo::server", own),
                ("sidecargo::watch::native", watcher),
                ("tower", others),
            ] {
                let all = [
                    Level::ERROR,
                    Level::WARN,
                    Level::INFO,
                    Level::DEBUG,
                    Level::TRACE,
                ];
                for level in all {
                    let is_logged = filter.would_enable(module, &level);
                    assert_eq!(is_logged, level <= most, "{levels:?} {module} {level}");
                }
            }
        }
    }
}

//! How output looks where it goes: colours and Unicode marks on a terminal that takes them, plain ASCII everywhere else.

use std::borrow::Cow;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use clap::ValueEnum;

/// The columns that every report keeps to.
pub(crate) const COLUMNS: usize = 80;

/// When to colour, as a person says it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl When {
    /// Makes it the choice of this process.
    pub(crate) fn apply(self) {
        match self {
            Self::Auto => {}
            Self::Always => anstream::ColorChoice::Always.write_global(),
            Self::Never => anstream::ColorChoice::Never.write_global(),
        }
    }
}

/// How output looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    /// Colours and Unicode marks.
    Rich,
    /// ASCII, but for what paths and messages bring along.
    Plain,
}

/// What a piece of output is, for its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Healthy.
    Good,
    /// Will not work.
    Bad,
    /// Works, but not as it should.
    Doubtful,
    /// Neither good nor bad.
    Neutral,
    /// A heading, or what the eye looks for.
    Strong,
    /// Details.
    Faint,
    /// Something to type.
    Code,
}

impl Tone {
    fn style(self) -> Style {
        match self {
            Self::Good => AnsiColor::Green.on_default().bold(),
            Self::Bad => AnsiColor::Red.on_default().bold(),
            Self::Doubtful => AnsiColor::Yellow.on_default().bold(),
            Self::Strong => Style::new().bold(),
            Self::Faint => Style::new().dimmed(),
            Self::Neutral | Self::Code => AnsiColor::Cyan.on_default(),
        }
    }
}

impl Look {
    /// The look that standard output takes.
    pub(crate) fn of_stdout() -> Self {
        let asked_for = anstream::ColorChoice::global();
        match anstream::AutoStream::choice(&io::stdout()) {
            anstream::ColorChoice::Never => Self::Plain,
            _ if asked_for == anstream::ColorChoice::Auto && !speaks_utf8() => Self::Plain,
            _ => Self::Rich,
        }
    }

    /// The text in the colour of its tone.
    pub(crate) fn paint(self, tone: Tone, text: &str) -> String {
        match self {
            Self::Rich if !text.is_empty() => {
                let style = tone.style();
                format!("{style}{text}{style:#}")
            }
            _ => text.to_owned(),
        }
    }

    /// One of two texts, the second for where only ASCII is sure to show.
    pub(crate) fn either(self, rich: &'static str, plain: &'static str) -> &'static str {
        match self {
            Self::Rich => rich,
            Self::Plain => plain,
        }
    }

    /// The text with the few signs that our own messages use put into ASCII where only that is sure to show.
    pub(crate) fn text(self, text: &str) -> Cow<'_, str> {
        match self {
            Self::Rich => Cow::Borrowed(text),
            Self::Plain if text.is_ascii() => Cow::Borrowed(text),
            Self::Plain => Cow::Owned(
                text.replace('→', "->")
                    .replace('…', "...")
                    .replace('·', "|")
                    .replace(['–', '—'], "-"),
            ),
        }
    }
}

/// Whether the locale is one that writes UTF-8, as the C library picks it from the environment.
fn speaks_utf8() -> bool {
    if cfg!(windows) {
        return true;
    }
    ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
        .is_some_and(|locale| {
            locale
                .to_ascii_lowercase()
                .replace('-', "")
                .contains("utf8")
        })
}

/// How to call this program: by its name, or, for who tries it from its source, as they did.
pub(crate) fn program() -> &'static str {
    let under_cargo_run = std::env::var("CARGO_PKG_NAME").as_deref() == Ok(env!("CARGO_PKG_NAME"));
    match (under_cargo_run, cfg!(debug_assertions)) {
        (false, _) => "sidecargo",
        (true, true) => "cargo run --",
        (true, false) => "cargo run --release --",
    }
}

/// Says on standard error how it goes; when that is gone, nobody wants to know.
pub(crate) fn note(text: &str) {
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// Writes a finished text to standard output; a reader that has gone away is no failure.
pub(crate) fn print(text: &str) -> io::Result<()> {
    let mut stdout = anstream::stdout().lock();
    match stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
    {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

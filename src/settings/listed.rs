//! Every setting by its name, with what it takes, its default and its meaning: what readers accept, the README's table and the editors'
//! settings all come from here or are tested against it. Data alone; what becomes of a value is the readers' work.

/// One setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Setting {
    /// Its name, dotted.
    pub name: &'static str,
    /// Which values it takes.
    pub takes: Takes,
    /// Its default, as JSON.
    pub default: &'static str,
    /// What it does, as a sentence of Markdown.
    pub meaning: &'static str,
}

/// Which values a setting takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Takes {
    /// True or false.
    Boolean,
    /// A text.
    Text,
    /// A list of texts.
    Texts,
    /// `all` or a list of texts.
    AllOrTexts,
    /// True, false or a text.
    BooleanOrText,
    /// A whole number of milliseconds.
    Milliseconds,
    /// One of these.
    Choice(&'static [&'static str]),
    /// A table of texts, or null.
    Variables,
    /// A table of lists of texts.
    TableOfTexts,
    /// A table that gives one of these for each name.
    TableOfChoices(&'static [&'static str]),
}

impl Takes {
    /// The types of JSON values that it takes, sorted as editors' schemas name them.
    #[must_use]
    pub fn json_types(self) -> &'static [&'static str] {
        match self {
            Self::Boolean => &["boolean"],
            Self::Text | Self::Choice(_) => &["string"],
            Self::Texts => &["array"],
            Self::AllOrTexts => &["array", "string"],
            Self::BooleanOrText => &["boolean", "string"],
            Self::Milliseconds => &["integer"],
            Self::Variables | Self::TableOfTexts | Self::TableOfChoices(_) => &["object"],
        }
    }

    /// The words to choose from, where there are some.
    #[must_use]
    pub fn choices(self) -> &'static [&'static str] {
        match self {
            Self::Choice(choices) | Self::TableOfChoices(choices) => choices,
            _ => &[],
        }
    }
}

const fn setting(
    name: &'static str,
    takes: Takes,
    default: &'static str,
    meaning: &'static str,
) -> Setting {
    Setting {
        name,
        takes,
        default,
        meaning,
    }
}

/// The settings that rust-analyzer has too, by its names and with its defaults, sorted.
pub const RUST_ANALYZER: &[Setting] = &[
    setting(
        "cargo.allTargets",
        Takes::Boolean,
        "true",
        "Look at tests, examples and benchmarks too.",
    ),
    setting(
        "cargo.buildScripts.enable",
        Takes::Boolean,
        "true",
        "Accepted for those who share one table with rust-analyzer; changes nothing here.",
    ),
    setting(
        "cargo.buildScripts.overrideCommand",
        Takes::Texts,
        "null",
        "The command that rust-analyzer builds with in place of cargo; what it makes is then not known.",
    ),
    setting(
        "cargo.buildScripts.rebuildOnSave",
        Takes::Boolean,
        "true",
        "Accepted for those who share one table with rust-analyzer; changes nothing here.",
    ),
    setting(
        "cargo.extraArgs",
        Takes::Texts,
        "[]",
        "Arguments for every cargo that builds.",
    ),
    setting(
        "cargo.extraEnv",
        Takes::Variables,
        "{}",
        "Variables for every cargo and rustc; null takes one away.",
    ),
    setting(
        "cargo.features",
        Takes::AllOrTexts,
        "[]",
        "Features to switch on, or `\"all\"`.",
    ),
    setting(
        "cargo.noDefaultFeatures",
        Takes::Boolean,
        "false",
        "Leave the default features off.",
    ),
    setting(
        "cargo.profile",
        Takes::Text,
        "null",
        "The profile that is built and looked at; null is cargo's `dev`.",
    ),
    setting(
        "cargo.target",
        Takes::Text,
        "null",
        "The target to build for; null is this machine.",
    ),
    setting(
        "cargo.targetDir",
        Takes::BooleanOrText,
        "null",
        "A target directory of the editor's own: a path, or true for `rust-analyzer` below the usual one.",
    ),
    setting(
        "linkedProjects",
        Takes::Texts,
        "[]",
        "Manifests to look at, in place of the workspaces that are found.",
    ),
    setting(
        "procMacro.enable",
        Takes::Boolean,
        "true",
        "Whether rust-analyzer expands proc macros; without it nothing is reported.",
    ),
    setting(
        "procMacro.ignored",
        Takes::TableOfTexts,
        "{}",
        "Macros that rust-analyzer does not expand, by crate; they are not reported.",
    ),
    setting(
        "procMacro.server",
        Takes::Text,
        "null",
        "The proc-macro server; null is the toolchain's.",
    ),
];

/// The settings of Sidecargo alone, sorted.
pub const OWN: &[Setting] = &[
    setting(
        "catalogue.files",
        Takes::Texts,
        "[]",
        "Files of known build failures of your own, tried first; relative to the workspace.",
    ),
    setting(
        "diagnostics.grace",
        Takes::Milliseconds,
        "10000",
        "How long rust-analyzer gets to mend by itself what it can, in milliseconds.",
    ),
    setting(
        "diagnostics.severity",
        Takes::TableOfChoices(&["error", "warning", "information", "hint", "off"]),
        "{}",
        "The severity of a code, such as `{ \"dylib-stale\": \"off\" }`.",
    ),
    setting(
        "diagnostics.uses",
        Takes::Boolean,
        "true",
        "Mark the uses of affected macros in open Rust files.",
    ),
    setting(
        "logLevel",
        Takes::Text,
        "null",
        "What is logged, such as `info` or `sidecargo=debug`; before it the variable `SIDECARGO_LOG` holds.",
    ),
    setting(
        "noExec",
        Takes::Boolean,
        "false",
        "Start no process: neither cargo nor rustc is asked, and nothing can be mended.",
    ),
    setting(
        "rebuild.automatic",
        Takes::Choice(&["never", "workspaceMacros", "all"]),
        "\"never\"",
        "Which macros are rebuilt without being asked.",
    ),
    setting(
        "watch.backend",
        Takes::Choice(&["auto", "native", "poll"]),
        "\"auto\"",
        "How changes on disk are noticed: by the system's events where they can be had, by them alone, or by looking in intervals.",
    ),
    setting(
        "watch.pollInterval",
        Takes::Milliseconds,
        "5000",
        "How often files are looked at where that is needed, in milliseconds.",
    ),
];

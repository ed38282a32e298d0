//! The command line as types, with its help. Parses only; what the options mean is the commands' work.

// The documentation of options is their help, which is no Markdown.
#![allow(clippy::doc_markdown)]

use camino::Utf8PathBuf;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use super::selection::Selection;
use super::terminal::When;
use crate::verdict::Code;

/// Keeps proc macros expanding: finds missing, stale, corrupt and foreign dylibs, says why, and mends them.
#[derive(Debug, Parser)]
#[command(
    name = "sidecargo",
    version,
    disable_help_subcommand = true,
    disable_help_flag = true,
    after_help = "\
Examples:
  sidecargo check                  will the proc macros expand here?
  sidecargo fix                    mend those that will not
  sidecargo watch --fix            and those that break from now on
  sidecargo explain dylib-corrupt  what a code, or a pasted error, means
  sidecargo demo                   see it all on a small workspace"
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) shared: Shared,
}

/// What every command takes.
#[derive(Debug, Args)]
#[command(next_help_heading = "For every command")]
pub(crate) struct Shared {
    /// Print help
    // The long form would put every option on lines of its own and no longer fit a screen.
    #[arg(long, short, global = true, action = ArgAction::HelpShort, display_order = 902)]
    help: Option<bool>,
    /// Append the log to this file [level: SIDECARGO_LOG]
    #[arg(long, global = true, value_name = "FILE", display_order = 900)]
    pub(crate) log_file: Option<Utf8PathBuf>,
    /// Colours and marks: auto (the default), always or never
    #[arg(
        long,
        global = true,
        value_enum,
        default_value = "auto",
        value_name = "WHEN",
        hide_default_value = true,
        hide_possible_values = true,
        display_order = 901
    )]
    pub(crate) color: When,
}

/// What is to be done.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Say which proc macros will not expand, and why
    Check(Box<CheckArguments>),
    /// Mend the proc macros that will not expand
    Fix(Box<FixArguments>),
    /// Stay, and say each change; build, mend and restart a service if asked
    #[cfg(feature = "lsp")]
    Watch(Box<WatchArguments>),
    /// Say what a code, or a pasted error, means and what to do
    Explain(ExplainArguments),
    /// Lay out a small workspace, build it, break it, show the report
    Demo(DemoArguments),
    /// Speak the Language Server Protocol on stdin and stdout (the default)
    #[cfg(feature = "lsp")]
    #[command(after_help = "\
Examples:
  sidecargo lsp                                  as an editor starts it
  SIDECARGO_LOG=debug sidecargo lsp --log-file sidecargo.log")]
    Lsp,
    /// Print the completions of a shell
    Completions(CompletionsArguments),
    /// Print the manual page
    #[command(after_help = "\
Examples:
  sidecargo man | man -l -                 read it
  sidecargo man > ~/.local/share/man/man1/sidecargo.1")]
    Man,
}

/// `sidecargo check`.
#[derive(Debug, Args)]
#[command(
    next_help_heading = "What is looked at, and how it is reported",
    after_help = "\
Exit status: 0 nothing that counts, 1 findings, 2 it could not check.
What counts: warnings and errors, unless --deny or --allow say otherwise.

Examples:
  sidecargo check -v                       list the healthy ones too
  sidecargo check --format json ../app     for scripts
  sidecargo check --deny dylib-corrupt     in CI: only this one fails the job"
)]
#[allow(clippy::struct_excessive_bools)] // Each is a switch of the command line.
pub(crate) struct CheckArguments {
    /// As human (the default), json, sarif or github
    #[arg(
        long,
        value_enum,
        default_value = "human",
        value_name = "FORMAT",
        hide_default_value = true,
        hide_possible_values = true
    )]
    pub(crate) format: Format,
    /// Print the JSON Schema of --format json and stop
    #[arg(long)]
    pub(crate) schema: bool,
    /// Let the proc-macro server list each dylib's macros
    #[arg(long, conflicts_with = "no_exec")]
    pub(crate) probe: bool,
    /// Start no process at all; read only
    #[arg(long)]
    pub(crate) no_exec: bool,
    /// Wait for a running build to end first
    #[arg(long)]
    pub(crate) wait: bool,
    /// Only these codes count, whatever their severity
    #[arg(long, value_name = "CODE,...", value_delimiter = ',', value_parser = codes(), hide_possible_values = true)]
    pub(crate) deny: Vec<Code>,
    /// These codes do not count
    #[arg(long, value_name = "CODE,...", value_delimiter = ',', value_parser = codes(), hide_possible_values = true)]
    pub(crate) allow: Vec<Code>,
    /// List the healthy proc macros too
    #[arg(long, short)]
    pub(crate) verbose: bool,
    #[command(flatten)]
    pub(crate) selection: Selection,
}

/// `sidecargo fix`.
#[derive(Debug, Args)]
#[command(
    next_help_heading = "How it is mended",
    after_help = "\
Exit status: 0 all is fresh afterwards, 1 something remains, 2 it could not be done.

Examples:
  sidecargo fix                            remove what is broken, rebuild
  sidecargo fix --dry-run                  show the steps and take none
  sidecargo fix --package serde_derive     this one only"
)]
#[allow(clippy::struct_excessive_bools)] // Each is a switch of the command line.
pub(crate) struct FixArguments {
    /// Mend only this package; may be given several times
    #[arg(long, short, value_name = "SPEC")]
    pub(crate) package: Vec<String>,
    /// Run `cargo clean -p` for each before the rebuild
    #[arg(long, conflicts_with = "clean_all")]
    pub(crate) clean: bool,
    /// Run a full `cargo clean` before the rebuild
    #[arg(long, conflicts_with = "package")]
    pub(crate) clean_all: bool,
    /// Print the steps and take none
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// How to say what was done
    #[arg(long, value_enum, default_value = "human", value_name = "FORMAT")]
    pub(crate) format: FixFormat,
    /// Print the JSON Schema of --format json and stop
    #[arg(long)]
    pub(crate) schema: bool,
    #[command(flatten)]
    pub(crate) selection: Selection,
}

/// `sidecargo watch`.
#[cfg(feature = "lsp")]
#[derive(Debug, Args)]
#[command(
    next_help_heading = "What is done, and how it is told",
    after_help = "\
A good build is one that succeeded and after which every proc macro is fresh.
Until there is one, what ran before goes on running.

Examples:
  sidecargo watch --fix                     mend what breaks, as it breaks
  sidecargo watch --build --then target/debug/app --port 8080
  sidecargo watch --build='--release' --trigger good-build
  cargo watch -w good-build -x 'run --release'     ... in another terminal"
)]
pub(crate) struct WatchArguments {
    /// Mend what breaks; once, until a source changes
    #[arg(long)]
    pub(crate) fix: bool,
    /// Run `cargo build ARGS` on every edit
    #[arg(long, value_name = "ARGS", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub(crate) build: Option<String>,
    /// Touch FILE after each good build
    #[arg(long, value_name = "FILE", requires = "build")]
    pub(crate) trigger: Option<Utf8PathBuf>,
    /// Run COMMAND after each good build, the former run ended first
    #[arg(long, value_name = "COMMAND", requires = "build", num_args = 1.., allow_hyphen_values = true)]
    pub(crate) then: Vec<String>,
    /// How to tell it
    #[arg(long, value_enum, default_value = "human", value_name = "FORMAT")]
    pub(crate) format: WatchFormat,
    #[command(flatten)]
    pub(crate) selection: Selection,
}

/// How changes are told.
#[cfg(feature = "lsp")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum WatchFormat {
    /// For people.
    Human,
    /// One object a line.
    Json,
}

/// `sidecargo explain`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sidecargo explain                        all codes, a line each
  sidecargo explain dylib-stale
  sidecargo explain 'proc-macro not yet built'
  cargo check 2>&1 | sidecargo explain     recognise an error in what is piped in")]
pub(crate) struct ExplainArguments {
    /// A file of known failures of your own, tried first
    #[arg(long, value_name = "FILE")]
    pub(crate) catalogue: Vec<Utf8PathBuf>,
    /// A code, or an error text; standard input when left out
    #[arg(value_name = "CODE|ERROR-TEXT", trailing_var_arg = true)]
    pub(crate) text: Vec<String>,
}

/// `sidecargo demo`.
#[derive(Debug, Args)]
#[command(after_help = "\
It runs `cargo check` there once, which fetches four small crates from crates.io.
It writes to DIR and nowhere else; delete DIR when you have seen enough.

Examples:
  sidecargo demo
  sidecargo demo /tmp/demo && sidecargo fix /tmp/demo")]
pub(crate) struct DemoArguments {
    /// Directory to lay it out in, empty or not there yet [default: sidecargo-demo]
    #[arg(value_name = "DIR")]
    pub(crate) directory: Option<Utf8PathBuf>,
}

/// `sidecargo completions`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  source <(sidecargo completions bash)     in ~/.bashrc
  source <(sidecargo completions zsh)      in ~/.zshrc, after compinit
  sidecargo completions fish > ~/.config/fish/completions/sidecargo.fish
  sidecargo completions powershell | Out-String | Invoke-Expression")]
pub(crate) struct CompletionsArguments {
    /// For which shell
    #[arg(value_name = "SHELL", value_enum)]
    pub(crate) shell: Shell,
}

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Human,
    /// One object; `--schema` prints its JSON Schema.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Annotations of GitHub Actions.
    Github,
}

/// How `fix` says what was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FixFormat {
    /// For people.
    Human,
    /// One object; `--schema` prints its JSON Schema.
    Json,
}

fn codes() -> impl TypedValueParser<Value = Code> {
    PossibleValuesParser::new(Code::ALL.iter().map(|code| code.as_str())).try_map(|text| {
        // The parser before has let only printed codes through.
        Code::parse(&text).ok_or("unknown code")
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_help_fits_a_screen_and_has_examples() {
        let mut command = Arguments::command().term_width(80);
        command.build();
        let names: Vec<String> = command
            .get_subcommands()
            .map(|command| command.get_name().to_owned())
            .collect();
        let mut texts = vec![command.render_help().to_string()];
        for name in names {
            let subcommand = command.find_subcommand_mut(&name).unwrap();
            texts.push(subcommand.render_help().to_string());
        }
        for text in texts {
            assert!(text.contains("Examples:"), "{text}");
            assert!(
                text.lines().count() <= 40,
                "{} lines\n{text}",
                text.lines().count()
            );
            for line in text.lines() {
                assert!(line.chars().count() <= 80, "{line}");
            }
        }
    }

    #[cfg(feature = "lsp")]
    #[test]
    fn what_follows_then_is_the_commands() {
        let watch = |arguments: &[&str]| {
            let all = ["sidecargo", "watch"].iter().chain(arguments);
            match Arguments::try_parse_from(all)?.command {
                Some(Command::Watch(watch)) => Ok(*watch),
                _ => unreachable!("watch was asked for"),
            }
        };
        let command = ["app", "--format", "x", "-v", "--", "--build"];
        for before in [&["--build"][..], &["..", "--build=-p app", "--fix"]] {
            let all = [before, &["--then"], &command].concat();
            let watch: Result<WatchArguments, clap::Error> = watch(&all);
            assert_eq!(watch.unwrap().then, command);
        }
        assert!(watch(&["--then", "app"]).is_err());
        assert!(watch(&["--trigger", "file"]).is_err());
        assert_eq!(watch(&["--build"]).unwrap().build.as_deref(), Some(""));
    }

    #[test]
    fn codes_come_divided_by_commas() {
        let arguments = Arguments::try_parse_from([
            "sidecargo",
            "check",
            "--deny",
            "dylib-corrupt,dylib-stale",
        ])
        .unwrap();
        let Some(Command::Check(check)) = arguments.command else {
            unreachable!("check was asked for")
        };
        assert_eq!(check.deny, [Code::DylibCorrupt, Code::DylibStale]);
        assert!(Arguments::try_parse_from(["sidecargo", "check", "--allow", "nonsense"]).is_err());
    }
}

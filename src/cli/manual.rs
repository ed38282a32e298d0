//! `sidecargo man`: one manual page with every command in it, written from the same types that parse the command line.

use std::io;

use clap::CommandFactory;
use clap_mangen::Man;

use super::ExitStatus;
use super::arguments::Arguments;
use super::failure::Failure;
use super::terminal;

/// Prints the page, in roff.
pub(super) fn run() -> Result<ExitStatus, Failure> {
    terminal::print(&page()?)?;
    Ok(ExitStatus::Fine)
}

/// A page for each command would have to be installed one by one, so all of them stand in one, as sections of their own.
fn page() -> io::Result<String> {
    let command = Arguments::command();
    let version = command.get_version().unwrap_or_default();
    let top = Man::new(command.clone()).source(format!("sidecargo {version}"));
    let mut page = rendered(|out| {
        top.render_title(out)?;
        top.render_name_section(out)?;
        top.render_synopsis_section(out)?;
        top.render_description_section(out)?;
        top.render_options_section(out)
    })?;
    page.push_str(&verbatim(&command));
    for subcommand in command.get_subcommands().filter(|each| !each.is_hide_set()) {
        page.push_str(&section(command.get_name(), subcommand.clone())?);
    }
    Ok(page)
}

/// One command: how to call it, what it does, its options, then what stands below its help.
fn section(program: &str, command: clap::Command) -> io::Result<String> {
    let name = format!("{program} {}", command.get_name());
    let below_help = verbatim(&command);
    let command = command.disable_help_flag(true).bin_name(name.clone());
    let about = command.get_about().map(ToString::to_string);
    let man = Man::new(command);
    let heading = format!(".SH \"{}\"\n", name.to_uppercase());
    let synopsis = rendered(|out| man.render_synopsis_section(out))?;
    let options = rendered(|out| man.render_options_section(out))?;
    Ok([
        heading,
        // The heading above serves.
        synopsis.replace(".SH SYNOPSIS\n", ""),
        format!(".PP\n{}\n", escaped(&about.unwrap_or_default())),
        options.replace(".SH ", ".SS "),
        below_help,
    ]
    .concat())
}

fn rendered(render: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> io::Result<String> {
    let mut out = Vec::new();
    render(&mut out)?;
    Ok(String::from_utf8_lossy(&out).into_owned())
}

/// The text below a command's help, its lines kept as they are.
fn verbatim(command: &clap::Command) -> String {
    let Some(text) = command.get_after_help() else {
        return String::new();
    };
    let lines: Vec<String> = text.to_string().lines().map(escaped).collect();
    format!(".PP\n.nf\n{}\n.fi\n", lines.join("\n"))
}

/// A line of text that roff takes for nothing else.
fn escaped(line: &str) -> String {
    let line = line.replace('\\', "\\e").replace('-', "\\-");
    if line.starts_with(['.', '\'']) {
        format!("\\&{line}")
    } else {
        line
    }
}

//! `sidecargo explain`: what a code, or a pasted error, means and what to do.

mod here;
mod page;
mod recognise;

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Read};

pub use page::{Page, page};
pub use recognise::{NamedDylib, Recognised, recognise};

use super::ExitStatus;
use super::arguments::ExplainArguments;
use super::failure::Failure;
use super::terminal::{self, COLUMNS, Look, Tone};
use super::text;
use crate::inspect::InspectedMacro;
use crate::remedy::catalogue::{self, Catalogue, Facts, Known};
use crate::verdict::{Code, code_of};

/// The most of standard input that is looked at; a build's whole output is well below.
const MOST_INPUT: u64 = 4 * 1024 * 1024;

/// Explains what the arguments or standard input hold; lists the codes where there is neither.
pub(super) fn run(arguments: &ExplainArguments) -> Result<ExitStatus, Failure> {
    let look = Look::of_stdout();
    let text = match arguments.text.join(" ") {
        text if !text.trim().is_empty() => text,
        _ if io::stdin().is_terminal() => {
            terminal::print(&all_codes(look))?;
            return Ok(ExitStatus::Fine);
        }
        _ => standard_input()?,
    };
    if text.trim().is_empty() {
        terminal::print(&all_codes(look))?;
        return Ok(ExitStatus::Fine);
    }
    let base = camino::Utf8PathBuf::from(".");
    let (catalogue, problems) = catalogue::load(&arguments.catalogue, &base);
    if let Some(problem) = problems.into_iter().next() {
        return Err(problem.into());
    }
    terminal::print(&explain(text.trim(), &catalogue, look)?)?;
    Ok(ExitStatus::Fine)
}

fn standard_input() -> Result<String, Failure> {
    let mut bytes = Vec::new();
    io::stdin()
        .lock()
        .take(MOST_INPUT)
        .read_to_end(&mut bytes)
        .map_err(|source| Failure::Input { source })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The page of a code, or what a text means and the page of the code that it points at.
fn explain(text: &str, catalogue: &Catalogue, look: Look) -> Result<String, Failure> {
    if let Some(code) = Code::parse(&text.to_ascii_lowercase()) {
        return Ok(page(code).render(look));
    }
    let mut out = String::new();
    let culprits = here::culprits(text);
    tell_culprits(&culprits, &mut out);
    let Some(recognised) = recognise(text, catalogue, &Facts::default()) else {
        return match culprits.first() {
            Some(culprit) => {
                let code = code_of(&culprit.verdict).unwrap_or(Code::DylibCorrupt);
                Ok(format!("{out}{}", page(code).render(look)))
            }
            None => Err(Failure::NotRecognised {
                codes: all_codes(Look::Plain),
            }),
        };
    };
    for line in text::wrap(&look.text(&recognised.meaning), COLUMNS) {
        let _ = writeln!(out, "{line}");
    }
    if let Some(known) = &recognised.known {
        if known.entry.name == FILE_LOCK
            && let Some(builder) = here::builder()
        {
            let _ = writeln!(out, "\nHere it is {builder} that builds.");
        }
        more_of(known, look, &mut out);
    }
    let workspace = recognised.dylib.as_ref().and_then(|dylib| {
        // The text may be from another machine; only a workspace that is here can be mended.
        dylib
            .likely_workspace()
            .filter(|directory| directory.join("Cargo.toml").is_file())
    });
    if let Some(dylib) = &recognised.dylib {
        let name = dylib.crate_name();
        let name = name
            .as_ref()
            .map_or_else(String::new, |name| format!(" of `{name}`"));
        let _ = write!(
            out,
            "\nThe library{name}:\n  {}\n",
            look.paint(Tone::Faint, dylib.path.as_str())
        );
    }
    if let Some((likeliest, others)) = recognised.codes.split_first() {
        let place = workspace.map(|directory| format!(" {}", text::shell_word(directory.as_str())));
        let place = place.unwrap_or_default();
        let program = terminal::program();
        let _ = write!(
            out,
            "\nSee what is wrong:  {}\nMend it:            {}\n",
            look.paint(Tone::Code, &format!("{program} check{place}")),
            look.paint(Tone::Code, &format!("{program} fix{place}")),
        );
        for other in others {
            let _ = writeln!(
                out,
                "It may also be:     {}",
                look.paint(Tone::Code, &format!("{program} explain {other}"))
            );
        }
        let _ = write!(out, "\n{}", page(*likeliest).render(look));
    }
    Ok(out)
}

/// The entry of the catalogue on one build that waits for another.
const FILE_LOCK: &str = "file-lock";

/// Whichever crate the compiler names, these libraries are what it could not read.
fn tell_culprits(culprits: &[InspectedMacro], out: &mut String) {
    for inspected in culprits {
        let expected = &inspected.expected;
        let path = inspected.dylib.as_deref().map_or("", |path| path.as_str());
        let sentence = format!(
            "In this workspace the built library of `{}` {} is at fault ({}), whichever crate the compiler names. `sidecargo fix` removes it and builds it anew:",
            expected.name,
            expected.version,
            inspected.verdict.status(),
        );
        for line in text::wrap(&sentence, COLUMNS) {
            let _ = writeln!(out, "{line}");
        }
        let _ = writeln!(out, "  {path}\n");
    }
}

/// How it comes about, what helps, and how not to meet it again.
fn more_of(known: &Known<'_>, look: Look, out: &mut String) {
    let mut section = |title: &str, items: &[String], mark: &str| {
        if items.is_empty() {
            return;
        }
        let _ = writeln!(out, "\n{title}");
        let indent = text::width(mark) + 3;
        for item in items {
            let lines = text::wrap(&look.text(item), COLUMNS - indent);
            for (place, line) in lines.iter().enumerate() {
                let mark = if place == 0 { mark } else { "" };
                let _ = writeln!(out, "{:indent$}{line}", format!("  {mark}"));
            }
        }
    };
    let entry = known.entry;
    let chain: Vec<String> = entry
        .chain
        .iter()
        .flat_map(|chain| chain.split(" → ").map(str::to_owned))
        .collect();
    section("Who calls whom:", &chain, look.either("→", "->"));
    section(
        "What helps, the best first:",
        &known.advice(),
        look.either("•", "-"),
    );
    let avoid: Vec<String> = entry
        .avoid
        .iter()
        .filter_map(|text| known.fill(text))
        .collect();
    section("How to avoid it:", &avoid, " ");
}

/// Every code with its title, a line each.
fn all_codes(look: Look) -> String {
    let longest = Code::ALL
        .iter()
        .map(|code| text::width(code.as_str()))
        .max()
        .unwrap_or(0);
    let mut out = String::new();
    for &code in Code::ALL {
        let padded = format!("{:<longest$}", code.as_str());
        let room = COLUMNS - longest - 4;
        for (number, line) in text::wrap(page(code).title(), room).iter().enumerate() {
            let name = if number == 0 {
                look.paint(Tone::Strong, &padded)
            } else {
                " ".repeat(longest)
            };
            let _ = writeln!(out, "  {name}  {line}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_terminal_it_is_plain() {
        let text = "error: unknown CPU: 'armv8.2'";
        let explained = |look| explain(text, Catalogue::built_in(), look).unwrap();
        let plain = explained(Look::Plain);
        assert!(plain.contains("  -> cargo\n"), "{plain}");
        assert!(plain.contains("  - cargo update -p "), "{plain}");
        assert!(plain.is_ascii(), "{plain}");
        let rich = explained(Look::Rich);
        assert!(rich.contains("  → cargo\n"), "{rich}");
        for line in plain.lines() {
            assert!(text::width(line) <= COLUMNS, "{line}");
        }
    }
}

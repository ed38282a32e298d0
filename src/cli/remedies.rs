//! Remedies for people to carry out: their titles, numbered, each with its command lines to copy. Pure text.

use std::fmt::Write as _;

use camino::Utf8Path;

use super::fix::as_shell;
use super::terminal::{COLUMNS, Look, Tone};
use super::text;
use crate::remedy::Plan;

/// More would be a wall.
const SHOWN: usize = 4;

/// The plans, the best first, each line behind `indent`; commands are to be run in `root` and are never broken into lines.
pub(crate) fn numbered(plans: &[Plan], root: &Utf8Path, look: Look, indent: &str) -> String {
    let mut out = String::new();
    for (number, plan) in (1..).zip(plans).take(SHOWN) {
        let title = look.text(&plan.title).into_owned();
        let lines = text::wrap(&title, COLUMNS - indent.len() - 3);
        for (place, line) in lines.iter().enumerate() {
            let mark = if place == 0 {
                format!("{number}.")
            } else {
                String::new()
            };
            // Writing to a text cannot fail.
            let _ = writeln!(out, "{indent}{mark:<2} {line}");
        }
        // Its first line is the title once more.
        for line in as_shell(plan, root, root).lines().skip(1) {
            let _ = writeln!(out, "{indent}   {}", look.paint(Tone::Code, line));
        }
    }
    out
}

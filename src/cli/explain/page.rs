//! What there is to say about each code, as a page of plain Markdown, and how a terminal shows it.

use crate::cli::terminal::{COLUMNS, Look, Tone};
use crate::cli::text;
use crate::verdict::Code;

/// Everything there is to say about one code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// The code.
    pub code: Code,
    /// Markdown: a title, then a section each for what it means, its causes, its cures and how to avoid it.
    pub text: &'static str,
}

/// The page of a code.
#[must_use]
pub fn page(code: Code) -> Page {
    let text = match code {
        Code::DylibMissing => include_str!("pages/dylib-missing.md"),
        Code::DylibCorrupt => include_str!("pages/dylib-corrupt.md"),
        Code::DylibWrongPlatform => include_str!("pages/dylib-wrong-platform.md"),
        Code::DylibWrongRustc => include_str!("pages/dylib-wrong-rustc.md"),
        Code::DylibStale => include_str!("pages/dylib-stale.md"),
        Code::DylibUnknown => include_str!("pages/dylib-unknown.md"),
        Code::ToolchainNotInstalled => include_str!("pages/toolchain-not-installed.md"),
        Code::ToolchainChanged => include_str!("pages/toolchain-changed.md"),
        Code::ToolchainTooOld => include_str!("pages/toolchain-too-old.md"),
        Code::TargetNotInstalled => include_str!("pages/target-not-installed.md"),
        Code::BuildFailed => include_str!("pages/build-failed.md"),
        Code::EnvironmentHazard => include_str!("pages/environment-hazard.md"),
        Code::KnownBrokenDependency => include_str!("pages/known-broken-dependency.md"),
        Code::WorkspaceUnreadable => include_str!("pages/workspace-unreadable.md"),
        Code::LockfileOutdated => include_str!("pages/lockfile-outdated.md"),
        Code::WatchDegraded => include_str!("pages/watch-degraded.md"),
        Code::ToolchainComponentMissing => include_str!("pages/toolchain-component-missing.md"),
        Code::ProcMacroServerMissing => include_str!("pages/proc-macro-server-missing.md"),
        Code::ProcMacroServerIncompatible => {
            include_str!("pages/proc-macro-server-incompatible.md")
        }
        Code::RustAnalyzerTooOld => include_str!("pages/rust-analyzer-too-old.md"),
        Code::RustAnalyzerAmbiguous => include_str!("pages/rust-analyzer-ambiguous.md"),
    };
    Page { code, text }
}

impl Page {
    /// The title, such as "The built proc macro is not there".
    #[must_use]
    pub fn title(&self) -> &'static str {
        self.text
            .lines()
            .next()
            .unwrap_or_default()
            .trim_start_matches("# ")
    }

    /// The first paragraph of what it means, on one line.
    #[must_use]
    pub fn summary(&self) -> String {
        let paragraph: Vec<&str> = self
            .text
            .lines()
            .skip_while(|line| !line.starts_with("## "))
            .skip(1)
            .skip_while(|line| line.is_empty())
            .take_while(|line| !line.is_empty())
            .collect();
        paragraph.join(" ")
    }

    /// The page for a terminal, wrapped.
    pub(crate) fn render(&self, look: Look) -> String {
        let mut rendered = Rendered {
            look,
            out: String::new(),
            open: None,
        };
        for line in self.text.lines() {
            rendered.take(line, self.code);
        }
        rendered.close();
        rendered.out
    }
}

/// A paragraph or list item that may go on with the next line.
struct Open {
    first_indent: &'static str,
    indent: &'static str,
    text: String,
}

struct Rendered {
    look: Look,
    out: String,
    open: Option<Open>,
}

impl Rendered {
    fn take(&mut self, line: &str, code: Code) {
        if let Some(title) = line.strip_prefix("# ") {
            for line in text::wrap(&format!("{code}: {title}"), COLUMNS) {
                self.line(&self.look.paint(Tone::Strong, &line));
            }
        } else if let Some(heading) = line.strip_prefix("## ") {
            self.close();
            self.line(&self.look.paint(Tone::Strong, heading));
        } else if line.is_empty() {
            self.close();
            if !self.out.ends_with("\n\n") {
                self.line("");
            }
        } else if let Some(program_text) = line.strip_prefix("      ") {
            self.close();
            let painted = self.look.paint(Tone::Code, program_text);
            self.line(&format!("      {painted}"));
        } else if let Some(item) = line.strip_prefix("- ") {
            self.close();
            self.open = Some(Open {
                first_indent: "  - ",
                indent: "    ",
                text: item.to_owned(),
            });
        } else {
            let open = self.open.get_or_insert_with(|| Open {
                first_indent: "  ",
                indent: "  ",
                text: String::new(),
            });
            open.text.push(' ');
            open.text.push_str(line.trim());
        }
    }

    /// Writes the paragraph or item that is still open.
    fn close(&mut self) {
        let Some(open) = self.open.take() else { return };
        let lines = text::wrap(&open.text, COLUMNS - open.indent.len());
        for (number, line) in lines.iter().enumerate() {
            let indent = if number == 0 {
                open.first_indent
            } else {
                open.indent
            };
            self.line(&format!("{indent}{line}"));
        }
    }

    fn line(&mut self, line: &str) {
        self.out.push_str(line);
        self.out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::needless_raw_string_hashes)] // As expect-test writes them.

    use expect_test::expect;

    use super::*;

    #[test]
    fn every_code_has_a_page_with_all_sections() {
        for &code in Code::ALL {
            let page = page(code);
            let headings: Vec<&str> = page
                .text
                .lines()
                .filter(|line| line.starts_with('#'))
                .collect();
            assert!(page.text.starts_with("# "), "{code}");
            assert_eq!(
                headings.get(1..),
                Some(
                    [
                        "## What it means",
                        "## Causes",
                        "## Cures",
                        "## How to avoid it"
                    ]
                    .as_slice()
                ),
                "{code}"
            );
            assert!(page.summary().len() > 40, "{code}");
            assert!(!page.text.contains('!'), "{code} shouts");
        }
    }

    #[test]
    fn pages_fit_the_terminal_and_lose_no_word() {
        for &code in Code::ALL {
            let page = page(code);
            let rendered = page.render(Look::Plain);
            for line in rendered.lines() {
                assert!(text::width(line) <= COLUMNS, "{code}: {line}");
            }
            let words = |text: &str| {
                text.split_whitespace()
                    .filter(|word| !word.starts_with('#'))
                    .map(str::to_owned)
                    .collect::<Vec<_>>()
            };
            let mut expected = words(page.text);
            expected.insert(0, format!("{code}:"));
            assert_eq!(words(&rendered), expected, "{code}");
        }
    }

    #[test]
    fn a_page_reads_well() {
        expect![[r#"
            toolchain-not-installed: The toolchain that the workspace asks for is not
            installed

            What it means

              The workspace, or the environment, names a toolchain that rustup does not
              have. Neither cargo nor rust-analyzer can work here until it is installed or
              another one is named.

            Causes

              - `rust-toolchain.toml` or `rust-toolchain` names a version that was never
                installed on this machine.
              - RUSTUP_TOOLCHAIN or `rustup override` names one that was removed.
              - Automatic installation is off (RUSTUP_AUTO_INSTALL=0, as rust-analyzer sets
                it) or the machine is offline.

            Cures

              - `rustup toolchain install NAME`, or just `rustup toolchain install` inside
                the workspace, which reads the file and installs its components and targets
                too.
              - `rustup show` tells which toolchain is active here and why.
              - Then restart rust-analyzer.

            How to avoid it

              - List what the editor needs in the file, so that one command brings it all:

                  [toolchain]
                  channel = "1.95.0"
                  components = ["rust-analyzer", "rust-src"]
        "#]]
        .assert_eq(&page(Code::ToolchainNotInstalled).render(Look::Plain));
    }

    #[test]
    fn other_codes_that_a_page_names_exist() {
        for &code in Code::ALL {
            for named in page(code).text.split("explain ").skip(1) {
                let name: String = named
                    .chars()
                    .take_while(|&character| character.is_ascii_lowercase() || character == '-')
                    .collect();
                assert!(Code::parse(&name).is_some(), "{code} names {name}");
            }
        }
    }
}

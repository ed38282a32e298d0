//! Completions and the manual page in the programs that read them: bash, zsh, fish, PowerShell, man.
#![cfg(test)]

mod support;

use std::path::{Path, PathBuf};

use support::process::Run;

const COMMANDS: &[&str] = &["check", "fix", "explain", "demo", "completions", "man"];

fn printed(arguments: &[&str]) -> String {
    let output = Run::new(env!("CARGO_BIN_EXE_sidecargo"), Path::new("."))
        .args(arguments)
        .output();
    assert!(output.success(), "{}", output.stderr);
    assert_eq!(output.stderr, "");
    output.stdout
}

/// Whether a machine that is to skip nothing must have a program.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Everywhere,
    WhereItIs,
}

/// A program on `PATH`; said where there is none.
fn found(program: &str, wanted: Wanted) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .map(|directory| directory.join(program))
        .find(|candidate| candidate.is_file());
    if found.is_none() {
        eprintln!("skipped: there is no {program} on PATH");
        assert!(
            wanted == Wanted::WhereItIs
                || std::env::var_os("SIDECARGO_TEST_SKIP_NOTHING").is_none(),
            "nothing was to be skipped"
        );
    }
    found
}

/// Writes the completions into a file that a shell can read, and runs a script of that shell beside it.
fn in_shell(program: &Path, shell: &str, arguments: &[&str], script: &str) -> String {
    let directory = tempfile::TempDir::new_in(support::scratch()).unwrap();
    std::fs::write(
        directory.path().join("completions"),
        printed(&["completions", shell]),
    )
    .unwrap();
    let output = Run::new(program, directory.path())
        .args(arguments)
        .args([script])
        .env("HOME", directory.path())
        .output();
    assert!(output.success(), "{}{}", output.stdout, output.stderr);
    assert_eq!(output.stderr, "");
    output.stdout
}

#[test]
fn bash_completes_commands_options_and_values() {
    let Some(bash) = found("bash", Wanted::Everywhere) else {
        return;
    };
    let completed = |words: &[&str]| {
        let last = words.len() - 1;
        let (current, previous) = (words[last], words[last - 1]);
        let script = format!(
            "source ./completions; COMP_WORDS=({}); COMP_CWORD={last}; _sidecargo sidecargo '{current}' '{previous}'; echo \"${{COMPREPLY[@]}}\"",
            words
                .iter()
                .map(|word| format!("'{word}'"))
                .collect::<Vec<_>>()
                .join(" "),
        );
        let arguments = ["--norc", "--noprofile", "-eu", "-c"];
        let replies = in_shell(&bash, "bash", &arguments, &script);
        replies.split_whitespace().map(str::to_owned).collect()
    };
    let commands: Vec<String> = completed(&["sidecargo", ""]);
    for command in COMMANDS {
        assert!(commands.iter().any(|word| word == command), "{commands:?}");
    }
    let options: Vec<String> = completed(&["sidecargo", "fix", "--dry"]);
    assert_eq!(options, ["--dry-run"]);
    let formats: Vec<String> = completed(&["sidecargo", "check", "--format", ""]);
    assert_eq!(formats, ["human", "json", "sarif", "github"]);
}

#[test]
fn zsh_loads_its_completions() {
    let unpacked = support::tools().join("zsh");
    let is_unpacked = unpacked.join("bin/zsh").is_file();
    let zsh = if is_unpacked {
        unpacked.join("bin/zsh")
    } else if let Some(zsh) = found("zsh", Wanted::Everywhere) {
        zsh
    } else {
        return;
    };
    // One that is not installed does not know where its own parts lie.
    let paths = if is_unpacked {
        format!(
            "root='{}'; module_path=($root/usr/lib/*/zsh/*(/N)); fpath=($root/usr/share/zsh/functions/**/*(/N)); ",
            unpacked.display()
        )
    } else {
        String::new()
    };
    // As in ~/.zshrc; `-u` since the functions may lie anywhere.
    let script = format!(
        "{paths}autoload -U compinit && compinit -u -d ./dump && source ./completions && print -r -- $_comps[sidecargo] && whence -w _sidecargo"
    );
    let said = in_shell(&zsh, "zsh", &["-f", "-c"], &script);
    assert_eq!(said, "_sidecargo\n_sidecargo: function\n");
}

#[test]
fn fish_takes_its_completions() {
    let Some(fish) = found("fish", Wanted::WhereItIs) else {
        return;
    };
    let said = in_shell(
        &fish,
        "fish",
        &["--no-config", "-c"],
        "source ./completions; complete -C 'sidecargo fix --dry'",
    );
    assert!(said.starts_with("--dry-run"), "{said}");
}

#[test]
fn power_shell_takes_its_completions() {
    let Some(pwsh) = found("pwsh", Wanted::WhereItIs) else {
        return;
    };
    let said = in_shell(
        &pwsh,
        "powershell",
        &["-NoProfile", "-Command"],
        "Get-Content -Raw ./completions | Invoke-Expression; (TabExpansion2 'sidecargo fix --dry' 20).CompletionMatches.CompletionText",
    );
    assert_eq!(said.trim(), "--dry-run");
}

#[test]
fn the_manual_page_has_every_command_and_renders_without_complaint() {
    let page = printed(&["man"]);
    for command in COMMANDS {
        let heading = format!(".SH \"SIDECARGO {}\"\n", command.to_uppercase());
        assert!(page.contains(&heading), "{command}");
    }
    let Some(groff) = found("groff", Wanted::Everywhere) else {
        return;
    };
    let file = tempfile::NamedTempFile::new_in(support::scratch()).unwrap();
    std::fs::write(file.path(), page).unwrap();
    let output = Run::new(groff, Path::new("."))
        .args(["-man", "-Tutf8", "-ww", "-P-cbou"])
        .args([file.path()])
        .output();
    assert!(output.success());
    assert_eq!(output.stderr, "");
    // Options by name, and examples with their lines kept.
    for words in [
        "--dry-run",
        "  sidecargo fix --package serde_derive     this one only\n",
        "Exit status: 0 nothing that counts, 1 findings, 2 it could not check.\n",
    ] {
        assert!(output.stdout.contains(words), "{words}\n{}", output.stdout);
    }
}

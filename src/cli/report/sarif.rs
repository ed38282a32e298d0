//! The report as SARIF 2.1.0, which code-scanning services take.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use camino::Utf8Path;
use serde_json::{Value, json};

use super::place_or_manifest;
use crate::cli::{explain, text};
use crate::inspect::Inspection;
use crate::names::PackageName;
use crate::verdict::{Code, Finding, Severity};

/// The name that stands for the repository's directory in the log.
const BASE: &str = "SRCROOT";

/// The log as text. Places are given relative to `repository` where they lie below it.
pub(super) fn render(
    inspection: &Inspection,
    repository: &Utf8Path,
) -> Result<String, serde_json::Error> {
    let rules: Vec<Value> = Code::ALL.iter().map(|&code| rule(code)).collect();
    let identities = identities(&inspection.findings);
    let results: Vec<Value> = inspection
        .findings
        .iter()
        .zip(identities)
        .map(|(finding, identity)| result(inspection, finding, &identity, repository))
        .collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "sidecargo",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": { BASE: { "uri": format!("{}/", file_uri(repository)) } },
            "results": results,
        }],
    });
    let mut text = serde_json::to_string_pretty(&log)?;
    text.push('\n');
    Ok(text)
}

fn rule(code: Code) -> Value {
    let page = explain::page(code);
    json!({
        "id": code.as_str(),
        "shortDescription": { "text": page.title() },
        "fullDescription": { "text": page.summary() },
        "help": { "text": page.text, "markdown": page.text },
    })
}

fn result(
    inspection: &Inspection,
    finding: &Finding,
    identity: &str,
    repository: &Utf8Path,
) -> Value {
    let level = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Information | Severity::Hint => "note",
    };
    let (path, place) = place_or_manifest(inspection, finding);
    let region = match place {
        Some(place) if place.end_column > place.column => json!({
            "startLine": place.line, "startColumn": place.column, "endColumn": place.end_column,
        }),
        Some(place) => json!({ "startLine": place.line, "startColumn": place.column }),
        None => json!({ "startLine": 1 }),
    };
    json!({
        "ruleId": finding.code.as_str(),
        "ruleIndex": Code::ALL.iter().position(|&code| code == finding.code),
        "level": level,
        "message": { "text": finding.message },
        "locations": [{ "physicalLocation": {
            "artifactLocation": artifact(&path, repository),
            "region": region,
        }}],
        // The same trouble on another run is the same alert, wherever the line has moved.
        "partialFingerprints": { "sidecargo/v1": identity },
    })
}

fn identity(finding: &Finding) -> String {
    let mut names: Vec<&str> = finding.packages.iter().map(PackageName::as_str).collect();
    names.sort_unstable();
    names.dedup();
    format!("{}:{}", finding.code, names.join(","))
}

/// What tells each finding from the others; where code and packages do not, as with two tools that are not there, its place among those.
fn identities(findings: &[Finding]) -> Vec<String> {
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    let identities = findings.iter().map(|finding| {
        let identity = identity(finding);
        let number = times.entry(identity.clone()).or_default();
        *number += 1;
        match *number {
            1 => identity,
            number => format!("{identity}:{number}"),
        }
    });
    identities.collect()
}

fn artifact(path: &Utf8Path, repository: &Utf8Path) -> Value {
    let relative = text::relative_to(repository, path);
    if relative.is_relative() {
        json!({ "uri": percent_encoded(relative), "uriBaseId": BASE })
    } else {
        json!({ "uri": file_uri(path) })
    }
}

fn file_uri(path: &Utf8Path) -> String {
    let path = percent_encoded(path);
    // A Windows path begins with its drive and needs the slash that stands for no host.
    if path.starts_with('/') {
        format!("file://{path}")
    } else {
        format!("file:///{path}")
    }
}

/// A path as the path of a URI (RFC 3986, section 3.3).
fn percent_encoded(path: &Utf8Path) -> String {
    let slashed = if cfg!(windows) {
        path.as_str().replace('\\', "/")
    } else {
        path.to_string()
    };
    let mut encoded = String::with_capacity(slashed.len());
    for byte in slashed.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' | b'@' => {
                encoded.push(char::from(byte));
            }
            // Allowed in a path, but in the first segment of a relative one it would read as a scheme.
            b':' if path.is_absolute() => encoded.push(':'),
            other => {
                let _ = write!(encoded, "%{other:02X}");
            }
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::report::samples;

    fn log() -> Value {
        let repository = Utf8Path::new("/home/me/space");
        serde_json::from_str(&render(&samples::unhealthy(), repository).unwrap()).unwrap()
    }

    #[test]
    fn every_result_points_at_its_rule_and_a_place_in_the_repository() {
        let log = log();
        let run = &log["runs"][0];
        let results = run["results"].as_array().unwrap();
        assert_eq!(results.len(), 3);
        for result in results {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(
                run["tool"]["driver"]["rules"][index]["id"],
                result["ruleId"]
            );
            let place = &result["locations"][0]["physicalLocation"];
            assert_eq!(place["artifactLocation"]["uri"], "mini-redis/Cargo.toml");
            assert_eq!(place["artifactLocation"]["uriBaseId"], BASE);
        }
        assert_eq!(results[0]["level"], "error");
        assert_eq!(results[1]["level"], "warning");
        assert_eq!(
            results[1]["locations"][0]["physicalLocation"]["region"],
            json!({ "startLine": 24, "startColumn": 1, "endColumn": 8 })
        );
        assert_eq!(
            run["originalUriBaseIds"][BASE]["uri"],
            "file:///home/me/space/"
        );
    }

    #[test]
    fn no_two_results_pass_for_one() {
        let mut inspection = samples::unhealthy();
        for _ in 0..2 {
            inspection.findings.push(samples::toolchain_finding());
        }
        let identities = identities(&inspection.findings);
        assert_eq!(
            identities,
            [
                "dylib-corrupt:tokio-macros",
                "dylib-missing:tracing-attributes",
                "dylib-stale:my-macros",
                "toolchain-not-installed:",
                "toolchain-not-installed::2",
            ]
        );
    }

    #[test]
    fn every_code_is_a_rule_with_help() {
        let log = log();
        let rules = log["runs"][0]["tool"]["driver"]["rules"]
            .as_array()
            .unwrap();
        assert_eq!(rules.len(), Code::ALL.len());
        for rule in rules {
            for text in ["shortDescription", "fullDescription", "help"] {
                assert!(!rule[text]["text"].as_str().unwrap().is_empty(), "{rule}");
            }
        }
    }

    #[test]
    fn paths_become_uris() {
        for (path, uri) in [
            ("a b/Cargo.toml", "a%20b/Cargo.toml"),
            ("100%/ä.toml", "100%25/%C3%A4.toml"),
            ("c:d/e", "c%3Ad/e"),
        ] {
            assert_eq!(percent_encoded(Utf8Path::new(path)), uri);
        }
        assert_eq!(file_uri(Utf8Path::new("/a b")), "file:///a%20b");
    }
}

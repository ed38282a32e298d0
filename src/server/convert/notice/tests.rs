#![allow(clippy::panic)]

use expect_test::expect;

use super::*;
use crate::names::{Location, PackageId, PackageName};
use crate::verdict::{Code, Finding, RelatedPlace};

#[test]
fn a_finding_is_a_diagnostic_with_all_that_an_action_needs() {
    let location = |path: &str, line, column, end_column| Location {
        path: path.into(),
        line,
        column,
        end_column,
    };
    let mark = Mark {
        workspace: Utf8Path::new("/w").into(),
        place: MarkPlace::OfFinding,
        finding: Arc::new(Finding {
            code: Code::DylibMissing,
            severity: Severity::Warning,
            message: "The built proc macro `m` 1.0.0 is gone.".to_owned(),
            packages: vec![PackageName::new("m")],
            location: Some(location("/w/Cargo.toml", 7, 3, 4)),
            package_ids: vec![PackageId::new("registry#m@1.0.0")],
            remedies: Vec::new(),
            related: vec![RelatedPlace {
                location: location("/w/target/debug/deps/libm.so", 1, 1, 1),
                message: "here".to_owned(),
            }],
        }),
    };
    let line = |path: &Utf8Path, number: u32| {
        (path == "/w/Cargo.toml" && number == 7).then(|| "🦀 m = 1".to_owned())
    };
    let shown = diagnostic(&mark, &line, Encoding::Utf16);
    let text = serde_json::to_string_pretty(&shown).unwrap_or_default();
    expect![[r#"
        {
          "range": {
            "start": {
              "line": 6,
              "character": 3
            },
            "end": {
              "line": 6,
              "character": 4
            }
          },
          "severity": 2,
          "code": "dylib-missing",
          "codeDescription": {
            "href": "https://github.com/sidecargo/sidecargo#dylib-missing"
          },
          "source": "sidecargo",
          "message": "The built proc macro `m` 1.0.0 is gone.",
          "relatedInformation": [
            {
              "location": {
                "uri": "file:///w/target/debug/deps/libm.so",
                "range": {
                  "start": {
                    "line": 0,
                    "character": 0
                  },
                  "end": {
                    "line": 0,
                    "character": 0
                  }
                }
              },
              "message": "here"
            }
          ],
          "data": {
            "code": "dylib-missing",
            "package_ids": [
              "registry#m@1.0.0"
            ],
            "workspace": "file:///w"
          }
        }"#]]
    .assert_eq(&text);
}

#[test]
fn marks_that_share_much_are_no_less_whole() {
    let finding = |message: &str, related: &str| {
        let location = |path: &str, line| Location {
            path: path.into(),
            line,
            column: 2,
            end_column: 4,
        };
        Arc::new(Finding {
            code: Code::DylibMissing,
            severity: Severity::Warning,
            message: message.to_owned(),
            packages: vec![PackageName::new("m")],
            location: Some(location("/w/src/main.rs", 9)),
            package_ids: vec![PackageId::new("m")],
            remedies: Vec::new(),
            related: (!related.is_empty())
                .then(|| RelatedPlace {
                    location: location(related, 1),
                    message: "here".to_owned(),
                })
                .into_iter()
                .collect(),
        })
    };
    let point = |line| Point { line, units: 3 };
    let place = |line| MarkPlace::Use {
        file: Utf8Path::new("/w/src/main.rs").into(),
        range: (point(line), point(line + 1)),
    };
    let (one, other) = (finding("one", "/w/a"), finding("other", ""));
    let (here, there): (Arc<Utf8Path>, Arc<Utf8Path>) =
        (Utf8Path::new("/w").into(), Utf8Path::new("/v").into());
    let marks: Vec<Mark> = [
        (&one, &here, place(1)),
        (&other, &here, place(2)),
        (&one, &there, place(3)),
        (&one, &here, place(4)),
        (&other, &here, MarkPlace::OfFinding),
        (&finding("one", "/w/a"), &here, place(5)),
    ]
    .into_iter()
    .map(|(finding, workspace, place)| Mark {
        workspace: Arc::clone(workspace),
        finding: Arc::clone(finding),
        place,
    })
    .collect();
    let line = |_: &Utf8Path, _: u32| None;
    let each: Vec<lsp::Diagnostic> = marks
        .iter()
        .map(|mark| diagnostic(mark, &line, Encoding::Utf16))
        .collect();
    let file = Utf8Path::new("/w/src/main.rs");
    let message = published(file, &marks, &line, Encoding::Utf16).unwrap_or_default();
    let message: serde_json::Value = serde_json::from_slice(&message).unwrap_or_default();
    let expected = json!({
        "jsonrpc": "2.0",
        "method": "textDocument/publishDiagnostics",
        "params": lsp::PublishDiagnosticsParams::new(uri(file).unwrap_or_else(|| panic!()), each, None),
    });
    assert_eq!(message, expected);
}

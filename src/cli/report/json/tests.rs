//! The object keeps to its schema, and the schema to the vocabulary.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use super::*;
use crate::cli::report::samples;
use crate::names::RustcVersion;
use crate::verdict::{Code, RustcPlace, UnknownReason};

/// What a value breaks of a schema, each with its place; knows the keywords that our schema uses and refuses others.
fn violations(root: &Value, schema: &Value, value: &Value, place: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (keyword, rule) in schema.as_object().expect("a schema is an object") {
        let broken = match keyword.as_str() {
            "$schema" | "$defs" | "title" | "description" => false,
            "$ref" => {
                let pointer = rule.as_str().unwrap().trim_start_matches('#');
                found.extend(violations(
                    root,
                    root.pointer(pointer).unwrap(),
                    value,
                    place,
                ));
                false
            }
            "const" => rule != value,
            "enum" => !rule.as_array().unwrap().contains(value),
            "type" => match rule {
                Value::Array(types) => !types.iter().any(|kind| is_type(kind, value)),
                kind => !is_type(kind, value),
            },
            "minimum" => value
                .as_i64()
                .is_some_and(|number| number < rule.as_i64().unwrap()),
            // The only pattern is that of a unit hash.
            "pattern" => {
                assert_eq!(rule, "^[0-9a-f]{16}$");
                value
                    .as_str()
                    .is_some_and(|text| UnitHash::parse(text).is_none())
            }
            "required" => {
                for name in rule.as_array().unwrap() {
                    if value.get(name.as_str().unwrap()).is_none() {
                        found.push(format!("{place}: lacks {name}"));
                    }
                }
                false
            }
            "properties" => {
                for (name, schema) in rule.as_object().unwrap() {
                    if let Some(member) = value.get(name) {
                        found.extend(violations(root, schema, member, &format!("{place}/{name}")));
                    }
                }
                false
            }
            "additionalProperties" => {
                for (name, member) in value.as_object().into_iter().flatten() {
                    let known = schema.get("properties").and_then(|known| known.get(name));
                    match (known, rule) {
                        (Some(_), _) => {}
                        (None, Value::Bool(false)) => found.push(format!("{place}: has {name}")),
                        (None, rule) => {
                            found.extend(violations(
                                root,
                                rule,
                                member,
                                &format!("{place}/{name}"),
                            ));
                        }
                    }
                }
                false
            }
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    found.extend(violations(root, rule, item, &format!("{place}/{index}")));
                }
                false
            }
            "anyOf" => !rule
                .as_array()
                .unwrap()
                .iter()
                .any(|schema| violations(root, schema, value, place).is_empty()),
            other => panic!("the schema uses {other}, which this check does not know"),
        };
        if broken {
            found.push(format!("{place}: breaks {keyword}: {value}"));
        }
    }
    found
}

fn is_type(kind: &Value, value: &Value) -> bool {
    match kind.as_str().unwrap() {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "integer" => value.is_u64() || value.is_i64(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("unknown type {other}"),
    }
}

fn schema() -> Value {
    serde_json::from_str(SCHEMA).unwrap()
}

fn check(inspection: &Inspection) -> Value {
    let value: Value = serde_json::from_str(&render(inspection).unwrap()).unwrap();
    let schema = schema();
    assert_eq!(
        violations(&schema, &schema, &value, ""),
        Vec::<String>::new()
    );
    value
}

#[test]
fn reports_keep_to_the_schema() {
    check(&samples::workspace());
    check(&samples::nothing_built());
    let value = check(&samples::unhealthy());
    assert_eq!(value["summary"]["total"], 5);
    assert_eq!(value["summary"]["corrupt"], 1);
    let old = &value["proc_macros"][1];
    assert_eq!(old["status"], "stale");
    assert_eq!(old["reason"]["kind"], "dependency-changed");
    assert_eq!(old["reason"]["because"]["kind"], "source-changed");
    assert_eq!(old["required_by"], json!(["mini-redis"]));
}

#[test]
fn every_verdict_keeps_to_the_schema() {
    let mut inspection = samples::workspace();
    let wanted = RustcVersion::new("rustc 1.95.0 (59807616e 2026-04-14)");
    for verdict in [
        Verdict::Fresh,
        Verdict::Building,
        Verdict::WrongRustc {
            built: None,
            wanted,
            place: RustcPlace::Beside,
        },
        Verdict::Unknown(UnknownReason::NoExec),
    ] {
        inspection
            .macros
            .push(samples::inspected("mac", "0.1.0", &["mini-redis"], verdict));
    }
    inspection.findings.push(samples::toolchain_finding());
    inspection.toolchain = None;
    inspection.layout = None;
    inspection.limits = Some("no process was started".to_owned());
    let value = check(&inspection);
    assert_eq!(value["layout"], "none");
    assert_eq!(value["toolchain"]["rustc"], Value::Null);
    assert_eq!(value["proc_macros"][2]["reason"]["place"], "beside");
}

#[test]
fn a_report_that_breaks_the_schema_is_noticed() {
    let schema = schema();
    let good = value(&samples::unhealthy()).unwrap();
    for (pointer, wrong) in [
        ("/schema_version", json!(2)),
        ("/layout", json!("v3")),
        ("/proc_macros/0/unit", json!("404DA065C25CE003")),
        ("/proc_macros/1/reason/kind", json!("bad luck")),
        ("/findings/0/remedies/0/steps/0", json!({"run": ["cargo"]})),
        ("/summary/total", json!(-1)),
        ("/build_running", json!("no")),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap() = wrong;
        assert_ne!(
            violations(&schema, &schema, &bad, ""),
            Vec::<String>::new(),
            "{pointer}"
        );
    }
    let mut more = good;
    more["surprise"] = json!(1);
    assert_eq!(violations(&schema, &schema, &more, ""), [": has surprise"]);
}

#[test]
fn the_schema_knows_every_code() {
    let known = schema();
    let codes = known
        .pointer("/$defs/finding/properties/code/enum")
        .unwrap();
    let ours: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(*codes, json!(ours));
}

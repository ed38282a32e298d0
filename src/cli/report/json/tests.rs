//! The object keeps to its schema, and the schema to the vocabulary.

use super::schema_check::violations;
use super::*;
use crate::cli::report::samples;
use crate::names::RustcVersion;
use crate::verdict::{Code, RustcPlace, StaleReason, UnknownReason, VariableChange};

fn schema() -> Value {
    serde_json::from_str(SCHEMA).unwrap()
}

fn check(inspection: &Inspection) -> Value {
    let value: Value = serde_json::from_str(&render(inspection).unwrap()).unwrap();
    let schema = schema();
    assert_eq!(violations(&schema, &value), Vec::<String>::new());
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
        Verdict::Stale(StaleReason::EnvironmentChanged {
            variable: "TOKEN".to_owned(),
            change: VariableChange::OtherValue,
        }),
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
    assert_eq!(
        value["proc_macros"][4]["reason"],
        json!({"kind": "environment-changed", "variable": "TOKEN", "change": "other-value"})
    );
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
        assert_ne!(violations(&schema, &bad), Vec::<String>::new(), "{pointer}");
    }
    let mut more = good;
    more["surprise"] = json!(1);
    assert_eq!(violations(&schema, &more), [": has surprise"]);
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

//! Tables of what clients send and what becomes of it.

#![allow(clippy::unwrap_used)]

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::*;
use crate::settings::listed::{self, Takes};
use crate::settings::rust_analyzer_toml::{self, Scope};
use crate::settings::{AllTargets, DefaultFeatures, Expansion, Features, TargetDirectory};

fn read_client(sent: &Value) -> (ServerSettings, Vec<Complaint>) {
    read(&Values::from_client(sent))
}

/// Both spellings of the same setting, taken without complaint.
fn check(name: &str, value: &Value, expected: impl Fn(&mut ServerSettings)) {
    let mut wanted = ServerSettings::default();
    expected(&mut wanted);
    let nested = name
        .rsplit('.')
        .fold(value.clone(), |inner, key| json!({ key: inner }));
    for sent in [
        json!({ name: value }),
        json!({ format!("sidecargo.{name}"): value }),
        json!({ "sidecargo": nested }),
        nested,
    ] {
        assert_eq!(read_client(&sent), (wanted.clone(), vec![]), "{sent}");
    }
}

fn check_complaint(sent: &Value, expected: &Expect) {
    let (settings, complaints) = read_client(sent);
    assert_eq!(settings, ServerSettings::default());
    expected.assert_eq(&complaint_message(&complaints).unwrap_or_default());
}

#[test]
fn every_setting_of_cargo_is_taken_nested_and_dotted() {
    check("cargo.allTargets", &json!(false), |settings| {
        settings.inspection.cargo.all_targets = AllTargets::LeftOut;
    });
    check("cargo.buildScripts.enable", &json!(false), |_| {});
    check(
        "cargo.buildScripts.overrideCommand",
        &json!(["just", "check"]),
        |settings| {
            settings.inspection.cargo.override_command =
                Some(vec!["just".to_owned(), "check".to_owned()]);
        },
    );
    check("cargo.buildScripts.rebuildOnSave", &json!(false), |_| {});
    check("cargo.extraArgs", &json!(["--offline"]), |settings| {
        settings.inspection.cargo.extra_arguments = vec!["--offline".to_owned()];
    });
    check(
        "cargo.extraEnv",
        &json!({"A.B": "1", "GONE": null}),
        |settings| {
            settings.inspection.cargo.extra_environment = [
                ("A.B".to_owned(), Some("1".to_owned())),
                ("GONE".to_owned(), None),
            ]
            .into();
        },
    );
    check("cargo.features", &json!("all"), |settings| {
        settings.inspection.cargo.features = Features::All;
    });
    check("cargo.features", &json!(["tls"]), |settings| {
        settings.inspection.cargo.features = Features::Selected {
            names: vec!["tls".to_owned()],
            default_features: DefaultFeatures::On,
        };
    });
    check("cargo.noDefaultFeatures", &json!(true), |settings| {
        settings.inspection.cargo.features = Features::Selected {
            names: vec![],
            default_features: DefaultFeatures::Off,
        };
    });
    check("cargo.profile", &json!("release"), |settings| {
        settings.inspection.cargo.profile = Some("release".to_owned());
    });
    check("cargo.target", &json!("wasm32-wasip2"), |settings| {
        settings.inspection.cargo.target = Some("wasm32-wasip2".to_owned());
    });
    check("cargo.targetDir", &json!(true), |settings| {
        settings.inspection.cargo.target_directory = TargetDirectory::RustAnalyzerSubdirectory;
    });
    check("cargo.targetDir", &json!("../build"), |settings| {
        settings.inspection.cargo.target_directory = TargetDirectory::Path("../build".into());
    });
}

#[test]
fn every_other_setting_is_taken_nested_and_dotted() {
    check("diagnostics.grace", &json!(250), |settings| {
        settings.grace = Duration::from_millis(250);
    });
    check(
        "diagnostics.severity",
        &json!({"dylib-missing": "hint", "dylib-stale": "off"}),
        |settings| {
            settings.inspection.severity = [
                (Code::DylibMissing, Some(Severity::Hint)),
                (Code::DylibStale, None),
            ]
            .into();
        },
    );
    check("catalogue.files", &json!(["team.toml"]), |settings| {
        settings.inspection.catalogue_files = vec!["team.toml".into()];
    });
    check("diagnostics.uses", &json!(false), |settings| {
        settings.uses = Uses::Unmarked;
    });
    check(
        "linkedProjects",
        &json!(["a/Cargo.toml", {"crates": []}, "b/rust-project.json"]),
        |settings| settings.linked_projects = vec!["a/Cargo.toml".into()],
    );
    check("logLevel", &json!("debug"), |settings| {
        settings.log_level = Some("debug".to_owned());
    });
    check("noExec", &json!(true), |settings| {
        settings.inspection.processes = Processes::Forbidden;
    });
    check("procMacro.enable", &json!(false), |settings| {
        settings.inspection.proc_macro.expansion = Expansion::Disabled;
    });
    check(
        "procMacro.ignored",
        &json!({"async-trait": ["async_trait"]}),
        |settings| {
            settings.inspection.proc_macro.ignored =
                [("async-trait".to_owned(), ["async_trait".to_owned()].into())].into();
        },
    );
    check("procMacro.server", &json!("/opt/srv"), |settings| {
        settings.inspection.proc_macro.server = Some("/opt/srv".into());
    });
    check("rebuild.automatic", &json!("workspaceMacros"), |settings| {
        settings.automatic_rebuild = AutomaticRebuild::WorkspaceMacros;
    });
    check("watch.backend", &json!("poll"), |settings| {
        settings.watch_backend = Backend::Poll;
    });
    check("watch.pollInterval", &json!(1000), |settings| {
        settings.poll_interval = Duration::from_secs(1);
    });
}

#[test]
fn null_and_nothing_are_the_defaults() {
    for sent in [
        json!(null),
        json!({}),
        json!({"sidecargo": null}),
        json!({"cargo": null, "watch": {}}),
        json!({"cargo": {"targetDir": null, "extraEnv": null}}),
    ] {
        assert_eq!(
            read_client(&sent),
            (ServerSettings::default(), vec![]),
            "{sent}"
        );
    }
}

#[test]
fn what_is_wrong_is_named_once_and_the_default_holds() {
    check_complaint(
        &json!({"cargo": {"allTargets": "yes", "featurs": ["a"]}, "rebuild.automatic": "sometimes"}),
        &expect![
            "Sidecargo's settings: `sidecargo.cargo.allTargets` must be true or false; `sidecargo.rebuild.automatic` must be `never`, `workspaceMacros` or `all`; `sidecargo.cargo.featurs` is not a setting of Sidecargo. The default is used instead."
        ],
    );
    check_complaint(
        &json!({"diagnostics": {"severity": {"dylib-lost": "off", "dylib-stale": "loud"}, "grace": "10 s"}}),
        &expect![
            "Sidecargo's settings: `sidecargo.diagnostics.severity.dylib-lost` names no code of Sidecargo; `sidecargo.diagnostics.severity.dylib-stale` must be `error`, `warning`, `information`, `hint` or `off`; `sidecargo.diagnostics.grace` must be a whole number of milliseconds. The default is used instead."
        ],
    );
    check_complaint(
        &json!({"cargo": {"extraEnv": {"A": 1}, "buildScripts": {"overrideCommand": []}}, "cargo.features": ["a", 1]}),
        &expect![
            "Sidecargo's settings: `sidecargo.cargo.features` must be `all` or a list of features; `sidecargo.cargo.extraEnv` must be a table of texts, or null to unset a variable; `sidecargo.cargo.buildScripts.overrideCommand` must be a list of texts, the program first. The default is used instead."
        ],
    );
    check_complaint(
        &json!({"cargo": "check"}),
        &expect![
            "Sidecargo's settings: `sidecargo.cargo` is not a setting of Sidecargo. The default is used instead."
        ],
    );
}

#[test]
fn rust_analyzer_toml_gives_what_concerns_us_and_the_client_has_the_last_word() {
    let (file, _) = rust_analyzer_toml::parse(
        "linkedProjects = ['one/Cargo.toml']\n[cargo]\nfeatures = 'all'\ntargetDir = true\n[check]\ncommand = 'clippy'\n",
        Scope::Workspace,
    )
    .unwrap();
    let client = Values::from_client(&json!({"cargo.targetDir": false}));
    let (settings, complaints) = read(&file.overlaid_by(client));
    let mut expected = ServerSettings::default();
    expected.inspection.cargo.features = Features::All;
    expected.linked_projects = vec!["one/Cargo.toml".into()];
    assert_eq!((settings, complaints), (expected, vec![]));
}

#[test]
fn every_listed_default_is_what_holds_without_it() {
    for setting in [listed::RUST_ANALYZER, listed::OWN].concat() {
        let default: Value = serde_json::from_str(setting.default).unwrap();
        assert_eq!(
            read_client(&json!({ setting.name: default })),
            (ServerSettings::default(), vec![]),
            "{}",
            setting.name
        );
    }
}

#[test]
fn every_listed_choice_is_taken_and_no_other() {
    for setting in [listed::RUST_ANALYZER, listed::OWN].concat() {
        let sent = |word: &str| match setting.takes {
            Takes::TableOfChoices(_) => json!({ setting.name: { "dylib-stale": word } }),
            _ => json!({ setting.name: word }),
        };
        for choice in setting.takes.choices() {
            assert_eq!(read_client(&sent(choice)).1, vec![], "{}", setting.name);
        }
        if let Some((last, others)) = setting.takes.choices().split_last() {
            let message = complaint_message(&read_client(&sent("nonsense")).1).unwrap();
            let others: Vec<String> = others.iter().map(|word| format!("`{word}`")).collect();
            let words = format!("must be {} or `{last}`", others.join(", "));
            assert!(message.contains(&words), "{message}");
        }
    }
}

#[test]
fn a_value_of_another_type_than_the_listed_is_complained_of() {
    let samples = [
        json!(true),
        json!("all"),
        json!(["a"]),
        json!(7),
        json!({"a": ["b"]}),
    ];
    for setting in [listed::RUST_ANALYZER, listed::OWN].concat() {
        for sample in &samples {
            let type_name = match sample {
                Value::Bool(_) => "boolean",
                Value::String(_) => "string",
                Value::Array(_) => "array",
                Value::Number(_) => "integer",
                _ => "object",
            };
            if !setting.takes.json_types().contains(&type_name) {
                let (_, complaints) = read_client(&json!({ setting.name: sample }));
                assert_eq!(complaints.len(), 1, "{}: {sample}", setting.name);
            }
        }
    }
}

//! A small JSON Schema check for tests: it knows the keywords that our schema uses and refuses others, so that none goes unheeded.

use serde_json::Value;

/// What a value breaks of a schema, each with its place.
pub(crate) fn violations(schema: &Value, value: &Value) -> Vec<String> {
    violations_at(schema, schema, value, "")
}

fn violations_at(root: &Value, schema: &Value, value: &Value, place: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (keyword, rule) in schema.as_object().expect("a schema is an object") {
        let broken = match keyword.as_str() {
            "$schema" | "$defs" | "title" | "description" => false,
            "$ref" => {
                let pointer = rule.as_str().unwrap().trim_start_matches('#');
                found.extend(violations_at(
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
                value.as_str().is_some_and(|text| {
                    let digits = text
                        .bytes()
                        .filter(|byte| b"0123456789abcdef".contains(byte));
                    text.len() != 16 || digits.count() != 16
                })
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
                        found.extend(violations_at(
                            root,
                            schema,
                            member,
                            &format!("{place}/{name}"),
                        ));
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
                            found.extend(violations_at(
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
                    found.extend(violations_at(root, rule, item, &format!("{place}/{index}")));
                }
                false
            }
            "anyOf" => !rule
                .as_array()
                .unwrap()
                .iter()
                .any(|schema| violations_at(root, schema, value, place).is_empty()),
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

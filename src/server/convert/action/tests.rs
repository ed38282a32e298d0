#![allow(clippy::unwrap_used)]

use camino::Utf8Path;

use super::*;

#[test]
fn the_argument_of_an_action_is_read_back() {
    let sent = Target::new(
        Utf8Path::new("/w s"),
        &[PackageId::new("registry+x#a@1.0.0")],
    );
    let argument = argument(&sent);
    assert_eq!(
        argument,
        json!({"workspace": "file:///w%20s", "package_ids": ["registry+x#a@1.0.0"]})
    );
    assert_eq!(target(&[argument]).unwrap(), sent);
}

#[test]
fn what_a_person_types_is_understood() {
    let everything = Target::default();
    assert_eq!(target(&[]).unwrap(), everything);
    assert_eq!(target(&[Value::Null]).unwrap(), everything);
    assert_eq!(target(&[json!({})]).unwrap(), everything);
    assert_eq!(
        target(&[json!({"workspace": "/w"})]).unwrap(),
        Target::new(Utf8Path::new("/w"), &[])
    );
    assert_eq!(
        target(&[json!({"run_id": "sidecargo-run-1"})])
            .unwrap()
            .run
            .unwrap(),
        "sidecargo-run-1"
    );
}

#[test]
fn what_cannot_be_meant_is_refused() {
    for wrong in [
        json!("serde_derive"),
        json!({"workspace": "here"}),
        json!({"workspace": "untitled:x"}),
        json!({"package_ids": "serde_derive"}),
        json!({"packages": []}),
    ] {
        assert!(target(std::slice::from_ref(&wrong)).is_err(), "{wrong}");
    }
}

#[test]
fn a_link_holds_the_same_argument() {
    let link = link_argument(&Target::new(Utf8Path::new("/ä"), &[]));
    assert_eq!(
        link,
        "%5B%7B%22package%5Fids%22%3A%5B%5D%2C%22workspace%22%3A%22file%3A%2F%2F%2F%25C3%25A4%22%7D%5D"
    );
}

#[test]
fn the_remedy_that_is_meant_is_read_back() {
    let sent = Target {
        remedy: Some("Pin itoa to 1.0.13".to_owned()),
        ..Target::new(Utf8Path::new("/w"), &[])
    };
    assert_eq!(target(&[argument(&sent)]).unwrap(), sent);
}

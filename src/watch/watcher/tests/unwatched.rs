//! What becomes of changes where nothing is watched: rounds, and watches that stand in for others.

use super::*;

#[test]
fn what_has_no_watch_is_looked_at_in_rounds_and_what_is_asked_for_is_not() {
    for backend in [Backend::Native, Backend::Poll] {
        let fixture = fixture(backend);
        let is_round = |signal: &Signal| *signal == ROUND;
        let mut signals = std::iter::from_fn(|| {
            let enough = Duration::from_secs(4);
            fixture.signals.recv_timeout(enough).ok()
        });
        assert_eq!(signals.any(|it| is_round(&it)), backend == Backend::Native);
    }
}

#[cfg(unix)]
#[test]
fn a_link_on_the_way_to_what_is_watched_may_lead_elsewhere() {
    let fixture = fixture(Backend::Native);
    let profile = fixture.root.join("target/debug");
    let linked = |name: &str| {
        let elsewhere = fixture.root.join(name);
        build(&elsewhere);
        elsewhere.join("target/debug")
    };
    fs::remove_dir_all(&profile).unwrap();
    std::os::unix::fs::symlink(linked("one"), &profile).unwrap();
    fixture.wait_for(Cause::AnythingChanged);
    fixture.said_so_far();
    let other = fixture.root.join("link");
    std::os::unix::fs::symlink(linked("two"), &other).unwrap();
    fixture.said_so_far();
    fs::rename(&other, &profile).unwrap();
    fixture.wait_for(Cause::AnythingChanged);
    fixture.said_so_far();
    fs::write(dylib(&fixture.root), "rebuilt").unwrap();
    fixture.wait_for(Cause::OutputChanged);
}

//! Faults for workspaces that the suite does not know: in each round every macro has another one, and after all rounds each macro has
//! had each. Macros seldom touch one another, and what they do the oracles say.

use super::{Depth, Fault, fault};
use crate::foreign;
use crate::trial::{Applied, Trial, Trouble, cut, date, skip, touch, write};
use std::fs;
use std::time::SystemTime;

type Break = fn(&Trial<'_>, &str) -> Applied;

const KINDS: &[(&str, Break)] = &[
    ("nothing", |_, _| Ok(())),
    ("deleted", |t, m| Ok(fs::remove_file(t.dylib(m)?)?)),
    ("cut to half", |t, m| {
        let dylib = t.dylib(m)?;
        let half = fs::metadata(&dylib)?.len() / 2;
        cut(&dylib, half)
    }),
    ("emptied", |t, m| cut(&t.dylib(m)?, 0)),
    ("text", |t, m| write(&t.dylib(m)?, foreign::LFS_POINTER)),
    ("another's", |t, m| {
        let package = m.split('@').next().unwrap_or(m);
        match foreign::of_other_rustc(t, package) {
            Ok(bytes) => write(&t.dylib(m)?, bytes),
            // A dylib of another rustc AND another crate would have two faults, of which the server knows but one.
            Err(Trouble::Skip(_)) => write(&t.dylib(m)?, of_another_macro(t, m)?),
            Err(trouble) => Err(trouble),
        }
    }),
    ("dated 1970", |t, m| {
        date(&t.dylib(m)?, SystemTime::UNIX_EPOCH)
    }),
    ("touched", |t, m| touch(&t.dylib(m)?)),
    ("fingerprint gone", |t, m| {
        Ok(fs::remove_dir_all(t.unit(m)?.fingerprint)?)
    }),
    ("hash emptied", |t, m| cut(&t.unit(m)?.hash_file(), 0)),
    ("dep-info gone", |t, m| {
        Ok(fs::remove_file(t.unit(m)?.dep_info())?)
    }),
    ("json gone", |t, m| Ok(fs::remove_file(t.unit(m)?.json())?)),
];

pub(super) fn faults() -> Vec<Fault> {
    (0..KINDS.len())
        .map(|round| {
            let mut fault = fault(format!("round-{round:02}"), move |t| play(t, round));
            fault.depth = Depth::Smoke;
            fault
        })
        .collect()
}

/// The dylib of some other macro of the same workspace and rustc, as it was built.
fn of_another_macro(t: &Trial<'_>, package: &str) -> Result<Vec<u8>, Trouble> {
    let name = package.split('@').next().unwrap_or(package);
    let other = t
        .base
        .macros
        .iter()
        .find(|m| m.artifact.package.name != name);
    match other {
        Some(other) => Ok(fs::read(t.base.workspace.join(&other.relative))?),
        None => skip("the workspace has but one macro"),
    }
}

fn play(t: &mut Trial<'_>, round: usize) -> Applied {
    for (at, built) in t.base.macros.iter().enumerate() {
        let (name, break_it) = KINDS[(at + round) % KINDS.len()];
        let package = &built.artifact.package;
        let one = format!("{}@{}", package.name, package.version);
        break_it(t, &one).map_err(|trouble| match trouble {
            Trouble::Failed(why) => Trouble::Failed(format!("{one} {name}: {why}")),
            skip @ Trouble::Skip(_) => skip,
        })?;
    }
    Ok(())
}

//! The list of faults. Each says how it is brought about and nothing of what the verdict must be: that the oracles say at run time.

mod build_scripts;
mod building;
pub(crate) mod combined;
mod commands;
mod directories;
mod dylib;
mod fingerprints;
mod harmless;
mod inputs;
mod manifests;
mod resolution;
mod rounds;
mod settings;
mod toolchains;

use crate::trial::{Applied, Trial};

/// How thorough a run must be for a fault to be in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Depth {
    /// A minute: with every `cargo test`.
    Smoke,
    /// Some minutes: for CI.
    Quick,
    /// All.
    Full,
}

/// Whether a rebuild can make all whole again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mending {
    Possible,
    /// The source itself is broken, or the time of a file lies beyond reach.
    Impossible,
}

/// How many things a fault changes in one macro.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Causes {
    One,
    /// Any of them is a true reason.
    Several,
}

type Apply = Box<dyn Fn(&mut Trial<'_>) -> Applied + Send + Sync>;

/// One way to break, or not to break, a built workspace.
pub(crate) struct Fault {
    pub(crate) name: String,
    pub(crate) depth: Depth,
    /// Macros whose content truly differs where neither oracle can see it: only here may Sidecargo know more than both.
    pub(crate) altered: &'static [&'static str],
    /// Whether the bytes themselves show it, so that no memory of an earlier state is needed.
    pub(crate) evident: bool,
    /// Macros whose dylib is no longer one of theirs: stands in for the server where the toolchain has none.
    pub(crate) damaged: &'static [&'static str],
    /// A word that a reason must hold for a macro that this fault gave another file name, since cargo prints none then.
    pub(crate) subject: Option<&'static str>,
    pub(crate) mending: Mending,
    pub(crate) causes: Causes,
    pub(crate) apply: Apply,
}

/// A fault of the full list.
fn fault(
    name: impl Into<String>,
    apply: impl Fn(&mut Trial<'_>) -> Applied + Send + Sync + 'static,
) -> Fault {
    Fault {
        name: name.into(),
        depth: Depth::Full,
        altered: &[],
        evident: false,
        damaged: &[],
        subject: None,
        mending: Mending::Possible,
        causes: Causes::One,
        apply: Box::new(apply),
    }
}

impl Fault {
    fn smoke(mut self) -> Fault {
        self.depth = Depth::Smoke;
        self
    }

    fn quick(mut self) -> Fault {
        self.depth = Depth::Quick;
        self
    }

    fn altering(mut self, macros: &'static [&'static str]) -> Fault {
        self.altered = macros;
        self
    }

    fn evidently(mut self) -> Fault {
        self.evident = true;
        self
    }

    fn damaging(mut self, macros: &'static [&'static str]) -> Fault {
        self.damaged = macros;
        self
    }

    fn about(mut self, subject: &'static str) -> Fault {
        self.subject = Some(subject);
        self
    }

    fn of_several_causes(mut self) -> Fault {
        self.causes = Causes::Several;
        self
    }

    fn beyond_repair(mut self) -> Fault {
        self.mending = Mending::Impossible;
        self
    }
}

/// Those that make sense in any workspace, and faults on each macro of one.
pub(crate) fn for_real_workspaces() -> Vec<Fault> {
    const ANYWHERE: &[&str] = &[
        "harmless/nothing",
        "dylib/deleted-all",
        "flags/in-environment",
        "profile/build-override",
        "profile/release-asked-for",
        "config/target-is-the-host",
        "directory/target-gone",
        "copied/all-times-now",
        "copied/all-times-equal",
        "copied/whole-seconds",
        "toolchain/by-environment",
        "workspace/moved",
        "command/clean",
    ];
    let mut faults = rounds::faults();
    faults.extend(
        all()
            .into_iter()
            .filter(|f| ANYWHERE.contains(&f.name.as_str())),
    );
    faults
}

/// All faults, in the order in which they are reported.
pub(crate) fn all() -> Vec<Fault> {
    [
        harmless::faults(),
        dylib::faults(),
        inputs::faults(),
        manifests::faults(),
        resolution::faults(),
        settings::faults(),
        toolchains::faults(),
        directories::faults(),
        fingerprints::faults(),
        commands::faults(),
        building::faults(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

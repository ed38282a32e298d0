//! Which workspaces are built by which toolchain in which layout, and how thorough a run must be for them.

use crate::faults::{Depth, Fault};
use crate::options::{Options, Workspaces};
use crate::real;
use crate::support::toolchain::Toolchain;
use crate::support::workspace::{self, Base, Company, Layout};

/// A base that is to be built.
pub(crate) struct Plan {
    pub(crate) toolchain: &'static str,
    layout: Layout,
    company: Company,
    /// A real workspace instead of the made one.
    real: Option<&'static str>,
    role: Role,
}

/// What a base is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// All that the run's depth has.
    Main,
    /// The other layout: in a quick run only what a layout can change.
    OtherLayout,
    /// Another cargo or other company: what a quick run has, unless the base was asked for by name.
    Side,
}

/// What a quick run tries where only the layout is new.
const LAYOUT_MATTERS: &[&str] = &[
    "dylib/",
    "dependency/",
    "build-script/",
    "directory/",
    "fingerprint/",
    "killed/",
    "building/",
];

impl Plan {
    const fn new(toolchain: &'static str, layout: Layout) -> Plan {
        Plan {
            toolchain,
            layout,
            company: Company::Alone,
            real: None,
            role: Role::Side,
        }
    }

    pub(crate) fn id(&self) -> String {
        let id = workspace::id(self.toolchain, self.layout, self.company);
        self.real.map_or(id.clone(), |name| format!("{name}@{id}"))
    }

    const fn with(self, role: Role) -> Plan {
        Plan { role, ..self }
    }

    /// Whether a fault is to be tried on this base.
    pub(crate) fn wants(&self, options: &Options, fault: &Fault) -> bool {
        let depth = match self.role {
            Role::Side if options.bases.is_empty() => options.depth.min(Depth::Quick),
            _ => options.depth,
        };
        let matters = self.role != Role::OtherLayout
            || options.depth != Depth::Quick
            || LAYOUT_MATTERS
                .iter()
                .any(|group| fault.name.starts_with(group));
        fault.depth <= depth && matters && options.names(&self.id(), &fault.name)
    }

    /// Whether `sidecargo fix` is to be tried after a fault. It compiles for real, so it is not tried after all of them everywhere.
    pub(crate) fn fixes(&self, options: &Options, fault: &Fault) -> bool {
        let everywhere = fault.depth == Depth::Smoke && self.role != Role::OtherLayout;
        options.fix && (everywhere || options.depth == Depth::Full && self.role != Role::Side)
    }

    pub(crate) fn build(&self, toolchain: &Toolchain) -> Result<Base, String> {
        match self.real {
            Some(name) => real::base(name, toolchain, self.layout),
            None => workspace::made(toolchain, self.layout, self.company),
        }
    }
}

/// The bases of a run.
pub(crate) fn of(options: &Options) -> Vec<Plan> {
    let all = match options.workspaces {
        Workspaces::Made => made(),
        Workspaces::Real => of_real_ones(),
    };
    all.into_iter()
        .filter(|(depth, plan)| options.wants_base(&plan.id(), *depth))
        .map(|(_, plan)| plan)
        .collect()
}

fn made() -> Vec<(Depth, Plan)> {
    use Layout::{Both, V1, V2};
    let busy = Plan {
        company: Company::Busy,
        ..Plan::new("stable", V1)
    };
    vec![
        (Depth::Smoke, Plan::new("stable", V1).with(Role::Main)),
        (
            Depth::Quick,
            Plan::new("nightly", V2).with(Role::OtherLayout),
        ),
        (Depth::Full, Plan::new("nightly", V1)),
        (Depth::Full, Plan::new("nightly", Both)),
        (Depth::Full, busy),
        (Depth::Full, Plan::new("stable", V2)),
        // Cargos before 1.82 cannot be asked as rust-analyzer asks: one finding says so, and `tests/tool_findings` tries it.
        (Depth::Full, Plan::new("debian-1.85", V1)),
        (Depth::Full, Plan::new("debian-1.96", V1)),
        (Depth::Full, Plan::new("debian-1.97", V1)),
        (Depth::Full, Plan::new("debian-1.98", V1)),
        (Depth::Full, Plan::new("debian-1.98", V2)),
    ]
}

fn of_real_ones() -> Vec<(Depth, Plan)> {
    let mut plans = Vec::new();
    for (depth, toolchain, layout) in [
        (Depth::Smoke, "stable", Layout::V1),
        (Depth::Full, "nightly", Layout::V2),
    ] {
        for name in real::names() {
            let plan = Plan {
                real: Some(name),
                ..Plan::new(toolchain, layout)
            };
            plans.push((depth, plan));
        }
    }
    plans
}

//! Which workspaces are built by which toolchain in which layout, and how thorough a run must be for them.

use crate::faults::Depth;
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
}

impl Plan {
    const fn new(toolchain: &'static str, layout: Layout) -> Plan {
        Plan {
            toolchain,
            layout,
            company: Company::Alone,
            real: None,
        }
    }

    pub(crate) fn id(&self) -> String {
        let id = workspace::id(self.toolchain, self.layout, self.company);
        self.real.map_or(id.clone(), |name| format!("{name}@{id}"))
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
        (Depth::Smoke, Plan::new("stable", V1)),
        (Depth::Quick, Plan::new("nightly", V2)),
        (Depth::Full, Plan::new("nightly", V1)),
        (Depth::Full, Plan::new("nightly", Both)),
        (Depth::Full, busy),
        (Depth::Full, Plan::new("stable", V2)),
        (Depth::Full, Plan::new("debian-1.63", V1)),
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

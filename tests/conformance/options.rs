//! What a run is to try: from the environment and from the command line, which carries cargo test's own arguments too.

use crate::faults::Depth;
use crate::faults::combined::Draw;
use crate::support::cargo::Compilation;

/// Which workspaces are built and broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Workspaces {
    /// The made one, with all faults.
    Made,
    /// Real ones of the registry, with some faults on each of their macros.
    Real,
}

/// What a run is to try.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    pub(crate) depth: Depth,
    pub(crate) workspaces: Workspaces,
    /// Combinations instead of the single faults.
    pub(crate) draw: Option<Draw>,
    /// Parts of `base::fault`; one must fit. Empty: all.
    pub(crate) filters: Vec<String>,
    /// Names of bases, or their beginnings before a `*`; one must fit. Empty: what the depth has.
    pub(crate) bases: Vec<String>,
    /// What cargo's compilations are in the oracle's run: real ones check the stand-in itself.
    pub(crate) compilation: Compilation,
    /// Tries `sidecargo fix` too.
    pub(crate) fix: bool,
    pub(crate) printing: Printing,
    pub(crate) jobs: usize,
}

/// How results are shown and judged.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Printing {
    /// Keeps the directories of failed trials.
    pub(crate) keep: bool,
    /// Prints rows in which everything is fresh as well.
    pub(crate) verbose: bool,
    /// A reason that does not name what cargo names fails the run.
    pub(crate) strict: bool,
}

/// What to do at all.
pub(crate) enum Asked {
    Run(Options),
    /// `--list`, of cargo test and its likes.
    List,
    Nothing(String),
}

/// Help for a person.
pub(crate) const HELP: &str = "\
cargo test --test conformance -- [PART-OF-BASE::FAULT]...
  SIDECARGO_CONFORMANCE=smoke|quick|full|off   how thorough (smoke)
  SIDECARGO_CONFORMANCE_BASES=stable-v1,...    names, or beginnings with a *
  SIDECARGO_CONFORMANCE_WORKSPACES=made|real   the made workspace, or real ones of the registry (made)
  SIDECARGO_CONFORMANCE_DRAW=SEED:COUNT        combinations of faults, drawn by a seed, instead of single ones
  SIDECARGO_CONFORMANCE_COMPILE=pretended|real what cargo's compilations are in the oracle (pretended)
  SIDECARGO_CONFORMANCE_FIX=0|1                try `sidecargo fix` too (1 unless smoke)
  SIDECARGO_CONFORMANCE_STRICT=0|1             a reason that does not name what cargo names fails the run (0)
  SIDECARGO_CONFORMANCE_KEEP=0|1               keep the directories of failed trials (0)
  SIDECARGO_CONFORMANCE_VERBOSE=0|1            print healthy rows too (0)
  SIDECARGO_CONFORMANCE_JOBS=N                 trials at once (2)
  SIDECARGO_TEST_TOOLS=DIR                     where tests/tools/*.sh put their tools (target/tools)
  SIDECARGO_TEST_SCRATCH=DIR                   where to build and break things (below the temporary directory)
";

/// Reads the environment and the arguments.
pub(crate) fn read() -> Asked {
    let variable = |name: &str| std::env::var(format!("SIDECARGO_CONFORMANCE{name}")).ok();
    let is_on = |name: &str, default: bool| variable(name).map_or(default, |v| v != "0");
    let mut filters = Vec::new();
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--list" => return Asked::List,
            "--help" | "-h" => return Asked::Nothing(HELP.to_owned()),
            "--ignored" => return Asked::Nothing("no ignored tests\n".to_owned()),
            flag if flag.starts_with('-') => {} // libtest's: --nocapture, --test-threads=…
            part => filters.push(part.to_owned()),
        }
    }
    let depth = match variable("").as_deref() {
        None | Some("" | "smoke") => Depth::Smoke,
        Some("quick") => Depth::Quick,
        Some("full") => Depth::Full,
        Some("off") => {
            return Asked::Nothing("switched off by SIDECARGO_CONFORMANCE=off\n".to_owned());
        }
        Some(other) => {
            return Asked::Nothing(format!("SIDECARGO_CONFORMANCE={other} is unknown\n{HELP}"));
        }
    };
    let list = |text: String| {
        text.split(',')
            .filter(|s| !s.is_empty())
            .map(str::to_owned)
            .collect()
    };
    Asked::Run(Options {
        depth,
        filters,
        bases: variable("_BASES").map(list).unwrap_or_default(),
        draw: variable("_DRAW").and_then(|text| {
            let (seed, count) = text.split_once(':')?;
            Some(Draw {
                seed: seed.parse().ok()?,
                count: count.parse().ok()?,
            })
        }),
        compilation: match variable("_COMPILE").as_deref() {
            Some("real") => Compilation::Real,
            _ => Compilation::Pretended,
        },
        workspaces: match variable("_WORKSPACES").as_deref() {
            Some("real") => Workspaces::Real,
            _ => Workspaces::Made,
        },
        fix: is_on("_FIX", depth != Depth::Smoke),
        printing: Printing {
            keep: is_on("_KEEP", false),
            verbose: is_on("_VERBOSE", false),
            strict: is_on("_STRICT", false),
        },
        jobs: variable("_JOBS")
            .and_then(|j| j.parse().ok())
            .unwrap_or(2)
            .max(1),
    })
}

impl Options {
    /// Whether a base is to be built that a run of the given depth has.
    pub(crate) fn wants_base(&self, base: &str, depth: Depth) -> bool {
        let fits = |pattern: &String| match pattern.strip_suffix('*') {
            Some(start) => base.starts_with(start),
            None => base == pattern,
        };
        if self.bases.is_empty() {
            depth <= self.depth
        } else {
            self.bases.iter().any(fits)
        }
    }

    /// Whether a fault of a base is among those asked for by name.
    pub(crate) fn names(&self, base: &str, fault: &str) -> bool {
        let name = format!("{base}::{fault}");
        self.filters.is_empty() || self.filters.iter().any(|f| name.contains(f.as_str()))
    }
}

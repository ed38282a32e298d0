//! The only place that starts processes: cargo, rustc, rustup, the proc-macro server. Knows neither verdicts nor LSP.

pub mod invocation;

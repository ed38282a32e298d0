//! The only place that starts processes: cargo, rustc, rustup, the proc-macro server. Knows neither verdicts nor LSP.

pub mod asked;
pub mod at_work;
mod endless;
pub mod invocation;
mod jobserver;
pub mod messages;
pub mod output;
mod private_directory;
pub mod probe;
pub mod process;
pub mod query;
mod question_error;
pub mod questions;
mod refusal;
pub mod rustc_info;
pub mod scratch;
mod scratch_directory;
pub mod service;
pub mod stand_in;
pub mod tools;
pub mod unit_graph;

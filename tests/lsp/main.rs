//! The language server as a client sees it: the real program, real pipes, real cargo, real files.
#![cfg(feature = "lsp")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod client;
mod end;
mod findings;
mod mending;
mod project;
mod protocol;
mod real_uses;
mod uses;

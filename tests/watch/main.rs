//! `sidecargo watch` as a person runs it: real edits, real builds, a real HTTP service that is asked all the while.
#![cfg(all(feature = "lsp", unix))]
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

#[path = "../support/mod.rs"]
mod support;

mod building;
mod client;
mod ending;
mod mending;
mod project;
mod service;
mod watching;

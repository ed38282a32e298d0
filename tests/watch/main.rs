//! `sidecargo watch` as a person runs it: real edits, real builds, a real HTTP service that is asked all the while.
#![cfg(test)]
#![cfg(all(feature = "lsp", unix))]

#[path = "../support/mod.rs"]
mod support;

mod building;
mod client;
mod ending;
mod mending;
mod project;
mod service;
mod watching;

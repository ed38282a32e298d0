//! The catalogue of known build failures, each entry provoked for real by the real tool: what is said of it, and that what helps helps.
#![cfg(test)]
#![cfg(unix)]

#[path = "../support/mod.rs"]
mod support;

mod bench;
mod crc_fast;
mod dylibs;
mod everyday;
mod hazards;
mod lambda;
mod own;
mod runs;
mod steps;
mod zig;

//! The findings about tools, each provoked for real or by a program put in a tool's place, and the probe with the real proc-macro server.
#![cfg(test)]
#![cfg(unix)]

#[path = "../support/mod.rs"]
mod support;

mod bench;
mod probe;
mod refused;
mod settings;
mod tools;

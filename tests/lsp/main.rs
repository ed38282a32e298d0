//! The language server as a client sees it: the real program, real pipes, real cargo, real files.
#![cfg(test)]
#![cfg(feature = "lsp")]

mod automatic;
#[allow(dead_code)] // another test target has the rest of its uses
mod client;
mod early;
mod end;
mod findings;
mod habits;
mod malformed;
mod mending;
#[allow(dead_code)]
mod project;
mod protocol;
mod real_uses;
mod remedies;
mod rounds;
mod strangers;
mod uses;
mod workspaces;

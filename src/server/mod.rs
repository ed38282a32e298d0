//! The language server: speaks LSP on stdio and shows findings where the person is looking.

mod model;
mod prospect;
mod quiet;
mod schedule;
mod settings;

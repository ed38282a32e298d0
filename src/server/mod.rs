//! The language server: speaks LSP on stdio and shows findings where the person is looking.

mod actions;
mod columns;
mod convert;
mod documents;
mod input;
mod model;
mod outbox;
mod prospect;
mod quiet;
mod schedule;
mod settings;

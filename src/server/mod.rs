//! The language server: speaks LSP on stdio and shows findings where the person is looking.

mod quiet;
mod settings;

//! Where to show a finding: places in manifests and toolchain files. Knows text, never the causes of verdicts.

mod lines;
pub mod manifest;
mod place;
mod read;
mod root;
pub mod toolchain_file;
pub mod uses;

pub use lines::{Lines, Position};
pub use place::{Manifests, Place, macros_behind};
pub use read::{ReadError, TEXT_LIMIT, read_text};
pub use root::workspace_root;

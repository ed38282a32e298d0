//! What the build directory holds, and who is at work there. Reads only; starts no process.

pub mod build_script;
pub mod checksum;
pub mod content;
pub mod dep_info;
pub mod dylib;
pub mod file;
pub mod gone;
pub(crate) mod identity;
pub mod library;
pub mod lock;
pub mod process;
pub mod relative;
pub mod unit;

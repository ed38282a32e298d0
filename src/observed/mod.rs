//! What the build directory on disk holds. Reads only: starts no process, and never loads or maps a dylib.

pub mod dylib;

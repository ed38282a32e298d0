//! What the build directory holds. Reads only; starts no process.

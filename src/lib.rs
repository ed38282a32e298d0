//! Sidecargo: will the proc macros of this workspace expand, and if not, why, and what mends it?

pub mod observed;

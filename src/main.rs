//! The command line: picks a front end and starts it.

fn main() {}

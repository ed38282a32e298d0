//! The command line: hands over to the stand-in compiler when cargo called us as one, else to the front end that was asked for.

use std::process::ExitCode;

fn main() -> ExitCode {
    sidecargo::cli::main()
}

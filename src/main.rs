//! The command line: hands over to the stand-in compiler when cargo called us as one, else to the front end that was asked for.

use std::process::ExitCode;

fn main() -> ExitCode {
    if sidecargo::cargo::stand_in::is_called() {
        return sidecargo::cargo::stand_in::main();
    }
    sidecargo::cli::main()
}

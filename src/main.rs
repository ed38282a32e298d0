//! The command line: picks a front end and starts it.

use std::process::ExitCode;

fn main() -> ExitCode {
    if sidecargo::cargo::stand_in::is_called() {
        return sidecargo::cargo::stand_in::main();
    }
    sidecargo::cli::main()
}

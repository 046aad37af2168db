//! The `protosmith` command. All of it is in the library; see `cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    protosmith::cli::main()
}

//! The benchmark, with the allocator of the system.

use std::process::ExitCode;

fn main() -> ExitCode {
    bench::run()
}

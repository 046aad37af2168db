//! The whole way in one go: makes the sample service, builds it, starts it, and calls each of its methods.
//!
//! `cargo run --example quickstart [DIR]`; without DIR the workspace is made in `target/quickstart`, anew each time.
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "an example prints, and cleans up after its last run"
)]

use std::error::Error;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use protosmith::feature::{Choice, Preset};
use protosmith::{Request, write};

fn main() -> Result<(), Box<dyn Error>> {
    let dir = match std::env::args_os().nth(1) {
        Some(dir) => PathBuf::from(dir),
        None => {
            let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/quickstart/greeter");
            if dir.exists() {
                std::fs::remove_dir_all(&dir)?;
            }
            dir
        }
    };

    println!("1. making the sample service in {}", dir.display());
    let choice = Choice {
        preset: Preset::Full,
        ..Choice::default()
    };
    let rendered = protosmith::render(&Request {
        name: "greeter".to_owned(),
        choice,
        ..Request::default()
    })?;
    write::create(&dir, &rendered.tree)?;

    println!("2. building it (the first time takes a few minutes)");
    // Beside the workspace, so that a second run builds only what is new.
    let target = std::path::absolute(dir.parent().unwrap_or(&dir).join("generated"))?;
    let built = Command::new(env!("CARGO"))
        .args(["build", "--workspace", "--bins", "--examples"])
        .env("CARGO_TARGET_DIR", &target)
        .current_dir(&dir)
        .status()?;
    if !built.success() {
        return Err("the service does not build".into());
    }

    let mut server = Server(
        Command::new(target.join("debug/greeter"))
            .envs([
                ("GREETER__SERVER__PORT", "0"),
                ("GREETER__ADMIN__PORT", "0"),
                ("GREETER__LOGGING__FORMAT", "json"),
            ])
            .current_dir(&dir)
            .stdout(Stdio::piped())
            .spawn()?,
    );
    let address = server.address()?;
    println!("3. the server listens at {address}");

    println!("4. calling every method");
    let called = Command::new(target.join("debug/examples/hello"))
        .arg(format!("http://{address}"))
        .status()?;
    if !called.success() {
        return Err("the service does not answer".into());
    }
    println!("\nIt is yours: cd {} && cargo run", dir.display());
    Ok(())
}

/// The server, which ends with us.
struct Server(Child);

impl Server {
    /// Waits until the log tells the address.
    fn address(&mut self) -> Result<String, Box<dyn Error>> {
        let mut log = BufReader::new(self.0.stdout.take().ok_or("stdout is piped")?).lines();
        while let Some(line) = log.next().transpose()? {
            let event: serde_json::Value = serde_json::from_str(&line)?;
            if event["message"] == "listening"
                && let Some(address) = event["address"].as_str()
            {
                let address = address.to_owned();
                // A full pipe would block the server.
                std::thread::spawn(move || log.for_each(drop));
                return Ok(address);
            }
        }
        Err("the server ended before it listened".into())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

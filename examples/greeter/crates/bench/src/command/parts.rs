//! `parts`: how many instructions each guard and each observer costs a call.
//!
//! Calls pass the first part, then the first two, and so on; what a part adds is its own cost, with
//! that of the threads and exporters behind it. Needs `valgrind`.

use std::process::Stdio;

use tokio::process::Command;

use crate::Error;
use crate::callgrind;
use crate::command::say;
use crate::setup::Setup;

/// How many calls pass.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Calls for each part
    #[arg(long, default_value_t = 50_000)]
    calls: u32,
}

/// Prints what each part adds.
#[tokio::main(flavor = "current_thread")]
pub(crate) async fn run(args: &Args) -> Result<(), Error> {
    let setup = Setup::new(1).await?;
    let (_, start) = count(&setup, 0, 0).await?;
    let mut before = start;
    let mut names = Vec::new();
    say("part          instructions");
    for parts in 0.. {
        let (name, sum) = count(&setup, parts, args.calls).await?;
        // The list has ended when one more is the same as before.
        if names.last() == Some(&name) {
            break;
        }
        let own = (sum - before) / f64::from(args.calls);
        say(&format!("{name:<14}{own:>12.0}"));
        before = sum;
        names.push(name);
    }
    let all = (before - start) / f64::from(args.calls);
    say(&format!("{:<14}{all:>12.0}", "all"));
    Ok(())
}

/// The name of the last of so many parts, and the instructions of so many calls that pass them all.
async fn count(setup: &Setup, parts: usize, calls: u32) -> Result<(String, f64), Error> {
    let out = setup.folder().join(format!("part.{parts}.{calls}"));
    let [valgrind, options @ ..] = callgrind::around(&out);
    let mut command = Command::new(valgrind);
    command
        .args(options)
        .arg(crate::twin::Twin::Chain.binary()?)
        .args(["pass", &parts.to_string(), "--calls", &calls.to_string()])
        .arg("--config")
        .arg(setup.config());
    if let Some(token) = setup.tokens.first() {
        command.arg("--token").arg(token.to_str()?);
    }
    let output = command.stderr(Stdio::inherit()).output().await?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        return Err(format!("the calls did not pass: {}", text.trim()).into());
    }
    let text = String::from_utf8(output.stdout)?;
    let name = text.lines().next().unwrap_or_default().to_owned();
    Ok((name, callgrind::total(&out)?))
}

//! A twin in a process of its own, so that nothing of the client is measured with it.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use chassis::runtime::memory;
use chassis::runtime::process::Stat;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use super::Twin;
use crate::Error;

/// A running server; killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    /// Where it listens.
    pub(crate) address: SocketAddr,
}

impl Process {
    /// Starts `twin` with the settings in `config`, on one thread.
    pub(crate) async fn start(twin: Twin, config: &Path) -> Result<Self, Error> {
        Self::start_on(twin, config, 1).await
    }

    /// The same on so many threads.
    pub(crate) async fn start_on(twin: Twin, config: &Path, threads: usize) -> Result<Self, Error> {
        Self::spawn(twin, config, threads, &[]).await
    }

    /// The same on one thread, under the program `around` it.
    pub(crate) async fn start_under(
        twin: Twin,
        config: &Path,
        around: &[String],
    ) -> Result<Self, Error> {
        Self::spawn(twin, config, 1, around).await
    }

    async fn spawn(
        twin: Twin,
        config: &Path,
        threads: usize,
        around: &[String],
    ) -> Result<Self, Error> {
        let mut words: Vec<OsString> = around.iter().map(Into::into).collect();
        words.push(twin.binary()?.into());
        words.extend(["serve", twin.name(), "--threads"].map(Into::into));
        words.push(threads.to_string().into());
        words.extend(["--config".into(), config.into()]);
        let mut child = Command::new(&words[0])
            .args(&words[1..])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("cannot start {}: {error}", words[0].display()))?;
        let stdout = child.stdout.take().ok_or("the output is piped")?;
        let mut lines = BufReader::new(stdout).lines();
        let first = lines.next_line().await?.ok_or("the server did not start")?;
        // Whoever logs must not block on a full pipe.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let address = first.parse()?;
        Ok(Self { child, address })
    }

    /// The resident memory, in bytes; none where the system does not tell.
    pub(crate) fn resident(&self) -> Option<u64> {
        memory::resident_of(self.child.id()?)
    }

    /// How many files and connections it has open; none where the system does not tell.
    pub(crate) fn open_files(&self) -> Option<usize> {
        let files = std::fs::read_dir(format!("/proc/{}/fd", self.child.id()?));
        Some(files.ok()?.count())
    }

    /// The time that it has spent on processors; none where the system does not tell.
    pub(crate) fn busy(&self) -> Option<Duration> {
        Some(Stat::of(self.child.id()?)?.busy)
    }

    /// Lets the server end, and waits until it has.
    pub(crate) async fn end(mut self) -> Result<(), Error> {
        drop(self.child.stdin.take());
        let status = self.child.wait().await?;
        match status.success() {
            true => Ok(()),
            false => Err(format!("the server ended with {status}").into()),
        }
    }
}

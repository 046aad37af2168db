//! What the system tells of the process, under the names that all clients of Prometheus use.

use std::fs;

use prometheus::{Counter, Gauge, IntGauge, Registry};

use super::sampled::registered;
use super::whole;
use crate::runtime::memory;
use crate::runtime::process::Stat;

/// The metrics of this process.
#[derive(Debug)]
pub(super) struct Process {
    cpu: Counter,
    memory: IntGauge,
    threads: IntGauge,
    open_files: IntGauge,
}

impl Process {
    /// None where there is no `/proc`.
    pub(super) fn new(registry: &Registry) -> Result<Option<Self>, prometheus::Error> {
        let Some(stat) = Stat::of("self") else {
            return Ok(None);
        };
        if let Some(booted) = booted() {
            let start = Gauge::new(
                "process_start_time_seconds",
                "When the process started, in seconds since 1970.",
            )?;
            registered(registry, start)?.set(booted + stat.start.as_secs_f64());
        }
        if let Some(limit) = most_files() {
            let most = IntGauge::new(
                "process_max_fds",
                "Files that the process may have open at one time.",
            )?;
            registered(registry, most)?.set(limit);
        }
        let gauge = |name, help| registered(registry, IntGauge::new(name, help)?);
        Ok(Some(Self {
            cpu: registered(
                registry,
                Counter::new(
                    "process_cpu_seconds_total",
                    "Time that the process has spent on processors.",
                )?,
            )?,
            memory: gauge("process_resident_memory_bytes", "Memory in use.")?,
            threads: gauge("process_threads", "Threads of the process.")?,
            open_files: gauge("process_open_fds", "Files and sockets that are open.")?,
        }))
    }

    /// Takes all values anew.
    pub(super) fn refresh(&self) {
        if let Some(stat) = Stat::of("self") {
            let spent = stat.busy.as_secs_f64();
            self.cpu.inc_by((spent - self.cpu.get()).max(0.0));
            self.threads.set(stat.threads);
        }
        if let Some(bytes) = memory::resident() {
            self.memory.set(whole(bytes));
        }
        if let Ok(files) = fs::read_dir("/proc/self/fd") {
            // One of them is the folder that is being read.
            self.open_files.set(whole(files.count().saturating_sub(1)));
        }
    }
}

/// When the system started, in seconds since 1970.
fn booted() -> Option<f64> {
    let stat = fs::read_to_string("/proc/stat").ok()?;
    let line = stat.lines().find_map(|line| line.strip_prefix("btime "))?;
    line.trim().parse().ok()
}

/// The soft limit of open files; none if there is no limit.
fn most_files() -> Option<i64> {
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn this_process_can_be_told() {
        let registry = Registry::new();
        let process = Process::new(&registry).unwrap().unwrap();
        process.refresh();
        assert!(process.threads.get() >= 1);
        assert!(process.open_files.get() >= 1);
        assert!(process.memory.get() > 1 << 20);
        assert_eq!(registry.gather().len(), 6);
    }
}

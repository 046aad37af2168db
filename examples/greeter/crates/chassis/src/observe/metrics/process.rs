//! What the system tells of the process, under the names that all clients of Prometheus use.

use std::fs;

use prometheus::{Counter, Gauge, IntGauge, Registry};

use super::sampled::registered;
use crate::runtime::memory;

/// Ticks of a second in `/proc`: the same on every system that Rust's tier 1 and 2 know.
const TICKS: f64 = 100.0;

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
        let Some(stat) = Stat::read() else {
            return Ok(None);
        };
        if let Some(booted) = booted() {
            let start = Gauge::new(
                "process_start_time_seconds",
                "When the process started, in seconds since 1970.",
            )?;
            registered(registry, start)?.set(booted + stat.start);
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
        if let Some(stat) = Stat::read() {
            self.cpu.inc_by((stat.cpu - self.cpu.get()).max(0.0));
            self.threads.set(stat.threads);
        }
        if let Some(bytes) = memory::resident() {
            self.memory.set(i64::try_from(bytes).unwrap_or(i64::MAX));
        }
        if let Ok(files) = fs::read_dir("/proc/self/fd") {
            // One of them is the folder that is being read.
            let open = files.count().saturating_sub(1);
            self.open_files.set(i64::try_from(open).unwrap_or(i64::MAX));
        }
    }
}

/// A part of `/proc/self/stat`.
#[derive(Debug)]
struct Stat {
    /// Seconds on processors.
    cpu: f64,
    threads: i64,
    /// Seconds from the start of the system to that of the process.
    start: f64,
}

impl Stat {
    fn read() -> Option<Self> {
        Self::parse(&fs::read_to_string("/proc/self/stat").ok()?)
    }

    /// The fields are numbered as in `man proc_pid_stat`, where the first is 1.
    fn parse(text: &str) -> Option<Self> {
        // The second field is the name in parentheses, and may have anything in it.
        let (_, rest) = text.rsplit_once(')')?;
        let fields: Vec<&str> = rest.split_whitespace().collect();
        let number = |field: usize| fields.get(field - 3)?.parse::<f64>().ok();
        Some(Self {
            cpu: (number(14)? + number(15)?) / TICKS,
            threads: fields.get(20 - 3)?.parse().ok()?,
            start: number(22)? / TICKS,
        })
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
    fn the_line_of_a_process_is_read() {
        let line = "4711 (a (strange) name) S 1 4711 4711 0 -1 4194304 500 0 0 0 \
                    150 50 0 0 20 0 9 0 360000 100000 300 18446744073709551615";
        let stat = Stat::parse(line).unwrap();
        assert_eq!((stat.cpu, stat.threads, stat.start), (2.0, 9, 3600.0));
        assert!(Stat::parse("4711 (short) S 1").is_none());
        assert!(Stat::parse("").is_none());
    }

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

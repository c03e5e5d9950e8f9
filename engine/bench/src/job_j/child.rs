//! A process that is measured, from outside.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::JoinHandle;
use std::time::Duration;

use super::load::Ends;
use super::{CHILD, Error, Who};

/// The system counts a process's time in hundredths of a second.
const TICK: Duration = Duration::from_millis(10);

/// What a process has taken of the machine so far, where the system tells.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Taken {
    /// Time on a core.
    pub(super) cpu: Option<Duration>,
    /// Resident memory in bytes.
    pub(super) memory: Option<u64>,
}

/// The process.
#[derive(Debug)]
pub(super) struct Child {
    process: std::process::Child,
    address: SocketAddr,
    log: Option<JoinHandle<()>>,
}

impl Child {
    /// Starts it and waits until it listens. Its log tells `ends` of runs.
    pub(super) fn start(who: Who, folder: &Path, api: &str, ends: Ends) -> Result<Self, Error> {
        let mut process = Command::new(std::env::current_exe()?)
            .args([CHILD, who.word()])
            .arg(folder)
            .arg(api)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut first = String::new();
        if let Some(out) = process.stdout.take() {
            BufReader::new(out).read_line(&mut first)?;
        }
        let Some(log) = process.stderr.take().map(BufReader::new) else {
            return Err(Error::Load("the log can't be read".to_owned()));
        };
        let Ok(address) = first.trim().parse() else {
            process.wait()?;
            let said = log.lines().map_while(Result::ok).collect::<Vec<_>>().join("\n");
            return Err(Error::NotStarted {
                who: who.word(),
                said,
            });
        };
        let log = std::thread::spawn(move || hear(log, &ends));
        Ok(Self {
            process,
            address,
            log: Some(log),
        })
    }

    /// Where it listens.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it has taken so far.
    pub(super) fn taken(&self) -> Taken {
        let read = |name: &str| std::fs::read_to_string(format!("/proc/{}/{name}", self.process.id())).ok();
        let cpu = read("stat").and_then(|text| {
            // The name, in brackets, may hold anything.
            let (_, fields) = text.rsplit_once(')')?;
            let mut times = fields.split_whitespace().skip(11).map(str::parse::<u32>);
            Some(TICK * (times.next()?.ok()? + times.next()?.ok()?))
        });
        let memory = read("status").and_then(|text| {
            let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
            Some(line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()? * 1024)
        });
        Taken { cpu, memory }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // It ends when its input does.
        drop(self.process.stdin.take());
        if let Err(error) = self.process.wait() {
            tracing::warn!(%error, "a measured process could not be waited for");
        }
        if let Some(log) = self.log.take() {
            drop(log.join());
        }
    }
}

/// Reads the log for the ends of runs, and passes on what tells of trouble.
#[allow(clippy::print_stderr, reason = "it talks to a person at a terminal")]
fn hear(log: impl BufRead, ends: &Ends) {
    for line in log.lines().map_while(Result::ok) {
        if line.contains("run ended")
            && let Some((_, rest)) = line.rsplit_once("run=")
        {
            let run = rest.split_whitespace().next().unwrap_or_default();
            if line.contains("succeeded") {
                ends.came(run.trim_matches('"'));
            } else {
                eprintln!("{line}");
            }
        } else if line.contains("WARN") || line.contains("ERROR") {
            eprintln!("{line}");
        }
    }
}

//! The real service in a process of its own: started, ended in every way, started again.

use std::fs::{File, OpenOptions};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::error::Error;
use crate::wire;

/// A service must be ready after so long.
const READY: Duration = Duration::from_secs(30);
/// And must have ended, when told to, after so long.
const FAREWELL: Duration = Duration::from_secs(45);
/// Between two looks.
const GLANCE: Duration = Duration::from_millis(20);

/// The token that calls are made with, and the one that webhooks bring: they must turn up nowhere.
pub const CANARIES: [(&str, &str); 3] = [
    ("GHL_TOKEN", "canary-token-5b1f0e7a9d"),
    ("HOOK_TOKEN", "canary-hook-83c2d4e61f"),
    ("APP_SECRET", "canary-app-c70e15b9a2"),
];

/// A service that can be started on one project again and again.
#[derive(Debug)]
pub struct Service {
    binary: PathBuf,
    folder: PathBuf,
    /// Where webhooks are taken.
    pub webhooks: String,
    /// Where the admin API listens.
    pub admin: String,
    child: Option<Child>,
    /// Where this life's part of the log begins.
    since: u64,
    /// What it finds in its environment, beside the usual secrets.
    pub environment: Vec<(String, String)>,
    /// The name of its log in the project's folder.
    pub log: &'static str,
    /// Mistakes that are put in.
    pub bug: Option<String>,
    /// How often it was ended by SIGKILL.
    pub kills: u64,
    /// The most memory it was seen to have, in KiB, each life's last look.
    pub memory: Vec<u64>,
    /// The most files it was seen to have open.
    pub files: usize,
}

impl Service {
    /// Not started yet. Its addresses are free ones, and stay.
    ///
    /// # Errors
    /// There is no free address.
    pub fn new(binary: &Path, folder: &Path) -> Result<Self, Error> {
        Ok(Self {
            binary: binary.to_owned(),
            folder: folder.to_owned(),
            webhooks: free_address()?,
            admin: free_address()?,
            child: None,
            since: 0,
            environment: Vec::new(),
            log: "serve.log",
            bug: None,
            kills: 0,
            memory: Vec::new(),
            files: 0,
        })
    }

    /// A command of souschef on the project.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        self.dress(&mut command, words);
        command
    }

    fn dress(&self, command: &mut Command, words: &[&str]) {
        command
            .args(["--color", "never", "--project"])
            .arg(&self.folder)
            .args(words)
            .envs(CANARIES)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        if let Some(bug) = &self.bug {
            command.env("SOUSCHEF_BUG", bug);
        }
    }

    /// Its log.
    ///
    /// # Errors
    /// It can't be written.
    fn open_log(&self) -> Result<File, Error> {
        let path = self.folder.join(self.log);
        OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .map_err(Error::file("can't write", &path))
    }

    /// The last lines of its log.
    pub fn log_end(&self) -> String {
        let text = std::fs::read_to_string(self.folder.join(self.log)).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines
            .get(lines.len().saturating_sub(12)..)
            .unwrap_or_default()
            .join("\n")
    }

    /// What this life has said so far.
    pub fn said(&self) -> String {
        let bytes = std::fs::read(self.folder.join(self.log)).unwrap_or_default();
        let since = usize::try_from(self.since).unwrap_or_default();
        String::from_utf8_lossy(bytes.get(since..).unwrap_or_default()).into_owned()
    }

    /// Starts it; does not wait until it is ready. `before` is what it is run by (strace, with arguments; `-D`, so that the
    /// process that we started is the service and not strace).
    ///
    /// # Errors
    /// It can't be started.
    pub fn spawn(&mut self, environment: &[(&str, &str)], before: &[String]) -> Result<(), Error> {
        let log = self.open_log()?;
        self.since = log.metadata().map_err(Error::world("the log"))?.len();
        let other = log.try_clone().map_err(Error::world("the log"))?;
        let mut command = match before.split_first() {
            Some((program, arguments)) => {
                let mut command = Command::new(program);
                command.args(arguments).arg(&self.binary);
                command
            }
            None => Command::new(&self.binary),
        };
        self.dress(&mut command, &["serve"]);
        command
            .envs(environment.iter().copied())
            .stdout(log)
            .stderr(other);
        let child = command
            .spawn()
            .map_err(Error::file("can't start", &self.binary))?;
        self.child = Some(child);
        Ok(())
    }

    /// Starts it and waits until it takes work. Answers how it ended, where it did before that.
    ///
    /// # Errors
    /// It can't be started, or is neither ready nor gone after a long while.
    pub async fn start(&mut self, environment: &[(&str, &str)]) -> Result<Option<ExitStatus>, Error> {
        self.spawn(environment, &[])?;
        self.ready().await
    }

    /// Waits until it takes work. Answers how it ended, where it did before that.
    ///
    /// # Errors
    /// It is neither ready nor gone after a long while.
    pub async fn ready(&mut self) -> Result<Option<ExitStatus>, Error> {
        let until = Instant::now() + READY;
        while Instant::now() < until {
            if let Some(status) = self.ended()? {
                return Ok(Some(status));
            }
            if let Ok(answer) = wire::ask(&self.webhooks, "GET", "/health", &[], None).await
                && answer.body.get("status").is_some_and(|status| status == "ready")
            {
                return Ok(None);
            }
            tokio::time::sleep(GLANCE).await;
        }
        Err(Error::Other(format!("the service was not ready after {READY:?}")))
    }

    /// How it ended, where it has.
    ///
    /// # Errors
    /// The system does not say.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>, Error> {
        let Some(child) = self.child.as_mut() else {
            return Ok(None);
        };
        let status = child.try_wait().map_err(Error::world("the service"))?;
        if let Some(status) = status {
            self.child = None;
            self.count(status);
        }
        Ok(status)
    }

    fn count(&mut self, status: ExitStatus) {
        use std::os::unix::process::ExitStatusExt as _;
        self.kills += u64::from(status.signal() == Some(Signal::KILL.as_raw()));
    }

    /// Whether it is alive.
    pub fn is_up(&self) -> bool {
        self.child.is_some()
    }

    /// Waits until it has ended by itself.
    ///
    /// # Errors
    /// It has not after so long.
    pub async fn end_within(&mut self, patience: Duration) -> Result<Option<ExitStatus>, Error> {
        let until = Instant::now() + patience;
        while Instant::now() < until {
            if let Some(status) = self.ended()? {
                return Ok(Some(status));
            }
            tokio::time::sleep(GLANCE).await;
        }
        Ok(None)
    }

    /// `kill -9`.
    ///
    /// # Errors
    /// The system does not let us.
    pub fn kill(&mut self) -> Result<(), Error> {
        self.look_at_it();
        if let Some(mut child) = self.child.take() {
            child.kill().map_err(Error::world("kill -9"))?;
            let status = child.wait().map_err(Error::world("kill -9"))?;
            self.count(status);
        }
        Ok(())
    }

    /// Lets it stand still, or go on.
    ///
    /// # Errors
    /// The system does not let us.
    pub fn freeze(&self, still: bool) -> Result<(), Error> {
        self.signal(if still { Signal::STOP } else { Signal::CONT })
    }

    fn signal(&self, signal: Signal) -> Result<(), Error> {
        let pid = self
            .child
            .as_ref()
            .and_then(|child| i32::try_from(child.id()).ok());
        let Some(pid) = pid.and_then(Pid::from_raw) else {
            return Ok(());
        };
        kill_process(pid, signal).map_err(|why| Error::World {
            doing: format!("{signal:?}"),
            why: why.into(),
        })
    }

    /// Asks it to stop, and waits for that.
    ///
    /// # Errors
    /// It does not stop.
    pub async fn stop(&mut self) -> Result<Option<ExitStatus>, Error> {
        self.look_at_it();
        if !self.is_up() {
            return Ok(None);
        }
        self.signal(Signal::TERM)?;
        match self.end_within(FAREWELL).await? {
            Some(status) => Ok(Some(status)),
            None => Err(Error::Other(format!(
                "the service did not stop within {FAREWELL:?}"
            ))),
        }
    }

    /// Notes how much memory and how many files it has.
    pub fn look_at_it(&mut self) {
        let Some(child) = &self.child else { return };
        let place = Path::new("/proc").join(child.id().to_string());
        if let Ok(status) = std::fs::read_to_string(place.join("status")) {
            let resident: Option<u64> = status
                .lines()
                .find_map(|line| line.strip_prefix("VmRSS:"))
                .and_then(|rest| rest.split_whitespace().next())
                .and_then(|number| number.parse().ok());
            self.memory.extend(resident);
        }
        if let Ok(files) = std::fs::read_dir(place.join("fd")) {
            self.files = self.files.max(files.count());
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        if let Some(child) = self.child.as_mut() {
            // One that has ended already is as good.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn free_address() -> Result<String, Error> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(Error::world("a free address"))?;
    let address = listener.local_addr().map_err(Error::world("a free address"))?;
    Ok(address.to_string())
}

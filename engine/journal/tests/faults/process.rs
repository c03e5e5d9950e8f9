//! Starting children, and hearing what they were told.

use std::ffi::OsStr;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};

/// What a child printed, and whether it was killed.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) lines: Vec<String>,
    pub(crate) killed: bool,
}

impl Told {
    /// What comes after a word, line by line.
    pub(crate) fn after<'a>(&'a self, word: &'a str) -> impl Iterator<Item = &'a str> {
        self.lines
            .iter()
            .filter_map(move |line| line.strip_prefix(word)?.strip_prefix(' '))
    }
}

/// The command that starts this program again as a child.
pub(crate) fn command(program: Option<&OsStr>, arguments: &[&str], act: &str, folder: &Path) -> Command {
    let this = std::env::current_exe().unwrap();
    let mut command = match program {
        Some(program) => {
            let mut command = Command::new(program);
            command.args(arguments).arg(this);
            command
        }
        None => Command::new(this),
    };
    command
        .args(["child::acts", "--exact", "--nocapture", "--test-threads=1"])
        .env("JOURNAL_ACT", act)
        .env("JOURNAL_FOLDER", folder)
        .env_remove("SOUSCHEF_KILL_AT")
        .env_remove("SOUSCHEF_BUG")
        .stdin(Stdio::null());
    command
}

/// Runs a child to its end.
pub(crate) fn child(act: &str, folder: &Path, settings: &[(&str, &str)]) -> Told {
    finish(command(None, &[], act, folder).envs(settings.iter().copied()))
}

pub(crate) fn finish(command: &mut Command) -> Told {
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let told = Told {
        lines: text
            .lines()
            .filter_map(|line| Some(line.split_once('@')?.1.to_owned()))
            .collect(),
        killed: output.status.signal() == Some(9) || output.status.code() == Some(137),
    };
    assert!(
        told.killed || output.status.success(),
        "{}\n{text}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    told
}

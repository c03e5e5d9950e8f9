//! Other programs: started in the repository's root, their words passed on as they come.

use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use crate::error::Error;
use crate::root;

/// A program with its arguments.
pub(crate) fn program<A: AsRef<OsStr>>(name: &str, arguments: impl IntoIterator<Item = A>) -> Command {
    let mut command = Command::new(name);
    command.args(arguments).current_dir(root());
    command
}

/// The cargo that runs us, with these words as arguments.
pub(crate) fn cargo(words: &str) -> Command {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let mut command = program(&cargo, words.split_whitespace());
    // What cargo tells us of our own crate is not for another.
    for name in ["CARGO_MANIFEST_DIR", "CARGO_PKG_NAME", "CARGO_PKG_VERSION"] {
        command.env_remove(name);
    }
    command
}

/// How it is written at a prompt.
fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words
        .map(|word| word.to_string_lossy().into_owned())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Runs it, shows all it says on the way and gives each line to `hear`. True where it succeeded.
///
/// # Errors
/// It could not be started.
pub(crate) fn listen(mut command: Command, mut hear: impl FnMut(&str)) -> Result<bool, Error> {
    let name = shown(&command);
    println!("\n$ {name}");
    let start = |why| Error::Start {
        program: name.clone(),
        why,
    };
    // Both streams in one pipe, so that their order stays.
    let (reader, writer) = io::pipe().map_err(start)?;
    let other = writer.try_clone().map_err(start)?;
    command.stdin(Stdio::null()).stdout(writer).stderr(other);
    let mut child = command.spawn().map_err(start)?;
    // Our ends of the pipe are in the command; while one is open the reader waits for more.
    drop(command);
    let mut lines = BufReader::new(reader);
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line).map_err(start)? > 0 {
        let text = String::from_utf8_lossy(&line);
        print!("{text}");
        hear(text.trim_end());
        line.clear();
    }
    io::stdout().flush().map_err(start)?;
    Ok(child.wait().map_err(start)?.success())
}

/// Runs it where its failure is the end.
///
/// # Errors
/// It could not be started, or failed.
pub(crate) fn must(command: Command) -> Result<(), Error> {
    let name = shown(&command);
    if listen(command, |_| {})? {
        Ok(())
    } else {
        Err(Error::Failed(name))
    }
}

/// What it prints, where it is there and succeeds.
pub(crate) fn answer(mut command: Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).output().ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

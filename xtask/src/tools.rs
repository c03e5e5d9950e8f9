//! The tools that the tests need beside Rust, and how each comes onto a machine that has it not.

use crate::command::{answer, cargo, must, program};
use crate::error::Error;

/// Whether this cargo command is there.
pub(crate) fn cargo_has(command: &str) -> bool {
    answer(cargo(&format!("{command} --version"))).is_some()
}

/// rustfmt and clippy, by rustup where they are absent.
///
/// # Errors
/// They are not there and rustup can't fetch them.
pub(crate) fn rust() -> Result<(), Error> {
    for (command, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        if !cargo_has(command) {
            must(program("rustup", ["component", "add", component]))?;
        }
    }
    Ok(())
}

/// Node and npm, by apt-get where they are absent.
///
/// # Errors
/// They are not there and can't be installed.
pub(crate) fn node() -> Result<(), Error> {
    if has_node() {
        return Ok(());
    }
    install(&["nodejs", "npm"])?;
    if has_node() {
        Ok(())
    } else {
        Err(Error::Needed {
            what: "Node.js 18 or newer, with npm",
            how: "install it from nodejs.org; the editor tests run on it",
        })
    }
}

/// strace, by apt-get where it is absent.
///
/// # Errors
/// It is not there and can't be installed.
pub(crate) fn strace() -> Result<(), Error> {
    if answer(program("strace", ["--version"])).is_some() {
        return Ok(());
    }
    install(&["strace"])
}

/// libfaketime, which tells a process another time, by apt-get where it is absent.
///
/// # Errors
/// It is not there and can't be installed.
pub(crate) fn faketime() -> Result<(), Error> {
    if answer(program("faketime", ["--version"])).is_some() {
        return Ok(());
    }
    install(&["faketime"])
}

/// Installs packages of the system.
fn install(packages: &[&str]) -> Result<(), Error> {
    let is_root = answer(program("id", ["-u"])).is_some_and(|id| id == "0");
    let before: &[&str] = if is_root { &[] } else { &["sudo", "-n"] };
    let update = &["apt-get", "update"][..];
    let install = [&["apt-get", "install", "-y", "--no-install-recommends"], packages].concat();
    for words in [update, &install] {
        let words: Vec<&str> = before.iter().chain(words).copied().collect();
        if let Some((name, arguments)) = words.split_first() {
            must(program(name, arguments))?;
        }
    }
    Ok(())
}

fn has_node() -> bool {
    let version = answer(program("node", ["--version"]));
    let major = version.and_then(|version| {
        version
            .trim_start_matches('v')
            .split('.')
            .next()?
            .parse::<u32>()
            .ok()
    });
    major.is_some_and(|major| major >= 18) && answer(program("npm", ["--version"])).is_some()
}

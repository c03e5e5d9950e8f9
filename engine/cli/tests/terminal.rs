//! Replays what takes place at a terminal: the folders of `tests/terminal`, under a pseudo terminal of 80 columns.
//!
//! `typed.txt` holds the command and then the lines that a person types, one for each question; `screen.txt` is what the
//! screen shows in the end, what was typed included. Everything else in the folder is copied to where it takes place.
//! `UPDATE=1 cargo test -p souschef --test terminal` writes what is shown now.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where it fails"
)]

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/terminal")
}

/// Both ends of a terminal.
fn terminal() -> (File, OwnedFd) {
    let person = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&person).unwrap();
    unlockpt(&person).unwrap();
    let name = ptsname(&person, Vec::new()).unwrap();
    let program = rustix::fs::open(name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
    let size = Winsize {
        ws_row: 40,
        ws_col: 80,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(&program, size).unwrap();
    (File::from(person), program)
}

/// What the screen shows when a command was given and its questions answered.
fn shown(here: &Path, command: &str, typed: &[&str]) -> String {
    let (mut person, program) = terminal();
    let io = || Stdio::from(program.try_clone().unwrap());
    let mut child = Command::new(env!("CARGO_BIN_EXE_souschef"))
        .current_dir(here)
        .env_clear()
        .env("NO_COLOR", "1")
        .args(command.split_whitespace().skip(1))
        .stdin(io())
        .stdout(io())
        .stderr(io())
        .spawn()
        .unwrap();
    drop(program);
    let screen = Arc::new(Mutex::new(Vec::new()));
    let mut from = person.try_clone().unwrap();
    let to = Arc::clone(&screen);
    // The terminal's end is told as an error, as Linux does.
    let reader = std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(read @ 1..) = from.read(&mut buffer) {
            to.lock().unwrap().extend_from_slice(&buffer[..read]);
        }
    });
    let mut answered = 0;
    for line in typed {
        // A question is what the cursor stands behind.
        let mut asks = false;
        for _ in 0..3000 {
            let length = {
                let screen = screen.lock().unwrap();
                asks = screen.len() > answered && screen.ends_with(b": ");
                screen.len()
            };
            if asks {
                answered = length;
                break;
            }
            if child.try_wait().unwrap().is_some() {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        if !asks {
            let screen = String::from_utf8_lossy(&screen.lock().unwrap()).into_owned();
            panic!("nothing is asked that \"{line}\" would answer:\n{screen}");
        }
        person.write_all(format!("{line}\n").as_bytes()).unwrap();
    }
    let mut ended = None;
    for _ in 0..3000 {
        ended = child.try_wait().unwrap();
        if ended.is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let Some(ended) = ended else {
        child.kill().unwrap();
        child.wait().unwrap();
        let screen = String::from_utf8_lossy(&screen.lock().unwrap()).into_owned();
        panic!("it waits for more answers:\n{screen}");
    };
    let code = ended.code();
    drop(person);
    reader.join().unwrap();
    let screen = String::from_utf8(screen.lock().unwrap().clone()).unwrap();
    let text = screen
        .replace("\r\n", "\n")
        .replace(here.to_str().unwrap(), "DIR");
    match code {
        Some(0) => text,
        code => std::fmt::format(format_args!("{text}exit {code:?}\n")),
    }
}

#[test]
fn what_takes_place_at_a_terminal_is_as_written_down() {
    let update = std::env::var_os("UPDATE").is_some();
    let mut cases: Vec<PathBuf> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    cases.sort();
    assert!(!cases.is_empty());
    for case in cases {
        let place = tempfile::tempdir().unwrap();
        let here = place.path().canonicalize().unwrap();
        for entry in std::fs::read_dir(&case).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if name != "typed.txt" && name != "screen.txt" {
                std::fs::copy(&path, here.join(name)).unwrap();
            }
        }
        let typed = std::fs::read_to_string(case.join("typed.txt")).unwrap();
        let lines: Vec<&str> = typed.lines().collect();
        let mut now = std::fmt::format(format_args!("{}\n", lines[0]));
        now.push_str(&shown(&here, lines[0].trim_start_matches("$ "), &lines[1..]));
        if update {
            std::fs::write(case.join("screen.txt"), &now).unwrap();
        }
        let written = std::fs::read_to_string(case.join("screen.txt")).unwrap();
        assert!(now == written, "{}:\n{now}", case.display());
    }
}

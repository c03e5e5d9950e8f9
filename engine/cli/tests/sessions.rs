//! Replays the sessions of `tests/cli`: command lines in a folder of files, and exactly what is printed.
//!
//! A case's `session.txt` holds lines `$ souschef …`, perhaps with variables before the command (`$ GHL_TOKEN=x souschef …`),
//! each followed by what it prints: stdout as it is, stderr behind `! `, and the exit code where it is not 0. Two further
//! commands look at the outcome: `$ cat FILE` and `$ ls`. A service runs beside the session from `$ souschef serve … &` to
//! `$ kill` (or the session's end); `$ post PATH BODY` sends it a webhook, `$ settle` waits until no run is under way (`$ settle OUTCOME`: and the newest has it), and
//! `$RUN` stands for the run that the last webhook started, `$RUN_END` for the end of its id. A line `## …` is a remark. `stdin.txt` is the standard input of every command. Everything
//! else in the folder is copied to where the session takes place. What differs from run to run (times, ids of runs, ports)
//! is put into words. `UPDATE=1 cargo test -p souschef --test sessions` writes what is printed now.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where it fails"
)]

use std::fmt::Write;
use std::io::{Read, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use regex::Regex;

/// A command line in words; quotes of both kinds hold words together.
fn words(line: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for c in line.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), c) => word.get_or_insert_default().push(c),
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, ' ') => found.extend(word.take()),
            (None, c) => word.get_or_insert_default().push(c),
        }
    }
    found.extend(word);
    found
}

/// Words for what differs from run to run.
struct Words(Vec<(Regex, &'static str)>);

impl Words {
    fn new() -> Self {
        let rules = [
            (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?( UTC|Z)", "MOMENT"),
            (r"\b\d+(\.\d)? (ms|s|min \d+ s)\b", "TIME"),
            (r#""ms": \d+"#, "\"ms\": TIME"),
            // How much of a line fits depends on how many digits a time has.
            (r"(MOMENT|TIME)[^\n]*…\n", "$1 …\n"),
            (r"\bscf_[0-9a-f]{64}\b", "TOKEN"),
            (r"\b[0-9a-f]{32}\b", "RUN"),
            (r"journal-\d{8}T\d{6}\.\d+\.db", "journal-MOMENT.db"),
            // Ids of the sandbox's account, and its traces: the sandbox's own tests hold them.
            (r"\b[A-Za-z0-9]{20}\b", "ID"),
            (r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "TRACE"),
            (r"(127\.0\.0\.1|localhost):\d{4,5}", "$1:PORT"),
        ];
        Self(rules.map(|(rule, word)| (Regex::new(rule).unwrap(), word)).into())
    }

    fn put(&self, text: &str, here: &Path) -> String {
        let text = text.replace(here.to_str().unwrap(), "DIR");
        self.0.iter().fold(text, |text, (rule, word)| {
            rule.replace_all(&text, *word).into_owned()
        })
    }
}

/// Every file below a folder, in order.
fn listed(folder: &Path, below: &str, found: &mut Vec<String>) {
    for path in souschef_cases::entries(folder) {
        let name = format!("{below}{}", souschef_cases::name(&path));
        if path.is_dir() {
            listed(&path, &format!("{name}/"), found);
        } else {
            found.push(name);
        }
    }
}

/// What goes on beside a session.
#[derive(Default)]
struct Beside {
    service: Option<Child>,
    run: String,
}

impl Drop for Beside {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Beside {
    fn kill(&mut self) {
        if let Some(mut service) = self.service.take() {
            service.kill().unwrap();
            service.wait().unwrap();
        }
    }

    fn serve(&mut self, here: &Path, variables: &[(&str, &str)], words: &[String]) {
        let file = here.join(".souschef/serving.json");
        let _ = std::fs::remove_file(&file);
        let service = std::process::Command::new(env!("CARGO_BIN_EXE_souschef"))
            .current_dir(here)
            .env_clear()
            .envs(variables.iter().copied())
            .args(words)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        self.service = Some(service);
        until(|| file.exists());
        // Told to come again until it takes work.
        until(|| post(here, "/hooks/custom/nobody", "{}").starts_with("HTTP/1.1 404"));
    }

    fn post(&mut self, here: &Path, path: &str, body: &str) -> String {
        let answer = post(here, path, body);
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        let told: serde_json::Value = serde_json::from_str(body).unwrap();
        if let Some(run) = told["runs"][0].as_str() {
            run.clone_into(&mut self.run);
        }
        format!("{body}\n")
    }
}

fn post(here: &Path, path: &str, body: &str) -> String {
    let told = std::fs::read_to_string(here.join(".souschef/serving.json")).unwrap();
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    let mut stream = TcpStream::connect(told["webhooks"].as_str().unwrap()).unwrap();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn until(mut done: impl FnMut() -> bool) {
    for _ in 0..600 {
        if done() {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("waited in vain");
}

/// Waits until no run is under way; and, where an outcome is given, until the newest has it.
fn settle(here: &Path, outcome: Option<&String>) {
    until(|| {
        let output = assert_cmd::Command::cargo_bin("souschef")
            .unwrap()
            .current_dir(here)
            .env_clear()
            .args(["runs", "list", "--format", "json"])
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let runs: serde_json::Value = serde_json::from_str(&text).unwrap();
        let under_way = runs
            .as_array()
            .unwrap()
            .iter()
            .any(|run| run["outcome"] == "queued" || run["outcome"] == "running");
        !under_way && outcome.is_none_or(|outcome| runs[0]["outcome"] == outcome.as_str())
    });
}

fn answer(line: &str, here: &Path, stdin: &[u8], beside: &mut Beside) -> String {
    let end = beside.run.len().saturating_sub(12);
    let line = line
        .replace("$RUN_END", &beside.run[end..])
        .replace("$RUN", &beside.run);
    let words = words(&line);
    let first = words
        .iter()
        .position(|word| !word.contains('='))
        .expect("a command");
    match words[first].as_str() {
        "ls" => {
            let mut found = Vec::new();
            listed(here, "", &mut found);
            found.join("\n") + "\n"
        }
        "post" => beside.post(here, &words[first + 1], &words[first + 2]),
        "settle" => {
            settle(here, words.get(first + 1));
            String::new()
        }
        "kill" => {
            beside.kill();
            String::new()
        }
        "souschef" if words.last().is_some_and(|word| word == "&") => {
            let variables: Vec<(&str, &str)> = words[..first]
                .iter()
                .map(|word| word.split_once('=').unwrap())
                .collect();
            beside.serve(here, &variables, &words[first + 1..words.len() - 1]);
            String::new()
        }
        "cat" => std::fs::read_to_string(here.join(&words[first + 1])).unwrap(),
        "souschef" => {
            let variables = words[..first].iter().map(|word| word.split_once('=').unwrap());
            let output = assert_cmd::Command::cargo_bin("souschef")
                .unwrap()
                .current_dir(here)
                .env_clear()
                .env("COLUMNS", "80")
                .envs(variables)
                .args(&words[first + 1..])
                .write_stdin(stdin)
                .output()
                .unwrap();
            let mut text = String::from_utf8(output.stdout).unwrap();
            if !text.is_empty() && !text.ends_with('\n') {
                text.push('\n');
            }
            for line in String::from_utf8(output.stderr).unwrap().lines() {
                writeln!(text, "{}", format!("! {line}").trim_end()).unwrap();
            }
            match output.status.code() {
                Some(0) => {}
                Some(code) => writeln!(text, "exit {code}").unwrap(),
                None => text.push_str("ended by a signal\n"),
            }
            text
        }
        other => panic!("a session knows souschef, cat, ls, post, settle and kill, not {other}"),
    }
}

/// The session of a case as it goes now.
fn replayed(case: &Path, session: &str, words: &Words) -> String {
    let place = tempfile::tempdir().unwrap();
    let here = place.path().canonicalize().unwrap();
    souschef_cases::copy(case, &here, &["session.txt", "stdin.txt"]);
    let stdin = std::fs::read(case.join("stdin.txt")).unwrap_or_default();
    let mut text = String::new();
    let mut beside = Beside::default();
    for line in session
        .lines()
        .filter(|line| line.starts_with("$ ") || line.starts_with("## "))
    {
        if !text.is_empty() {
            text.push('\n');
        }
        writeln!(text, "{line}").unwrap();
        if let Some(command) = line.strip_prefix("$ ") {
            text.push_str(&words.put(&answer(command, &here, &stdin, &mut beside), &here));
        }
    }
    text
}

#[test]
fn sessions_go_as_they_are_written_down() {
    let update = souschef_cases::updating();
    let only = std::env::var("CASE").ok();
    let words = Words::new();
    let mut wrong = String::new();
    let mut sessions = 0;
    for case in souschef_cases::cases(&souschef_cases::folder("cli")) {
        let name = souschef_cases::name(&case);
        if !case.join("session.txt").is_file() || only.as_ref().is_some_and(|only| *only != name) {
            continue;
        }
        sessions += 1;
        let written = std::fs::read_to_string(case.join("session.txt")).unwrap();
        let now = replayed(&case, &written, &words);
        if now != written {
            if update {
                std::fs::write(case.join("session.txt"), &now).unwrap();
            } else {
                writeln!(wrong, "{name}:\n--- written down\n{written}\n--- now\n{now}").unwrap();
            }
        }
    }
    assert!(sessions > 0, "no session was found");
    assert!(wrong.is_empty(), "{wrong}");
}

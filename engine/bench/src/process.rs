//! The command as a whole: from the start of its process to its first request, and to its end.

use std::io::{Error, ErrorKind, Read, Result, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::checks::{Measured, median_of};
use crate::recipes;

/// What every request is answered with: the parts of answers that the onboarding recipe reads.
const ANSWER: &str = r#"{"contact":{"id":"c1","tags":[]},"new":true,"note":{"id":"n1"},"task":{"id":"t1"},"tags":["onboarded"]}"#;
/// The tag is the last thing that the onboarding recipe sets.
const LAST: &str = "/contacts/c1/tags";
/// A contact whose phone number must be read, so that the numbers' plans of the world are loaded.
const EVENT: &str = r#"{"id":"c1","firstName":"Ana","email":"ana@example.com","phone":"(202) 555-0143","tags":[],"source":"form"}"#;
const TIMES: usize = 20;

/// What a person waits for at a terminal, and the most memory that a run takes, where the system tells it.
pub(crate) fn measure() -> Result<(Vec<Measured>, Option<String>)> {
    let souschef = souschef()?;
    let place = tempfile::tempdir()?;
    let heard = Arc::new(Mutex::new(Heard::default()));
    let listener = TcpListener::bind("127.0.0.1:0")?;
    project(place.path(), listener.local_addr()?.port())?;
    let told = Arc::clone(&heard);
    // It ends with the process.
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let told = Arc::clone(&told);
            std::thread::spawn(move || serve(&stream, &told));
        }
    });
    let run = |arguments: &[&str]| started(&souschef, place.path(), arguments);
    let whole = |arguments: &[&str], code: i32| {
        let begun = Instant::now();
        ended(run(arguments)?, code)?;
        Ok::<_, Error>(begun.elapsed())
    };
    let times = |arguments: &[&str], code: i32| {
        (0..TIMES)
            .map(|_| whole(arguments, code))
            .collect::<Result<Vec<_>>>()
            .map(median_of)
    };
    // The least that any command takes here: a process that begins, prints a line and ends.
    let least = times(&["--version"], 0)?;

    let mut first = Vec::new();
    for _ in 0..TIMES {
        *lock(&heard) = Heard::default();
        let begun = Instant::now();
        let child = run(&[
            "run",
            "recipes/onboarding.yaml",
            "--event",
            "event.json",
            "--quiet",
        ])?;
        lock(&heard).child = Some(child.id());
        ended(child, 0)?;
        let at = lock(&heard)
            .first
            .ok_or_else(|| Error::other("the run made no request"))?;
        first.push(at.saturating_duration_since(begun));
    }
    let mistakes = times(&["check", "mistakes.yaml"], 1)?;
    let many = whole(&["check", "many"], 0)?;
    let read = {
        let begun = Instant::now();
        for entry in std::fs::read_dir(place.path().join("many"))? {
            std::fs::read_to_string(entry?.path())?;
        }
        begun.elapsed()
    };
    let measured = |what, took, ceiling, least| Measured {
        what,
        took,
        ceiling: Duration::from_millis(ceiling),
        least: Some(least),
    };
    let all = vec![
        measured("souschef run, to its first request", median_of(first), 30, least),
        measured("souschef check, 200 lines with ten mistakes", mistakes, 50, least),
        measured(
            "souschef check, 1,000 recipes of 100 lines",
            many,
            2_000,
            least + read,
        ),
    ];
    let memory = lock(&heard).memory.take();
    Ok((all, memory))
}

/// The command, which is built beside this program.
fn souschef() -> Result<PathBuf> {
    let path = std::env::current_exe()?.with_file_name(format!("souschef{}", std::env::consts::EXE_SUFFIX));
    if path.is_file() {
        Ok(path)
    } else {
        let why = format!("{} is not there; `cargo xtask bench` builds it", path.display());
        Err(Error::new(ErrorKind::NotFound, why))
    }
}

fn project(place: &Path, port: u16) -> Result<()> {
    let file = format!(
        "connections:\n  main:\n    connector: ghl\n    location_id: l1\n    auth: {{ token: {{ env: BENCH_TOKEN }} }}\n    base_url: http://127.0.0.1:{port}\n"
    );
    std::fs::write(place.join("souschef.yaml"), file)?;
    std::fs::create_dir(place.join("recipes"))?;
    std::fs::write(place.join("recipes/onboarding.yaml"), recipes::ONBOARDING)?;
    std::fs::write(place.join("event.json"), EVENT)?;
    std::fs::write(place.join("mistakes.yaml"), recipes::TEN_MISTAKES)?;
    std::fs::create_dir(place.join("many"))?;
    for number in 0..1_000 {
        let path = place.join(format!("many/recipe-{number}.yaml"));
        std::fs::write(path, recipes::different(100, number))?;
    }
    Ok(())
}

fn started(souschef: &Path, place: &Path, arguments: &[&str]) -> Result<Child> {
    Command::new(souschef)
        .args(arguments)
        .current_dir(place)
        .env("BENCH_TOKEN", "nothing")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
}

/// What is measured must have happened: another exit code says that it has not.
fn ended(mut child: Child, code: i32) -> Result<()> {
    let status = child.wait()?;
    if status.code() == Some(code) {
        Ok(())
    } else {
        Err(Error::other(format!(
            "souschef ended with {status}, not with {code}"
        )))
    }
}

/// What the server noted of one run.
#[derive(Default)]
struct Heard {
    child: Option<u32>,
    first: Option<Instant>,
    memory: Option<String>,
}

fn lock(heard: &Mutex<Heard>) -> std::sync::MutexGuard<'_, Heard> {
    heard.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Answers each request of a connection; notes when the first came, and the run's memory at its last.
fn serve(mut stream: &TcpStream, heard: &Mutex<Heard>) {
    let _set = stream.set_nodelay(true);
    let mut held = Vec::new();
    let mut part = [0; 8192];
    loop {
        match stream.read(&mut part) {
            Ok(0) | Err(_) => return,
            Ok(len) => held.extend_from_slice(part.get(..len).unwrap_or_default()),
        }
        lock(heard).first.get_or_insert_with(Instant::now);
        while let Some(len) = whole_request(&held) {
            let text = String::from_utf8_lossy(held.get(..len).unwrap_or_default()).into_owned();
            held.drain(..len);
            if text.lines().next().is_some_and(|line| line.contains(LAST)) {
                let child = lock(heard).child;
                let most = child.and_then(most_memory);
                lock(heard).memory = most;
            }
            let answer = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{ANSWER}",
                ANSWER.len()
            );
            if stream.write_all(answer.as_bytes()).is_err() {
                return;
            }
        }
    }
}

/// How long the first request is, where all of it is there.
fn whole_request(held: &[u8]) -> Option<usize> {
    let head = held.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let text = String::from_utf8_lossy(held.get(..head)?).to_lowercase();
    let body = text
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .and_then(|len| len.trim().parse::<usize>().ok())
        .unwrap_or_default();
    (held.len() >= head + body).then_some(head + body)
}

/// The most memory that a process has taken so far, as Linux tells it.
fn most_memory(child: u32) -> Option<String> {
    let status = std::fs::read_to_string(format!("/proc/{child}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.trim().trim_end_matches(" kB").parse().ok()?;
    Some(format!("{:.1} MiB", kib / 1024.0))
}

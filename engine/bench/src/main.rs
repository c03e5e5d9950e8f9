//! Measurements, each beside the ceiling that it is held against. `cargo xtask bench [checks | job-j]` builds them in
//! release and prints them.
//!
//! - `checks`: what a person waits for. Ends with 1 where one is above its ceiling.
//! - `job-j`: how many runs the service finishes, beside a program written for that one job. [`job_j`] tells what is
//!   measured and how it is read.
//!
//! No test holds times, as other work on the machine would fail it.

mod checks;
mod job_j;
mod process;
mod recipes;

use std::process::ExitCode;

/// The command's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[allow(clippy::print_stderr, reason = "it talks to a person at a terminal")]
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        [] => job_j::run(&[]).and_then(|()| Ok(checks::run()?)),
        ["checks"] => checks::run().map_err(Into::into),
        ["job-j", options @ ..] => job_j::run(options).map(|()| true),
        [job_j::CHILD, who, folder, api] => job_j::child(who, folder, api).map(|()| true),
        _ => Err(job_j::Error::Words(arguments.join(" "))),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

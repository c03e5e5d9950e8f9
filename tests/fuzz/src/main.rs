//! Hunts in every target, each in a process of its own, so that one that dies does not take the others along.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it talks to a person at a terminal"
)]

use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::Duration;

use clap::Parser;
use souschef_fuzz::hunt::Hunt;
use souschef_fuzz::targets::TARGETS;

/// Hunts for inputs that a target does not stand.
#[derive(Parser)]
struct Arguments {
    /// How long in each target
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// What the changes depend on
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Only this target
    #[arg(long)]
    target: Option<String>,
    /// Hunt here, in this process
    #[arg(long, hide = true, requires = "target")]
    here: bool,
    /// Try just this input
    #[arg(long, value_name = "FILE", requires = "target")]
    input: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let chosen = TARGETS
        .iter()
        .filter(|target| arguments.target.as_deref().is_none_or(|name| name == target.name));
    let folder = |name: &str| souschef_cases::root().join("target/fuzz").join(name);
    let (mut passed, mut failed) = (0, 0);
    for target in chosen {
        let fine = if let Some(input) = &arguments.input {
            match std::fs::read(input) {
                Ok(bytes) => {
                    println!("{}", (target.run)(&String::from_utf8_lossy(&bytes)));
                    true
                }
                Err(why) => {
                    eprintln!("{}: {why}", input.display());
                    false
                }
            }
        } else if arguments.here {
            let hunt = Hunt {
                time: Duration::from_secs(arguments.seconds),
                seed: arguments.seed,
                folder: folder(target.name),
            };
            match hunt.run(target) {
                Ok(done) => {
                    println!(
                        "{:<12} {:>8} inputs {:>6} ways",
                        target.name, done.inputs, done.ways
                    );
                    true
                }
                Err(find) => {
                    println!("{}: {find}", target.name);
                    // A thread that hangs would keep the process.
                    std::process::exit(1);
                }
            }
        } else {
            let (seconds, seed) = (arguments.seconds.to_string(), arguments.seed.to_string());
            let words = [
                "--here",
                "--target",
                target.name,
                "--seconds",
                &seconds,
                "--seed",
                &seed,
            ];
            let program = std::env::current_exe().unwrap_or_else(|_| "souschef-fuzz".into());
            match Command::new(program).args(words).status() {
                Ok(status) if status.success() => true,
                Ok(status) => {
                    // After a panic or a hang it has said so; a signal says nothing.
                    if status.code() != Some(1) {
                        let input = folder(target.name).join("current");
                        println!("{}: it dies ({status})\n  with {}", target.name, input.display());
                    }
                    false
                }
                Err(why) => {
                    eprintln!("{}: {why}", target.name);
                    false
                }
            }
        };
        *if fine { &mut passed } else { &mut failed } += 1;
    }
    if !arguments.here {
        println!("fuzz: {passed} passed, {failed} failed");
    }
    if failed == 0 && passed > 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

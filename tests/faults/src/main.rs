//! `souschef-faults`: tries every case, and says what was counted.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it talks to a person at a terminal"
)]

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use souschef_faults::bugs::{Bug, CAUGHT};
use souschef_faults::cases::{CASES, Case, soak};
use souschef_faults::trial::{Report, Setting};

/// Breaks the service in every way, and holds it to what it promises.
#[derive(Parser)]
struct Arguments {
    /// The souschef that was built with `--features faults`
    #[arg(long, value_name = "FILE")]
    binary: PathBuf,
    /// What chance depends on
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Also what takes long, and more of everything
    #[arg(long)]
    long: bool,
    /// Only this case
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// Put the mistakes in, and see that each is caught by its case
    #[arg(long)]
    bugs: bool,
    /// Only for so many minutes: events come in, and the service is killed every 20 seconds
    #[arg(long, value_name = "MINUTES")]
    soak: Option<u64>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(why) => {
            eprintln!("error: {why}");
            return ExitCode::FAILURE;
        }
    };
    let binary = match arguments.binary.canonicalize() {
        Ok(binary) => binary,
        Err(why) => {
            eprintln!("error: {}: {why}", arguments.binary.display());
            return ExitCode::FAILURE;
        }
    };
    let setting = Setting {
        binary,
        seed: arguments.seed,
        long: arguments.long,
        bug: None,
    };
    let (mut all, mut passed, mut failed) = (Report::default(), 0, 0);
    let mut count = |name: &str, report: Option<Report>| match report {
        Some(report) if report.broken.is_empty() => {
            passed += 1;
            all.add(report);
        }
        Some(report) => {
            failed += 1;
            all.add(report);
            eprintln!(
                "again: cargo xtask faults --only {name} --seed {}",
                arguments.seed
            );
        }
        None => failed += 1,
    };
    if let Some(minutes) = arguments.soak {
        let long = Duration::from_secs(minutes * 60);
        let began = Instant::now();
        let report = runtime.block_on(soak(&setting, long));
        count("soak", told("soak", began, report));
    } else if arguments.bugs {
        for bug in CAUGHT
            .iter()
            .filter(|bug| arguments.only.as_deref().is_none_or(|only| only == bug.name))
        {
            let caught = runtime.block_on(is_caught(&setting, bug));
            count(bug.name, caught.then(Report::default));
        }
    } else {
        let chosen = CASES.iter().filter(|case| match &arguments.only {
            Some(only) => only == case.name,
            None => arguments.long || !case.long,
        });
        for case in chosen {
            println!("faults: {}: {}", case.name, case.about);
            let began = Instant::now();
            let report = runtime.block_on((case.run)(&setting));
            count(case.name, told(case.name, began, report));
        }
    }
    println!(
        "faults: {} kills, {} faults, {} events, {} runs, {} requests, {} questions answered, {} lost, {} finished calls repeated (seed {})",
        all.kills,
        all.faults,
        all.events,
        all.runs,
        all.requests,
        all.questions,
        all.losses.lost,
        all.losses.repeated,
        arguments.seed
    );
    println!("faults: {passed} passed, {failed} failed");
    if failed == 0 && passed > 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Says what became of a case.
fn told(name: &str, began: Instant, report: Result<Report, souschef_faults::error::Error>) -> Option<Report> {
    let seconds = began.elapsed().as_secs_f32();
    match report {
        Ok(report) => {
            let mark = if report.broken.is_empty() {
                "ok    "
            } else {
                "FAILED"
            };
            println!(
                "{mark} {name:<22} {seconds:>6.1} s  {} kills, {} faults, {} events, {} runs, {} requests, {} asked, {} to {} KiB",
                report.kills,
                report.faults,
                report.events,
                report.runs,
                report.requests,
                report.questions,
                report.memory.0,
                report.memory.1,
            );
            for sentence in &report.broken {
                println!("       {sentence}");
            }
            Some(report)
        }
        Err(why) => {
            println!("FAILED {name:<22} {seconds:>6.1} s  {why}");
            None
        }
    }
}

/// Whether its case catches a mistake, within a few seeds: chance has its part in most of them.
async fn is_caught(setting: &Setting, bug: &Bug) -> bool {
    const SEEDS: u64 = 4;
    let Some(case) = CASES.iter().find(|case: &&Case| case.name == bug.case) else {
        println!("FAILED {}: there is no case {}", bug.name, bug.case);
        return false;
    };
    for seed in setting.seed..setting.seed + SEEDS {
        let setting = Setting {
            seed,
            bug: Some(bug.name.to_owned()),
            ..setting.clone()
        };
        match (case.run)(&setting).await {
            Ok(report) => {
                let found = report
                    .broken
                    .iter()
                    .find(|sentence| sentence.starts_with(bug.letter));
                if let Some(sentence) = found {
                    println!(
                        "ok     {:<24} caught by {} (seed {seed}): {sentence}",
                        bug.name, bug.case
                    );
                    return true;
                }
            }
            Err(why) => println!("       {}: {why}", bug.name),
        }
    }
    println!("FAILED {:<24} was not caught by {}", bug.name, bug.case);
    false
}

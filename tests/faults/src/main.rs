//! `souschef-faults`: tries every case, and says what was counted.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it talks to a person at a terminal"
)]

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Parser;
use souschef_faults::bugs::{self, Bug, By, CAUGHT};
use souschef_faults::cases::{CASES, Case, freeze, soak};
use souschef_faults::error::Error;
use souschef_faults::trial::{Report, Setting};
use tokio::sync::{OnceCell, Semaphore};

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
    /// So many cases side by side
    #[arg(long, default_value_t = 3, value_name = "N")]
    at_once: usize,
    /// Only for so many minutes: events come in, and the service is killed every 20 seconds
    #[arg(long, value_name = "MINUTES")]
    soak: Option<u64>,
    /// Only write a journal of today's form, which later releases must take over
    #[arg(long)]
    freeze: bool,
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
    if arguments.freeze {
        return match runtime.block_on(freeze(&setting)) {
            Ok(file) => {
                println!("{}", file.display());
                ExitCode::SUCCESS
            }
            Err(why) => {
                eprintln!("error: {why}");
                ExitCode::FAILURE
            }
        };
    }
    let mut tally = Tally::default();
    runtime.block_on(async {
        if let Some(minutes) = arguments.soak {
            let began = Instant::now();
            let report = soak(&setting, Duration::from_secs(minutes * 60)).await;
            tally.count("soak", arguments.seed, told("soak", began, report));
        } else if arguments.bugs {
            let chosen = CAUGHT.iter().filter(|bug| fits(&arguments, bug.name, true));
            let all = chosen.map(|bug| (bug.name, setting.clone())).collect();
            let caught = side_by_side(all, arguments.at_once, |name, setting| async move {
                match CAUGHT.iter().find(|bug| bug.name == name) {
                    Some(bug) if is_caught(&setting, bug).await => Some(Report::default()),
                    _ => None,
                }
            });
            for (name, report) in caught.await {
                tally.count(name, arguments.seed, report);
            }
        } else {
            let chosen = CASES
                .iter()
                .filter(|case| fits(&arguments, case.name, arguments.long || !case.long));
            let all = chosen.map(|case| (case.name, setting.clone())).collect();
            let tried = side_by_side(all, arguments.at_once, |name, setting| async move {
                let case = CASES.iter().find(|case: &&Case| case.name == name)?;
                let began = Instant::now();
                told(name, began, (case.run)(&setting).await)
            });
            for (name, report) in tried.await {
                tally.count(name, arguments.seed, report);
            }
        }
    });
    let Tally { all, passed, failed } = tally;
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

/// Whether it is to be tried.
fn fits(arguments: &Arguments, name: &str, otherwise: bool) -> bool {
    arguments.only.as_deref().map_or(otherwise, |only| only == name)
}

/// What all of it has shown.
#[derive(Default)]
struct Tally {
    all: Report,
    passed: u64,
    failed: u64,
}

impl Tally {
    fn count(&mut self, name: &str, seed: u64, report: Option<Report>) {
        if report.as_ref().is_some_and(|report| report.broken.is_empty()) {
            self.passed += 1;
        } else {
            self.failed += 1;
            println!("again: cargo xtask faults --only {name} --seed {seed}");
        }
        self.all.add(report.unwrap_or_default());
    }
}

/// Trials, a few at once: most of their time is spent waiting.
async fn side_by_side<F>(
    all: Vec<(&'static str, Setting)>,
    at_once: usize,
    make: impl Fn(&'static str, Setting) -> F,
) -> Vec<(&'static str, Option<Report>)>
where
    F: Future<Output = Option<Report>> + Send + 'static,
{
    let places = Arc::new(Semaphore::new(at_once.max(1)));
    let tasks: Vec<_> = all
        .into_iter()
        .map(|(name, setting)| {
            let (places, trial) = (Arc::clone(&places), make(name, setting));
            let task = tokio::spawn(async move {
                let _place = places.acquire().await.ok()?;
                trial.await
            });
            (name, task)
        })
        .collect();
    let mut reports = Vec::new();
    for (name, task) in tasks {
        let report = task.await.unwrap_or_else(|why| {
            println!("FAILED {name}: {why}");
            None
        });
        reports.push((name, report));
    }
    reports
}

/// Says what became of a case.
fn told(name: &str, began: Instant, report: Result<Report, Error>) -> Option<Report> {
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

/// Whether a mistake is caught, and said by what.
async fn is_caught(setting: &Setting, bug: &Bug) -> bool {
    let caught = match bug.by {
        By::Case(case, letters) => caught_by_case(setting, bug.name, case, letters).await,
        By::Journal => {
            static FOUND: OnceCell<Vec<String>> = OnceCell::const_new();
            let found = FOUND
                .get_or_try_init(|| off_thread(bugs::found_by_the_journal))
                .await;
            found.map(|found| {
                let said = "caught by engine/journal/tests/faults/bugs.rs, which finds nothing without it"
                    .to_owned();
                found.iter().any(|name| name == bug.name).then_some(said)
            })
        }
        By::Runtime(program, test) => {
            let name = bug.name;
            let told = off_thread(move || bugs::told_by_the_runtime(name, program, test)).await;
            told.map(|told| told.map(|_| format!("caught by engine/runtime/tests/{program}: {test}")))
        }
    };
    match caught {
        Ok(Some(by)) => {
            println!("ok     {:<24} {by}", bug.name);
            true
        }
        Ok(None) => {
            println!("FAILED {:<24} was not caught: {:?}", bug.name, bug.by);
            false
        }
        Err(why) => {
            println!("FAILED {:<24} {why}", bug.name);
            false
        }
    }
}

async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|why| Error::Other(why.to_string()))?
}

/// Whether a case tells of this broken promise within a few seeds: chance has its part in most of them.
async fn caught_by_case(
    setting: &Setting,
    bug: &str,
    name: &str,
    letters: &str,
) -> Result<Option<String>, Error> {
    const SEEDS: u64 = 4;
    let Some(case) = CASES.iter().find(|case: &&Case| case.name == name) else {
        return Err(Error::Other(format!("there is no case {name}")));
    };
    for seed in setting.seed..setting.seed + SEEDS {
        let setting = Setting {
            seed,
            bug: Some(bug.to_owned()),
            ..setting.clone()
        };
        match (case.run)(&setting).await {
            Ok(report) => {
                let mut found = report
                    .broken
                    .iter()
                    .filter(|sentence| sentence.split(':').next() == Some(letters));
                if let Some(sentence) = found.next() {
                    return Ok(Some(format!("caught by {name} (seed {seed}): {sentence}")));
                }
                for sentence in &report.broken {
                    println!("       {bug}, seed {seed}, but not {letters}: {sentence}");
                }
            }
            Err(why) => println!("       {bug}, seed {seed}: {why}"),
        }
    }
    Ok(None)
}

//! One suite for every journal that the driver works over: runs are carried to their end through crashes at any write,
//! lost and late answers, and cancelling, and afterwards the books must be right.
//!
//! On the journal in memory it is a simulation: virtual time, one thread, and everything that may go either way decided by
//! the seed, so that the same seed gives the same trace. `SEED=n` runs one seed and prints it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test stops where it fails"
)]

mod books;
mod chaos;
mod ground;
mod poison;
mod simulation;
mod world;

use simulation::{RECIPES, Report, Weather, simulate};

/// A long run sets `SOUSCHEF_SEEDS`.
const SEEDS: u64 = 500;

fn weather(seed: u64) -> Weather {
    let recipe = RECIPES[usize::try_from(seed).unwrap() % RECIPES.len()];
    Weather {
        seed,
        recipe,
        // Every third seed has no crash, so that what else goes wrong is seen by itself.
        crashes: if seed.is_multiple_of(3) { 0.0 } else { 0.06 },
        faults: if seed.is_multiple_of(5) { 0.0 } else { 0.25 },
        slow: if seed.is_multiple_of(2) { 40 } else { 900 },
        cancels: seed % 4 == 1,
        zombies: seed % 6 == 5,
    }
}

fn calm(of: &Weather) -> Weather {
    Weather {
        crashes: 0.0,
        faults: 0.0,
        cancels: false,
        zombies: false,
        ..of.clone()
    }
}

/// Whether how a run ends does not hang on how long things take.
fn is_settled(weather: &Weather) -> bool {
    weather.recipe != "limits" && !weather.cancels
}

fn compare(weather: &Weather, report: &Report, disk: bool) {
    if is_settled(weather) {
        let calm = simulate(&calm(weather), false);
        assert_eq!(
            report.ends,
            calm.ends,
            "seed {}{}: another end than without faults\n{}",
            weather.seed,
            if disk { " on disk" } else { "" },
            report.trace.join("\n")
        );
    }
}

#[test]
fn a_simulated_kitchen_keeps_its_books_whatever_happens() {
    let only = std::env::var("SEED")
        .ok()
        .map(|seed| seed.parse::<u64>().unwrap());
    let (mut crashes, mut faults, mut turns, mut late) = (0, 0, 0, 0);
    let seeds = std::env::var("SOUSCHEF_SEEDS").map_or(SEEDS, |seeds| seeds.parse().unwrap());
    for seed in 0..seeds {
        if only.is_some_and(|only| only != seed) {
            continue;
        }
        let weather = weather(seed);
        let report = simulate(&weather, false);
        if only.is_some() {
            eprintln!("{}", report.trace.join("\n"));
        }
        report.check();
        compare(&weather, &report, false);
        crashes += report.crashes;
        faults += report.faults;
        turns += report.turns;
        late += report.late;
    }
    eprintln!("{crashes} crashes, {faults} faults, {turns} turns another way, {late} late answers");
    if only.is_none() {
        assert!(crashes > 500, "only {crashes} crashes");
        assert!(faults > 500, "only {faults} faults");
        assert!(turns > 20, "only {turns} turns");
        assert!(late > 10, "only {late} late answers");
    }
}

#[test]
fn the_same_seed_gives_the_same_trace() {
    for seed in 0..60 {
        let weather = weather(seed);
        let (one, two) = (simulate(&weather, false), simulate(&weather, false));
        assert_eq!(one.trace, two.trace, "seed {seed}");
        assert!(one.trace.len() > 3);
    }
}

#[test]
fn the_journal_on_disk_keeps_the_same_books() {
    let mut crashes = 0;
    for seed in 0..70 {
        let weather = weather(seed);
        let report = simulate(&weather, true);
        report.check();
        compare(&weather, &report, true);
        crashes += report.crashes;
    }
    assert!(crashes > 30, "only {crashes} crashes");
}

#[test]
fn a_run_of_four_calls_is_written_five_times() {
    let report = simulate(
        &Weather {
            seed: 1,
            recipe: "row",
            crashes: 0.0,
            faults: 0.0,
            slow: 0,
            cancels: false,
            zombies: false,
        },
        false,
    );
    let writes = report
        .trace
        .iter()
        .filter(|line| line.contains("row0: ") && !line.contains(" hears "))
        .count();
    // The first request; each outcome with the next request; the last outcome with the end.
    assert_eq!(writes, 5, "{}", report.trace.join("\n"));
}

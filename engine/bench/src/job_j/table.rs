//! Figures, and how they are shown.

use std::time::Duration;

use super::Who;
use super::child::Taken;

/// What one round gave.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Figures {
    /// Finished runs in a second.
    pub(super) runs: f64,
    /// From webhook to end, in milliseconds: half took less.
    pub(super) p50: f64,
    /// Of a hundred, 99 took less.
    pub(super) p99: f64,
    /// Milliseconds on a core for each run.
    pub(super) cpu: Option<f64>,
    /// MiB.
    pub(super) memory: Option<f64>,
}

impl Figures {
    pub(super) fn of(mut took: Vec<Duration>, length: Duration, before: Taken, after: Taken) -> Self {
        took.sort();
        let count = took.len() as f64;
        let at = |part: usize| {
            let place = (took.len() * part / 100).min(took.len().saturating_sub(1));
            took.get(place).map_or(0.0, |one| one.as_secs_f64() * 1000.0)
        };
        let cpu = before.cpu.zip(after.cpu);
        Self {
            runs: count / length.as_secs_f64(),
            p50: at(50),
            p99: at(99),
            cpu: cpu.map(|(before, after)| (after - before).as_secs_f64() * 1000.0 / count.max(1.0)),
            memory: after.memory.map(|bytes| bytes as f64 / (1024.0 * 1024.0)),
        }
    }
}

fn line(figures: &Figures) -> String {
    let Figures {
        runs,
        p50,
        p99,
        cpu,
        memory,
    } = figures;
    let known = |figure: &Option<f64>, unit: &str| {
        figure.map_or_else(|| format!("? {unit}"), |figure| format!("{figure:.2} {unit}"))
    };
    format!(
        "{runs:>8.0} runs/s   p50 {p50:>6.1} ms   p99 {p99:>6.1} ms   CPU {:>8}/run   memory {:>9}",
        known(cpu, "ms"),
        known(memory, "MiB")
    )
}

/// One round's.
#[allow(clippy::print_stdout, reason = "it tells measurements")]
pub(super) fn print_round(round: usize, who: Who, figures: &Figures) {
    println!("{:>3}  {:<8} {}", round + 1, who.word(), line(figures));
}

/// The medians of all rounds, and how the engine stands to the ceiling.
#[allow(clippy::print_stdout, reason = "it tells measurements")]
pub(super) fn print_medians(all: &[(Who, Figures)]) {
    let of = |who: Who| {
        let own: Vec<Figures> = all.iter().filter(|one| one.0 == who).map(|one| one.1).collect();
        (!own.is_empty()).then(|| medians(&own))
    };
    let (engine, ceiling) = (of(Who::Engine), of(Who::Ceiling));
    for (who, figures) in [(Who::Engine, &engine), (Who::Ceiling, &ceiling)] {
        if let Some(figures) = figures {
            println!("     {:<8} {}", who.word(), line(figures));
        }
    }
    if let (Some(engine), Some(ceiling)) = (engine, ceiling) {
        println!(
            "     ratio: {:.0} % of the ceiling's runs/s",
            100.0 * engine.runs / ceiling.runs
        );
        if let (Some(engine), Some(ceiling)) = (engine.cpu, ceiling.cpu) {
            println!(
                "     CPU for each run: {:.1} times the ceiling's",
                engine / ceiling
            );
        }
    }
}

fn medians(all: &[Figures]) -> Figures {
    let known = |figure: fn(&Figures) -> Option<f64>| {
        let mut list: Vec<f64> = all.iter().filter_map(figure).collect();
        list.sort_by(f64::total_cmp);
        list.get(list.len() / 2).copied()
    };
    Figures {
        runs: known(|one| Some(one.runs)).unwrap_or_default(),
        p50: known(|one| Some(one.p50)).unwrap_or_default(),
        p99: known(|one| Some(one.p99)).unwrap_or_default(),
        cpu: known(|one| one.cpu),
        memory: known(|one| one.memory),
    }
}

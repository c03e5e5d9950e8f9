//! The process is ended without a word.

use std::time::Duration;

use souschef_journal::fault::{POINTS, WRITES};
use souschef_runtime::fault::POINTS as DRIVER_POINTS;

use crate::error::Error;
use crate::load::KINDS;
use crate::trial::{Report, Setting, Trial};

/// At random moments of the first seconds of each life; sometimes before it has found its feet.
pub(super) async fn at_random(setting: &Setting) -> Result<Report, Error> {
    let kills = if setting.long { 150 } else { 10 };
    let mut trial = Trial::new(setting, "kill-at-random", &["--latency", "20ms"])?;
    trial.start().await?;
    let load = trial.load(kills * 5, Duration::from_millis(kills * 1500), 1, &KINDS);
    for _ in 0..kills {
        let life = trial.chance.between(100, 2500);
        tokio::time::sleep(Duration::from_millis(life)).await;
        trial.service.kill()?;
        if trial.chance.between(0, 4) == 0 {
            // Again while it recovers.
            trial.service.spawn(&[], &[])?;
            let moment = trial.chance.between(5, 400);
            tokio::time::sleep(Duration::from_millis(moment)).await;
            trial.service.kill()?;
        }
        trial.start().await?;
    }
    trial.taken(load).await?;
    trial.end().await
}

/// While requests are out that the other side takes its time for: every outcome is unknown.
pub(super) async fn while_sending(setting: &Setting) -> Result<Report, Error> {
    let kills = if setting.long { 40 } else { 4 };
    let mut trial = Trial::new(setting, "killed-while-sending", &["--latency", "400ms"])?;
    trial.start().await?;
    let load = trial.load(
        kills * 4,
        Duration::from_millis(kills * 2000),
        1,
        &["lead", "later"],
    );
    for _ in 0..kills {
        let life = trial.chance.between(800, 2600);
        tokio::time::sleep(Duration::from_millis(life)).await;
        trial.service.kill()?;
        trial.start().await?;
    }
    trial.taken(load).await?;
    trial.end().await
}

/// The writes that a service makes while it works.
const WORK: [&str; 6] = ["accept", "claim", "progress", "poll", "settle", "keep_recipe"];
/// The places that are met while it opens and works.
const MET: [&str; 4] = [
    "journal.open.created",
    "journal.open.locked",
    "journal.recover.before_commit",
    "journal.recover.after_commit",
];

/// At every named place.
pub(super) async fn at_points(setting: &Setting) -> Result<Report, Error> {
    let mut points: Vec<String> = MET.iter().map(|point| (*point).to_owned()).collect();
    debug_assert!(MET.iter().all(|point| POINTS.contains(point)));
    for write in WORK.iter().filter(|write| WRITES.contains(write)) {
        for place in ["before_commit", "after_commit", "answered"] {
            points.push(format!("journal.{write}.{place}"));
        }
    }
    let drivers = DRIVER_POINTS.iter().filter(|point| point.starts_with("driver."));
    points.extend(drivers.map(|point| (*point).to_owned()));
    let mut trial = Trial::new(setting, "kill-at-points", &["--latency", "5ms"])?;
    let rounds = if setting.long { 8 } else { 1 };
    let turns = u64::try_from(points.len()).unwrap_or(1) * rounds;
    let load = trial.load(turns * 4, Duration::from_secs(turns * 2), 1, &KINDS);
    for round in 0..rounds {
        for point in &points {
            // Those of a start are met once in a life; of the others, a later one each round.
            let hit = if MET.contains(&point.as_str()) || point.contains("keep_recipe") {
                1
            } else {
                1 + round * 3
            };
            if point.contains("keep_recipe") {
                // A text is kept once: another one, which does the same.
                let text = trial.recipe("mishap.yaml")?;
                trial.write_recipe("mishap.yaml", &format!("{text}# {point} {round}\n"))?;
            }
            let cut = format!("{point}:{hit}");
            let before = trial.service.kills;
            let status = trial.service.start(&[("SOUSCHEF_KILL_AT", &cut)]).await?;
            // A poll comes round after ten seconds and its jitter.
            if status.is_none() && trial.service.end_within(Duration::from_secs(25)).await?.is_none() {
                // Not every place is met in every life: a folder is made once.
                trial.service.kill()?;
                if round == 0 && point != "journal.open.created" {
                    trial.broken.push(format!("teeth: {cut} was never met"));
                }
            }
            if trial.service.kills == before {
                trial.broken.push(format!(
                    "at {cut} the service ended by itself:\n{}",
                    trial.service.log_end()
                ));
            }
        }
    }
    trial.start().await?;
    trial.taken(load).await?;
    trial.end().await
}

//! For as long as is asked for: the bundled recipes beside the trial's own, events and polls coming in, `kill -9` every
//! 20 seconds.

use std::path::Path;
use std::time::Duration;

use crate::error::Error;
use crate::load::KINDS;
use crate::trial::{Report, Setting, Trial};

/// Between two kills.
const EVERY: Duration = Duration::from_secs(20);
/// Events in each life.
const EVENTS: u64 = 10;
/// The bundled recipes that start a run for each contact that is new.
const NEWCOMERS: [&str; 2] = ["onboarding", "duplicate-guard"];
/// The last lives may have so much more memory than the first, in percent: the journal's readers warm up with it.
const GROWTH: u64 = 15;

/// Kills for so long, then lets everything come to its end.
///
/// # Errors
/// The trial can't be made.
pub async fn soak(setting: &Setting, long: Duration) -> Result<Report, Error> {
    let mut trial = Trial::new(setting, "soak", &["--latency", "20ms"])?;
    bundled(&trial)?;
    trial.start().await?;
    // The first look of a poll only remembers who is there: newcomers come after it.
    tokio::time::sleep(EVERY).await;
    let kinds: Vec<&str> = KINDS
        .iter()
        .copied()
        .chain(["booking-confirmed", "booking-cancelled"])
        .collect();
    let mut loads = Vec::new();
    let lives = (long.as_secs() / EVERY.as_secs()).max(1);
    for life in 0..lives {
        loads.push(trial.load(EVENTS, EVERY, 1 + life % 2, &kinds));
        tokio::time::sleep(EVERY).await;
        trial.service.kill()?;
        trial.start().await?;
        if life % 15 == 14 {
            eprintln!(
                "       soak: {} of {lives} lives, {:?} KiB",
                life + 1,
                trial.service.memory.last()
            );
        }
    }
    for load in loads {
        trial.taken(load).await?;
    }
    trial.waits_for = NEWCOMERS.to_vec();
    let memory = trial.service.memory.clone();
    if let Some(grown) = grown(&memory) {
        trial.broken.push(grown);
    }
    trial.end().await
}

/// The recipes as they are shipped, but for how often they look; what they need stands in the project file.
fn bundled(trial: &Trial) -> Result<(), Error> {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../recipes");
    for entry in std::fs::read_dir(&from).map_err(Error::file("can't read", &from))? {
        let path = entry.map_err(Error::file("can't read", &from))?.path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default()
            .to_owned();
        if !name.ends_with(".yaml") || name.ends_with(".test.yaml") {
            continue;
        }
        let mut text = std::fs::read_to_string(&path).map_err(Error::file("can't read", &path))?;
        for often in ["5m", "10m", "15m"] {
            text = text.replace(&format!("every: {often}"), "every: 1m");
        }
        trial.write_recipe(&name, &text)?;
    }
    // Twenty contacts to a page and a look every ten seconds would use up the account once there are hundreds.
    let found = trial
        .recipe("found.yaml")?
        .replace("pageLimit: 20", "pageLimit: 100")
        .replace("every: 10s", "every: 30s");
    trial.write_recipe("found.yaml", &found)?;
    let name = |name: &str| trial.sandbox.names.get(name).cloned().unwrap_or_default();
    let text = trial
        .project_file()?
        .replace(
            "secrets:\n",
            &format!(
                "  timerex:\n    connector: timerex\n    base_url: {}/timerex\n    auth: {{ token: {{ env: HOOK_TOKEN }} }}\n\
                 default_connection: main\nsecrets:\n  timerex_hook: {{ env: HOOK_TOKEN }}\n",
                trial.sandbox.url
            ),
        )
        .replace(
            "inputs:\n",
            &format!(
                "inputs:\n  booking-confirmed: {{ calendar_id: {} }}\n  weekly-report: {{ report_contact: {} }}\n",
                name("calendar_id"),
                name("contact_id")
            ),
        );
    trial.write_project_file(&text)
}

/// Whether later lives have more memory than earlier ones: the median of the last third beside that of the first.
fn grown(memory: &[u64]) -> Option<String> {
    let third = memory.len() / 3;
    let median = |part: &[u64]| {
        let mut part = part.to_vec();
        part.sort_unstable();
        part.get(part.len() / 2).copied()
    };
    let first = median(memory.get(..third)?)?;
    let last = median(memory.get(memory.len() - third..)?)?;
    eprintln!("       soak: memory of the first third {first} KiB, of the last {last} KiB");
    (last * 100 > first * (100 + GROWTH)).then(|| format!("I10: memory grew from {first} to {last} KiB"))
}

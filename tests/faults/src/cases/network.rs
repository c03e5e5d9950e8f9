//! What lies between the service and the other side, and what the other side says.

use std::time::Duration;

use crate::error::Error;
use crate::load::KINDS;
use crate::trial::{Report, Setting, Trial};

async fn with_faults(setting: &Setting, name: &str, faults: &[&str], events: u64) -> Result<Report, Error> {
    let events = if setting.long { events * 6 } else { events };
    let mut options = vec!["--latency", "10ms"];
    for fault in faults {
        options.extend(["--fail", fault]);
    }
    let mut trial = Trial::new(setting, name, &options)?;
    trial.start().await?;
    let load = trial.load(events, Duration::from_secs(events / 8), 1, &KINDS);
    trial.taken(load).await?;
    trial.end().await
}

/// It happened, and nobody was told.
pub(super) async fn lost_answers(setting: &Setting) -> Result<Report, Error> {
    let faults = [
        "lost:contacts.add_to_workflow:25%:3",
        "half:contacts.add_to_workflow:25%:2",
        "lost:contacts.create_note:25%:3",
        "half:contacts.create_task:30%:2",
        "lost:contacts.upsert:5%:3",
        "half:contacts.add_tags:5%:3",
        "lost:contacts.search:20%:1",
        "html:contacts.search:20%:1",
    ];
    with_faults(setting, "lost-answers", &faults, 40).await
}

/// It did not happen, and that is known, or not.
pub(super) async fn refusals(setting: &Setting) -> Result<Report, Error> {
    let faults = [
        "429:5%:8",
        "503:contacts.upsert:5%:3",
        "500:contacts.create_note:20%:2",
        "500:contacts.add_to_workflow:20%:2",
        "reset:contacts.add_to_workflow:20%:2",
        "reset:contacts.search:20%:1",
        "500:contacts.search:20%:1",
    ];
    with_faults(setting, "refusals", &faults, 40).await
}

/// Far more is wanted than the account allows.
pub(super) async fn storm(setting: &Setting) -> Result<Report, Error> {
    let mut trial = Trial::new(setting, "storm", &["--rate-limit", "60", "--fail", "429:3%:40"])?;
    trial.start().await?;
    let load = trial.load(120, Duration::from_secs(2), 1, &["lead", "mishap", "queued"]);
    trial.taken(load).await?;
    trial.settle().await?;
    trial.limit_is_kept(&[0]).await?;
    trial.end().await
}

//! What senders do.

use std::time::Duration;

use crate::error::Error;
use crate::load::KINDS;
use crate::trial::{Report, Setting, Trial};

/// Each event many times at once, while the service is killed as well: senders that got no answer send again.
pub(super) async fn duplicates(setting: &Setting) -> Result<Report, Error> {
    let events = if setting.long { 400 } else { 40 };
    let mut trial = Trial::new(setting, "duplicates", &[])?;
    trial.start().await?;
    let load = trial.load(events, Duration::from_secs(events / 10), 12, &KINDS);
    tokio::time::sleep(Duration::from_secs(1)).await;
    trial.service.kill()?;
    trial.start().await?;
    trial.taken(load).await?;
    // All twelve copies of all but the first are faults of their senders.
    trial.faults += events * 11;
    trial.end().await
}

/// Some events are of no use to their recipe. Those runs fail, with words; the others do not care.
pub(super) async fn poison(setting: &Setting) -> Result<Report, Error> {
    let events = if setting.long { 500 } else { 60 };
    let mut trial = Trial::new(setting, "poison", &[])?;
    trial.start().await?;
    let load = trial.load(events, Duration::from_secs(5), 1, &KINDS);
    let bad = trial.poison(2).await?;
    trial.faults += bad;
    trial.taken(load).await?;
    trial.end().await
}

//! What senders do.

use std::time::Duration;

use souschef_journal::{Look, RunState};

use crate::error::Error;
use crate::kept;
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
    // One of a hundred, where there is time.
    let (events, poison) = if setting.long { (990, 10) } else { (60, 4) };
    let mut trial = Trial::new(setting, "poison", &[])?;
    if setting.long {
        // One account would take a quarter of an hour for so many.
        let url = trial.sandbox.url.clone();
        trial.add_accounts(20, &url)?;
    }
    trial.start().await?;
    let load = trial.load(events, Duration::from_secs(5), 1, &KINDS);
    trial.faults += trial.poison(poison).await?;
    trial.taken(load).await?;
    trial.settle().await?;
    let look = Look::open(&kept::data_folder(trial.folder.path()))?;
    let runs = kept::runs(&look).await?;
    let failed = runs.iter().filter(|run| run.state == RunState::Failed);
    let with_words = failed.filter(|run| run.reason.as_deref().is_some_and(|reason| !reason.is_empty()));
    let failed = u64::try_from(with_words.count()).unwrap_or(u64::MAX);
    if failed != poison {
        trial.broken.push(format!(
            "N9: {poison} events were of no use, and {failed} runs failed and say why"
        ));
    }
    trial.end().await
}

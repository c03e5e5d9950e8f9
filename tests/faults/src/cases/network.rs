//! What lies between the service and the other side, and what the other side says.

use std::time::{Duration, Instant};

use souschef_journal::Look;

use crate::busy::Busy;
use crate::error::Error;
use crate::kept;
use crate::load::KINDS;
use crate::trial::{Report, Setting, Trial};

/// So many beside the trial's own.
const ACCOUNTS: u64 = 20;

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
    if setting.long {
        return a_thousand_lost(setting).await;
    }
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

/// A thousand answers of twenty accounts, to calls of each sort, and the service is killed on the way.
async fn a_thousand_lost(setting: &Setting) -> Result<Report, Error> {
    const EVENTS: u64 = 2400;
    let shares = [
        ("contacts.add_to_workflow", 12),
        ("contacts.create_note", 20),
        ("contacts.create_task", 20),
        ("contacts.upsert", 10),
        ("contacts.add_tags", 10),
        ("contacts.get", 20),
        ("contacts.search", 5),
    ];
    let faults: Vec<String> = shares
        .iter()
        .flat_map(|(operation, share)| ["lost", "half"].map(|kind| format!("{kind}:{operation}:{share}%")))
        .collect();
    let mut options = vec!["--latency", "10ms"];
    options.extend(faults.iter().flat_map(|fault| ["--fail", fault]));
    let mut trial = Trial::new(setting, "lost-answers", &options)?;
    let url = trial.sandbox.url.clone();
    trial.add_accounts(ACCOUNTS, &url)?;
    trial.start().await?;
    let load = trial.load(EVENTS, Duration::from_secs(150), 1, &KINDS);
    for _ in 0..5 {
        let life = trial.chance.between(10_000, 30_000);
        tokio::time::sleep(Duration::from_millis(life)).await;
        trial.service.kill()?;
        trial.start().await?;
    }
    trial.taken(load).await?;
    trial.settle().await?;
    let ledger = trial.sandbox.ledger().await?;
    let lost = ledger.iter().filter(|entry| entry.fault.is_some()).count();
    if lost < 1000 {
        trial.broken.push(format!("teeth: only {lost} answers were lost"));
    }
    trial.end().await
}

/// Every account is told to come again in each of the forms there are, as soon as it calls; the trial's own is not, and
/// does not notice.
pub(super) async fn retry_after(setting: &Setting) -> Result<Report, Error> {
    let mut trial = Trial::new(setting, "retry-after", &[])?;
    let busy = Busy::before(trial.sandbox.address()).await?;
    trial.add_accounts(ACCOUNTS, &busy.url)?;
    trial.start().await?;
    let load = trial.load(
        12 * (ACCOUNTS + 1),
        Duration::from_secs(20),
        1,
        &["lead", "mishap", "queued"],
    );
    trial.taken(load).await?;
    // All the others stay away for a quarter of an hour.
    let look = Look::open(&kept::data_folder(trial.folder.path()))?;
    let until = Instant::now() + Duration::from_secs(90);
    loop {
        let runs = kept::runs(&look).await?;
        let own = runs
            .iter()
            .filter(|run| KINDS.contains(&run.recipe.as_str()) && !run.state.ended())
            .count();
        if own == 0 {
            break;
        }
        if Instant::now() > until {
            trial.broken.push(format!(
                "P9: {own} runs of the account that was let in have not ended"
            ));
            break;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    trial.patience = Duration::from_secs(1000);
    trial.settle().await?;
    let (refused, whole) = busy.refusals();
    if whole < ACCOUNTS {
        trial.broken.push(format!(
            "teeth: {whole} of {ACCOUNTS} accounts have met every form, with {refused} refusals in all"
        ));
    }
    trial.faults += refused;
    trial.broken.extend(busy.impatient());
    trial.end().await
}

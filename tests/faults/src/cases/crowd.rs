//! Very much at once.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::error::Error;
use crate::load::KINDS;
use crate::trial::{Report, Setting, Trial};

/// A wait that outlasts the time that it takes to begin thousands of them.
const LONG_WAIT: Duration = Duration::from_secs(240);

/// A slow disk, a slow other side, and far more events than both can take: what can't be kept is told to come again, what
/// was taken is there, and memory and files stay bounded.
pub(super) async fn flood(setting: &Setting) -> Result<Report, Error> {
    let (events, latency) = if setting.long {
        (10_000, "20s")
    } else {
        (400, "300ms")
    };
    let mut trial = Trial::new(
        setting,
        "flood",
        &["--latency", latency, "--rate-limit", "1000000"],
    )?;
    if setting.long {
        // A look at the list would take minutes otherwise.
        let text = trial.recipe("found.yaml")?;
        trial.write_recipe("found.yaml", &text.replace("pageLimit: 20", "pageLimit: 100"))?;
        trial.patience = Duration::from_secs(300);
    }
    trial.start().await?;
    trial.service.stop().await?;
    trial
        .service
        .spawn(&[], &super::disk::strace("pwrite64:delay_enter=3000"))?;
    trial.service.ready().await?;
    let quiet = if setting.long { 49 } else { 19 };
    let kinds = [vec!["quiet"; quiet], vec!["mishap"]].concat();
    let load = trial.load(events, Duration::from_millis(events), 1, &kinds);
    let mut looks = JoinSet::new();
    looks.spawn(tokio::time::sleep(Duration::from_secs(10)));
    while looks.try_join_next().is_none() {
        trial.service.look_at_it();
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    // The disk is as fast as ever again: the rest would take too long otherwise.
    trial.service.kill()?;
    trial.start().await?;
    let deferred = trial.taken_after(load).await?;
    if deferred == 0 {
        trial
            .broken
            .push("teeth: nobody was told to come again, so nothing was too much".to_owned());
    }
    trial.faults += deferred;
    trial.end().await
}

/// It was down for a while. Then all waits are due, all polls are, and every sender comes at once.
pub(super) async fn herd(setting: &Setting) -> Result<Report, Error> {
    if setting.long {
        return great_herd(setting).await;
    }
    let (waits, senders) = (60, 120);
    let mut trial = Trial::new(setting, "herd", &[])?;
    trial.start().await?;
    let first = trial.load(
        waits,
        Duration::from_secs(waits / 30),
        1,
        &["later", "queued", "asked"],
    );
    tokio::time::sleep(Duration::from_secs(waits / 30)).await;
    trial.service.kill()?;
    let second = trial.load(senders, Duration::from_secs(8), 2, &KINDS);
    tokio::time::sleep(Duration::from_secs(6)).await;
    // The second life knows nothing of what the first has used of the limit.
    let before = trial.requests().await?;
    trial.start().await?;
    trial.taken(first).await?;
    trial.taken(second).await?;
    trial.settle().await?;
    trial.limit_is_kept(&[0, before]).await?;
    trial.end().await
}

/// Fifty accounts with a poll each, five thousand waits that are all due, and two thousand senders that come at once.
async fn great_herd(setting: &Setting) -> Result<Report, Error> {
    const ACCOUNTS: u64 = 50;
    const WAITS: u64 = 5000;
    const SENDERS: u64 = 2000;
    let mut trial = Trial::new(setting, "herd", &[])?;
    let own = trial.recipe("later.yaml")?;
    trial.write_recipe(
        "later.yaml",
        &own.replace("wait: 2s", &format!("wait: {}s", LONG_WAIT.as_secs())),
    )?;
    let url = trial.sandbox.url.clone();
    trial.add_accounts(ACCOUNTS, &url)?;
    trial.start().await?;
    let began = Instant::now();
    let first = trial.load(WAITS, Duration::from_secs(90), 1, &["later"]);
    trial.taken(first).await?;
    trial.service.kill()?;
    trial.faults += WAITS;
    // The last wait is due as well when it comes back.
    let due = began + Duration::from_secs(90) + LONG_WAIT;
    tokio::time::sleep(due.saturating_duration_since(Instant::now())).await;
    let second = trial.load(SENDERS, Duration::from_secs(10), 2, &KINDS);
    tokio::time::sleep(Duration::from_secs(2)).await;
    let before = trial.requests().await?;
    trial.start().await?;
    trial.taken(second).await?;
    trial.settle().await?;
    trial.limit_is_kept(&[0, before]).await?;
    trial.end().await
}

//! Very much at once.

use std::time::Duration;

use tokio::task::JoinSet;

use crate::error::Error;
use crate::load::KINDS;
use crate::trial::{Report, Setting, Trial};

/// A slow disk, a slow other side, and far more events than both can take: what can't be kept is told to come again, what
/// was taken is there, and memory and files stay bounded.
pub(super) async fn flood(setting: &Setting) -> Result<Report, Error> {
    let (events, latency) = if setting.long {
        (3000, "3s")
    } else {
        (400, "300ms")
    };
    let mut trial = Trial::new(
        setting,
        "flood",
        &["--latency", latency, "--rate-limit", "1000000"],
    )?;
    trial.start().await?;
    trial.service.stop().await?;
    trial
        .service
        .spawn(&[], &super::disk::strace("pwrite64:delay_enter=3000"))?;
    trial.service.ready().await?;
    let kinds = [vec!["quiet"; 19], vec!["mishap"]].concat();
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
    let (waits, senders) = if setting.long { (1500, 2000) } else { (60, 120) };
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

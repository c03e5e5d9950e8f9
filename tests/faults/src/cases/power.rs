//! The power goes. `kill -9` can't show what that does: what a process wrote is the system's then, and outlives it.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use souschef_journal::{Journal, Key, Options};

use crate::disk_log::{self, DiskLog, Image};
use crate::error::Error;
use crate::kept;
use crate::load::{KINDS, Sent};
use crate::trial::{Report, Setting, Trial};

/// Lives are recorded write by write; then what the disk may hold at many moments is laid out and opened.
pub(super) async fn loss(setting: &Setting) -> Result<Report, Error> {
    let (images, lives) = if setting.long { (5000, 3) } else { (200, 2) };
    let mut trial = Trial::new(setting, "power-loss", &[])?;
    let log = tempfile::tempdir().map_err(Error::world("a folder for the log"))?;
    for life in 0..lives {
        trial
            .service
            .spawn(&[], &disk_log::strace(&log.path().join(format!("life{life}"))))?;
        trial.service.ready().await?;
        let load = trial.load(24, Duration::from_secs(4), 1, &KINDS);
        trial.taken(load).await?;
        if life == 0 {
            // An end in good order too: the log is written back and goes.
            trial.service.stop().await?;
        } else {
            trial.service.kill()?;
        }
    }
    // strace writes its last lines after the service has gone.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let log = DiskLog::read(log.path())?;
    if log.syncs() < 20 {
        trial
            .broken
            .push(format!("teeth: only {} syncs were recorded", log.syncs()));
    }
    let acknowledged = acknowledged(&trial.sent);
    let key = kept::data_folder(trial.folder.path()).join("key");
    for (number, image) in log.images(images, &mut trial.chance).enumerate() {
        trial.faults += u64::from(image.spoiled > 0);
        if let Err(why) = opens(&image, &key, &acknowledged).await {
            trial.broken.push(format!(
                "C4: image {number} of {images}, {} writes lost or torn: {why}",
                image.spoiled
            ));
            if trial.broken.len() > 8 {
                break;
            }
        }
    }
    trial.start().await?;
    trial.end().await
}

/// What senders were told, and when.
fn acknowledged(sent: &[Sent]) -> BTreeMap<&str, f64> {
    let seconds = |at: &SystemTime| at.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
    let taken = sent.iter().flat_map(|sent| &sent.taken);
    taken.map(|(id, at)| (id.as_str(), seconds(at))).collect()
}

/// Whether the journal opens, is sound, and has all that was acknowledged before the power went.
async fn opens(image: &Image, key: &Path, acknowledged: &BTreeMap<&str, f64>) -> Result<(), Error> {
    let folder = tempfile::tempdir().map_err(Error::world("a folder for an image"))?;
    image.lay(folder.path())?;
    let journal = Journal::open(
        folder.path(),
        Key::from_file(key)?,
        Options::default(),
        Timestamp::now(),
    )?;
    let mut lost = Vec::new();
    for (id, _) in acknowledged.iter().filter(|(_, at)| **at < image.at) {
        if !kept::has_event(journal.look(), id).await? {
            lost.push(*id);
        }
    }
    for run in kept::runs(journal.look()).await? {
        journal.look().replay(&run.id).await?;
    }
    journal.close();
    let db = rusqlite::Connection::open(folder.path().join("journal.db"))?;
    let verdict: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    if verdict != "ok" || !lost.is_empty() {
        return Err(Error::Other(format!("{verdict}; lost {lost:?}")));
    }
    Ok(())
}

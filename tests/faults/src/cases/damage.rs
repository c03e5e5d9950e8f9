//! What is on the disk is not what was written.

use std::path::Path;
use std::time::Duration;

use souschef_journal::Look;

use crate::chance::Chance;
use crate::error::Error;
use crate::kept;
use crate::load::KINDS;
use crate::trial::{Report, Setting, Trial};

/// How the service ends where its journal can't be used.
const CANT_GO_ON: i32 = 3;
/// The files of a journal.
const FILES: [&str; 2] = ["journal.db", "journal.db-wal"];

/// Copies of a journal are damaged, each in its own way. The service refuses to start with a sentence, or it starts and all
/// that is read is what was written; it never panics, and mends nothing in silence.
pub(super) async fn journal(setting: &Setting) -> Result<Report, Error> {
    let rounds = if setting.long { 120 } else { 12 };
    let mut trial = Trial::new(setting, "damaged", &[])?;
    let data = kept::data_folder(trial.folder.path());
    // With room for the journal and its log, which is carried over at 16 MiB.
    let disk = super::disk::SmallDisk::mount(data.clone(), 96)?;
    trial.start().await?;
    let load = trial.load(30, Duration::from_secs(4), 1, &KINDS);
    trial.taken(load).await?;
    // A graceful stop carries the log over: the file itself holds what is damaged below, and the log what came after.
    trial.service.stop().await?;
    trial.start().await?;
    let load = trial.load(10, Duration::from_secs(1), 1, &KINDS);
    trial.taken(load).await?;
    trial.service.kill()?;
    let live = FILES.map(|name| std::fs::read(data.join(name)).unwrap_or_default());
    // What a damaged journal has forgotten would be done again, and rightly so: it calls nobody meanwhile.
    let project = trial.project_file()?;
    trial.write_project_file(&project.replace(&trial.sandbox.url, "http://127.0.0.1:9"))?;
    let mut refused = 0;
    for round in 0..rounds {
        lay(&data, &damaged(&live, round, &mut trial.chance))?;
        let status = trial.service.start(&[]).await?;
        let said = trial.service.said();
        if said.contains("panicked") {
            trial.broken.push(format!("C7: round {round} panicked:\n{said}"));
        }
        match status {
            Some(status) if status.code() == Some(CANT_GO_ON) && said.contains("journal") => refused += 1,
            Some(status) => trial
                .broken
                .push(format!("C7: round {round} ended with {status} and said:\n{said}")),
            None => {
                // A row that is not what was written must be refused when it is read, never believed: the journal's own
                // tests compare what is read; here it must not end the service.
                let look = Look::open(&data)?;
                for run in kept::runs(&look).await.unwrap_or_default() {
                    drop(look.replay(&run.id).await);
                }
                if let Some(status) = trial.service.ended()? {
                    let said = trial.service.said();
                    if status.code() != Some(CANT_GO_ON) {
                        trial
                            .broken
                            .push(format!("C7: round {round} ended with {status}:\n{said}"));
                    }
                }
                trial.service.kill()?;
            }
        }
        trial.faults += 1;
    }
    if refused * 4 < rounds {
        trial.broken.push(format!(
            "teeth: only {refused} of {rounds} damaged journals were refused"
        ));
    }
    lay(&data, &live)?;
    trial.write_project_file(&project)?;
    disk.lock(true)?;
    let status = trial.service.start(&[]).await?;
    let said = trial.service.said();
    if status.and_then(|status| status.code()) != Some(CANT_GO_ON) || !said.contains("ead-only") {
        trial.broken.push(format!(
            "C7: on a disk that nothing can be written to it ended with {status:?} and said:\n{said}"
        ));
    }
    disk.lock(false)?;
    trial.start().await?;
    let load = trial.load(10, Duration::from_secs(1), 1, &KINDS);
    trial.taken(load).await?;
    // The disk goes before the trial looks into the folder for the last time otherwise.
    let report = trial.end().await;
    drop(disk);
    report
}

fn lay(data: &Path, files: &[Vec<u8>; 2]) -> Result<(), Error> {
    for (name, bytes) in FILES.iter().zip(files) {
        let path = data.join(name);
        if bytes.is_empty() {
            // It may not be there.
            drop(std::fs::remove_file(&path));
        } else {
            std::fs::write(&path, bytes).map_err(Error::file("can't write", &path))?;
        }
    }
    drop(std::fs::remove_file(data.join("journal.db-shm")));
    Ok(())
}

/// Bits turned, an end cut off, the log missing, another program's file.
fn damaged(live: &[Vec<u8>; 2], round: u64, chance: &mut Chance) -> [Vec<u8>; 2] {
    let mut files = live.clone();
    let [db, wal] = &mut files;
    let place = |chance: &mut Chance, file: &[u8]| {
        let length = u64::try_from(file.len()).unwrap_or_default();
        usize::try_from(chance.between(0, length)).unwrap_or_default()
    };
    match round % 6 {
        0 => {
            let end = place(chance, db);
            db.truncate(end.max(1));
        }
        1 => *db = b"a letter to somebody, and no journal at all\n".repeat(200),
        2 => wal.clear(),
        3 => {
            for _ in 0..12 {
                let at = place(chance, wal);
                if let Some(byte) = wal.get_mut(at) {
                    *byte ^= 1 << chance.between(0, 8);
                }
            }
        }
        _ => {
            for _ in 0..40 {
                let at = place(chance, db);
                if let Some(byte) = db.get_mut(at) {
                    *byte ^= 1 << chance.between(0, 8);
                }
            }
        }
    }
    files
}

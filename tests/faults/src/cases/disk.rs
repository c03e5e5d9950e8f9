//! The disk refuses. Some of it needs strace, or the right to mount a small disk; where that is not to be had the case says
//! so and counts as failed, since nothing was shown.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::load::KINDS;
use crate::trial::{Report, Setting, Trial};
use crate::wire;

pub(super) fn strace(what: &str) -> Vec<String> {
    [
        "strace",
        "-D",
        "-f",
        "-qq",
        "-o",
        "/dev/null",
        "-e",
        "trace=fdatasync,fsync,pwrite64,writev,openat",
        "-e",
    ]
    .into_iter()
    .map(str::to_owned)
    .chain([format!("inject={what}")])
    .collect()
}

/// Only what happens to these files.
fn of_paths(mut strace: Vec<String>, paths: &[PathBuf]) -> Vec<String> {
    for path in paths {
        strace.extend(["-P".to_owned(), path.display().to_string()]);
    }
    strace
}

/// The journal's file and its log.
const FILES: [&str; 2] = ["journal.db", "journal.db-wal"];

/// How the service ends where its journal can't be used.
const CANT_GO_ON: i32 = 3;

/// A sync takes its time and fails: nothing has left that waits for it, nothing is answered that was not kept, and the process ends rather than going on as if.
pub(super) async fn failed_sync(setting: &Setting) -> Result<Report, Error> {
    let turns = if setting.long { 60 } else { 3 };
    let mut trial = Trial::new(setting, "failed-sync", &[])?;
    // The first life makes the journal.
    trial.start().await?;
    let data = crate::kept::data_folder(trial.folder.path());
    let load = trial.load(turns * 8, Duration::from_secs(turns * 4), 1, &KINDS);
    for turn in 1..=turns {
        trial.service.stop().await?;
        // Every one of the first in turn, where there is time.
        let number = if setting.long {
            turn
        } else {
            trial.chance.between(3, 40)
        };
        let what = format!("fdatasync,fsync:error=EIO:delay_enter=30000:when={number}");
        trial
            .service
            .spawn(&[], &of_paths(strace(&what), &FILES.map(|name| data.join(name))))?;
        match trial.service.end_within(Duration::from_secs(30)).await? {
            Some(status) => {
                trial.faults += 1;
                let said = trial.service.said();
                if status.code() != Some(CANT_GO_ON) || !said.contains("disk I/O error") {
                    trial.broken.push(format!(
                        "C5: after sync {number} failed the service ended with {status}, and said:\n{said}"
                    ));
                }
            }
            None => {
                trial
                    .broken
                    .push(format!("C5: sync {number} failed, and the service went on"));
                trial.service.kill()?;
            }
        }
        trial.start().await?;
    }
    trial.service.stop().await?;
    // The folder's own sync keeps the names of its files: without it the service does not even begin.
    trial
        .service
        .spawn(&[], &of_paths(strace("fdatasync,fsync:error=EIO"), &[data]))?;
    let status = trial.service.end_within(Duration::from_secs(30)).await?;
    let said = trial.service.said();
    if status.and_then(|status| status.code()) != Some(CANT_GO_ON) || !said.contains("can't sync") {
        trial.broken.push(format!(
            "C5: with a folder that can't be synced the service ended with {status:?}, and said:\n{said}"
        ));
        trial.service.kill()?;
    }
    trial.faults += 1;
    trial.start().await?;
    trial.taken(load).await?;
    trial.end().await
}

/// The system calls in which it is ended: writing, syncing, sending, opening a file. Each with the latest one of a life.
const CALLS: [(&str, u64); 4] = [
    ("pwrite64", 120),
    ("fdatasync", 60),
    ("writev", 40),
    ("openat", 60),
];

/// Ended in the middle of what it writes and sends.
pub(super) async fn killed_in_a_write(setting: &Setting) -> Result<Report, Error> {
    let turns = if setting.long { 60 } else { 6 };
    let mut trial = Trial::new(setting, "killed-in-a-write", &[])?;
    let load = trial.load(turns * 6, Duration::from_secs(turns * 3), 1, &KINDS);
    for turn in 0..turns {
        let turn = usize::try_from(turn).unwrap_or_default();
        let (call, latest) = CALLS.get(turn % CALLS.len()).copied().unwrap_or(("pwrite64", 1));
        let number = trial.chance.between(1, latest);
        let before = strace(&format!("{call}:signal=KILL:when={number}"));
        trial.service.spawn(&[], &before)?;
        if trial.service.end_within(Duration::from_secs(20)).await?.is_none() {
            trial.service.kill()?;
        }
    }
    trial.start().await?;
    trial.taken(load).await?;
    trial.end().await
}

/// Each write takes its time, and the process is ended meanwhile: whatever has left or was answered must be kept already.
pub(super) async fn slow(setting: &Setting) -> Result<Report, Error> {
    let kills = if setting.long { 25 } else { 4 };
    let mut trial = Trial::new(setting, "slow-disk", &[])?;
    trial.start().await?;
    let load = trial.load(
        kills * 20,
        Duration::from_millis(kills * 2500),
        1,
        &["lead", "mishap"],
    );
    for _ in 0..kills {
        trial.service.kill()?;
        trial.service.spawn(&[], &strace("pwrite64:delay_enter=5000"))?;
        if let Some(status) = trial.service.ready().await? {
            trial.broken.push(format!(
                "C3: on a slow disk the service ended by itself ({status}):\n{}",
                trial.service.log_end()
            ));
        }
        let life = trial.chance.between(500, 3000);
        tokio::time::sleep(Duration::from_millis(life)).await;
    }
    trial.service.kill()?;
    trial.start().await?;
    trial.taken(load).await?;
    trial.end().await
}

/// A small disk, unmounted with its value.
pub(super) struct SmallDisk(PathBuf);

impl SmallDisk {
    /// One of so many MiB.
    pub(super) fn mount(at: PathBuf, size: u32) -> Result<Self, Error> {
        std::fs::create_dir_all(&at).map_err(Error::file("can't make", &at))?;
        let done = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size}m"), "tmpfs"])
            .arg(&at)
            .status()
            .map_err(Error::world("mount"))?;
        if done.success() {
            Ok(Self(at))
        } else {
            Err(Error::Other(
                "a small disk can't be mounted; this case needs the right to".to_owned(),
            ))
        }
    }
}

impl SmallDisk {
    /// Nothing can be written to it any more, or again.
    pub(super) fn lock(&self, locked: bool) -> Result<(), Error> {
        let option = if locked { "remount,ro" } else { "remount,rw" };
        let done = Command::new("mount").args(["-o", option]).arg(&self.0).status();
        match done.map_err(Error::world("mount"))?.success() {
            true => Ok(()),
            false => Err(Error::Other(format!("mount -o {option} failed"))),
        }
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // What is busy still is let go once nobody uses it.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// No room is left: senders are told to come again, and it goes on by itself once there is.
pub(super) async fn full(setting: &Setting) -> Result<Report, Error> {
    // Each on a small disk of its own: on a larger one the log has room for much, once it has grown.
    let disks = if setting.long { 5 } else { 1 };
    let mut all = Report::default();
    for _ in 0..disks {
        all.add(filled(setting).await?);
    }
    Ok(all)
}

async fn filled(setting: &Setting) -> Result<Report, Error> {
    let mut trial = Trial::new(setting, "full-disk", &[])?;
    let _disk = SmallDisk::mount(crate::kept::data_folder(trial.folder.path()), 12)?;
    trial.start().await?;
    let first = trial.load(10, Duration::from_secs(1), 1, &KINDS);
    trial.taken(first).await?;
    let filler = crate::kept::data_folder(trial.folder.path()).join("filler");
    // Answers take a while to come.
    let (rounds, kinds) = if setting.long {
        (4, &KINDS[..4])
    } else {
        (1, &KINDS[..])
    };
    for _ in 0..rounds {
        fill(&filler)?;
        let full = Instant::now();
        let load = trial.load(30, Duration::from_secs(3), 1, kinds);
        says(&mut trial, "disk full").await?;
        // What was accepted is still told of while nothing more can be written.
        trial.newest_is_told_of().await?;
        tokio::time::sleep(Duration::from_secs(6).saturating_sub(full.elapsed())).await;
        std::fs::remove_file(&filler).map_err(Error::file("can't remove", &filler))?;
        says(&mut trial, "ready").await?;
        let deferred = trial.taken_after(load).await?;
        if deferred == 0 {
            trial
                .broken
                .push("C6: the disk was full and nobody was told to come again".to_owned());
        }
        trial.faults += deferred;
    }
    trial.end().await
}

/// Whether the service says soon enough how it stands.
async fn says(trial: &mut Trial, word: &str) -> Result<(), Error> {
    let until = Instant::now() + Duration::from_secs(20);
    let mut last = serde_json::Value::Null;
    while Instant::now() < until {
        let answer = wire::ask(&trial.service.admin, "GET", "/readyz", &[], None)
            .await
            .map_err(Error::world("/readyz"))?;
        if answer.body.get("status").is_some_and(|status| status == word) {
            return Ok(());
        }
        last = answer.body;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    trial
        .broken
        .push(format!("C6: /readyz does not say {word:?} but {last}"));
    Ok(())
}

/// Writes until nothing more goes in.
fn fill(path: &std::path::Path) -> Result<(), Error> {
    use std::io::Write as _;
    let mut file = std::fs::File::create(path).map_err(Error::file("can't write", path))?;
    let block = vec![0_u8; 4096];
    loop {
        match file.write_all(&block) {
            Ok(()) => {}
            Err(why) if why.kind() == std::io::ErrorKind::StorageFull => return Ok(()),
            Err(why) => return Err(Error::file("can't fill", path)(why)),
        }
    }
}

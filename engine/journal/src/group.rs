//! The one thread that writes: it takes what waits, commits it all at once, and only then answers.
//!
//! A write that is refused must leave those beside it unharmed. So that the many that are not refused need no savepoint
//! each (SQLite copies every page that is changed in one), a group is written without at first; where one is refused, all
//! of it is undone and written anew, each in a savepoint.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::sync::watch;

use crate::engine::Health;
use crate::error::JournalError;
use crate::fault::{bug, point, write_point};
use crate::folder::Reserve;
use crate::traffic::Counted;
use crate::writer::{Lane, Message, Work, refusal_of};

/// How many writes share a commit at most.
const LARGEST_GROUP: usize = 256;
/// After how many new pages in the log they are carried over into the file: as many as the log keeps of the disk (engine.rs).
/// A page that was written often meanwhile is carried over once.
const CHECKPOINT_PAGES: i64 = 4000;
/// From how many pages on readers are waited for, so that the log can begin anew.
const LOG_PAGES: i64 = 8000;
/// How often a full disk is tried again.
const TRY_AGAIN: Duration = Duration::from_secs(2);

/// The thread.
pub(crate) struct Thread {
    connection: Connection,
    reserve: Reserve,
    queue: Receiver<Message>,
    health: watch::Sender<Health>,
    counted: Arc<Counted>,
    /// Pages in the log, as the last commit told.
    log_pages: Arc<AtomicI64>,
    /// How many of them were there at the last checkpoint.
    carried: i64,
    tried: Instant,
}

impl Drop for Thread {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.tell(Health::Broken("its thread panicked".to_owned()));
        }
    }
}

impl Thread {
    pub(crate) fn new(
        mut connection: Connection,
        reserve: Reserve,
        queue: Receiver<Message>,
        health: watch::Sender<Health>,
        counted: Arc<Counted>,
    ) -> Result<Self, JournalError> {
        let log_pages = Arc::new(AtomicI64::new(0));
        let told = Arc::clone(&log_pages);
        connection.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, pages| {
            told.store(i64::from(pages), Ordering::Relaxed);
            Ok(())
        }))?;
        let thread = Self {
            connection,
            reserve,
            queue,
            health,
            counted,
            log_pages,
            carried: 0,
            tried: Instant::now(),
        };
        match thread.reserve.hold() {
            Ok(()) => {}
            Err(JournalError::DiskFull) => thread.tell(Health::Full),
            Err(error) => return Err(error),
        }
        Ok(thread)
    }

    fn tell(&self, health: Health) {
        self.health.send_if_modified(|now| {
            let changed = *now != health && !matches!(now, Health::Broken(_));
            if changed {
                match &health {
                    Health::Broken(why) => tracing::error!(%why, "the journal has stopped"),
                    Health::Full => tracing::error!("the journal's disk is full: no new work is taken"),
                    Health::Well => tracing::info!("the journal takes new work again"),
                    Health::Closed => {}
                }
                *now = health;
            }
            changed
        });
    }

    /// Writes until told to close.
    pub(crate) fn run(&mut self) {
        loop {
            let mut closing = false;
            let mut group = Vec::new();
            match self.queue.recv_timeout(TRY_AGAIN) {
                Ok(Message::Write(work)) => group.push(work),
                Ok(Message::Close) | Err(RecvTimeoutError::Disconnected) => closing = true,
                Err(RecvTimeoutError::Timeout) => {}
            }
            while group.len() < LARGEST_GROUP && !closing {
                match self.queue.try_recv() {
                    Ok(Message::Write(work)) => group.push(work),
                    Ok(Message::Close) => closing = true,
                    Err(_) => break,
                }
            }
            self.try_again();
            let idle = group.is_empty();
            if !idle {
                self.group(group);
            }
            let pages = self.log_pages.load(Ordering::Relaxed);
            if pages < self.carried {
                self.carried = 0;
            }
            let new = pages - self.carried;
            if closing || new >= CHECKPOINT_PAGES || (idle && new > 0) {
                self.checkpoint(pages, closing);
            }
            if closing {
                break;
            }
        }
        self.tell(Health::Closed);
    }

    /// On a full disk: whether there is room again.
    fn try_again(&mut self) {
        if *self.health.borrow() == Health::Full && self.tried.elapsed() >= TRY_AGAIN {
            self.tried = Instant::now();
            let mut room = self.reserve.room_again();
            if !room && self.reserve.some_room() {
                // The log may have grown into what was held back: what it holds is carried over, and its room given back.
                // Where there is none at all, others would take this too.
                let pages = self.log_pages.load(Ordering::Relaxed);
                self.checkpoint(pages, true);
                room = self.reserve.room_again();
            }
            if room {
                self.tell(Health::Well);
            }
        }
    }

    fn group(&mut self, mut group: Vec<Box<dyn Work>>) {
        let health = self.health.borrow().clone();
        if let Health::Broken(_) = &health {
            let error = refusal_of(&health, Lane::State).unwrap_or(JournalError::Closed);
            return answer(group, &Err(error));
        }
        if health == Health::Full {
            group = refuse_intake(group);
        }
        let mut done = self.transaction(&mut group);
        if done == Err(JournalError::DiskFull) {
            self.reserve.free();
            self.tried = Instant::now();
            self.tell(Health::Full);
            group = refuse_intake(group);
            done = self.transaction(&mut group);
        }
        if let Err(error) = &done
            && error.breaks()
            && !bug("go_on_after_failed_sync")
        {
            self.tell(Health::Broken(reason(error)));
        }
        let names: Vec<_> = group.iter().map(|work| work.write()).collect();
        if done.is_ok() {
            self.counted.group(names.len());
            names.iter().for_each(|write| write_point(write, "after_commit"));
        }
        answer(group, &done);
        names.iter().for_each(|write| write_point(write, "answered"));
    }

    /// Carries a group out in one transaction. An error undoes the whole of it.
    fn transaction(&self, group: &mut Vec<Box<dyn Work>>) -> Result<(), JournalError> {
        match self.written(group, false)? {
            Written::All => Ok(()),
            Written::Refused => self.written(group, true).map(|_| ()),
        }
    }

    /// `apart`: each write in a savepoint of its own, so that those that are refused leave the others unharmed.
    fn written(&self, group: &mut Vec<Box<dyn Work>>, apart: bool) -> Result<Written, JournalError> {
        if group.is_empty() {
            return Ok(Written::All);
        }
        let connection = &self.connection;
        let done = (|| {
            connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
            for work in group.iter_mut() {
                if apart {
                    self.savepoint(work.as_mut())?;
                } else if !self.goes_well(work.as_mut())? {
                    connection.prepare_cached("ROLLBACK")?.execute([])?;
                    return Ok(Written::Refused);
                }
            }
            let names: Vec<_> = group.iter().map(|work| work.write()).collect();
            if bug("ack_before_commit") {
                answer(std::mem::take(group), &Ok(()));
                std::thread::sleep(Duration::from_millis(50));
            }
            names.iter().for_each(|write| write_point(write, "before_commit"));
            connection.prepare_cached("COMMIT")?.execute([])?;
            Ok(Written::All)
        })();
        if done.is_err() && !connection.is_autocommit() {
            // The first error is the one to tell; a failed rollback leaves the transaction to the end of the connection.
            if let Err(error) = connection.execute_batch("ROLLBACK") {
                return Err(JournalError::Broken(error.to_string()));
            }
        }
        done
    }

    /// Carries one write out; tells whether it was not refused. What harms the transaction is an error.
    fn goes_well(&self, work: &mut dyn Work) -> Result<bool, JournalError> {
        work.carry_out(&self.connection);
        match work.refused() {
            None => Ok(true),
            Some(error)
                if self.connection.is_autocommit()
                    || error.breaks()
                    || matches!(error, JournalError::DiskFull | JournalError::Blocked) =>
            {
                Err(error.clone())
            }
            Some(_) => Ok(false),
        }
    }

    /// One write of a group: where it is refused, nothing of it is left.
    fn savepoint(&self, work: &mut dyn Work) -> Result<(), JournalError> {
        let connection = &self.connection;
        connection.prepare_cached("SAVEPOINT one")?.execute([])?;
        if !self.goes_well(work)? {
            connection.prepare_cached("ROLLBACK TO one")?.execute([])?;
        }
        connection.prepare_cached("RELEASE one")?.execute([])?;
        Ok(())
    }

    /// Carries the log over into the file. Errors here are errors of the disk.
    fn checkpoint(&mut self, pages: i64, closing: bool) {
        if matches!(*self.health.borrow(), Health::Broken(_)) {
            return;
        }
        point("journal.checkpoint.before");
        let pragma = match pages {
            _ if closing => "PRAGMA wal_checkpoint(TRUNCATE)",
            LOG_PAGES.. => "PRAGMA wal_checkpoint(RESTART)",
            _ => "PRAGMA wal_checkpoint(PASSIVE)",
        };
        match self
            .connection
            .query_row(pragma, [], |_| Ok(()))
            .map_err(JournalError::from)
        {
            Ok(()) => self.carried = pages,
            Err(JournalError::DiskFull) => {
                self.reserve.free();
                self.tell(Health::Full);
            }
            Err(JournalError::Blocked) => {}
            Err(error) => self.tell(Health::Broken(reason(&error))),
        }
        point("journal.checkpoint.after");
    }
}

/// How a group was carried out.
enum Written {
    /// All of it is committed.
    All,
    /// One write was refused, and all of it is undone.
    Refused,
}

/// Why the journal stops, without saying twice that it does.
fn reason(error: &JournalError) -> String {
    match error {
        JournalError::Broken(why) => why.clone(),
        other => other.to_string(),
    }
}

fn refuse_intake(group: Vec<Box<dyn Work>>) -> Vec<Box<dyn Work>> {
    let (intake, state) = group.into_iter().partition(|work| work.lane() == Lane::Intake);
    answer(intake, &Err(JournalError::DiskFull));
    state
}

fn answer(group: Vec<Box<dyn Work>>, done: &Result<(), JournalError>) {
    for work in group {
        work.answer(done.clone());
    }
}

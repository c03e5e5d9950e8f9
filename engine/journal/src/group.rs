//! The one thread that writes: it takes what waits, does each in a savepoint, commits once, and only then answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};

use crate::engine::Health;
use crate::error::JournalError;
use crate::fault::{bug, point, write_point};
use crate::folder::Reserve;
use crate::traffic::{Counted, Traffic};

/// How many writes share a commit at most.
const LARGEST_GROUP: usize = 256;
/// After how many new pages in the log they are carried over into the file.
const CHECKPOINT_PAGES: i64 = 1000;
/// From how many pages on readers are waited for, so that the log can begin anew.
const LOG_PAGES: i64 = 8000;
/// How often a full disk is tried again.
const TRY_AGAIN: Duration = Duration::from_secs(2);

/// Whose room a write takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    /// New work: refused when too much waits or the disk is full.
    Intake,
    /// What is under way: waits for its turn, and may use the reserve.
    State,
}

/// A write on its way.
trait Work: Send {
    fn write(&self) -> &'static str;
    fn lane(&self) -> Lane;
    fn carry_out(&mut self, connection: &Connection);
    fn refused(&self) -> Option<&JournalError>;
    fn answer(self: Box<Self>, group: Result<(), JournalError>);
}

struct Job<T, F> {
    write: &'static str,
    lane: Lane,
    work: F,
    done: Result<T, JournalError>,
    reply: oneshot::Sender<Result<T, JournalError>>,
    _room: OwnedSemaphorePermit,
}

impl<T, F> Work for Job<T, F>
where
    T: Send,
    F: FnMut(&Connection) -> Result<T, JournalError> + Send,
{
    fn write(&self) -> &'static str {
        self.write
    }

    fn lane(&self) -> Lane {
        self.lane
    }

    fn carry_out(&mut self, connection: &Connection) {
        self.done = (self.work)(connection);
    }

    fn refused(&self) -> Option<&JournalError> {
        self.done.as_ref().err()
    }

    fn answer(self: Box<Self>, group: Result<(), JournalError>) {
        // Whoever asked may have gone; the write stands all the same.
        let _ = self.reply.send(group.and(self.done));
    }
}

enum Message {
    Write(Box<dyn Work>),
    Close,
}

/// The way to the writer thread.
#[derive(Debug)]
pub(crate) struct Writer {
    queue: Sender<Message>,
    intake: Arc<Semaphore>,
    state: Arc<Semaphore>,
    queue_length: usize,
    counted: Arc<Counted>,
    health: watch::Receiver<Health>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread. `queue` bounds each lane.
    pub(crate) fn start(
        connection: Connection,
        reserve: Reserve,
        queue: usize,
    ) -> Result<Self, JournalError> {
        let (sender, receiver) = channel();
        let (told, health) = watch::channel(Health::Well);
        let counted = Arc::new(Counted::default());
        let mut thread = Thread::new(connection, reserve, receiver, told, Arc::clone(&counted))?;
        let thread = std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || thread.run())
            .map_err(|error| JournalError::Broken(format!("its thread can't be started: {error}")))?;
        Ok(Self {
            queue: sender,
            intake: Arc::new(Semaphore::new(queue)),
            state: Arc::new(Semaphore::new(queue)),
            queue_length: queue,
            counted,
            health,
            thread: Some(thread),
        })
    }

    pub(crate) fn health(&self) -> watch::Receiver<Health> {
        self.health.clone()
    }

    /// How much is written and waits.
    pub(crate) fn traffic(&self) -> Traffic {
        let waiting = |room: &Semaphore| self.queue_length.saturating_sub(room.available_permits()) as u64;
        Traffic {
            intake_waiting: waiting(&self.intake),
            state_waiting: waiting(&self.state),
            ..self.counted.traffic()
        }
    }

    /// Has something written; returns once it is on the disk, or was refused.
    pub(crate) async fn write<T, F>(
        &self,
        write: &'static str,
        lane: Lane,
        work: F,
    ) -> Result<T, JournalError>
    where
        T: Send + 'static,
        F: FnMut(&Connection) -> Result<T, JournalError> + Send + 'static,
    {
        if let Some(error) = refusal_of(&self.health.borrow(), lane) {
            return Err(error);
        }
        let room = match lane {
            Lane::Intake => Arc::clone(&self.intake)
                .try_acquire_owned()
                .map_err(|_| JournalError::Busy)?,
            Lane::State => Arc::clone(&self.state)
                .acquire_owned()
                .await
                .map_err(|_| JournalError::Closed)?,
        };
        let (reply, answer) = oneshot::channel();
        let job = Job {
            write,
            lane,
            work,
            done: Err(JournalError::Closed),
            reply,
            _room: room,
        };
        self.queue
            .send(Message::Write(Box::new(job)))
            .map_err(|_| self.gone())?;
        answer.await.map_err(|_| self.gone())?
    }

    fn gone(&self) -> JournalError {
        refusal_of(&self.health.borrow(), Lane::State).unwrap_or(JournalError::Closed)
    }

    /// Writes what waits, carries the log over into the file, and ends the thread.
    pub(crate) fn close(&mut self) {
        // A thread that has gone already needs no telling.
        let _ = self.queue.send(Message::Close);
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the journal's thread panicked");
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.close();
    }
}

fn refusal_of(health: &Health, lane: Lane) -> Option<JournalError> {
    match health {
        Health::Well => None,
        Health::Full => (lane == Lane::Intake).then_some(JournalError::DiskFull),
        Health::Broken(why) => Some(JournalError::Broken(why.clone())),
        Health::Closed => Some(JournalError::Closed),
    }
}

struct Thread {
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
    fn new(
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

    fn run(&mut self) {
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
            if self.reserve.room_again() {
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
        if group.is_empty() {
            return Ok(());
        }
        let connection = &self.connection;
        let done = (|| {
            connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
            for work in group.iter_mut() {
                self.savepoint(work.as_mut())?;
            }
            let names: Vec<_> = group.iter().map(|work| work.write()).collect();
            if bug("ack_before_commit") {
                answer(std::mem::take(group), &Ok(()));
                std::thread::sleep(Duration::from_millis(50));
            }
            names.iter().for_each(|write| write_point(write, "before_commit"));
            connection.prepare_cached("COMMIT")?.execute([])?;
            Ok(())
        })();
        if done.is_err() && !connection.is_autocommit() {
            // The first error is the one to tell; a failed rollback leaves the transaction to the end of the connection.
            if let Err(error) = connection.execute_batch("ROLLBACK") {
                return Err(JournalError::Broken(error.to_string()));
            }
        }
        done
    }

    /// One write of a group: refused ones leave the others unharmed; what harms the transaction ends it.
    fn savepoint(&self, work: &mut dyn Work) -> Result<(), JournalError> {
        let connection = &self.connection;
        connection.prepare_cached("SAVEPOINT one")?.execute([])?;
        work.carry_out(connection);
        match work.refused() {
            None => {}
            Some(error)
                if connection.is_autocommit()
                    || error.breaks()
                    || matches!(error, JournalError::DiskFull | JournalError::Blocked) =>
            {
                return Err(error.clone());
            }
            Some(_) => {
                connection.prepare_cached("ROLLBACK TO one")?.execute([])?;
            }
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

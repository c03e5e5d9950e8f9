//! The way to the thread that writes: two lanes of bounded length, and an answer once it is on the disk.

use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};

use crate::engine::Health;
use crate::error::JournalError;
use crate::folder::Reserve;
use crate::group::Thread;
use crate::traffic::{Counted, Traffic};

/// Whose room a write takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    /// New work: refused when too much waits or the disk is full.
    Intake,
    /// What is under way: waits for its turn, and may use the reserve.
    State,
}

/// A write on its way.
pub(crate) trait Work: Send {
    fn write(&self) -> &'static str;
    fn lane(&self) -> Lane;
    fn carry_out(&mut self, connection: &Connection);
    fn refused(&self) -> Option<&JournalError>;
    fn answer(self: Box<Self>, group: Result<(), JournalError>);
}

struct Job<T, F, A> {
    write: &'static str,
    lane: Lane,
    work: F,
    done: Result<T, JournalError>,
    answer: A,
    _room: OwnedSemaphorePermit,
}

impl<T, F, A> Work for Job<T, F, A>
where
    T: Send,
    F: FnMut(&Connection) -> Result<T, JournalError> + Send,
    A: FnOnce(Result<T, JournalError>) + Send,
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
        let Self {
            work, done, answer, ..
        } = *self;
        // What it has written need not be there twice any more.
        drop(work);
        answer(group.and(done));
    }
}

/// What the thread is told.
pub(crate) enum Message {
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
        let (reply, answer) = oneshot::channel();
        // Whoever asked may have gone; the write stands all the same.
        let told = move |done| drop(reply.send(done));
        self.post(write, lane, work, told).await?;
        answer.await.map_err(|_| self.gone())?
    }

    /// Has something written, and what came of it told on the writing thread: that happens though whoever asked has gone.
    /// Must be quick.
    pub(crate) async fn post<T, F, A>(
        &self,
        write: &'static str,
        lane: Lane,
        work: F,
        answer: A,
    ) -> Result<(), JournalError>
    where
        T: Send + 'static,
        F: FnMut(&Connection) -> Result<T, JournalError> + Send + 'static,
        A: FnOnce(Result<T, JournalError>) + Send + 'static,
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
        let job = Job {
            write,
            lane,
            work,
            done: Err(JournalError::Closed),
            answer,
            _room: room,
        };
        self.queue
            .send(Message::Write(Box::new(job)))
            .map_err(|_| self.gone())
    }

    pub(crate) fn gone(&self) -> JournalError {
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

/// What a write is answered while the journal stands so.
pub(crate) fn refusal_of(health: &Health, lane: Lane) -> Option<JournalError> {
    match health {
        Health::Well => None,
        Health::Full => (lane == Lane::Intake).then_some(JournalError::DiskFull),
        Health::Broken(why) => Some(JournalError::Broken(why.clone())),
        Health::Closed => Some(JournalError::Closed),
    }
}

//! The journal itself: opened by the one process that has the data folder.

use std::path::Path;

use jiff::Timestamp;
use rusqlite::Connection;
use tokio::sync::{oneshot, watch};

use crate::backup::{self, Copy};
use crate::engine::{Health, look_at, name_copy, open_reader, open_to_look, open_writer, whole};
use crate::error::JournalError;
use crate::folder::{Folder, journal_file, sync_folder};
use crate::look::Look;
use crate::migrate::{FORMS, migrate, version};
use crate::seal::Key;
use crate::traffic::Traffic;
use crate::writer::{Lane, Writer};
use crate::{claim, tokens};

/// How the journal works.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How many writes may wait, of new work and of work under way each; more new work is refused ([`JournalError::Busy`]).
    pub queue: usize,
    /// How many connections read.
    pub readers: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            queue: 2048,
            readers: 2,
        }
    }
}

/// What the service keeps. Methods that write return after the commit; see [`Look`] for those that read.
#[derive(Debug)]
pub struct Journal {
    writer: Writer,
    look: Look,
    pub(crate) key: Key,
    // Last: given up only after the writer has ended.
    folder: Folder,
}

impl Journal {
    /// Opens the journal in a data folder: takes the folder, checks the file, brings it to the newest form, and hands the
    /// runs that a stopped process had under way to whoever claims next.
    pub fn open(path: &Path, key: Key, options: Options, now: Timestamp) -> Result<Self, JournalError> {
        Self::open_folder(Folder::take(path)?, key, options, now).map_err(|error| name_copy(error, path))
    }

    fn open_folder(folder: Folder, key: Key, options: Options, now: Timestamp) -> Result<Self, JournalError> {
        let connection = open_writer(folder.path())?;
        migrate(&connection, folder.path(), FORMS, now)?;
        tokens::check_key(&connection, &key, now)?;
        let given_back = claim::recover(&connection)?;
        if given_back > 0 {
            tracing::info!(
                runs = given_back,
                "runs were under way when the service stopped; they go on"
            );
        }
        // The log has been made by now. SQLite syncs its name into the folder, and passes over it where that fails.
        sync_folder(folder.path())?;
        let look = Look::start(folder.path(), options.readers)?;
        let writer = Writer::start(connection, folder.reserve(), options.queue.max(1))?;
        Ok(Self {
            writer,
            look,
            key,
            folder,
        })
    }

    /// Looks whether the journal of a data folder would open with this key, and changes nothing. Reads its structure through,
    /// which takes as long as a start does.
    pub fn examine(path: &Path, key: &Key) -> Result<(), JournalError> {
        let looked = || {
            look_at(&journal_file(path))?;
            let connection = open_to_look(path)?;
            whole(&connection)?;
            // A file that was only made yet has no secrets.
            if version(&connection)? > 0 {
                tokens::is_of(&connection, key)?;
            }
            Ok(())
        };
        looked().map_err(|error| name_copy(error, path))
    }

    /// Forgets all secrets that are kept in a data folder, where the key that they were sealed with is lost; which
    /// connections had some. Nobody may have the folder.
    pub fn forget_secrets(path: &Path, who: &str, now: Timestamp) -> Result<Vec<String>, JournalError> {
        let folder = Folder::take(path)?;
        let forgotten = || {
            let connection = open_writer(folder.path())?;
            migrate(&connection, folder.path(), FORMS, now)?;
            tokens::forget_all(&connection, who, now)
        };
        forgotten().map_err(|error| name_copy(error, path))
    }

    /// The version of SQLite that is built in.
    pub fn library() -> &'static str {
        rusqlite::version()
    }

    /// Whether a data folder has a journal.
    pub fn is_in(path: &Path) -> bool {
        journal_file(path).exists()
    }

    /// What it holds, to be looked at.
    pub fn look(&self) -> &Look {
        &self.look
    }

    /// How much is written, and waits to be.
    pub fn traffic(&self) -> Traffic {
        self.writer.traffic()
    }

    /// How it stands, and every change of that. On [`Health::Broken`] the owner must end the process.
    pub fn health(&self) -> watch::Receiver<Health> {
        self.writer.health()
    }

    /// Makes a copy while the journal is in use, read through before it gets its name. Without a name it is put beside
    /// the journal, under `copies`. Takes as long as the copy takes: call it where blocking is allowed.
    pub fn copy(&self, to: Option<&Path>, now: Timestamp) -> Result<Copy, JournalError> {
        let connection = open_reader(self.folder.path())?;
        let to = to.map_or_else(|| backup::name_of(self.folder.path(), now), Path::to_owned);
        backup::copy(&connection, &to)
    }

    /// Writes what waits and closes. Dropping does the same; either blocks until it is done.
    pub fn close(mut self) {
        self.writer.close();
    }

    pub(crate) async fn intake<T, F>(&self, write: &'static str, work: F) -> Result<T, JournalError>
    where
        T: Send + 'static,
        F: FnMut(&Connection) -> Result<T, JournalError> + Send + 'static,
    {
        self.write(write, Lane::Intake, work).await
    }

    pub(crate) async fn state<T, F>(&self, write: &'static str, work: F) -> Result<T, JournalError>
    where
        T: Send + 'static,
        F: FnMut(&Connection) -> Result<T, JournalError> + Send + 'static,
    {
        self.write(write, Lane::State, work).await
    }

    /// New work whose outcome is seen to on the writing thread, though whoever asked may have gone.
    pub(crate) async fn intake_told<T, U, F, A>(
        &self,
        write: &'static str,
        work: F,
        told: A,
    ) -> Result<U, JournalError>
    where
        T: Send + 'static,
        U: Send + 'static,
        F: FnMut(&Connection) -> Result<T, JournalError> + Send + 'static,
        A: FnOnce(T) -> U + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let posted = self
            .writer
            .post(write, Lane::Intake, work, move |done: Result<T, JournalError>| {
                drop(reply.send(done.map(told)));
            })
            .await;
        let done = match posted {
            Ok(()) => answer.await.unwrap_or_else(|_| Err(self.writer.gone())),
            Err(error) => Err(error),
        };
        done.map_err(|error| name_copy(error, self.folder.path()))
    }

    async fn write<T, F>(&self, write: &'static str, lane: Lane, work: F) -> Result<T, JournalError>
    where
        T: Send + 'static,
        F: FnMut(&Connection) -> Result<T, JournalError> + Send + 'static,
    {
        self.writer
            .write(write, lane, work)
            .await
            .map_err(|error| name_copy(error, self.folder.path()))
    }
}

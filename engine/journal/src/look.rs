//! Reading: a few connections that can't write, each on a thread of its own, beside the writer and not in its way.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::engine::{look_at, name_copy, open_reader, open_to_look};
use crate::error::JournalError;
use crate::folder::journal_file;
use crate::migrate::FORMS;

type Read = Box<dyn FnOnce(&Connection) + Send>;

/// What the journal holds, to be looked at. Cheap to clone. Each method sees all that was committed before it was called.
#[derive(Clone, Debug)]
pub struct Look {
    queue: Arc<Mutex<Sender<Read>>>,
    folder: Arc<PathBuf>,
}

/// Part of a list: newest first, so many at most.
#[derive(Clone, Debug)]
pub struct Page {
    /// So many at most (1 to 1,000).
    pub limit: u32,
    /// Go on below this place: the last row's `seq` of the page before.
    pub below: Option<i64>,
}

impl Default for Page {
    fn default() -> Self {
        Self {
            limit: 50,
            below: None,
        }
    }
}

impl Page {
    pub(crate) fn limit(&self) -> u32 {
        self.limit.clamp(1, 1000)
    }

    pub(crate) fn below(&self) -> i64 {
        self.below.unwrap_or(i64::MAX)
    }
}

impl Look {
    /// Looks at the journal of a data folder that another process may have in use.
    pub fn open(folder: &Path) -> Result<Self, JournalError> {
        let path = journal_file(folder);
        if !path.exists() {
            return Err(JournalError::File {
                doing: "can't read",
                path,
                why: "there is no journal there".to_owned(),
            });
        }
        let found = look_at(&path).map_err(|error| name_copy(error, folder))?;
        if usize::try_from(found) != Ok(FORMS.len()) {
            return Err(JournalError::NotOurs {
                path,
                why: "an older souschef wrote it; start the service once to bring it up to date".to_owned(),
            });
        }
        Self::with(folder, 1, open_to_look)
    }

    /// Beside the writer of this process.
    pub(crate) fn start(folder: &Path, threads: usize) -> Result<Self, JournalError> {
        Self::with(folder, threads, open_reader)
    }

    fn with(
        folder: &Path,
        threads: usize,
        open: fn(&Path) -> Result<Connection, JournalError>,
    ) -> Result<Self, JournalError> {
        let (queue, reads) = channel::<Read>();
        let reads = Arc::new(Mutex::new(reads));
        for number in 0..threads.max(1) {
            let connection = open(folder)?;
            let reads = Arc::clone(&reads);
            std::thread::Builder::new()
                .name(format!("journal-read-{number}"))
                .spawn(move || serve(&connection, &reads))
                .map_err(|error| {
                    JournalError::Broken(format!("a reading thread can't be started: {error}"))
                })?;
        }
        Ok(Self {
            queue: Arc::new(Mutex::new(queue)),
            folder: Arc::new(folder.to_owned()),
        })
    }

    /// The data folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Reads in one transaction: all that it sees is of one moment.
    pub(crate) async fn read<T, F>(&self, read: F) -> Result<T, JournalError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, JournalError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let work: Read = Box::new(move |connection| {
            let found = (|| {
                connection.prepare_cached("BEGIN")?.execute([])?;
                let found = read(connection);
                connection.prepare_cached("COMMIT")?.execute([])?;
                found
            })();
            if !connection.is_autocommit()
                && let Err(error) = connection.execute_batch("ROLLBACK")
            {
                tracing::error!(%error, "a reading connection could not end its transaction");
            }
            // Whoever asked may have gone.
            let _ = reply.send(found);
        });
        self.queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .send(work)
            .map_err(|_| JournalError::Closed)?;
        let found = answer.await.map_err(|_| JournalError::Closed)?;
        found.map_err(|error| name_copy(error, &self.folder))
    }
}

fn serve(connection: &Connection, reads: &Mutex<Receiver<Read>>) {
    loop {
        let next = reads.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match next {
            Ok(read) => read(connection),
            Err(_) => break,
        }
    }
}

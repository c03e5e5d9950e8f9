//! The journals that the suite runs on.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;
use souschef_runtime::journal::{
    Journal, JournalError, Key, Options, Replay, Reply, Run, RunId, RunState, Standing,
};
use souschef_runtime::memory::Memory;
use souschef_runtime::port::RunJournal;
use tempfile::TempDir;

/// A journal, and how it survives a crash.
pub(crate) enum Ground {
    Memory(Arc<Memory>),
    Disk {
        journal: Option<Arc<Journal>>,
        folder: TempDir,
        key: Key,
    },
}

impl Ground {
    pub(crate) fn new(disk: bool) -> Self {
        if !disk {
            return Self::Memory(Arc::new(Memory::new()));
        }
        let (folder, key) = (tempfile::tempdir().unwrap(), Key::generate());
        let journal =
            Journal::open(folder.path(), key.clone(), Options::default(), Timestamp::now()).unwrap();
        Self::Disk {
            journal: Some(Arc::new(journal)),
            folder,
            key,
        }
    }

    pub(crate) fn journal(&self) -> Arc<dyn RunJournal> {
        match self {
            Self::Memory(memory) => Arc::clone(memory) as _,
            Self::Disk { journal, .. } => Arc::clone(journal.as_ref().unwrap()) as _,
        }
    }

    /// The process has died; another one opens what it left.
    pub(crate) async fn restart(&mut self) {
        match self {
            Self::Memory(memory) => memory.recover(),
            Self::Disk { journal, folder, key } => {
                *journal = None;
                loop {
                    // The tasks of the dead are let go by the runtime one by one.
                    tokio::task::yield_now().await;
                    match Journal::open(folder.path(), key.clone(), Options::default(), Timestamp::now()) {
                        Ok(opened) => {
                            *journal = Some(Arc::new(opened));
                            return;
                        }
                        Err(JournalError::Locked { .. }) => {}
                        Err(error) => panic!("{error}"),
                    }
                }
            }
        }
    }

    /// Virtual time goes on while the disk works, and must not run away from it: so the writer is waited for now and then.
    pub(crate) async fn keep_pace(&self) {
        if let Self::Disk {
            journal: Some(journal),
            ..
        } = self
        {
            journal.count("paces", 1).await.unwrap();
        }
    }

    pub(crate) async fn questions(&self, run: &RunId) -> Vec<(String, Value)> {
        match self {
            Self::Memory(memory) => memory.questions(run),
            Self::Disk { journal, .. } => {
                let journal = journal.as_ref().unwrap();
                let all = journal.look().questions_of(run).await.unwrap();
                let open = all.into_iter().filter(|question| question.answer.is_none());
                open.map(|question| (question.path, question.failure)).collect()
            }
        }
    }

    pub(crate) async fn answer(&self, run: &RunId, path: &str, reply: Reply, now: Timestamp) -> Vec<RunId> {
        match self {
            Self::Memory(memory) => memory.answer(run, Some(path), &reply, now).unwrap(),
            Self::Disk { journal, .. } => {
                let questions = vec![(run.clone(), Some(path.to_owned()))];
                journal
                    .as_ref()
                    .unwrap()
                    .answer(questions, reply, now)
                    .await
                    .unwrap()
            }
        }
    }

    pub(crate) async fn cancel(&self, run: &RunId, now: Timestamp) -> Vec<RunId> {
        let cancelled = match self {
            Self::Memory(memory) => memory.cancel(run, "the weather", now),
            Self::Disk { journal, .. } => {
                journal
                    .as_ref()
                    .unwrap()
                    .cancel(run, "the weather", "test", now)
                    .await
            }
        };
        // It may have ended meanwhile.
        cancelled.unwrap_or_default()
    }

    pub(crate) async fn run(&self, run: &RunId) -> Option<Run> {
        self.journal().run(run.clone()).await.unwrap()
    }

    pub(crate) async fn replay(&self, run: &RunId) -> Replay {
        self.journal().replay(run.clone()).await.unwrap()
    }
}

/// Whether an answer of the journal lets the driver go on.
pub(crate) fn goes_on(standing: &Standing) -> bool {
    standing.state == RunState::Running
}

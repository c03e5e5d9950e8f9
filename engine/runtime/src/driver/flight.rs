//! Calls under way: each a task of its own, which speaks to its driver through one channel.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use souschef_connect::{Attempt, CalledOff, Noting, Observer};
use souschef_flow::Call;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::{AbortHandle, JoinSet};

use super::{Called, Caller, Order};

/// What a call says to its driver.
#[derive(Debug)]
pub(super) enum Note {
    /// A request is about to be sent; it waits for the reply.
    Begins {
        number: u32,
        looking: bool,
        request: Arc<Value>,
        reply: oneshot::Sender<Result<(), String>>,
    },
    /// A request has ended.
    Ended(Arc<Attempt>),
    /// The next one waits.
    Waits { wait: Duration, why: String },
    /// The call is over.
    Over(Called),
}

/// The notes of one driver's calls: the step's path, the number of the call's start, and the note.
pub(super) type Noted = (String, u64, Note);

/// The calls of a run.
pub(super) struct Flight {
    tasks: JoinSet<()>,
    notes: mpsc::UnboundedReceiver<Noted>,
    to_driver: mpsc::UnboundedSender<Noted>,
    started: u64,
}

/// One call under way.
#[derive(Debug)]
pub(super) struct Flying {
    /// What is called.
    pub(super) call: Arc<Call>,
    /// Tells its notes from those of an earlier start.
    pub(super) start: u64,
    task: AbortHandle,
    off: watch::Sender<bool>,
    /// The last request's number.
    pub(super) last: u32,
    /// How many of its requests were tries.
    pub(super) tried: u32,
    /// How many of the tries were answered that they were too many.
    pub(super) limited: u32,
    /// When the first one was sent whose outcome is not known.
    pub(super) unsettled: Option<Timestamp>,
    /// When the one that is out began, where it is a try.
    pub(super) began: Option<Timestamp>,
    /// Whether a request is out.
    pub(super) out: bool,
    /// A request's end that is written together with what follows from it.
    pub(super) ended: Option<Arc<Attempt>>,
    /// Whether it was begun in foresight.
    pub(super) foreseen: bool,
}

impl Flying {
    /// It is not to be tried again.
    pub(super) fn call_off(&self) {
        self.off.send_replace(true);
    }

    /// Whether it is not to be tried again.
    pub(super) fn is_called_off(&self) -> bool {
        *self.off.borrow()
    }

    /// It is not wanted, and nothing of it has left.
    pub(super) fn abort(&self) {
        self.task.abort();
    }
}

impl Flight {
    pub(super) fn new() -> Self {
        let (to_driver, notes) = mpsc::unbounded_channel();
        Self {
            tasks: JoinSet::new(),
            notes,
            to_driver,
            started: 0,
        }
    }

    /// Starts a call. It is carried as far as it gets without waiting before this returns, so that its first request can be
    /// written together with what led to it.
    pub(super) async fn start(
        &mut self,
        caller: &Arc<dyn Caller>,
        path: &str,
        order: Order,
        called_off: bool,
    ) -> Flying {
        self.started += 1;
        let (off, heard) = watch::channel(called_off);
        let (call, last) = (Arc::clone(&order.call), order.made_before);
        let (tried, limited, unsettled) = (order.tried, order.limited, order.unsettled);
        let watcher = Watcher {
            path: path.to_owned(),
            start: self.started,
            to_driver: self.to_driver.clone(),
            off: heard,
        };
        let caller = Arc::clone(caller);
        let mut calling: Pin<Box<dyn Future<Output = ()> + Send>> = Box::pin(async move {
            let outcome = caller.call(order, &watcher).await;
            watcher.note(Note::Over(outcome));
        });
        let over =
            std::future::poll_fn(|context| std::task::Poll::Ready(calling.as_mut().poll(context).is_ready()))
                .await;
        let task = if over {
            self.tasks.spawn(std::future::ready(()))
        } else {
            self.tasks.spawn(calling)
        };
        Flying {
            call,
            start: self.started,
            task,
            off,
            last,
            tried,
            limited,
            unsettled,
            began: None,
            out: false,
            ended: None,
            foreseen: false,
        }
    }

    /// The next note, if there is one already.
    pub(super) fn ready(&mut self) -> Option<Noted> {
        self.notes.try_recv().ok()
    }

    /// The next note.
    pub(super) async fn next(&mut self) -> Noted {
        loop {
            tokio::select! {
                biased;
                noted = self.notes.recv() => {
                    if let Some(noted) = noted {
                        return noted;
                    }
                }
                Some(ended) = self.tasks.join_next() => {
                    // A mistake of ours is not to be taken for the end of a call.
                    if let Err(error) = ended && error.is_panic() {
                        std::panic::resume_unwind(error.into_panic());
                    }
                }
            }
        }
    }
}

/// Stands between a call and its driver.
struct Watcher {
    path: String,
    start: u64,
    to_driver: mpsc::UnboundedSender<Noted>,
    off: watch::Receiver<bool>,
}

impl Watcher {
    fn note(&self, note: Note) {
        // A driver that has gone hears nothing any more.
        let _ = self.to_driver.send((self.path.clone(), self.start, note));
    }
}

impl Observer for Watcher {
    fn begins<'a>(&'a self, number: u32, request: &'a Arc<Value>, looking: bool) -> Noting<'a> {
        let (reply, answer) = oneshot::channel();
        self.note(Note::Begins {
            number,
            looking,
            request: Arc::clone(request),
            reply,
        });
        Box::pin(async move {
            answer
                .await
                .unwrap_or_else(|_| Err("the run has left it".to_owned()))
        })
    }

    fn ended(&self, attempt: &Arc<Attempt>) {
        self.note(Note::Ended(Arc::clone(attempt)));
    }

    fn waits(&self, wait: Duration, why: &str) {
        self.note(Note::Waits {
            wait,
            why: why.to_owned(),
        });
    }

    fn called_off(&self) -> CalledOff<'_> {
        let mut off = self.off.clone();
        Box::pin(async move {
            if off.wait_for(|off| *off).await.is_err() {
                // Its driver has gone: nobody calls it off any more.
                std::future::pending::<()>().await;
            }
        })
    }
}

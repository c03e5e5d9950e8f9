//! What the durable service keeps, in one SQLite file: events, runs and their effects, steps and attempts, waits, what
//! polls have seen, schedules' last instants, answers of people, sealed secrets.
//!
//! Three rules carry everything. What is answered is committed ([`Journal`]'s methods return after the commit, with
//! `synchronous=FULL`). A unique index decides what is new, never a look before. And a driver feeds the interpreter only
//! what the journal gave back, in the journal's order ([`Standing::news`]), so that a replay meets the same outcomes in
//! the same order.
//!
//! A low room: it knows nothing of plans, of the interpreter or of HTTP. Values are JSON and plain types of its own. No
//! SQL leaves it. It must never go on after a failed write or sync: it turns [`Health::Broken`] and its owner stops.

mod audit;
mod backup;
mod blob;
mod claim;
mod engine;
mod error;
mod event;
mod export;
pub mod fault;
mod fingerprint;
mod folder;
mod group;
mod id;
mod journal;
mod keys;
mod lifecycle;
mod look;
mod migrate;
mod moment;
mod poll;
mod progress;
mod question;
mod recipe;
mod replay;
mod retention;
mod run;
mod schedule;
mod seal;
mod step;
mod tokens;
mod traffic;
mod wait;
mod words;
mod writer;

pub use audit::{AuditEntry, Counter};
pub use backup::Copy;
pub use claim::{Claim, Ticket};
pub use engine::Health;
pub use error::{JournalError, Refusal};
pub use event::{Accepted, Event, NewEvent, Offered, Signal, Verdict};
pub use id::{EventId, RunId};
pub use journal::{Journal, Options};
pub use look::{Look, Page};
pub use poll::{PollCommit, PollState, SeenItem};
pub use progress::{AttemptBegin, AttemptEnd, End, Next, Progress, Standing};
pub use question::{Answer, Question, Reply};
pub use recipe::RecipeText;
pub use replay::{Effect, Outcome, Replay, Told};
pub use retention::{Removed, Retention};
pub use run::{Concurrency, Mode, NewRun, Once, Run, RunFilter, RunState};
pub use schedule::{Fired, ScheduleFire, ScheduleState};
pub use seal::{Key, KeyPlace, Secret};
pub use step::{Attempt, Step};
pub use tokens::{Lease, Sealed};
pub use traffic::Traffic;
pub use wait::{NewWait, Wait, WaitKind, Woken};

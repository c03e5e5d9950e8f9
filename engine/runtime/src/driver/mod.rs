//! The one driver: carries a run on over the journal's port, for the foreground, the service and the simulator alike.
//!
//! # How it works
//!
//! A driver takes a claimed run, brings the interpreter to where it stood by feeding it what is recorded, and goes on:
//! effects are begun, what becomes of them is written down, and what the journal gives back is fed. It ends when the run
//! ends, rests, or is given back.
//!
//! **Nothing leaves unrecorded.** A call asks before each of its requests; the answer is given after the commit that holds
//! the attempt. A request without an end was under way when a process died: nobody knows what became of it, and the
//! operation's effect class decides.
//!
//! **The journal's order is the order.** The interpreter is fed what [`souschef_journal::Standing::news`] gives, in that
//! order, and so a replay meets the same. To write a step's outcome and the next step's first request in one transaction,
//! the driver looks ahead: it feeds the outcome to the interpreter at once, keeping a copy of it as it was, begins the
//! calls that are wanted then up to their first request, and commits both. Where the journal gives back anything else than
//! was foreseen (a wait came due, somebody cancelled), the copy is taken instead and fed the journal's order; requests that
//! are no longer wanted never leave. Only calls and waits are begun in foresight. What can't be taken back (another
//! recipe's run, calling off) waits for the commit.
//!
//! # Marks
//!
//! Four things change a run beside the outcomes of its steps. They are recorded as outcomes of paths of their own, so
//! that a replay meets them in their place:
//!
//! | path | what |
//! |---|---|
//! | `STEP!asked1` | nobody knows whether the step's call happened; a person is asked, here for the first time |
//! | `STEP!held1` | the wait of a call that was held back is over; it is made again |
//! | `!cancel` | somebody cancelled the run |
//! | `!parked3` | its driver stumbled again and again; a person is asked what to do with the run |

mod call_off;
mod carry;
mod catch_up;
mod draft;
mod flight;
mod hear;
mod hold;
mod mark;
mod outcome;
mod park;
mod steps;
mod wanted;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;
use souschef_connect::Observer;
use souschef_flow::{Call, EffectOutcome, Failure};
use souschef_journal::fault::point;
use souschef_journal::{Claim, JournalError, RecipeText, RunId, RunState};
use souschef_plan::Plan;
use tokio::sync::{Notify, watch};

pub(crate) use outcome::failed;
pub use outcome::failure_of;
pub use park::park;

use crate::clock::Clock;
use crate::port::RunJournal;
use crate::report::RunEvent;
use carry::Carrier;

/// How deep recipes may call recipes.
pub const DEEPEST: usize = 8;

/// What drivers work with.
pub struct Means {
    /// Where runs are kept.
    pub journal: Arc<dyn RunJournal>,
    /// Who makes calls.
    pub caller: Arc<dyn Caller>,
    /// Where plans come from.
    pub plans: Arc<dyn Plans>,
    /// The clock.
    pub clock: Clock,
    /// Who is told of what happens.
    pub teller: Arc<dyn Teller>,
    /// What is done about waits.
    pub waits: Waits,
}

/// What is done about waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Waits {
    /// The journal keeps them, however long they are.
    #[default]
    Kept,
    /// They end at once.
    Skipped,
    /// Somebody sits before it: waits that are too long for that, and those for events, fail.
    Watched,
}

/// A call that a run wants made.
#[derive(Clone, Debug)]
pub struct Order {
    /// The run.
    pub run: RunId,
    /// The step's path.
    pub path: String,
    /// The account that it runs for.
    pub connection: String,
    /// Field names that it hides.
    pub redact: Arc<[String]>,
    /// The call.
    pub call: Arc<Call>,
    /// The number of the last request that was sent for it before.
    pub made_before: u32,
    /// How many of those were tries, and not looks.
    pub tried: u32,
    /// How many of the tries were answered that they were too many.
    pub limited: u32,
    /// When the first of them was sent whose outcome is not known.
    pub unsettled: Option<Timestamp>,
    /// Whether it was held back before.
    pub held: bool,
}

/// What became of a call.
#[derive(Clone, Debug, PartialEq)]
pub enum Called {
    /// It is over.
    Over(EffectOutcome),
    /// Its account has no token that works, or the other side fails: it is made again later.
    Held(Held),
}

/// A call held back.
#[derive(Clone, Debug, PartialEq)]
pub struct Held {
    /// The account.
    pub connection: String,
    /// When it is worth trying again, also where a person must do something first.
    pub until: Timestamp,
    /// What it fails with where nobody waits.
    pub failure: Failure,
}

/// The event that ends the waits of calls held back for an account, with the account's name as its path.
pub const CONNECTED: &str = "souschef.connected";

/// A call under way.
pub type Calling<'a> = Pin<Box<dyn Future<Output = Called> + Send + 'a>>;

/// Makes calls.
pub trait Caller: Send + Sync {
    /// `connection` in the scope of a recipe's expressions.
    fn scope_of(&self, connection: &str) -> Value;
    /// Makes a call. Asks the observer before each request.
    fn call<'a>(&'a self, order: Order, observer: &'a dyn Observer) -> Calling<'a>;
}

/// Where plans come from. The reasons why there is none are sentences for a person.
pub trait Plans: Send + Sync {
    /// The plan of a recipe's kept text.
    ///
    /// # Errors
    /// It can no longer be used.
    fn of(&self, recipe: &RecipeText) -> Result<Arc<Plan>, String>;
    /// The plan of a recipe as it is now, whose text the journal keeps.
    ///
    /// # Errors
    /// There is none of this name, or it has mistakes.
    fn current(&self, recipe: &str) -> Result<Arc<Plan>, String>;
}

/// Is told of what happens in runs.
pub trait Teller: Send + Sync {
    /// Something happened in a run.
    fn tell(&self, run: &RunId, event: RunEvent);
    /// These runs have something to look at now.
    fn woken(&self, runs: &[RunId]);
    /// A wait was set that ends at this moment.
    fn due(&self, at: Timestamp);
    /// A driver has left this run of this recipe.
    fn left(&self, run: &RunId, recipe: &str, left: Left);
}

/// How a driver left its run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// It has ended.
    Ended(RunState),
    /// It rests.
    Rested(RunState),
    /// The driver was asked to stop; the run is still its own, to be given back.
    Stopped,
    /// Another has it, or it was ended by another.
    Lost,
}

/// Why a driver could not go on.
#[derive(Debug, thiserror::Error)]
pub enum DriveError {
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The recipe's text is of no use any more.
    #[error("{0}")]
    NoPlan(String),
}

/// What a driver hears of while it works.
#[derive(Clone)]
pub struct Ears {
    /// Its run has something to look at.
    pub wake: Arc<Notify>,
    /// Once it turns true, no request begins any more, and the run is left as soon as none is under way.
    pub stop: watch::Receiver<bool>,
}

/// Carries a claimed run on, until it ends, rests, or is to be given back.
///
/// May be dropped at any moment: what was under way is then as after a crash.
///
/// # Errors
/// The journal failed, or the recipe's text can no longer be used. The run is still claimed then.
pub async fn drive(means: &Means, claim: Claim, ears: Ears) -> Result<Left, DriveError> {
    let run = claim.ticket.run.clone();
    point("driver.run.claimed");
    let mut carrier = match Carrier::catch_up(means, claim, ears).await {
        Err(DriveError::Journal(error)) if carry::lost(&error) => return Ok(Left::Lost),
        started => started?,
    };
    point("driver.run.caught_up");
    match carrier.carry().await {
        Err(error) if carry::lost(&error) => {
            tracing::info!(run = run.as_str(), %error, "the run is no longer this driver's");
            carrier.leave_late_answers();
            Ok(Left::Lost)
        }
        left => Ok(left?),
    }
}

/// The mark of a step that is asked about for the first time.
pub(crate) fn asked_first(step: &str) -> String {
    mark::asked(step, 1)
}

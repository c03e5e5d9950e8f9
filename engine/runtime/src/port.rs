//! What a driver and the one that sets drivers to work need of a journal: the port that the foreground's memory, SQLite
//! and the simulator implement, with the journal's own types, so that one driver serves all of them.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use jiff::Timestamp;
use souschef_journal::{
    Accepted, Attempt, AttemptEnd, Claim, Journal, JournalError, NewEvent, Progress, RecipeText, Replay, Run,
    RunId, Standing, Step, Ticket, Woken,
};

/// An answer of the journal.
pub type Kept<'a, T> = Pin<Box<dyn Future<Output = Result<T, JournalError>> + Send + 'a>>;

/// A journal as drivers see it. What each does is told at [`Journal`]'s method of the same name.
pub trait RunJournal: Send + Sync {
    /// Keeps a recipe's text; must come before the first run of it.
    fn keep_recipe(&self, recipe: RecipeText, now: Timestamp) -> Kept<'_, ()>;
    /// Accepts an event with its runs and the waits that it may end.
    fn accept(&self, event: NewEvent) -> Kept<'_, Accepted>;
    /// Takes runs that can go on.
    fn claim(&self, limit: u32, now: Timestamp) -> Kept<'_, Vec<Claim>>;
    /// Gives a claimed run back.
    fn release(&self, ticket: Ticket, stumbled: bool) -> Kept<'_, ()>;
    /// All that is known of a run that is to go on.
    fn replay(&self, run: RunId) -> Kept<'_, Replay>;
    /// Writes what a driver has to say of its run, all or nothing.
    fn progress(&self, ticket: Ticket, progress: Arc<Progress>, now: Timestamp) -> Kept<'_, Standing>;
    /// Keeps an answer that nobody waits for any more.
    fn late_answer(&self, run: RunId, end: AttemptEnd, now: Timestamp) -> Kept<'_, ()>;
    /// Ends the waits whose moment has come.
    fn settle(&self, now: Timestamp, limit: u32) -> Kept<'_, Vec<Woken>>;
    /// The next moment at which a wait is due.
    fn next_due(&self) -> Kept<'_, Option<Timestamp>>;
    /// A run as it stands.
    fn run(&self, run: RunId) -> Kept<'_, Option<Run>>;
    /// Its steps, as they are shown.
    fn steps(&self, run: RunId) -> Kept<'_, Vec<Step>>;
    /// Its requests.
    fn attempts(&self, run: RunId) -> Kept<'_, Vec<Attempt>>;
}

impl RunJournal for Journal {
    fn keep_recipe(&self, recipe: RecipeText, now: Timestamp) -> Kept<'_, ()> {
        Box::pin(Journal::keep_recipe(self, recipe, now))
    }

    fn accept(&self, event: NewEvent) -> Kept<'_, Accepted> {
        Box::pin(Journal::accept(self, event))
    }

    fn claim(&self, limit: u32, now: Timestamp) -> Kept<'_, Vec<Claim>> {
        Box::pin(Journal::claim(self, limit, now))
    }

    fn release(&self, ticket: Ticket, stumbled: bool) -> Kept<'_, ()> {
        Box::pin(Journal::release(self, ticket, stumbled))
    }

    fn replay(&self, run: RunId) -> Kept<'_, Replay> {
        Box::pin(async move { self.look().replay(&run).await })
    }

    fn progress(&self, ticket: Ticket, progress: Arc<Progress>, now: Timestamp) -> Kept<'_, Standing> {
        Box::pin(async move { Journal::progress(self, &ticket, progress, now).await })
    }

    fn late_answer(&self, run: RunId, end: AttemptEnd, now: Timestamp) -> Kept<'_, ()> {
        Box::pin(async move { Journal::late_answer(self, &run, end, now).await })
    }

    fn settle(&self, now: Timestamp, limit: u32) -> Kept<'_, Vec<Woken>> {
        Box::pin(Journal::settle(self, now, limit))
    }

    fn next_due(&self) -> Kept<'_, Option<Timestamp>> {
        Box::pin(self.look().next_due())
    }

    fn run(&self, run: RunId) -> Kept<'_, Option<Run>> {
        Box::pin(async move { self.look().run(&run).await })
    }

    fn steps(&self, run: RunId) -> Kept<'_, Vec<Step>> {
        Box::pin(async move { self.look().steps(&run).await })
    }

    fn attempts(&self, run: RunId) -> Kept<'_, Vec<Attempt>> {
        Box::pin(async move { self.look().attempts(&run).await })
    }
}

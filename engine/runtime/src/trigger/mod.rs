//! What starts runs by itself: polls, webhooks and schedules.
//!
//! Each has a pure core (what is new, who sent this, which instants are due) and a thin edge that commits what came of it.
//! [`Triggers`] is the loop that polls and schedules live in; webhooks come in through [`webhook::Hooks`] whenever a server
//! hands a request over. None of them carries a run on: they commit events with the runs to be started, and tell the
//! [`Host`].

pub mod host;
mod keep;
pub mod poll;
pub mod schedule;
pub mod webhook;

pub use host::{Host, TriggerContext};
pub use keep::{Health, TriggerHealth, Triggers};

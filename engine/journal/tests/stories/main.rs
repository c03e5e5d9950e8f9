//! What the journal promises, one story a test.

mod attention;
mod concurrency;
mod damage;
mod events;
mod form;
mod housekeeping;
mod kit;
mod opening;
mod order;
mod polls;
mod runs;
mod secrets;
mod waits;

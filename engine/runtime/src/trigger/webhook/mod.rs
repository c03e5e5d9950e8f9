//! Webhooks, without HTTP: a request's bytes become a kept event and its runs, or a refusal.
//!
//! Pure: [`proof`] (who sent it), [`body`] (what it says), [`listening`] (who listens), [`mod@hear`] (all of it together).
//! [`receive`] is the edge: it keeps what was heard, and only then answers.

pub mod arrival;
pub mod body;
pub mod hear;
pub mod listening;
pub mod proof;
pub mod receive;
pub mod refusal;

pub use arrival::{Arrival, Header, Headers, LARGEST_BODY};
pub use hear::{Delivery, hear};
pub use listening::{Account, Awaited, Deaf, Hears, Listener, Listening, mark, plain_path};
pub use proof::Proof;
pub use receive::{Answer, Hooks};
pub use refusal::Refusal;

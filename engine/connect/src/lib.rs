//! A call becomes an HTTP exchange: the request is built structurally from the catalog's description, sent with
//! back-off, and its outcome is told as done, not done or unknown.
//!
//! It must never paste text into a URL, header or body, repeat a call that may do harm, follow a redirect with
//! credentials, or show a secret.

mod answer;
mod backoff;
mod budget;
pub mod call;
mod circuit;
mod circuits;
pub mod client;
pub mod connection;
mod exchange;
mod judge;
mod look;
pub mod oauth;
pub mod outcome;
pub mod poll;
mod redact;
pub mod request;
pub mod secret;
mod tls;
pub mod token;
mod tries;
mod words;

pub use backoff::TOO_MANY;
pub use call::{CallOptions, CalledOff, Noting, Observer, Quiet};
pub use circuits::CircuitStanding;
pub use client::{Client, ClientOptions};
pub use connection::Connection;
pub use outcome::{Attempt, CallOutcome, CallReport, Refusal};
pub use request::{BuildError, Request, build};
pub use secret::Secret;
pub use token::{Asking, Held, Token, TokenSource};

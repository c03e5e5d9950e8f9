//! A call becomes an HTTP exchange: the request is built structurally from the catalog's description, sent with
//! back-off, and its outcome is told as done, not done or unknown.
//!
//! It must never paste text into a URL, header or body, repeat a call that may do harm, follow a redirect with
//! credentials, or show a secret.

pub mod call;
pub mod client;
pub mod connection;
pub mod outcome;
pub mod poll;
pub mod request;
pub mod secret;

pub use call::{CallOptions, Observer, Quiet};
pub use client::{Client, ClientOptions};
pub use connection::Connection;
pub use outcome::{Attempt, CallOutcome, CallReport, Refusal};
pub use request::{BuildError, Request, build};
pub use secret::Secret;

//! What the service listens on: webhooks on one address, the admin API on another.
//!
//! It turns requests into calls of the service and the trigger room, and their answers into responses. It must never
//! decide what an event means or what becomes of a run, let anybody in by the look of a path, or answer a webhook 2xx
//! before its event is kept.

mod admin;
mod answer;
mod client;
mod gate;
mod hooks;
mod listen;
mod local;
mod metrics;
mod serve;
mod traces;

pub use admin::{Caller, Role, Route, Token, TokenError, Tokens, routes};
pub use client::{Client, ClientError};
pub use gate::{Gate, Stage};
pub use hooks::{Answer, Intake, Receiving};
pub use listen::Limits;
pub use serve::{ServeError, ServeOptions, Serving, Told};
pub use traces::TracesError;

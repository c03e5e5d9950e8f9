//! A stateful stand-in of the APIs in the catalog: what is created can be read, listed, searched, changed and deleted.
//!
//! It is made from the catalog's descriptions and hints, which are data beside them; it must never name an operation in
//! code, call out, or behave differently for the same seed and requests.
//!
//! A request is routed ([`mod@world`]), held against the catalog ([`mod@request`]), played on collections of things
//! ([`mod@play`], by the part that [`mod@part`] tells), and answered in the shape of the catalog's output ([`mod@shape`]).
//! [`mod@state`] is the sandbox without a socket, [`mod@serve`] the socket. `GET /_ledger` is what was received (`DELETE`
//! forgets it), `GET /_state` what is held, `POST /_reset` begins anew. Where the connector tells of OAuth, it is the provider
//! of tokens as well ([`mod@oauth`]); `POST /_expire` ends the tokens that it gave, `POST /_revoke` takes them back.
#![allow(
    rustdoc::private_intra_doc_links,
    reason = "the docs of this crate are for those who work on it"
)]

mod account;
mod chance;
mod clock;
mod conditions;
pub mod fault;
mod hint;
mod kind;
pub mod ledger;
mod limit;
mod narrow;
mod oauth;
mod pages;
mod part;
mod play;
mod reply;
mod request;
mod serve;
pub mod server;
mod shape;
mod state;
mod store;
mod world;

pub use fault::{Fault, FaultKind, FaultParseError};
pub use ledger::LedgerEntry;
pub use server::{Answer, Running, Sandbox, SandboxOptions};

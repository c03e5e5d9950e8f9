//! Connectors as data: what can be triggered and done, over which HTTP request, and what comes back.
//!
//! A connector is a set of YAML files ([`mod@file`] is their form). The bundled ones are turned into JSON when the crate is
//! built and read lazily; a person's own are read at run time by the same code. This crate must never name an
//! operation, send a request, or decide what a recipe means.

pub mod connector;
pub mod error;
pub mod example;
pub mod file;
pub mod listing;
pub mod load;
pub mod operation;
pub mod schema;

pub use connector::{
    Auth, Circuit, Connector, ErrorShape, Event, Limits, OAuth, OAuthAgency, OAuthAnswer, Signature, Webhooks,
};
pub use error::CatalogError;
pub use load::Catalog;
pub use operation::{
    Advance, Body, Effect, Fill, HttpCall, Input, InputPlace, LookFor, Method, Operation, OperationKind,
    Paging, PathPart, Poll, SandboxHint, Slots,
};

//! Both listeners, over real sockets, on a service with its journal: the webhooks' contract, the admin API's doors, and
//! senders that mean no good.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where it fails"
)]

mod admin;
mod alerts;
mod kitchen;
mod load;
mod webhooks;
mod wire;

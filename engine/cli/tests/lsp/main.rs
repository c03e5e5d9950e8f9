//! The language server as an editor meets it: the real command, over its standard input and output.
//!
//! The files of `tests/lsp` hold places of recipes and what must be answered there; the head of `tests/lsp/offers.yaml`
//! shows the form. `every_operation.rs` does the same for each operation of the catalog.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test stops where it fails"
)]

mod cases;
mod client;
mod every_operation;
mod protocol;

//! `souschef lsp`: a language server for recipes and the other files of a project.
//!
//! This room holds the protocol and the open documents, and nothing else: what is wrong with a file, what may be written at
//! a place and what stands there is asked of the checker (`souschef_plan`). It must never know a key of the recipe
//! language, and never write a file: the editor does.

mod answers;
mod changes;
mod lines;
mod message;
mod server;
mod world;

pub use server::{ServerError, serve};

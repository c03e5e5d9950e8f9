//! Diagnostics for people and for programs.

mod human;
mod machine;

pub use human::human;
pub use machine::{github, json, sarif};

use crate::diagnostic::Diagnostic;
use crate::span::SourceFile;

/// Files, each with what there is to say about it.
pub type Problems<'a> = &'a [(SourceFile, Vec<Diagnostic>)];

//! Recipe text in, a typed tree out.
//!
//! This crate reads the YAML of a recipe into a tree in which every node keeps its place ([`tree`]), decodes that
//! tree into a [`Recipe`] while collecting every mistake it meets ([`mod@decode`]), and defines what a message to the
//! user is ([`Diagnostic`]) and how it is shown ([`render`]). It must never do I/O, know an operation of the catalog,
//! evaluate an expression, or stop at the first mistake.

pub mod ast;
pub mod code;
pub mod decode;
pub mod diagnostic;
pub mod duration;
pub mod format;
pub mod render;
pub mod span;
pub mod tree;

pub use ast::*;
pub use code::Code;
pub use decode::{Decoded, RESERVED, decode, nearest, step_words};
pub use diagnostic::{Advice, Diagnostic, Fix, Severity};
pub use span::{Place, SourceFile, Span, Spanned};
pub use tree::{Entry, Node, NodeKind, Style};

//! Hostile input for everything that reads what people and other systems write.
//!
//! A [`Target`] takes any text and must neither panic, nor hang, nor say a thing that can't be true of its input. What
//! it gives back tells roughly which way the input went; inputs that go a new way are kept and changed further
//! ([`hunt`]). That needs nothing but the stable compiler, so that it runs with every change. Inputs that once found a
//! mistake lie in `corpus/TARGET/` and are tried first, and by a test.

pub mod change;
pub mod corpus;
pub mod hunt;
pub mod targets;

/// Something that takes any text.
pub struct Target {
    /// Its name, and that of its corpus.
    pub name: &'static str,
    /// What is put into inputs: words that mean something here.
    pub words: &'static [&'static str],
    /// Inputs to begin with.
    pub seeds: fn() -> Vec<String>,
    /// Tries one input; gives which way it went.
    pub run: fn(&str) -> String,
}

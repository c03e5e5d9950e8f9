//! The names that an expression sees.

use indexmap::IndexMap;
use jiff::Timestamp;
use serde_json::Value;

/// Names and their values: `trigger`, `fields`, `steps`, `inputs`, `connection`, `run`, and the names of loops.
///
/// Cheap to clone: values are shared.
#[derive(Clone, Debug)]
pub struct Scope {
    names: IndexMap<String, std::sync::Arc<Value>>,
    now: Timestamp,
}

impl Scope {
    /// An empty scope at a moment. `now` is what the `now` helper gives; it must come from the run, not from a clock.
    pub fn new(now: Timestamp) -> Self {
        Self {
            names: IndexMap::new(),
            now,
        }
    }

    /// The same scope with one more name (or another value for it).
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<std::sync::Arc<Value>>) {
        self.names.insert(name.into(), value.into());
    }

    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.names.get(name).map(AsRef::as_ref)
    }

    /// The names, in the order they came.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.keys().map(String::as_str)
    }

    /// The moment of the run.
    pub fn now(&self) -> Timestamp {
        self.now
    }
}

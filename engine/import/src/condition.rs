//! Conditions, as lines of ours.

use serde_json::{Map, Value};

use crate::table::Table;

/// Lines that must all hold, or of which one must.
#[derive(Clone, Debug, Default)]
pub(crate) struct Condition {
    pub(crate) lines: Vec<Line>,
    pub(crate) any: bool,
}

/// `left: { operator: right }`.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    left: String,
    operator: String,
    right: Value,
}

impl Line {
    /// A comparison in another tool's words. None where it cannot be told.
    pub(crate) fn new(left: &str, word: &str, right: Value, table: &Table) -> Option<Self> {
        let comparison = table.comparisons.get(word)?;
        // A path alone needs no braces.
        let path = left
            .strip_prefix("{{ ")
            .and_then(|rest| rest.strip_suffix(" }}"))
            .filter(|path| !path.contains([' ', '{', '}']));
        let left = match path {
            Some(path) => path.to_owned(),
            None if left.contains("{{") => left.to_owned(),
            None => return None,
        };
        Some(Self {
            left,
            operator: comparison.is.clone(),
            right: comparison.value.clone().unwrap_or(right),
        })
    }

    fn map(&self) -> Map<String, Value> {
        let mut map = Map::new();
        let right = if self.operator == "is" {
            self.right.clone()
        } else {
            let mut inner = Map::new();
            inner.insert(self.operator.clone(), self.right.clone());
            Value::Object(inner)
        };
        map.insert(self.left.clone(), right);
        map
    }
}

impl Condition {
    /// As it stands in a recipe; none where it has no lines.
    pub(crate) fn value(&self) -> Option<Value> {
        let maps: Vec<Map<String, Value>> = self.lines.iter().map(Line::map).collect();
        let mut lefts: Vec<&str> = self.lines.iter().map(|line| line.left.as_str()).collect();
        lefts.sort_unstable();
        lefts.dedup();
        match maps.len() {
            0 => None,
            1 => maps.into_iter().next().map(Value::Object),
            many if !self.any && lefts.len() == many => {
                Some(Value::Object(maps.into_iter().flatten().collect()))
            }
            _ => {
                let word = if self.any { "any" } else { "all" };
                let mut map = Map::new();
                map.insert(word.to_owned(), maps.into_iter().map(Value::Object).collect());
                Some(Value::Object(map))
            }
        }
    }
}

/// What must hold where the condition does not.
pub(crate) fn not(condition: Value) -> Value {
    let mut map = Map::new();
    map.insert("not".to_owned(), condition);
    Value::Object(map)
}

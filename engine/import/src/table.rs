//! The tables: which node becomes what.

use std::sync::OnceLock;

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::Tool;

/// What is known of a tool.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Table {
    nodes: Vec<Row>,
    #[serde(default)]
    defaults: IndexMap<String, Map<String, Value>>,
    #[serde(default)]
    same: IndexMap<String, Vec<String>>,
    #[serde(default)]
    pub(crate) comparisons: IndexMap<String, Comparison>,
    #[serde(default)]
    pub(crate) methods: IndexMap<String, String>,
}

/// What a node becomes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    #[serde(rename = "type")]
    node: String,
    #[serde(default, rename = "where")]
    condition: Map<String, Value>,
    #[serde(default)]
    actions: Vec<String>,
    /// How parameters must begin; what follows is meant.
    #[serde(default)]
    pub(crate) begins: IndexMap<String, String>,
    /// The step before, whose answer's id is the input `by`.
    pub(crate) first: Option<Box<Row>>,
    pub(crate) by: Option<String>,
    /// What the operation does differently, for a person to know.
    pub(crate) told: Option<String>,
    pub(crate) action: Option<String>,
    pub(crate) kind: Option<Kind>,
    pub(crate) event: Option<String>,
    #[serde(default)]
    pub(crate) with: IndexMap<String, String>,
    #[serde(default)]
    pub(crate) drop: Vec<String>,
    #[serde(default)]
    pub(crate) given: Map<String, Value>,
    pub(crate) answer: Option<String>,
    pub(crate) each: Option<Each>,
}

/// A list of which all that follows is done for each item.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Each {
    pub(crate) list: String,
    #[serde(rename = "as")]
    pub(crate) name: String,
}

/// Nodes that are no operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Webhook,
    Schedule,
    Manual,
    Event,
    If,
    Filter,
    Switch,
    Wait,
    WaitUntil,
    Set,
    Loop,
    Nothing,
    Note,
    Fail,
}

impl Kind {
    pub(crate) fn starts(self) -> bool {
        matches!(self, Self::Webhook | Self::Schedule | Self::Manual | Self::Event)
    }
}

/// A comparison in our words.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Comparison {
    pub(crate) is: String,
    pub(crate) value: Option<Value>,
}

impl Table {
    /// The table of a tool.
    pub(crate) fn of(tool: Tool) -> &'static Self {
        static TABLES: [OnceLock<Table>; 2] = [OnceLock::new(), OnceLock::new()];
        let (place, text) = match tool {
            Tool::Zapier => (&TABLES[0], include_str!("../tables/zapier.yaml")),
            Tool::N8n => (&TABLES[1], include_str!("../tables/n8n.yaml")),
        };
        // Bundled, and read by a test; one that could not be read would know no node.
        place.get_or_init(|| serde_yaml::from_str(text).unwrap_or_default())
    }

    /// The row of a node, by its type and parameters.
    pub(crate) fn by_parameters(&self, node: &str, parameters: &Map<String, Value>) -> Option<&Row> {
        let defaults = self.defaults.get(node);
        let has = |key: &str, wanted: &Value| {
            let own = parameters
                .get(key)
                .or_else(|| defaults.and_then(|all| all.get(key)));
            match wanted {
                // Left out: a default of this row alone.
                Value::Null => !parameters.contains_key(key),
                _ => own == Some(wanted),
            }
        };
        self.nodes
            .iter()
            .find(|row| row.node == node && row.condition.iter().all(|(key, value)| has(key, value)))
    }

    /// The row of a node, by its app and action, and how its parameters begin.
    pub(crate) fn by_action(&self, app: &str, action: &str, parameters: &Map<String, Value>) -> Option<&Row> {
        let app = app.split('@').next().unwrap_or(app);
        let app = app.strip_suffix("API").unwrap_or(app);
        let app = app.strip_suffix("CLI").unwrap_or(app);
        let is = |name: &str| {
            name.eq_ignore_ascii_case(app)
                || self
                    .same
                    .get(name)
                    .is_some_and(|others| others.iter().any(|other| other.eq_ignore_ascii_case(app)))
        };
        let begins = |(name, head): (&String, &String)| {
            let written = parameters.get(name).and_then(Value::as_str);
            written.is_some_and(|text| text.starts_with(head))
        };
        self.nodes.iter().find(|row| {
            is(&row.node)
                && (row.actions.is_empty() || row.actions.iter().any(|known| known == action))
                && row.begins.iter().all(begins)
        })
    }

    /// The operations and events that it names.
    #[cfg(test)]
    pub(crate) fn named(&self) -> impl Iterator<Item = (&Row, &str)> {
        let firsts = self.nodes.iter().filter_map(|row| row.first.as_deref());
        self.nodes
            .iter()
            .chain(firsts)
            .filter_map(|row| Some((row, row.action.as_deref().or(row.event.as_deref())?)))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

    use souschef_catalog::Catalog;

    use super::Table;
    use crate::Tool;

    #[test]
    fn tables_name_what_the_catalog_has() {
        let catalog = Catalog::bundled();
        for tool in [Tool::Zapier, Tool::N8n] {
            let mut rows = 0;
            for (row, id) in Table::of(tool).named() {
                rows += 1;
                if row.event.is_some() {
                    let event = catalog.event(id).unwrap_or_else(|| panic!("there is no {id}"));
                    for field in row.with.values() {
                        assert!(event.shape.at(field).is_some(), "{id} brings no {field}");
                    }
                    continue;
                }
                let operation = catalog
                    .operation(id)
                    .unwrap_or_else(|| panic!("there is no {id}"));
                assert_eq!(row.first.is_some(), row.by.is_some(), "{id}");
                for input in row.with.values().chain(row.given.keys()).chain(&row.by) {
                    assert!(operation.inputs.contains_key(input), "{id} has no {input}");
                }
                for field in row.answer.iter().chain(row.each.iter().map(|each| &each.list)) {
                    assert!(operation.output.at(field).is_some(), "{id} answers no {field}");
                }
            }
            let least = match tool {
                Tool::Zapier => 10,
                Tool::N8n => 16,
            };
            assert!(rows >= least, "{tool:?}: {rows}");
            for comparison in Table::of(tool).comparisons.values() {
                assert!(souschef_recipe::Operator::from_word(&comparison.is).is_some());
            }
        }
    }
}

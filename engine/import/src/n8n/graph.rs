//! The nodes of a workflow and what leads where.

use std::collections::{HashMap, HashSet, VecDeque};

use indexmap::IndexMap;
use serde_json::{Map, Value};

use crate::table::{Kind, Table};
use crate::{MOST_NODES, Refusal};

/// A node.
pub(super) struct Node {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) version: f64,
    pub(super) parameters: Map<String, Value>,
    pub(super) disabled: bool,
}

impl Node {
    /// The parameters, with those of its collections, as `additionalFields`, among them.
    pub(super) fn flat(&self) -> Vec<(String, &Value)> {
        const COLLECTIONS: [&str; 4] = ["additionalFields", "updateFields", "filters", "options"];
        let mut found = Vec::new();
        for (name, value) in &self.parameters {
            match value {
                Value::Object(inner) if COLLECTIONS.contains(&name.as_str()) => {
                    found.extend(inner.iter().map(|(name, value)| (name.clone(), value)));
                }
                _ if matches!(name.as_str(), "resource" | "operation" | "requestOptions") => {}
                _ => found.push((name.clone(), value)),
            }
        }
        found
    }
}

/// A workflow.
pub(super) struct Graph {
    pub(super) nodes: IndexMap<String, Node>,
    edges: HashMap<String, Vec<Vec<String>>>,
}

impl Graph {
    /// Reads a workflow, and refuses one that goes in a circle but for its loops.
    pub(super) fn read(export: &Value, table: &Table) -> Result<Self, Refusal> {
        let other = || Refusal::Other("this is no n8n workflow: it has no list of \"nodes\"".to_owned());
        let list = export.get("nodes").and_then(Value::as_array).ok_or_else(other)?;
        if list.len() > MOST_NODES {
            return Err(Refusal::TooMany(list.len()));
        }
        if list.is_empty() {
            return Err(Refusal::Empty("nodes"));
        }
        let mut nodes = IndexMap::new();
        for node in list {
            let text = |key: &str| {
                node.get(key)
                    .and_then(Value::as_str)
                    .unwrap_or_default()
                    .to_owned()
            };
            let name = text("name");
            let parameters = node.get("parameters").and_then(Value::as_object);
            let node = Node {
                name: name.clone(),
                kind: text("type"),
                version: node.get("typeVersion").and_then(Value::as_f64).unwrap_or(1.0),
                parameters: parameters.cloned().unwrap_or_default(),
                disabled: node.get("disabled").and_then(Value::as_bool).unwrap_or(false),
            };
            nodes.insert(name, node);
        }
        let edges = edges(export, &nodes);
        let graph = Self { nodes, edges };
        graph.no_circle(table)?;
        Ok(graph)
    }

    /// The nodes that an output leads to.
    pub(super) fn targets(&self, name: &str, output: usize) -> &[String] {
        let outputs = self.edges.get(name);
        outputs.and_then(|all| all.get(output)).map_or(&[], Vec::as_slice)
    }

    /// How many outputs of a node lead somewhere.
    pub(super) fn outputs(&self, name: &str) -> usize {
        self.edges.get(name).map_or(0, Vec::len)
    }

    /// The nodes that nothing leads to, and that lead somewhere.
    pub(super) fn without_entry(&self) -> Vec<&Node> {
        let entered: HashSet<&String> = self.edges.values().flatten().flatten().collect();
        let leads = |node: &&Node| self.edges.contains_key(&node.name);
        let alone = self.nodes.values().filter(|node| !entered.contains(&node.name));
        alone.filter(leads).collect()
    }

    /// Where all branches of a node that lead somewhere come together again.
    pub(super) fn join(&self, name: &str, stop: &HashSet<String>) -> Option<String> {
        let branches: Vec<Vec<String>> = (0..self.outputs(name))
            .map(|output| self.reach(self.targets(name, output), stop))
            .filter(|reach| !reach.is_empty())
            .collect();
        let (first, others) = branches.split_first()?;
        if others.is_empty() {
            return None;
        }
        first
            .iter()
            .find(|node| others.iter().all(|reach| reach.contains(node)))
            .cloned()
    }

    /// Every node that can be reached, the nearest first.
    fn reach(&self, from: &[String], stop: &HashSet<String>) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        let mut known: HashSet<String> = HashSet::new();
        let mut queue: VecDeque<String> = from.iter().cloned().collect();
        while let Some(name) = queue.pop_front() {
            if stop.contains(&name) || !known.insert(name.clone()) {
                continue;
            }
            let outputs = self.edges.get(&name).into_iter().flatten().flatten();
            queue.extend(outputs.cloned());
            found.push(name);
        }
        found
    }

    /// Refuses a circle. A way back into a loop node is what makes it a loop.
    fn no_circle(&self, table: &Table) -> Result<(), Refusal> {
        let is_loop = |name: &String| {
            self.nodes.get(name).is_some_and(|node| {
                table
                    .by_parameters(&node.kind, &node.parameters)
                    .and_then(|row| row.kind)
                    == Some(Kind::Loop)
            })
        };
        let mut entered: HashMap<&String, usize> = self.nodes.keys().map(|name| (name, 0)).collect();
        for target in self.edges.values().flatten().flatten() {
            if let Some(count) = entered.get_mut(target)
                && !is_loop(target)
            {
                *count += 1;
            }
        }
        // Takes away, again and again, what nothing leads to; what is left goes in a circle.
        let mut free: Vec<&String> = self
            .nodes
            .keys()
            .filter(|name| entered.get(*name) == Some(&0))
            .collect();
        let mut taken = 0;
        while let Some(name) = free.pop() {
            taken += 1;
            for target in self.edges.get(name).into_iter().flatten().flatten() {
                if is_loop(target) {
                    continue;
                }
                if let Some((target, _)) = self.nodes.get_key_value(target)
                    && let Some(count) = entered.get_mut(target)
                {
                    *count -= 1;
                    if *count == 0 {
                        free.push(target);
                    }
                }
            }
        }
        if taken == self.nodes.len() {
            return Ok(());
        }
        let through = self
            .nodes
            .keys()
            .find(|name| entered.get(*name).is_some_and(|count| *count > 0));
        Err(Refusal::Circle(
            through.map(|name| crate::build::shown(name)).unwrap_or_default(),
        ))
    }
}

fn edges(export: &Value, nodes: &IndexMap<String, Node>) -> HashMap<String, Vec<Vec<String>>> {
    let mut edges = HashMap::new();
    let Some(connections) = export.get("connections").and_then(Value::as_object) else {
        return edges;
    };
    for (name, kinds) in connections {
        let Some(outputs) = kinds.get("main").and_then(Value::as_array) else {
            continue;
        };
        let target = |one: &Value| one.get("node").and_then(Value::as_str).map(str::to_owned);
        let outputs: Vec<Vec<String>> = outputs
            .iter()
            .map(|output| {
                let list = output.as_array().into_iter().flatten();
                let known = list.filter_map(target).filter(|name| nodes.contains_key(name));
                known.collect()
            })
            .collect();
        if nodes.contains_key(name) && outputs.iter().any(|output| !output.is_empty()) {
            edges.insert(name.clone(), outputs);
        }
    }
    edges
}

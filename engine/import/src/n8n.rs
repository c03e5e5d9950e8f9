//! A workflow of n8n: nodes, and connections from each output of a node to the next nodes.

mod branch;
mod control;
mod graph;
mod step;
mod trigger;

use std::collections::{HashSet, VecDeque};

use serde_json::Value;
use souschef_catalog::Catalog;

use crate::build::{Builder, Given, shown};
use crate::expression;
use crate::table::{Kind, Row, Table};
use crate::write::{self, Step};
use crate::{DEEPEST, Imported, Refusal, Tool};
use branch::Branch;
use graph::{Graph, Node};

/// Makes a recipe of a workflow.
pub(crate) fn import(export: &Value, catalog: &Catalog) -> Result<Imported, Refusal> {
    let table = Table::of(Tool::N8n);
    let graph = Graph::read(export, table)?;
    let name = export.get("name").and_then(Value::as_str).unwrap_or_default();
    let mut walk = Walk {
        table,
        zone: export
            .pointer("/settings/timezone")
            .and_then(Value::as_str)
            .filter(|zone| *zone != "DEFAULT")
            .map(str::to_owned),
        builder: Builder::new(catalog, name, "an n8n workflow"),
        done: HashSet::new(),
        graph: &graph,
    };
    let starts = walk.trigger();
    let steps = walk.chain(starts, &Branch::default())?;
    walk.builder.recipe.steps = steps;
    for node in graph.nodes.values() {
        let is_note = walk.row(node).and_then(|row| row.kind) == Some(Kind::Note);
        if !walk.done.contains(&node.name) && !is_note {
            walk.builder
                .left(format!("{}: nothing leads to it", shown(&node.name)));
        }
    }
    let recipe = walk.builder.recipe;
    Ok(Imported {
        name: recipe.name.clone(),
        text: write::recipe(&recipe),
        left: recipe.left,
    })
}

struct Walk<'a> {
    table: &'static Table,
    graph: &'a Graph,
    builder: Builder<'a>,
    /// The workflow's time zone.
    zone: Option<String>,
    done: HashSet<String>,
}

/// A node that comes next, with what comes into it.
type Next = (String, Option<Given>);

impl Walk<'_> {
    fn row(&self, node: &Node) -> Option<&'static Row> {
        self.table.by_parameters(&node.kind, &node.parameters)
    }

    fn kind(&self, node: &Node) -> Option<Kind> {
        self.row(node).and_then(|row| row.kind)
    }

    /// What comes after an output of a node.
    fn after(&self, node: &Node, output: usize, given: Option<Given>) -> Vec<Next> {
        let targets = self.graph.targets(&node.name, output);
        targets.iter().map(|name| (name.clone(), given.clone())).collect()
    }

    /// The steps from some nodes on, up to those where a branch ends.
    fn chain(&mut self, from: Vec<Next>, branch: &Branch) -> Result<Vec<Step>, Refusal> {
        if branch.depth > DEEPEST {
            return Err(Refusal::TooDeep);
        }
        let mut steps = Vec::new();
        let mut queue: VecDeque<Next> = from.into();
        while let Some((name, given)) = queue.pop_front() {
            if branch.stop.contains(&name) || !self.done.insert(name.clone()) {
                continue;
            }
            let graph = self.graph;
            let Some(node) = graph.nodes.get(&name) else {
                continue;
            };
            let next = self.node(node, given, branch, &mut steps)?;
            for one in next.into_iter().rev() {
                queue.push_front(one);
            }
        }
        Ok(steps)
    }

    fn translate(&self, given: Option<&Given>, text: &str) -> Option<String> {
        expression::n8n(text, self.table, &|source, path| {
            self.builder.resolve(given, source, path)
        })
    }
}

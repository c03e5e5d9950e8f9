//! The branches of a workflow: where each stands, and what holds in it.

use std::collections::HashSet;

use serde_json::Value;

use super::graph::Node;
use super::{Next, Walk, control};
use crate::Refusal;
use crate::build::{Given, shown};
use crate::condition::not;
use crate::table::Kind;
use crate::write::Step;

/// Where a branch stands.
#[derive(Clone, Debug, Default)]
pub(super) struct Branch {
    /// The nodes where it ends: what comes from there on belongs to the branch around it.
    pub(super) stop: HashSet<String>,
    /// How many are around it.
    pub(super) depth: usize,
    /// Whether it is done for each item of a list.
    pub(super) looping: bool,
}

impl Branch {
    /// A branch in this one.
    pub(super) fn inner(&self) -> Self {
        Self {
            depth: self.depth + 1,
            ..self.clone()
        }
    }

    /// The same, done for each item of a list.
    pub(super) fn in_loop(self) -> Self {
        Self {
            looping: true,
            ..self
        }
    }
}

impl Walk<'_> {
    /// Writes what a node chooses between; gives what comes after all of it.
    pub(super) fn branches(
        &mut self,
        node: &Node,
        kind: Kind,
        given: Option<Given>,
        branch: &Branch,
        steps: &mut Vec<Step>,
    ) -> Result<Vec<Next>, Refusal> {
        self.builder.given.insert(node.name.clone(), given.clone());
        let conditions: Vec<Value> = if kind == Kind::If {
            vec![self.condition(node, node.parameters.get("conditions"), given.as_ref())]
        } else {
            let rules = control::rules(&node.parameters);
            rules
                .iter()
                .map(|rule| self.condition(node, Some(rule), given.as_ref()))
                .collect()
        };
        let outputs = self.graph.outputs(&node.name);
        let join = self.graph.join(&node.name, &branch.stop);
        let mut inner = branch.inner();
        inner.stop.extend(join.clone());
        let mut branches = Vec::new();
        for (output, condition) in conditions.iter().enumerate() {
            let next = self.after(node, output, given.clone());
            let body = self.chain(next, &inner)?;
            branches.push((condition.clone(), body));
        }
        let mut otherwise = Vec::new();
        for output in conditions.len()..outputs {
            let next = self.after(node, output, given.clone());
            otherwise.extend(self.chain(next, &inner)?);
        }
        match branches.as_slice() {
            [(condition, body)] if body.is_empty() => {
                if !otherwise.is_empty() {
                    let only = (not(condition.clone()), otherwise);
                    steps.push(choose(node, vec![only], Vec::new()));
                }
            }
            _ => {
                for (_, body) in &mut branches {
                    if body.is_empty() {
                        body.push(Step::Left("nothing is done here".to_owned()));
                    }
                }
                steps.push(choose(node, branches, otherwise));
            }
        }
        Ok(join.into_iter().map(|name| (name, given.clone())).collect())
    }

    /// A node's condition; one that cannot be told holds never, and is told of.
    pub(super) fn condition(&mut self, node: &Node, written: Option<&Value>, given: Option<&Given>) -> Value {
        let read = control::condition(written, self.table, &|text| self.translate(given, text));
        read.unwrap_or_else(|| {
            self.builder.left(format!(
                "{}: its condition ({}); until it is written, it does not hold",
                shown(&node.name),
                written.map(crate::build::text).unwrap_or_default()
            ));
            Value::Bool(false)
        })
    }
}

/// Steps that are chosen between by the conditions of a node.
pub(super) fn choose(node: &Node, branches: Vec<(Value, Vec<Step>)>, otherwise: Vec<Step>) -> Step {
    Step::Choose {
        name: shown(&node.name),
        branches,
        otherwise,
    }
}

//! A workflow of n8n: nodes, and connections from each output of a node to the next nodes.

mod control;
mod graph;

use std::collections::{HashSet, VecDeque};

use serde_json::Value;
use souschef_catalog::Catalog;
use souschef_expr::Type;

use crate::build::{Builder, Given, shown, slug};
use crate::condition::not;
use crate::expression;
use crate::table::{Kind, Row, Table};
use crate::value;
use crate::write::{self, Step};
use crate::{DEEPEST, Imported, Refusal, Tool};
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
    let steps = walk.chain(starts, &HashSet::new(), 0, false)?;
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

    /// Writes the trigger; gives what comes after it.
    fn trigger(&mut self) -> Vec<Next> {
        let graph = self.graph;
        let starts: Vec<&Node> = graph
            .nodes
            .values()
            .filter(|node| !node.disabled && self.kind(node).is_some_and(Kind::starts))
            .collect();
        let manual = ("manual".to_owned(), Value::Bool(true));
        let Some(start) = starts.first() else {
            self.builder.recipe.trigger = vec![manual];
            let first = graph.without_entry();
            // What starts it is a node that is not known: it stands first.
            if let Some(node) = first.first() {
                self.builder
                    .left(format!("what starts it: {} ({})", shown(&node.name), node.kind));
                self.done.insert(node.name.clone());
                self.builder
                    .given
                    .insert(node.name.clone(), Some(Given::new("trigger", Type::Any)));
                return self.after(node, 0, Some(Given::new("trigger", Type::Any)));
            }
            return Vec::new();
        };
        for other in starts.iter().skip(1) {
            self.builder
                .left(format!("it is started by {} too", shown(&other.name)));
            self.done.insert(other.name.clone());
        }
        self.done.insert(start.name.clone());
        let mut given = Given::new("trigger", Type::Any);
        let mut trigger = vec![manual];
        match self.kind(start) {
            Some(Kind::Webhook) => {
                let path = start
                    .parameters
                    .get("path")
                    .and_then(Value::as_str)
                    .unwrap_or_default();
                let path = Some(slug(path, '-')).filter(|path| !path.is_empty());
                trigger = webhook(&path.unwrap_or_else(|| "imported".to_owned()));
                given.under = Some("body");
                self.builder.left("the webhook's secret: add import_hook under secrets: in souschef.yaml; its sender shows it as a token");
            }
            Some(Kind::Schedule) => match control::cron(&start.parameters) {
                Some(cron) => {
                    trigger = vec![("schedule".to_owned(), Value::String(cron))];
                    if let Some(zone) = self.zone.clone() {
                        trigger.push(("time_zone".to_owned(), Value::String(zone)));
                    }
                }
                None => self
                    .builder
                    .left(format!("the timetable of {}", shown(&start.name))),
            },
            _ => {}
        }
        self.builder.recipe.trigger = trigger;
        self.builder.given.insert(start.name.clone(), Some(given.clone()));
        self.after(start, 0, Some(given))
    }

    /// What comes after an output of a node.
    fn after(&self, node: &Node, output: usize, given: Option<Given>) -> Vec<Next> {
        let targets = self.graph.targets(&node.name, output);
        targets.iter().map(|name| (name.clone(), given.clone())).collect()
    }

    /// The steps from some nodes on, up to those where a branch ends.
    fn chain(
        &mut self,
        from: Vec<Next>,
        stop: &HashSet<String>,
        depth: usize,
        looping: bool,
    ) -> Result<Vec<Step>, Refusal> {
        if depth > DEEPEST {
            return Err(Refusal::TooDeep);
        }
        let mut steps = Vec::new();
        let mut queue: VecDeque<Next> = from.into();
        while let Some((name, given)) = queue.pop_front() {
            if stop.contains(&name) || !self.done.insert(name.clone()) {
                continue;
            }
            let graph = self.graph;
            let Some(node) = graph.nodes.get(&name) else {
                continue;
            };
            let next = self.node(node, given, stop, depth, looping, &mut steps)?;
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

    /// Writes a node's steps; gives what comes next.
    fn node(
        &mut self,
        node: &Node,
        given: Option<Given>,
        stop: &HashSet<String>,
        depth: usize,
        looping: bool,
        steps: &mut Vec<Step>,
    ) -> Result<Vec<Next>, Refusal> {
        let pass = |walk: &mut Self, given: Option<Given>| {
            walk.builder.given.insert(node.name.clone(), given.clone());
            walk.after(node, 0, given)
        };
        if node.disabled {
            return Ok(pass(self, given));
        }
        let Some(row) = self.row(node) else {
            steps.push(Step::Left(format!("{} ({})", shown(&node.name), node.kind)));
            self.builder
                .left(format!("{} ({})", shown(&node.name), node.kind));
            return Ok(pass(self, None));
        };
        let Some(kind) = row.kind else {
            return self.action(node, row, given, stop, depth, steps);
        };
        match kind {
            Kind::If | Kind::Switch => self.branches(node, kind, given, stop, depth, looping, steps),
            Kind::Filter => {
                let condition = self.condition(node, node.parameters.get("conditions"), given.as_ref());
                self.builder.given.insert(node.name.clone(), given.clone());
                let next = self.after(node, 0, given);
                if looping {
                    // Ending the run would end the loop; the rest is done where it holds.
                    let body = self.chain(next, stop, depth + 1, looping)?;
                    steps.push(choose(node, vec![(condition, body)], Vec::new()));
                    return Ok(Vec::new());
                }
                if steps.is_empty() && depth == 0 && self.builder.recipe.condition.is_none() {
                    self.builder.recipe.condition = Some(condition);
                } else {
                    let reason = format!("{} does not hold", shown(&node.name));
                    let condition = Some(not(condition));
                    steps.push(Step::Stop { condition, reason });
                }
                Ok(next)
            }
            Kind::Wait | Kind::WaitUntil => {
                match control::wait(&node.parameters, &|text| self.translate(given.as_ref(), text)) {
                    Some(step) => steps.push(step),
                    None => {
                        steps.push(Step::Left(format!("{}: how long it waits", shown(&node.name))));
                        self.builder
                            .left(format!("{}: how long it waits", shown(&node.name)));
                    }
                }
                Ok(pass(self, given))
            }
            Kind::Set => {
                let id = self.builder.id(&node.name);
                let mut values = Vec::new();
                for (name, written) in control::assignments(&node.parameters) {
                    let name = name.trim().to_owned();
                    let good = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
                        && name.starts_with(|c: char| c.is_ascii_alphabetic());
                    match value::of(written, &Type::Any, &|text| self.translate(given.as_ref(), text)) {
                        Some(value) if good => values.push((name, value)),
                        _ => self.builder.left(format!(
                            "{}: {name} ({})",
                            shown(&node.name),
                            crate::build::text(written)
                        )),
                    }
                }
                if values.is_empty() {
                    steps.push(Step::Left(format!("{}: its values", shown(&node.name))));
                    return Ok(pass(self, None));
                }
                let path = format!("steps.{id}");
                steps.push(Step::Set { id, values });
                Ok(pass(self, Some(Given::new(path, Type::Any))))
            }
            Kind::Loop => {
                let (done, body) = if node.version >= 3.0 { (0, 1) } else { (1, 0) };
                if !looping {
                    self.builder.left(format!(
                        "{}: it goes over the items that come in; here what is in it is done once",
                        shown(&node.name)
                    ));
                }
                self.builder.given.insert(node.name.clone(), given.clone());
                let mut next = self.after(node, body, given.clone());
                next.extend(self.after(node, done, given));
                Ok(next)
            }
            Kind::Fail => {
                let message = node
                    .parameters
                    .get("errorMessage")
                    .and_then(Value::as_str)
                    .unwrap_or_default();
                let message = self
                    .translate(given.as_ref(), message)
                    .filter(|text| !text.is_empty());
                steps.push(Step::Fail(message.unwrap_or_else(|| shown(&node.name))));
                Ok(Vec::new())
            }
            _ => Ok(pass(self, given)),
        }
    }

    fn action(
        &mut self,
        node: &Node,
        row: &'static Row,
        given: Option<Given>,
        stop: &HashSet<String>,
        depth: usize,
        steps: &mut Vec<Step>,
    ) -> Result<Vec<Next>, Refusal> {
        let parameters = node.flat();
        let table = self.table;
        let made = self.builder.call(row, &node.name, &parameters, &|builder, text| {
            expression::n8n(text, table, &|source, path| {
                builder.resolve(given.as_ref(), source, path)
            })
        });
        let Some((step, answer)) = made else {
            steps.push(Step::Left(shown(&node.name)));
            return Ok(self.after(node, 0, None));
        };
        steps.push(step);
        let Some(each) = &row.each else {
            self.builder.given.insert(node.name.clone(), answer.clone());
            return Ok(self.after(node, 0, answer));
        };
        // n8n does all that follows once for each item.
        let next = self.graph.targets(&node.name, 0).to_vec();
        let Some(answer) = answer.filter(|_| !next.is_empty()) else {
            return Ok(Vec::new());
        };
        let ty = match answer.ty.at(&each.list) {
            Some(Type::List(item)) => *item,
            _ => Type::Any,
        };
        let item = Given::new(each.name.clone(), ty);
        self.builder.given.insert(node.name.clone(), Some(item.clone()));
        let next = next.into_iter().map(|name| (name, Some(item.clone()))).collect();
        let body = self.chain(next, stop, depth + 1, true)?;
        steps.push(Step::ForEach {
            items: format!("{{{{ {}.{} }}}}", answer.path, each.list),
            name: each.name.clone(),
            body,
        });
        Ok(Vec::new())
    }

    #[allow(
        clippy::too_many_arguments,
        reason = "where a branch stands is what is handed down"
    )]
    fn branches(
        &mut self,
        node: &Node,
        kind: Kind,
        given: Option<Given>,
        stop: &HashSet<String>,
        depth: usize,
        looping: bool,
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
        let join = self.graph.join(&node.name, stop);
        let mut inner = stop.clone();
        inner.extend(join.clone());
        let mut branches = Vec::new();
        for (output, condition) in conditions.iter().enumerate() {
            let next = self.after(node, output, given.clone());
            let body = self.chain(next, &inner, depth + 1, looping)?;
            branches.push((condition.clone(), body));
        }
        let mut otherwise = Vec::new();
        for output in conditions.len()..outputs {
            let next = self.after(node, output, given.clone());
            otherwise.extend(self.chain(next, &inner, depth + 1, looping)?);
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
    fn condition(&mut self, node: &Node, written: Option<&Value>, given: Option<&Given>) -> Value {
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

fn choose(node: &Node, branches: Vec<(Value, Vec<Step>)>, otherwise: Vec<Step>) -> Step {
    Step::Choose {
        name: shown(&node.name),
        branches,
        otherwise,
    }
}

/// A webhook of one's own, proven by a token.
pub(crate) fn webhook(path: &str) -> Vec<(String, Value)> {
    vec![
        ("webhook".to_owned(), Value::String("custom".to_owned())),
        ("path".to_owned(), Value::String(path.to_owned())),
        ("auth".to_owned(), serde_json::json!({ "token": "import_hook" })),
    ]
}

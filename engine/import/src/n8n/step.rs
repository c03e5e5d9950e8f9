//! A node as steps.

use serde_json::Value;
use souschef_expr::Type;

use super::branch::{Branch, choose};
use super::graph::Node;
use super::{Next, Walk, control};
use crate::Refusal;
use crate::build::{Given, shown};
use crate::condition::not;
use crate::expression;
use crate::table::{Kind, Row};
use crate::value;
use crate::write::Step;

impl Walk<'_> {
    /// Writes a node's steps; gives what comes next.
    pub(super) fn node(
        &mut self,
        node: &Node,
        given: Option<Given>,
        branch: &Branch,
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
            return self.action(node, row, given, branch, steps);
        };
        match kind {
            Kind::If | Kind::Switch => self.branches(node, kind, given, branch, steps),
            Kind::Filter => {
                let condition = self.condition(node, node.parameters.get("conditions"), given.as_ref());
                self.builder.given.insert(node.name.clone(), given.clone());
                let next = self.after(node, 0, given);
                if branch.looping {
                    // Ending the run would end the loop; the rest is done where it holds.
                    let body = self.chain(next, &branch.inner())?;
                    steps.push(choose(node, vec![(condition, body)], Vec::new()));
                    return Ok(Vec::new());
                }
                if steps.is_empty() && branch.depth == 0 && self.builder.recipe.condition.is_none() {
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
                if !branch.looping {
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
        branch: &Branch,
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
        let body = self.chain(next, &branch.inner().in_loop())?;
        steps.push(Step::ForEach {
            items: format!("{{{{ {}.{} }}}}", answer.path, each.list),
            name: each.name.clone(),
            body,
        });
        Ok(Vec::new())
    }
}

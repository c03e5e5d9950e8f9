//! What starts a workflow.

use serde_json::Value;
use souschef_expr::Type;

use super::graph::Node;
use super::{Next, Walk, control};
use crate::build::{Given, shown, slug, webhook};
use crate::table::Kind;

impl Walk<'_> {
    /// Writes the trigger; gives what comes after it.
    pub(super) fn trigger(&mut self) -> Vec<Next> {
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
}

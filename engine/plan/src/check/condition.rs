//! Conditions: names, and whether a comparison can ever make sense.

use std::collections::BTreeMap;

use serde_json::Value;
use souschef_expr::{Condition, ValueExpr};
use souschef_recipe::{Code, Condition as Written, Diagnostic, Node, Operator, Span};

use super::Checker;
use super::names::{Guard, GuardKind, Stage};
use super::values::{inner_text, text_node};

impl Checker<'_> {
    /// The recipe's own `if:`.
    pub(super) fn recipe_condition(&mut self) -> Option<Condition> {
        self.names.stage = Stage::Start;
        let recipe = self.recipe;
        recipe.condition.as_ref().map(|written| self.condition(written))
    }

    /// Compiles a condition and checks its names and comparisons.
    pub(super) fn condition(&mut self, written: &Written) -> Condition {
        match written {
            Written::All(all, _) => {
                self.contradiction(all);
                Condition::All(all.iter().map(|one| self.condition(one)).collect())
            }
            Written::Any(any, _) => Condition::Any(any.iter().map(|one| self.condition(one)).collect()),
            Written::Not(inner, _) => Condition::Not(Box::new(self.condition(inner))),
            Written::Truth(_) | Written::Compare { .. } => match Condition::compile(written, self.source) {
                Ok(compiled) => {
                    self.line(written, &compiled);
                    compiled
                }
                Err(mistakes) => {
                    self.mistakes(mistakes);
                    Condition::All(Vec::new())
                }
            },
        }
    }

    fn line(&mut self, written: &Written, compiled: &Condition) {
        match (written, compiled) {
            (Written::Truth(node), Condition::Truth { value, .. }) => {
                let single =
                    matches!(value, ValueExpr::Template(template) if template.expression().is_some());
                self.names_in(node, value, single);
                if let ValueExpr::Template(template) = value
                    && template.expression().is_none()
                {
                    self.always(node);
                }
                if let ValueExpr::Literal(Value::Bool(false)) = value {
                    self.tell(
                        Diagnostic::new(Code::NEVER_HOLDS, node.span, "this never holds")
                            .label("leave the step out, or put a # before each of its lines"),
                    );
                }
            }
            (Written::Compare { left, right, .. }, Condition::Compare(comparison)) => {
                let left_node = text_node(left, self.source);
                self.names_in(&left_node, &comparison.left, true);
                self.names_in(right, &comparison.right, false);
                let subject = match &comparison.left {
                    ValueExpr::Template(_) if !left.value.contains("{{") => left.value.clone(),
                    _ => inner_text(&left_node),
                };
                let ty = comparison.left.type_of(&|path| self.names.type_at(path));
                if self.itself(&subject, comparison, right)
                    || self.operator_as_value(&subject, &ty, comparison, right)
                {
                    return;
                }
                self.comparison(&subject, &ty, comparison, right);
            }
            _ => {}
        }
    }

    /// `"{{ trigger.value }} > 1000"` is a text, and a text that is not empty holds.
    fn always(&mut self, node: &Node) {
        let text = node.as_text().unwrap_or_default();
        if text.contains("{{#") {
            return;
        }
        let parts = text
            .split_once("}}")
            .and_then(|(left, rest)| Some((left.trim().strip_prefix("{{")?.trim(), rest.trim())));
        const SIGNS: &[(&str, &str)] = &[
            ("===", "is"),
            ("!==", "is_not"),
            ("==", "is"),
            ("!=", "is_not"),
            (">=", "at_least"),
            ("<=", "at_most"),
            (">", "greater_than"),
            ("<", "less_than"),
            ("=", "is"),
            ("contains", "contains"),
            ("is", "is"),
        ];
        let label = parts.and_then(|(left, rest)| {
            let (sign, operator) = SIGNS.iter().find(|(sign, _)| rest.starts_with(sign))?;
            Some(format!(
                "write `if: {{ {left}: {{ {operator}: {} }} }}`",
                rest.strip_prefix(sign)?.trim()
            ))
        });
        let mut diagnostic = Diagnostic::new(
            Code::NEVER_HOLDS,
            node.span,
            "this always holds: it is a text, which is not computed",
        );
        diagnostic.label = label;
        self.tell(diagnostic);
    }

    /// Two lines that can't both hold: the same name, two values.
    fn contradiction(&mut self, all: &[Written]) {
        let mut seen: BTreeMap<&str, (Value, Span)> = BTreeMap::new();
        for line in all {
            let Written::Compare {
                left,
                operator,
                right,
                span,
            } = line
            else {
                continue;
            };
            if operator.value != Operator::Is
                || right
                    .as_text()
                    .is_some_and(|text| text.contains("{{") || text.starts_with("$."))
            {
                continue;
            }
            let value = right.to_json();
            match seen.get(left.value.as_str()) {
                Some((other, first)) if *other != value => {
                    let first = *first;
                    self.tell(
                        Diagnostic::new(
                            Code::NEVER_HOLDS,
                            *span,
                            format!("this never holds: {} can't be both at once", left.value),
                        )
                        .label("for one or the other, write in: with a list")
                        .related(first, "and this should hold too"),
                    );
                }
                Some(_) => {}
                None => {
                    seen.insert(left.value.as_str(), (value, *span));
                }
            }
        }
    }

    /// What must hold while the steps under a condition run.
    pub(super) fn guard(&self, written: &Written, compiled: &Condition) -> Guard {
        let span = span_of(written);
        let text = self.source.text().get(span.range()).unwrap_or_default();
        let mentions = compiled
            .references()
            .into_iter()
            .filter(|(_, one)| one.segments.first().is_some_and(|root| root.name == "steps"))
            .filter_map(|(_, one)| one.segments.get(1).map(|id| id.name.clone()))
            .collect();
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        Guard {
            kind: GuardKind::Condition,
            text,
            span: self.first_line(span),
            mentions,
        }
    }
}

/// The place of a condition.
pub(super) fn span_of(written: &Written) -> Span {
    match written {
        Written::All(_, span)
        | Written::Any(_, span)
        | Written::Not(_, span)
        | Written::Compare { span, .. } => *span,
        Written::Truth(node) => node.span,
    }
}

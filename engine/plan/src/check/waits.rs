//! The values that steps of the language itself take: how long, until when, over what.

use souschef_expr::types::{Format, Text};
use souschef_expr::{Type, ValueExpr, moment::Moment};
use souschef_recipe::{Code, Diagnostic, Node, NodeKind, Spanned, duration, nearest};

use super::Checker;
use super::types::day_for_moment;
use super::values::inner_text;
use super::walk::{bare, kind};

impl Checker<'_> {
    /// The list of a loop, and the type of its items.
    pub(super) fn items(&mut self, items: &Node) -> (ValueExpr, Type) {
        let value = self.value(items);
        self.odd_items(items);
        let ty = value.type_of(&|path| self.names.type_at(path));
        let item = match bare(&ty) {
            Type::List(item) => item.as_ref().clone(),
            Type::OneOf(kinds) => kinds
                .iter()
                .find_map(|kind| match kind {
                    Type::List(item) => Some(item.as_ref().clone()),
                    _ => None,
                })
                .unwrap_or_default(),
            _ => Type::Any,
        };
        let expression = items.as_text().is_some_and(|text| text.contains("{{"));
        if expression && !Type::list().accepts(&ty) {
            self.wrong_type(items, &Type::list(), &ty, "for_each");
        }
        (value, item)
    }

    /// Maps in a list of which one has a key that is nearly one of all the others.
    fn odd_items(&mut self, items: &Node) {
        let NodeKind::List(nodes) = &items.kind else {
            return;
        };
        let keys = |node: &Node| match &node.kind {
            NodeKind::Map(entries) => entries.iter().map(|entry| entry.key.clone()).collect(),
            _ => Vec::new(),
        };
        let all: Vec<Vec<Spanned<String>>> = nodes.iter().map(keys).collect();
        // One message for a list, at the item that stands furthest down.
        for (index, own) in all.iter().enumerate().rev() {
            let mut others = all.iter().enumerate().filter(|(other, _)| *other != index);
            let Some((_, first)) = others.next() else { return };
            let others: Vec<_> = others.map(|(_, keys)| keys).collect();
            let has = |keys: &[Spanned<String>], name: &str| keys.iter().any(|key| key.value == name);
            let lacking = first
                .iter()
                .map(|key| key.value.as_str())
                .filter(|name| others.iter().all(|keys| has(keys, name)) && !has(own, name));
            let lacking: Vec<&str> = lacking.collect();
            for key in own {
                let alone = !has(first, &key.value) && !others.iter().any(|keys| has(keys, &key.value));
                let near = nearest(&key.value, lacking.iter().copied()).filter(|_| alone);
                if let Some(near) = near {
                    let message = format!("this item has \"{}\" where the others have \"{near}\"", key.value);
                    return self
                        .tell(Diagnostic::new(Code::NO_SUCH_PART, key.span, message).did_you_mean(near));
                }
            }
        }
    }

    /// A computed length of time.
    pub(super) fn wait(&mut self, node: &Node) -> ValueExpr {
        let value = self.value(node);
        let ty = value.type_of(&|path| self.names.type_at(path));
        let told = match bare(&ty) {
            Type::Number { .. } => Some(format!(
                "write \"{{{{ {} }}}}d\" for so many days",
                inner_text(node)
            )),
            Type::Text(text) if matches!(text.format, Format::Datetime | Format::Date) => {
                Some("write wait_until: for a moment".to_owned())
            }
            Type::Text(Text { .. }) | Type::Any | Type::OneOf(_) | Type::Null => None,
            _ => Some("write it like 3d, or \"{{ inputs.NAME }}\" with an input of type duration".to_owned()),
        };
        if let (Some(label), true) = (told, node.as_text().is_some()) {
            let got = kind(&ty);
            self.tell(
                Diagnostic::new(
                    Code::EXPRESSION_TYPE,
                    node.span,
                    format!(
                        "wait should be a length of time, like 3d, and {} gives {got}",
                        inner_text(node)
                    ),
                )
                .label(label),
            );
        }
        value
    }

    /// A moment to wait for.
    pub(super) fn until(&mut self, node: &Node) -> ValueExpr {
        let value = self.value(node);
        if let ValueExpr::Literal(literal) = &value {
            for vague in Type::formatted(Format::Datetime).slips(literal) {
                let message = format!("wait_until {}", vague.message);
                let mut diagnostic = Diagnostic::new(Code::INPUT_TYPE, node.span, message);
                diagnostic.label = vague.help;
                self.tell(diagnostic);
            }
            let text = literal.as_str().unwrap_or_default();
            if node.as_text().is_some() && Moment::read_text(text, None).is_err() && !text.is_empty() {
                let diagnostic = Diagnostic::new(
                    Code::INPUT_TYPE,
                    node.span,
                    format!("wait_until should be a date and time, and this is \"{text}\""),
                );
                self.tell(if duration::parse(text).is_ok() {
                    diagnostic.label(format!("write `wait: {text}` for a length of time"))
                } else {
                    diagnostic.label("write it like \"2026-12-01T09:00:00Z\", or \"{{ trigger.startTime }}\"")
                });
            }
            return value;
        }
        let ty = value.type_of(&|path| self.names.type_at(path));
        let moment = Type::formatted(Format::Datetime);
        if matches!(bare(&ty), Type::Boolean | Type::List(_) | Type::Map(_)) || day_for_moment(&moment, &ty) {
            self.wrong_type(node, &moment, &ty, "wait_until");
        }
        value
    }
}

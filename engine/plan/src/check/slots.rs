//! Friendly numbered inputs: `custom_field_1: { key or id, value }`.

use souschef_catalog::Operation;
use souschef_expr::{Type, ValueExpr};
use souschef_recipe::{Code, Diagnostic, Node, NodeKind, Spanned, nearest};

use super::walk::{bare, plain};
use super::{Checker, and};

impl Checker<'_> {
    /// `custom_field_1: { key or id, value }`.
    pub(super) fn slot_value(
        &mut self,
        operation: &Operation,
        name: &Spanned<String>,
        node: &Node,
        value: &ValueExpr,
    ) {
        let Some(slots) = &operation.slots else { return };
        let keys: Vec<&str> = slots.item.keys().map(String::as_str).collect();
        let others: Vec<&str> = keys.iter().copied().filter(|key| *key != "value").collect();
        let form = format!(
            "{{ {}: {}, value: … }}",
            others.last().unwrap_or(&"key"),
            "the_field"
        );
        let tell = |span, message: String| Diagnostic::new(Code::INPUT_TYPE, span, message);
        let NodeKind::Map(entries) = &node.kind else {
            let known_map = match value {
                ValueExpr::Literal(_) => false,
                other => {
                    let got = other.type_of(&|path| self.names.type_at(path));
                    matches!(bare(&got), Type::Any | Type::Map(_))
                }
            };
            if !known_map {
                let span = self.first_line(node.span);
                self.tell(
                    tell(
                        span,
                        format!(
                            "{} should be a map with {} and value",
                            name.value,
                            and(&others, "or")
                        ),
                    )
                    .label(format!("write {form}")),
                );
            }
            return;
        };
        for entry in entries
            .iter()
            .filter(|entry| !keys.contains(&entry.key.value.as_str()))
        {
            let mut diagnostic = tell(
                entry.key.span,
                format!("{} has no \"{}\"", name.value, entry.key.value),
            );
            let meant = nearest(&entry.key.value, keys.iter().copied()).or(match entry.key.value.as_str() {
                "name" | "field" | "fieldKey" | "field_key" => keys.iter().copied().find(|key| *key == "key"),
                "field_value" | "fieldValue" => Some("value"),
                _ => None,
            });
            if let Some(meant) = meant {
                diagnostic = diagnostic.did_you_mean(meant);
            }
            self.tell(diagnostic.note(format!("it has: {}", keys.join(", "))));
        }
        let unknown = entries
            .iter()
            .any(|entry| !keys.contains(&entry.key.value.as_str()));
        let has = |key: &str| entries.iter().any(|entry| entry.key.value == key);
        if !unknown && !others.iter().any(|key| has(key)) {
            self.tell(
                tell(
                    name.span,
                    format!("{} does not say which field it is", name.value),
                )
                .label(format!("write {form}")),
            );
        } else if !unknown && !has("value") {
            self.tell(tell(name.span, format!("{} has no value", name.value)).label(format!("write {form}")));
        }
    }
}

/// Whether a name is one of the operation's numbered inputs: `Some(false)` where the number is out of range.
pub(super) fn slot(operation: &Operation, name: &str) -> Option<bool> {
    let slots = operation.slots.as_ref()?;
    let number: u32 = name.strip_prefix(&slots.prefix)?.parse().ok()?;
    Some((1..=u32::from(slots.count)).contains(&number))
}

/// `customField4` where `custom_field_4` is meant.
pub(super) fn slot_meant(operation: &Operation, name: &str) -> Option<String> {
    let slots = operation.slots.as_ref()?;
    let number: u8 = plain(name).strip_prefix(&plain(&slots.prefix))?.parse().ok()?;
    (1..=slots.count)
        .contains(&number)
        .then(|| format!("{}{number}", slots.prefix))
}

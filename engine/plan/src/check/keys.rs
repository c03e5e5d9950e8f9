//! Keys of maps that may have others than are published: one that is nearly a published one is a likely slip.

use souschef_expr::Type;
use souschef_expr::types::Map;
use souschef_recipe::{Code, Diagnostic, Entry, Node, NodeKind, nearest};

use super::Checker;
use super::walk::bare;

impl Checker<'_> {
    /// Tells keys, at any depth of a value, that are nearly those which its type knows. `what` is what the person calls it.
    pub(super) fn likely_slips(&mut self, node: &Node, ty: &Type, what: &str) {
        match (&node.kind, bare(ty)) {
            (NodeKind::List(items), Type::List(item)) => {
                for (index, node) in items.iter().enumerate() {
                    self.likely_slips(node, item, &format!("{what}.{index}"));
                }
            }
            (NodeKind::Map(entries), Type::Map(map)) => {
                for entry in entries {
                    match map.fields.get(&entry.key.value) {
                        Some(field) => {
                            self.likely_slips(
                                &entry.value,
                                &field.ty,
                                &format!("{what}.{}", entry.key.value),
                            );
                        }
                        None => self.likely_slip(entry, entries, map, what),
                    }
                }
            }
            _ => {}
        }
    }

    fn likely_slip(&mut self, entry: &Entry, entries: &[Entry], map: &Map, what: &str) {
        if !map.open {
            return;
        }
        let name = entry.key.value.as_str();
        let given = |known: &&str| entries.iter().any(|entry| entry.key.value == **known);
        let lacking = map
            .fields
            .keys()
            .map(String::as_str)
            .filter(|known| !given(known));
        if let Some(near) = nearest(name, lacking) {
            self.tell(
                Diagnostic::new(
                    Code::NEARLY_A_KEY,
                    entry.key.span,
                    format!("{what} has no \"{name}\" that is known of"),
                )
                .did_you_mean(near)
                .note(format!(
                    "{what} has: {}",
                    super::listed(map.fields.keys().map(String::as_str))
                )),
            );
        }
    }
}

//! `with:`: the inputs of an operation.

use souschef_catalog::{InputPlace, Operation};
use souschef_expr::ValueExpr;
use souschef_recipe::{Code, Diagnostic, Node, Spanned, nearest};

use super::operation::With;
use super::slots::{slot, slot_meant};
use super::walk::plain;
use super::{Checker, listed};

impl Checker<'_> {
    /// Checks and compiles the inputs of an operation.
    pub(super) fn with(&mut self, call: &With<'_>) -> Vec<(String, ValueExpr)> {
        let operation = call.operation;
        let mut given: Vec<(String, ValueExpr)> = Vec::new();
        // Inputs that were written under a wrong name are not missing too.
        let mut meant: Vec<String> = Vec::new();
        for (name, node) in call.with {
            if let Some(input) = operation.inputs.get(&name.value) {
                let value = self.typed(node, input, &name.value);
                given.push((name.value.clone(), value));
                continue;
            }
            if let Some(good) = slot(operation, &name.value) {
                let value = self.value(node);
                if good {
                    self.slot_value(operation, name, node, &value);
                    given.push((name.value.clone(), value));
                } else {
                    let (prefix, count) = operation
                        .slots
                        .as_ref()
                        .map_or(("", 0), |slots| (slots.prefix.as_str(), slots.count));
                    self.tell(
                        Diagnostic::new(
                            Code::UNKNOWN_INPUT,
                            name.span,
                            format!("{} has no input \"{}\"", operation.id, name.value),
                        )
                        .label(format!("there are {count} of them: {prefix}1 to {prefix}{count}")),
                    );
                }
                continue;
            }
            // What stands in it is still looked at.
            self.value(node);
            meant.extend(self.unknown_input(operation, name, call.with));
        }
        self.missing_inputs(call, &given, &meant);
        given
    }

    /// Tells an input that the operation does not have. Gives the one that was meant, where that is plain.
    fn unknown_input(
        &mut self,
        operation: &Operation,
        name: &Spanned<String>,
        with: &[(Spanned<String>, Node)],
    ) -> Option<String> {
        let known: Vec<&str> = operation.inputs.keys().map(String::as_str).collect();
        let mut diagnostic = Diagnostic::new(
            Code::UNKNOWN_INPUT,
            name.span,
            format!("{} has no input \"{}\"", operation.id, name.value),
        );
        let free = |candidate: &str| !with.iter().any(|(own, _)| own.value == candidate);
        if let Some(slot) = slot_meant(operation, &name.value) {
            self.tell(diagnostic.did_you_mean(slot));
            return None;
        }
        let near = nearest(&name.value, known.iter().copied())
            .or_else(|| synonym(&name.value, &known))
            .or_else(|| self.only_id(operation, &name.value))
            .map(str::to_owned);
        diagnostic = match &near {
            Some(near) if free(near) => diagnostic.did_you_mean(near),
            Some(near) => diagnostic.label(format!("{near} is given already; leave this line out")),
            None => diagnostic,
        };
        let mut inputs = if known.is_empty() {
            "it takes no inputs".to_owned()
        } else {
            format!("inputs: {}", listed(known))
        };
        if let Some(slots) = &operation.slots {
            inputs.push_str(&format!(", {}1 to {}{}", slots.prefix, slots.prefix, slots.count));
        }
        self.tell(diagnostic.note(inputs));
        near.filter(|near| free(near))
    }

    /// `id` where the operation needs just one id.
    fn only_id<'o>(&self, operation: &'o Operation, name: &str) -> Option<&'o str> {
        if name != "id" {
            return None;
        }
        let mut ids = operation
            .inputs
            .iter()
            .filter(|(_, input)| input.place == InputPlace::Path);
        match (ids.next(), ids.next()) {
            (Some((only, _)), None) => Some(only),
            _ => None,
        }
    }
}

/// Names of inputs as people write them elsewhere.
fn synonym<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    const PAIRS: &[(&str, &str)] = &[
        ("text", "body"),
        ("note", "body"),
        ("content", "body"),
        ("message", "body"),
        ("description", "body"),
        ("name", "title"),
        ("subject", "title"),
        ("due", "dueDate"),
        ("due_at", "dueDate"),
        ("deadline", "dueDate"),
        ("done", "completed"),
        ("assignee", "assignedTo"),
        ("owner", "assignedTo"),
        ("user", "userId"),
        ("contact", "contactId"),
        ("tag", "tags"),
        ("mail", "email"),
        ("phoneNumber", "phone"),
        ("message", "message"),
        ("body", "message"),
        ("text", "message"),
        ("zip", "postalCode"),
        ("address", "address1"),
        ("value", "monetaryValue"),
        ("amount", "monetaryValue"),
    ];
    let wanted = plain(name);
    known
        .iter()
        .copied()
        .find(|candidate| plain(candidate) == wanted)
        .or_else(|| {
            PAIRS
                .iter()
                .filter(|(from, _)| plain(from) == wanted)
                .find_map(|(_, to)| known.iter().copied().find(|own| own == to))
        })
}

//! The schema of a recipe: the language's part from its types, the catalog's part from the operations and events.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::catalog;
use super::draft07::draft07;
use super::language::recipe::Recipe;
use super::share::share;
use super::value;
use crate::load::Catalog;
use crate::operation::{Operation, OperationKind};

/// The schema of a recipe, with every operation and event of this catalog.
pub fn recipe(catalog: &Catalog) -> Value {
    let mut root = draft07(schemars::schema_for!(Recipe), "souschef schema recipe");
    if let Some(Value::Object(definitions)) = root.get_mut("definitions") {
        let operations = catalog.operations();
        let reads: Vec<Arc<Operation>> = operations
            .iter()
            .filter(|operation| operation.kind == OperationKind::Trigger)
            .cloned()
            .collect();
        for (name, kind) in value::kinds() {
            definitions.insert(name.to_owned(), kind);
        }
        for operation in &operations {
            let with = catalog::with(operation, false);
            definitions.insert(format!("with.{}", operation.id), with);
        }
        let action = Form {
            name: "action_step",
            key: "action",
            prefix: "",
            poll: false,
            missing: "There is no such operation: choose one from the list (Ctrl+Space)",
        };
        let actions = action.fill(definitions, &operations);
        let poll = Form {
            name: "poll_trigger",
            key: "poll",
            prefix: "poll.",
            poll: true,
            missing: "There is no such read to poll: choose one from the list (Ctrl+Space)",
        };
        let polls = poll.fill(definitions, &reads);
        replace(definitions, "step", "action_step", &actions);
        replace(definitions, "trigger", "poll_trigger", &polls);
        definitions.insert("poll".to_owned(), json!({ "anyOf": polls }));
        events(definitions, catalog);
        share(definitions);
    }
    root
}

/// A form that names an operation and gives its inputs.
struct Form {
    /// Its definition.
    name: &'static str,
    /// The key that names the operation.
    key: &'static str,
    /// What its definitions' names begin with.
    prefix: &'static str,
    /// Whether pages are followed, so that some inputs are not needed.
    poll: bool,
    /// What is said of an operation that is not there.
    missing: &'static str,
}

impl Form {
    /// A definition for each operation; gives the references to them, that for an unknown operation first.
    fn fill(&self, definitions: &mut Map<String, Value>, operations: &[Arc<Operation>]) -> Vec<Value> {
        let keys = self.share(definitions);
        let mut references = vec![reference(self.name)];
        let ids: Vec<&str> = operations.iter().map(|operation| operation.id.as_str()).collect();
        for operation in operations {
            let own = format!("with.{}", operation.id);
            let with = catalog::with(operation, self.poll);
            let with = if definitions.get(&own) == Some(&with) {
                own
            } else {
                let name = format!("with.{}{}", self.prefix, operation.id);
                definitions.insert(name.clone(), with);
                name
            };
            let name = format!("{}{}", self.prefix, operation.id);
            references.push(reference(&name));
            let shorter: Vec<&str> = ids
                .iter()
                .copied()
                .filter(|id| *id != operation.id && operation.id.starts_with(id))
                .collect();
            let form = catalog::form(operation, self.key, &keys, &with, &shorter, self.missing);
            definitions.insert(name, form);
        }
        references
    }

    /// Gives each key that all operations share a definition of its own, and the form a name that no operation has.
    fn share(&self, definitions: &mut Map<String, Value>) -> Map<String, Value> {
        let mut keys = Map::new();
        let Some(Value::Object(mut form)) = definitions.remove(self.name) else {
            return keys;
        };
        if let Some(Value::Object(properties)) = form.get_mut("properties") {
            for (key, schema) in properties.iter_mut() {
                if key == self.key {
                    let help = schema
                        .get("description")
                        .and_then(Value::as_str)
                        .unwrap_or_default();
                    *schema = catalog::unknown(help, self.missing);
                } else if key != "with" {
                    let name = format!("{}.{key}", self.name);
                    definitions.insert(name.clone(), schema.take());
                    *schema = reference(&name);
                    keys.insert(key.clone(), schema.clone());
                }
            }
        }
        // As the operations' forms have it, or they would always seem to fit better.
        form.insert(
            "dependencies".to_owned(),
            json!({ self.key: { "properties": { "with": {} } } }),
        );
        definitions.insert(self.name.to_owned(), Value::Object(form));
        keys
    }
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/definitions/{name}") })
}

/// Puts the catalog's forms in the place of the one that stood for them.
fn replace(definitions: &mut Map<String, Value>, name: &str, form: &str, forms: &[Value]) {
    let Some(Value::Array(all)) = definitions.get_mut(name).and_then(|union| union.get_mut("anyOf")) else {
        return;
    };
    let stood = reference(form);
    if let Some(index) = all.iter().position(|one| *one == stood) {
        all.splice(index..=index, forms.iter().cloned());
    }
}

fn events(definitions: &mut Map<String, Value>, catalog: &Catalog) {
    let missing =
        "There is no such event. Choose one from the list (Ctrl+Space); `custom` takes those of any system";
    let mut forms = vec![catalog::unknown("An event, like ghl.ContactCreate.", missing)];
    forms.extend(catalog.events().iter().map(|event| catalog::event(event)));
    // Offered here, and right only in the form that has its path and auth: the pattern matches no text.
    forms.push(catalog::elsewhere(
        "custom",
        "Any system that can send JSON or a form.",
        "`custom` needs path: and auth:",
    ));
    definitions.insert("event".to_owned(), json!({ "anyOf": forms }));
}

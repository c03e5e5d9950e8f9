//! The catalog: every connector and operation known.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use souschef_expr::types::nearest;

use crate::connector::{Connector, Event};
use crate::error::CatalogError;
use crate::file::{self, ConnectorFile, Mistake};
use crate::operation::{Operation, SandboxHint};

/// A bundled file, as JSON.
struct Bundled {
    name: &'static str,
    connector: &'static str,
    head: bool,
    events: bool,
    hints: bool,
    ids: &'static [&'static str],
    json: &'static str,
}

const BUNDLED: &[Bundled] = include!(concat!(env!("OUT_DIR"), "/bundled.rs"));

/// A bundled file's operations, read when they are first asked for.
static OPERATIONS: [OnceLock<Vec<Arc<Operation>>>; BUNDLED.len()] =
    [const { OnceLock::new() }; BUNDLED.len()];
/// The bundled connectors, by the place of their heads.
static CONNECTORS: [OnceLock<Option<Arc<Connector>>>; BUNDLED.len()] =
    [const { OnceLock::new() }; BUNDLED.len()];

/// Every connector and operation known: the bundled ones and the project's own.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    own: Vec<Arc<Operation>>,
    own_connectors: Vec<Arc<Connector>>,
    own_hints: HashMap<String, SandboxHint>,
}

impl Catalog {
    /// The bundled connectors. Cheap: what is not asked for is not read.
    pub fn bundled() -> Self {
        Self::default()
    }

    /// The bundled ones and these files (name as shown to the user, text). Every mistake is told.
    ///
    /// # Errors
    /// What is wrong with the files.
    pub fn with_files(files: &[(String, String)]) -> Result<Self, Vec<CatalogError>> {
        let mut catalog = Self::default();
        let mut errors = Vec::new();
        for (name, text) in files {
            catalog.add(name, text, &mut errors);
        }
        if errors.is_empty() {
            Ok(catalog)
        } else {
            Err(errors)
        }
    }

    fn add(&mut self, name: &str, text: &str, errors: &mut Vec<CatalogError>) {
        let written: ConnectorFile = match file::read(text) {
            Ok(written) => written,
            Err(fault) => {
                errors.push(CatalogError {
                    code: "SC301",
                    file: name.to_owned(),
                    line: fault.line,
                    column: fault.column,
                    message: fault.message,
                    help: None,
                });
                return;
            }
        };
        let mut tell = |mistake: Mistake| errors.push(place(mistake, name, text));
        let known = self.connector(&written.connector).is_some();
        if written.title.is_some() {
            if known {
                let message = format!("there is a connector {} already", written.connector);
                tell(Mistake {
                    near: vec!["connector".to_owned()],
                    message,
                });
            } else {
                match file::lower_connector(&written, Some(&written)) {
                    Ok(connector) => self.own_connectors.push(Arc::new(connector)),
                    Err(mistake) => tell(mistake),
                }
            }
        } else if !known {
            let message = format!(
                "the connector {} has no head: a file with title: and auth:",
                written.connector
            );
            tell(Mistake {
                near: vec!["connector".to_owned()],
                message,
            });
        }
        let (operations, mistakes) = file::lower_operations(&written);
        mistakes.into_iter().for_each(&mut tell);
        for operation in operations {
            let prefix = format!("{}.", written.connector);
            if self.operation(&operation.id).is_some() {
                let message = format!("there is an operation {} already", operation.id);
                tell(Mistake {
                    near: vec![operation.id.clone()],
                    message,
                });
            } else if written.connector != "ghl" && !operation.id.starts_with(&prefix) {
                let message = format!(
                    "operations of {} have names that begin with {prefix}",
                    written.connector
                );
                tell(Mistake {
                    near: vec![operation.id.clone()],
                    message,
                });
            } else {
                self.own.push(operation);
            }
        }
        self.own_hints.extend(written.sandbox);
    }

    /// An operation by id.
    pub fn operation(&self, id: &str) -> Option<Arc<Operation>> {
        let bundled = BUNDLED.iter().position(|file| file.ids.contains(&id));
        let bundled = bundled.and_then(|index| operations(index).iter().find(|operation| operation.id == id));
        bundled
            .or_else(|| self.own.iter().find(|operation| operation.id == id))
            .cloned()
    }

    /// Every operation, by connector, category and file order.
    pub fn operations(&self) -> Vec<Arc<Operation>> {
        let bundled = (0..BUNDLED.len()).flat_map(operations);
        bundled.cloned().chain(self.own.iter().cloned()).collect()
    }

    /// Every operation id, cheaply.
    pub fn operation_ids(&self) -> Vec<&str> {
        let bundled = BUNDLED.iter().flat_map(|file| file.ids.iter().copied());
        bundled
            .chain(self.own.iter().map(|operation| operation.id.as_str()))
            .collect()
    }

    /// A connector by name.
    pub fn connector(&self, name: &str) -> Option<Arc<Connector>> {
        let bundled = BUNDLED
            .iter()
            .position(|file| file.head && file.connector == name)
            .and_then(connector);
        bundled.or_else(|| {
            self.own_connectors
                .iter()
                .find(|connector| connector.name == name)
                .cloned()
        })
    }

    /// Every connector.
    pub fn connectors(&self) -> Vec<Arc<Connector>> {
        let heads = (0..BUNDLED.len()).filter(|index| BUNDLED.get(*index).is_some_and(|file| file.head));
        heads
            .filter_map(connector)
            .chain(self.own_connectors.iter().cloned())
            .collect()
    }

    /// An event by id: `ghl.ContactCreate`.
    pub fn event(&self, id: &str) -> Option<Arc<Event>> {
        let (connector, name) = id.split_once('.')?;
        self.connector(connector)?.webhooks.events.get(name).cloned()
    }

    /// Every event.
    pub fn events(&self) -> Vec<Arc<Event>> {
        self.connectors()
            .iter()
            .flat_map(|connector| connector.webhooks.events.values().cloned().collect::<Vec<_>>())
            .collect()
    }

    /// How the sandbox plays an operation, where that can't be told from the operation itself.
    pub fn sandbox_hint(&self, id: &str) -> Option<SandboxHint> {
        static HINTS: OnceLock<HashMap<String, SandboxHint>> = OnceLock::new();
        let bundled = HINTS.get_or_init(|| {
            BUNDLED
                .iter()
                .filter(|file| file.hints)
                .filter_map(parsed)
                .flat_map(|file| file.sandbox)
                .collect()
        });
        bundled.get(id).or_else(|| self.own_hints.get(id)).cloned()
    }

    /// The operations that fit these words best (title, id, help, category), best first.
    pub fn search(&self, words: &str) -> Vec<Arc<Operation>> {
        let words: Vec<String> = words.split_whitespace().map(str::to_lowercase).collect();
        let mut found: Vec<(usize, Arc<Operation>)> = self
            .operations()
            .into_iter()
            .filter_map(|operation| {
                let places = [
                    (operation.id.to_lowercase(), 5),
                    (operation.title.to_lowercase(), 4),
                    (operation.help.to_lowercase(), 2),
                    (operation.category.to_lowercase(), 1),
                ];
                let mut score = 0;
                for word in &words {
                    let stem = word
                        .strip_suffix('s')
                        .filter(|stem| stem.len() > 2)
                        .unwrap_or(word);
                    let best = places
                        .iter()
                        .filter(|(text, _)| text.contains(stem))
                        .map(|(_, weight)| *weight)
                        .max();
                    score += best?;
                }
                Some((score, operation))
            })
            .collect();
        // Among equals those of the first connector come first: a sample of another must not hide the real thing.
        let connectors: Vec<String> = self
            .connectors()
            .iter()
            .map(|connector| connector.name.clone())
            .collect();
        let rank = |operation: &Operation| connectors.iter().position(|name| *name == operation.connector);
        found.sort_by_key(|(score, operation)| {
            (std::cmp::Reverse(*score), rank(operation), operation.id.len())
        });
        found.into_iter().map(|(_, operation)| operation).collect()
    }

    /// The known operation id nearest to a wrong one, also by words turned round (`create_contact` → `contacts.create`).
    pub fn nearest(&self, id: &str) -> Option<String> {
        let ids = self.operation_ids();
        if let Some(near) = nearest(id, ids.iter().copied()) {
            return Some(near.to_owned());
        }
        let words: Vec<String> = words_of(id);
        ids.iter()
            .map(|known| {
                let theirs = words_of(known);
                let shared = words.iter().filter(|word| theirs.contains(word)).count();
                (shared, theirs.len().abs_diff(words.len()), *known)
            })
            .filter(|(shared, ..)| *shared > 0 && *shared * 2 >= words.len())
            .max_by_key(|(shared, apart, _)| (*shared, std::cmp::Reverse(*apart)))
            .map(|(.., known)| known.to_owned())
    }
}

/// The words of an id, in the singular, with other tools' words for the same.
fn words_of(id: &str) -> Vec<String> {
    id.to_lowercase()
        .split(['.', '_', '-', ' ', '/'])
        .filter(|word| !word.is_empty() && *word != "ghl")
        .map(|word| match word.strip_suffix("ies") {
            Some(stem) => format!("{stem}y"),
            None => word.strip_suffix('s').unwrap_or(word).to_owned(),
        })
        .map(|word| match word.as_str() {
            "new" | "insert" | "make" => "create".to_owned(),
            "remove" => "delete".to_owned(),
            "edit" | "change" | "modify" => "update".to_owned(),
            "fetch" | "read" => "get".to_owned(),
            _ => word,
        })
        .collect()
}

fn parsed(file: &Bundled) -> Option<ConnectorFile> {
    // A test reads every bundled file, so that none can fail here.
    serde_json::from_str(file.json)
        .inspect_err(|why| debug_assert!(false, "{}: {why}", file.name))
        .ok()
}

fn operations(index: usize) -> &'static Vec<Arc<Operation>> {
    static EMPTY: Vec<Arc<Operation>> = Vec::new();
    let (Some(lock), Some(file)) = (OPERATIONS.get(index), BUNDLED.get(index)) else {
        return &EMPTY;
    };
    lock.get_or_init(|| {
        if file.ids.is_empty() {
            return Vec::new();
        }
        let (operations, mistakes) = parsed(file)
            .map(|file| file::lower_operations(&file))
            .unwrap_or_default();
        let told: Vec<&str> = mistakes.iter().map(|mistake| mistake.message.as_str()).collect();
        debug_assert!(told.is_empty(), "{}: {}", file.name, told.join("; "));
        operations
    })
}

fn connector(index: usize) -> Option<Arc<Connector>> {
    let (lock, file) = (CONNECTORS.get(index)?, BUNDLED.get(index)?);
    lock.get_or_init(|| {
        let head = parsed(file)?;
        let events = BUNDLED
            .iter()
            .find(|other| other.events && other.connector == file.connector)
            .and_then(parsed);
        file::lower_connector(&head, events.as_ref()).ok().map(Arc::new)
    })
    .clone()
}

/// Finds the line of a mistake by the words near it.
fn place(mistake: Mistake, name: &str, text: &str) -> CatalogError {
    let mut at = 0;
    for word in &mistake.near {
        if let Some(offset) = text.get(at..).and_then(|rest| rest.find(word.as_str())) {
            at += offset;
        }
    }
    let head = text.get(..at).unwrap_or_default();
    let line = head.matches('\n').count() + 1;
    let column = at - head.rfind('\n').map_or(0, |newline| newline + 1) + 1;
    CatalogError {
        code: "SC302",
        file: name.to_owned(),
        line,
        column,
        message: mistake.message,
        help: None,
    }
}

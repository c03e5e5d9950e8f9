//! What a connector's API can do, made from the catalog: routes, the part that each plays, and what is known of the things.

use indexmap::IndexMap;
use souschef_catalog::{Catalog, Connector, Operation, PathPart};
use std::sync::Arc;

use crate::kind::Kind;
use crate::part::{self, Part};

/// One connector's API.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) connector: Arc<Connector>,
    parts: Vec<Part>,
    kinds: IndexMap<String, Kind>,
    no_kind: Kind,
}

impl World {
    /// Each connector's, in the catalog's order.
    pub(crate) fn all(catalog: &Catalog) -> Vec<Self> {
        let operations = catalog.operations();
        catalog
            .connectors()
            .into_iter()
            .map(|connector| Self::new(catalog, connector, &operations))
            .collect()
    }

    fn new(catalog: &Catalog, connector: Arc<Connector>, operations: &[Arc<Operation>]) -> Self {
        let own = operations
            .iter()
            .filter(|operation| operation.connector == connector.name);
        let parts: Vec<Part> = own
            .flat_map(|operation| part::parts(catalog, operation))
            .collect();
        let mut kinds: IndexMap<String, Kind> = IndexMap::new();
        for part in &parts {
            kinds.entry(part.collection.clone()).or_default().learn(part);
        }
        Self {
            connector,
            parts,
            kinds,
            no_kind: Kind::default(),
        }
    }

    /// The parts that a request may be: of one route, the most literal that fits. Several operations may share it.
    pub(crate) fn route(&self, method: &str, segments: &[String]) -> Vec<&Part> {
        let mut best: Option<(Vec<bool>, Vec<&Part>)> = None;
        for part in &self.parts {
            let path = &part.call.path;
            if part.call.method.as_str() != method || path.len() != segments.len() {
                continue;
            }
            let fits = path.iter().zip(segments).all(|(step, segment)| match step {
                PathPart::Literal(word) => word == segment,
                PathPart::Input(_) => !segment.is_empty(),
            });
            if !fits {
                continue;
            }
            let shape: Vec<bool> = path
                .iter()
                .map(|step| matches!(step, PathPart::Literal(_)))
                .collect();
            match &mut best {
                Some((known, parts)) if *known == shape => parts.push(part),
                Some((known, _)) if *known > shape => {}
                _ => best = Some((shape, vec![part])),
            }
        }
        best.map(|(_, parts)| parts).unwrap_or_default()
    }

    /// What is known of the things of a collection.
    pub(crate) fn kind(&self, collection: &str) -> &Kind {
        self.kinds.get(collection).unwrap_or(&self.no_kind)
    }

    /// What is wrong with a hint.
    pub(crate) fn broken(&self) -> Option<&str> {
        self.parts.iter().find_map(|part| part.broken.as_deref())
    }

    /// The names of the collections.
    pub(crate) fn collections(&self) -> impl Iterator<Item = &str> {
        self.kinds.keys().map(String::as_str)
    }

    /// The collection of the things that an input named like `contactId` or `contact_id` names.
    pub(crate) fn collection_of(&self, input: &str) -> Option<String> {
        let stem = input.strip_suffix("Id").or_else(|| input.strip_suffix("_id"))?;
        let plurals = [
            format!("{stem}s"),
            format!("{stem}es"),
            format!("{}ies", stem.strip_suffix('y').unwrap_or(stem)),
        ];
        plurals.into_iter().find(|name| self.kinds.contains_key(name))
    }
}

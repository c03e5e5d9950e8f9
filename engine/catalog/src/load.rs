//! The catalog: every connector and operation known.

use std::sync::Arc;

use crate::connector::{Connector, Event};
use crate::error::CatalogError;
use crate::operation::Operation;

/// Every connector and operation known: the bundled ones and the project's own.
#[derive(Clone, Debug)]
pub struct Catalog {}

impl Catalog {
    /// The bundled connectors. Cheap: what is not asked for is not read.
    pub fn bundled() -> Self {
        todo!()
    }

    /// The bundled ones and these files (name as shown to the user, text). Every mistake is told.
    pub fn with_files(_files: &[(String, String)]) -> Result<Self, Vec<CatalogError>> {
        todo!()
    }

    /// An operation by id.
    pub fn operation(&self, _id: &str) -> Option<Arc<Operation>> {
        todo!()
    }

    /// Every operation, by connector, category and file order.
    pub fn operations(&self) -> Vec<Arc<Operation>> {
        todo!()
    }

    /// Every operation id, cheaply.
    pub fn operation_ids(&self) -> Vec<&str> {
        todo!()
    }

    /// A connector by name.
    pub fn connector(&self, _name: &str) -> Option<Arc<Connector>> {
        todo!()
    }

    /// Every connector.
    pub fn connectors(&self) -> Vec<Arc<Connector>> {
        todo!()
    }

    /// An event by id: `ghl.ContactCreate`.
    pub fn event(&self, _id: &str) -> Option<Arc<Event>> {
        todo!()
    }

    /// Every event id.
    pub fn event_ids(&self) -> Vec<String> {
        todo!()
    }

    /// The operations that fit these words best (title, id, help, category), best first.
    pub fn search(&self, _words: &str) -> Vec<Arc<Operation>> {
        todo!()
    }

    /// The known operation id nearest to a wrong one, also by words turned round (`create_contact` → `contacts.create`).
    pub fn nearest(&self, _id: &str) -> Option<String> {
        todo!()
    }
}

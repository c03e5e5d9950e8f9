//! An account, opened.

use std::collections::BTreeMap;
use std::sync::Arc;

use souschef_catalog::Connector;
use url::Url;

use crate::token::Token;

/// An account that calls can be made for.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Its name in the project.
    pub name: String,
    /// The connector.
    pub connector: Arc<Connector>,
    /// The API's address.
    pub base_url: Url,
    /// The token; none where the connector needs none.
    pub token: Option<Token>,
    /// Filled into `locationId` where left out.
    pub location_id: Option<String>,
    /// Filled into `companyId` where left out.
    pub company_id: Option<String>,
    /// Other paths for operations, by operation id (`/crm/v2/tasks/{id}`).
    pub paths: BTreeMap<String, String>,
}

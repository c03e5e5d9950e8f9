//! stub
use crate::load::Catalog;
use serde_json::Value;
/// stub
pub fn recipe(_catalog: &Catalog) -> Value {
    Value::Null
}

//! Reading lists: items out of answers, page after page. The parts that need no socket are functions.

use serde_json::{Map, Value};
use souschef_catalog::Paging;

/// The items that a JSONPath finds in an answer; lenient about one more or one fewer wrapper.
pub fn items(_answer: &Value, _path: &str) -> Vec<Value> {
    todo!()
}

/// A dotted path's value in an item, as text for use as a key.
pub fn key(_item: &Value, _path: &str) -> Option<String> {
    todo!()
}

/// The inputs of the first page: `size` filled in where the recipe gives none.
pub fn first_page(_paging: &Paging, _inputs: &Map<String, Value>) -> Map<String, Value> {
    todo!()
}

/// The inputs of the next page, or none where this was the last.
pub fn next_page(
    _paging: &Paging,
    _inputs: &Map<String, Value>,
    _answer: &Value,
    _items: &[Value],
) -> Option<Map<String, Value>> {
    todo!()
}

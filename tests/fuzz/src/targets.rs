//! What takes hostile input, and what must be true of each whatever it is given.

mod expression;
mod files;
pub mod place;
mod recipe;
mod request;

use crate::Target;

/// Every target.
pub const TARGETS: &[Target] = &[
    recipe::RECIPE,
    place::PLACE,
    expression::TEMPLATE,
    expression::JSONPATH,
    expression::CONDITION,
    files::PROJECT,
    files::CONNECTOR,
    files::RECIPE_TEST,
    request::REQUEST,
];

/// A message without what differs from input to input, so that it tells one way from another.
fn way(message: &str) -> String {
    message
        .split_whitespace()
        .filter(|word| word.chars().all(|c| c.is_ascii_lowercase()))
        .take(6)
        .collect::<Vec<_>>()
        .join(" ")
}

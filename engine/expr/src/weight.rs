//! How much a value weighs: about the bytes that it takes in memory. What an evaluation makes is held against a limit, since a few
//! short lines that each list the one before them twenty times would fill any memory.

use serde_json::Value;

use crate::error::EvalError;
use crate::limits;

/// What any value takes.
const ONE: usize = 32;

/// What one evaluation may still make.
#[derive(Clone, Debug)]
pub(crate) struct Budget {
    left: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { left: limits::WORK }
    }
}

impl Budget {
    /// Takes a value's weight off.
    ///
    /// # Errors
    /// Nothing is left.
    pub(crate) fn take(&mut self, value: &Value) -> Result<(), EvalError> {
        match self.left.checked_sub(up_to(value, self.left)) {
            Some(left) if left > 0 => {
                self.left = left;
                Ok(())
            }
            _ => {
                self.left = 0;
                let message = format!(
                    "the values that it is made of come to more than {} MB",
                    limits::WORK >> 20
                );
                Err(EvalError::new("SC405", message).help("take a part of the list, with slice or where"))
            }
        }
    }
}

/// A value's weight, counted no further than `most`.
fn up_to(value: &Value, most: usize) -> usize {
    let mut weight: usize = match value {
        Value::String(text) => text.len() + ONE,
        _ => ONE,
    };
    match value {
        Value::Array(items) => {
            for item in items {
                if weight >= most {
                    break;
                }
                weight += up_to(item, most - weight);
            }
        }
        Value::Object(fields) => {
            for (name, item) in fields {
                if weight >= most {
                    break;
                }
                weight += name.len() + ONE;
                weight += up_to(item, most.saturating_sub(weight));
            }
        }
        _ => {}
    }
    weight
}

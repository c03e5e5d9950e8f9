//! Expressions over JSON values: templates, JSONPath, conditions and conversions.
//!
//! Everything here is compiled once, from text with limits ([`limits`]), and evaluated on a [`Scope`] to a JSON value.
//! It must never do I/O, read a clock (now is a value in the scope), parse its own output again, or give an empty
//! string for a name that does not exist.

pub mod condition;
pub mod convert;
pub mod error;
pub mod helpers;
pub mod jsonpath;
pub mod limits;
pub mod mapping;
pub mod moment;
pub mod scope;
pub mod template;
pub mod transform;
pub mod types;
pub mod value;
mod weight;

pub use condition::Condition;
pub use error::{EvalError, ExprError};
pub use mapping::Mapping;
pub use scope::Scope;
pub use souschef_recipe::duration::parse as parse_duration;
pub use template::{InnerRead, Reference, Segment, Template};
pub use types::Type;
pub use value::ValueExpr;

//! Conversions to the kinds that a person can ask for.

use serde_json::Value;
use souschef_recipe::ValueKind;

use crate::error::EvalError;

/// Settings of a conversion.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// ISO region for phones without a country code.
    pub region: Option<String>,
    /// IANA zone for dates and times without an offset; UTC where absent.
    pub time_zone: Option<String>,
}

/// Makes a value into a kind: phone gives E.164, datetime ISO 8601 with offset, date `YYYY-MM-DD`, duration its written
/// form (`2d`), list wraps a single value. Null stays null.
pub fn convert(_value: &Value, _kind: ValueKind, _options: &Options) -> Result<Value, EvalError> {
    todo!()
}

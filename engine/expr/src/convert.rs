//! Conversions to the kinds that a person can ask for.

use rlibphonenumber::enums::Region;
use rlibphonenumber::{PHONE_NUMBER_UTIL, ParseError, PhoneNumber, PhoneNumberFormat};
use serde_json::Value;
use souschef_recipe::ValueKind;

use crate::error::{EvalError, glimpse};
use crate::helpers::{text_of, to_number};
use crate::moment::Moment;

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
///
/// # Errors
/// The value's kind, and why it can't be.
pub fn convert(value: &Value, kind: ValueKind, options: &Options) -> Result<Value, EvalError> {
    if value.is_null() {
        return Ok(Value::Null);
    }
    let zone = options.time_zone.as_deref();
    let words = matches!(kind, ValueKind::Any | ValueKind::Text | ValueKind::List);
    let made: Result<Value, String> = match kind {
        _ if !words && value.as_str().is_some_and(|text| text.trim().is_empty()) => {
            Err("it is empty; give the field a default:".to_owned())
        }
        ValueKind::Any => Ok(value.clone()),
        ValueKind::Text => text_of(value).map(Value::from),
        ValueKind::Number => number(value).and_then(to_number),
        ValueKind::Integer => number(value).and_then(|number| {
            if number.fract() == 0.0 {
                to_number(number)
            } else {
                Err(format!("{number} is no whole number"))
            }
        }),
        ValueKind::Boolean => boolean(value).map(Value::from),
        ValueKind::Date => Moment::read(value, zone).map(|moment| moment.day().into()),
        ValueKind::Datetime => Moment::read(value, zone).map(|moment| moment.to_text().into()),
        ValueKind::Phone => text_of(value)
            .and_then(|text| phone(&text, options.region.as_deref()))
            .map(Value::from),
        ValueKind::Email => text_of(value).and_then(|text| email(&text)).map(Value::from),
        ValueKind::List => Ok(match value {
            Value::Array(_) => value.clone(),
            other => Value::Array(vec![other.clone()]),
        }),
        ValueKind::Duration => text_of(value).and_then(|text| {
            let length = souschef_recipe::duration::parse(&text).map_err(|why| why.to_string())?;
            Ok(souschef_recipe::duration::format(length).into())
        }),
    };
    made.map_err(|why| {
        EvalError::new(
            "SC403",
            format!("{} can't be made into {}: {why}", glimpse(value), noun(kind)),
        )
    })
}

fn noun(kind: ValueKind) -> &'static str {
    match kind {
        ValueKind::Any => "anything",
        ValueKind::Text => "text",
        ValueKind::Number => "a number",
        ValueKind::Integer => "a whole number",
        ValueKind::Boolean => "true or false",
        ValueKind::Date => "a date",
        ValueKind::Datetime => "a date and time",
        ValueKind::Phone => "a phone number",
        ValueKind::Email => "an e-mail address",
        ValueKind::List => "a list",
        ValueKind::Duration => "a length of time",
    }
}

/// A number; text may have commas at its thousands, and nothing else.
fn number(value: &Value) -> Result<f64, String> {
    let Value::String(text) = value else {
        return crate::helpers::number_of(value);
    };
    let text = text.trim();
    let plain = match text.split_once(',') {
        None => text.to_owned(),
        Some(_) => {
            let whole = text.split('.').next().unwrap_or_default();
            let groups: Vec<&str> = whole.trim_start_matches('-').split(',').collect();
            let good = groups.first().is_some_and(|first| (1..=3).contains(&first.len()))
                && groups.iter().skip(1).all(|group| group.len() == 3);
            if !good {
                return Err("the comma could be a decimal point or stand at the thousands".to_owned());
            }
            text.replace(',', "")
        }
    };
    plain
        .parse::<f64>()
        .ok()
        .filter(|number| number.is_finite())
        .ok_or_else(|| "it holds more than a number".to_owned())
}

/// true for true, yes, on and 1; false for false, no, off and 0.
pub(crate) fn boolean(value: &Value) -> Result<bool, String> {
    match value {
        Value::Bool(truth) => Ok(*truth),
        Value::Number(number) if number.as_f64() == Some(1.0) => Ok(true),
        Value::Number(number) if number.as_f64() == Some(0.0) => Ok(false),
        Value::String(text) => match text.trim().to_lowercase().as_str() {
            "true" | "yes" | "on" | "1" => Ok(true),
            "false" | "no" | "off" | "0" => Ok(false),
            _ => Err("it is none of true, false, yes, no, on, off, 1, 0".to_owned()),
        },
        _ => Err("it is none of true, false, yes, no, on, off, 1, 0".to_owned()),
    }
}

/// E.164 of a phone number; the region is that of numbers without a country code.
pub(crate) fn phone(text: &str, region: Option<&str>) -> Result<String, String> {
    let number = parse_phone(text, region)?;
    if !number.is_valid() {
        return Err("no such phone number can exist".to_owned());
    }
    Ok(number.format_as(PhoneNumberFormat::E164).to_string())
}

fn parse_phone(text: &str, region: Option<&str>) -> Result<PhoneNumber, String> {
    let text = text.trim();
    if text.len() > 40 {
        return Err("it is longer than a phone number".to_owned());
    }
    let region = match region {
        Some(region) => Some(
            region
                .parse::<Region>()
                .ok()
                .filter(|known| PHONE_NUMBER_UTIL.get_country_code_for_region(*known).is_some())
                .ok_or_else(|| format!("{region} is no region; regions look like US or GB"))?,
        ),
        None => None,
    };
    if region.is_none() && !text.starts_with('+') {
        return Err("it has no country code; give the mapping a region: such as US".to_owned());
    }
    PHONE_NUMBER_UTIL.parse(text, region).map_err(|why| {
        match why {
            ParseError::NotANumber(_) => "there is no number in it",
            ParseError::InvalidCountryCode => "no country has its country code",
            ParseError::TooLongNsn => "it is too long",
            ParseError::TooShortAfterIdd | ParseError::TooShortNsn => "it is too short",
        }
        .to_owned()
    })
}

/// Why a text that a person wrote is no phone number. One without a country code may be one: an API reads it by the
/// account's country. Numbers that are made up for trials (+1 555 …) are taken.
pub(crate) fn no_phone(text: &str) -> Option<String> {
    if text.trim_start().starts_with('+') {
        return match parse_phone(text, None) {
            Ok(number) if number.is_possible_with_reason().is_ok() => None,
            Ok(_) => Some("its country has no numbers of that length".to_owned()),
            Err(why) => Some(why),
        };
    }
    match text.chars().filter(char::is_ascii_digit).count() {
        0 => Some("there is no number in it".to_owned()),
        1 | 2 => Some("it is too short".to_owned()),
        _ => None,
    }
}

/// A plausible address: something@something.something, without spaces.
pub(crate) fn email(text: &str) -> Result<String, String> {
    let text = text.trim();
    let Some((name, host)) = text.split_once('@') else {
        return Err("there is no @ in it".to_owned());
    };
    if host.contains('@') || text.contains([',', ';']) {
        return Err("it holds more than one address".to_owned());
    }
    let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"');
    if let Some(odd) = text.chars().find(|c| odd(*c)) {
        let what = if odd.is_whitespace() { "a space" } else { "a sign" };
        return Err(format!("{what} in it belongs to no address"));
    }
    if name.is_empty() || name.len() > 64 {
        return Err("what stands before the @ is no name".to_owned());
    }
    let labels: Vec<&str> = host.split('.').collect();
    if labels.len() < 2 || labels.iter().any(|label| label.is_empty()) || host.len() > 255 {
        return Err("what stands after the @ is no domain".to_owned());
    }
    Ok(text.to_owned())
}

//! Helpers for text.

use serde_json::{Value, json};

use super::{Helper, Returns, text_of};
use crate::limits;

macro_rules! helper {
    ($name:literal, $signature:literal, $help:literal, [$($example:expr => $gives:expr),*], $least:literal..=$most:literal, $returns:ident, $run:expr) => {
        Helper {
            name: $name, group: "text", signature: $signature, help: $help, examples: &[$(($example, $gives)),*],
            least: $least, most: $most, options: &[], absent_ok: false, returns: Returns::$returns, run: $run,
        }
    };
}

pub(super) const HELPERS: &[Helper] = &[
    helper!("upper", "upper TEXT", "The text in capital letters.", ["{{ upper \"ana\" }}" => "\"ANA\""], 1..=1, Text, |a| Ok(a.text(0)?.to_uppercase().into())),
    helper!("lower", "lower TEXT", "The text in small letters.", ["{{ lower \"ANA\" }}" => "\"ana\""], 1..=1, Text, |a| Ok(a.text(0)?.to_lowercase().into())),
    helper!("title", "title TEXT", "The text with each word begun by a capital letter.", ["{{ title \"ana ruiz\" }}" => "\"Ana Ruiz\""], 1..=1, Text, |a| Ok(title(&a.text(0)?).into())),
    helper!("capitalize", "capitalize TEXT", "The text with its first letter a capital.", ["{{ capitalize \"call back\" }}" => "\"Call back\""], 1..=1, Text, |a| Ok(capitalize(&a.text(0)?).into())),
    helper!("trim", "trim TEXT", "The text without the spaces around it.", ["{{ trim \"  ana \" }}" => "\"ana\""], 1..=1, Text, |a| Ok(a.text(0)?.trim().into())),
    helper!("replace", "replace TEXT OLD NEW", "The text with every OLD replaced by NEW.", ["{{ replace \"a-b-c\" \"-\" \" \" }}" => "\"a b c\""], 3..=3, Text, |a| {
        let (text, old, new) = (a.text(0)?, a.text(1)?, a.text(2)?);
        if old.is_empty() {
            return Err("OLD is empty".to_owned());
        }
        if text.matches(&old).count().saturating_mul(new.len()) > limits::OUTPUT {
            return Err("the result would be too long".to_owned());
        }
        Ok(text.replace(&old, &new).into())
    }),
    helper!("truncate", "truncate TEXT COUNT", "The text cut to so many characters, with … where it was cut.", ["{{ truncate \"Welcome aboard\" 8 }}" => "\"Welcome…\""], 2..=2, Text, |a| {
        let (text, most) = (a.text(0)?, a.count(1)?);
        if text.chars().count() <= most {
            return Ok(text.into());
        }
        let mut cut: String = text.chars().take(most.saturating_sub(1)).collect();
        cut.push('…');
        Ok(cut.into())
    }),
    helper!("split", "split TEXT [SEPARATOR]", "The text as a list; at commas unless told otherwise.", ["{{ split \"a, b\" }}" => "[\"a\",\"b\"]", "{{ split \"a;b\" \";\" }}" => "[\"a\",\"b\"]"], 1..=2, List, |a| {
        let separator = if a.given(1).is_some() { a.text(1)? } else { ",".to_owned() };
        Ok(split(&a.text(0)?, &separator))
    }),
    helper!("concat", "concat VALUE …", "The values one after the other, as one text.", ["{{ concat \"Ana\" \" \" \"Ruiz\" }}" => "\"Ana Ruiz\""], 1..=20, Text, |a| {
        a.values.iter().map(text_of).collect::<Result<String, _>>().map(Value::from)
    }),
    helper!("contains", "contains TEXT PART", "Whether the text holds the part, or the list the item.", ["{{ contains \"Ana Ruiz\" \"Ruiz\" }}" => "true"], 2..=2, Boolean, |a| match a.value(0) {
        Value::Array(items) => Ok(items.iter().any(|item| crate::condition::equal(item, a.value(1))).into()),
        _ => Ok(a.text(0)?.contains(&a.text(1)?).into()),
    }),
    helper!("starts_with", "starts_with TEXT PART", "Whether the text begins with the part.", ["{{ starts_with \"+12025550143\" \"+1\" }}" => "true"], 2..=2, Boolean, |a| Ok(a.text(0)?.starts_with(&a.text(1)?).into())),
    helper!("ends_with", "ends_with TEXT PART", "Whether the text ends with the part.", ["{{ ends_with \"ana@example.com\" \".com\" }}" => "true"], 2..=2, Boolean, |a| Ok(a.text(0)?.ends_with(&a.text(1)?).into())),
    helper!("pad_left", "pad_left TEXT COUNT [FILL]", "The text filled up on its left to so many characters.", ["{{ pad_left 7 3 \"0\" }}" => "\"007\""], 2..=3, Text, |a| {
        let (text, most) = (a.text(0)?, a.count(1)?);
        let fill = if a.given(2).is_some() { a.text(2)? } else { " ".to_owned() };
        if most > 1_000 {
            return Err("a text can be filled up to 1000 characters".to_owned());
        }
        let missing = most.saturating_sub(text.chars().count());
        Ok((fill.chars().cycle().take(missing).collect::<String>() + &text).into())
    }),
    helper!("digits", "digits TEXT", "Only the digits of the text.", ["{{ digits \"(202) 555-0143\" }}" => "\"2025550143\""], 1..=1, Text, |a| Ok(a.text(0)?.chars().filter(char::is_ascii_digit).collect::<String>().into())),
    helper!("first_word", "first_word TEXT", "The text's first word.", ["{{ first_word \"Ana Maria Ruiz\" }}" => "\"Ana\""], 1..=1, Text, |a| Ok(a.text(0)?.split_whitespace().next().unwrap_or_default().into())),
    helper!("last_word", "last_word TEXT", "The text's last word.", ["{{ last_word \"Ana Maria Ruiz\" }}" => "\"Ruiz\""], 1..=1, Text, |a| Ok(a.text(0)?.split_whitespace().next_back().unwrap_or_default().into())),
    helper!("slug", "slug TEXT", "The text in small letters with - between words, for addresses.", ["{{ slug \"Summer Sale 2026!\" }}" => "\"summer-sale-2026\""], 1..=1, Text, |a| {
        let text = a.text(0)?.to_lowercase();
        Ok(text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-").into())
    }),
    helper!("word_count", "word_count TEXT", "How many words the text has.", ["{{ word_count \"call me back\" }}" => "3"], 1..=1, Integer, |a| Ok(a.text(0)?.split_whitespace().count().into())),
    helper!("phone", "phone TEXT [REGION]", "The phone number in E.164; the region is that of numbers without a country code.", ["{{ phone \"(202) 555-0143\" \"US\" }}" => "\"+12025550143\""], 1..=2, Text, |a| {
        let region = if a.given(1).is_some() { Some(a.text(1)?) } else { None };
        crate::convert::phone(&a.text(0)?, region.as_deref()).map(Value::from)
    }),
    helper!("json", "json VALUE", "The value written as JSON text.", ["{{ json (split \"a,b\") }}" => "\"[\\\"a\\\",\\\"b\\\"]\""], 1..=1, Text, |a| Ok(a.value(0).to_string().into())),
    helper!("text", "text VALUE", "The number, or true or false, as text.", ["{{ text 42 }}" => "\"42\""], 1..=1, Text, |a| Ok(a.text(0)?.into())),
];

/// A text as a list: parts without the spaces around them; an empty text is an empty list.
pub(crate) fn split(text: &str, separator: &str) -> Value {
    if text.trim().is_empty() {
        return json!([]);
    }
    let parts: Vec<&str> = if separator.is_empty() {
        vec![text]
    } else {
        text.split(separator).map(str::trim).collect()
    };
    json!(parts)
}

/// Each word begun by a capital letter.
pub(crate) fn title(text: &str) -> String {
    text.split(' ')
        .map(|word| capitalize(&word.to_lowercase()))
        .collect::<Vec<_>>()
        .join(" ")
}

fn capitalize(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

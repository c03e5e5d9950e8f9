//! What an unquoted scalar is, by the core schema of YAML 1.2.2 (section 10.3.2), with three things kept as text that a
//! person would lose otherwise: a leading zero, a leading plus, and digits beyond 64 bits.

use super::{NodeKind, Style};
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::span::Span;

/// What an unquoted scalar is, and what a person should know of it.
pub(super) fn plain(text: &str) -> (NodeKind, Option<Surprise>) {
    let kept = |surprise| (NodeKind::Text(text.to_owned(), Style::Plain), Some(surprise));
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return (NodeKind::Null, None),
        "true" | "True" | "TRUE" => return (NodeKind::Bool(true), None),
        "false" | "False" | "FALSE" => return (NodeKind::Bool(false), None),
        _ => {}
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if in_curly_quotes(text) {
        return kept(Surprise::CurlyQuotes);
    }
    if digits.is_empty() || !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return (NodeKind::Text(text.to_owned(), Style::Plain), None);
    }
    if digits.bytes().all(|byte| byte.is_ascii_digit()) {
        if text.starts_with('+') {
            return kept(Surprise::LeadingPlus);
        }
        if digits.len() > 1 && digits.starts_with('0') {
            return kept(Surprise::LeadingZero);
        }
        return match text.parse() {
            Ok(number) => (NodeKind::Int(number), None),
            Err(_) => kept(Surprise::TooLong),
        };
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        if let Some(number) = text
            .strip_prefix(prefix)
            .and_then(|rest| i64::from_str_radix(rest, radix).ok())
        {
            return (NodeKind::Int(number), Some(Surprise::OtherBase(number)));
        }
    }
    if is_float(digits)
        && let Ok(number) = text.parse::<f64>()
        && number.is_finite()
    {
        let surprise = (!digits.contains('.')).then_some(Surprise::Exponent(number));
        return (NodeKind::Float(number), surprise);
    }
    (NodeKind::Text(text.to_owned(), Style::Plain), None)
}

/// What a person who wrote an unquoted value should know.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Surprise {
    /// `+12025550100`.
    LeadingPlus,
    /// `0123`.
    LeadingZero,
    /// More digits than a number can have.
    TooLong,
    /// `0x1F`, `0o17`.
    OtherBase(i64),
    /// `12e5`.
    Exponent(f64),
    /// `“Hello”`.
    CurlyQuotes,
}

/// `[0-9]+(\.[0-9]*)?([eE][-+]?[0-9]+)?` or `\.[0-9]+…`.
fn is_float(text: &str) -> bool {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (
            mantissa,
            Some(exponent.strip_prefix(['-', '+']).unwrap_or(exponent)),
        ),
        None => (text, None),
    };
    let number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let whole = match mantissa.split_once('.') {
        Some((whole, rest)) => {
            (whole.is_empty() && number(rest)) || (number(whole) && (rest.is_empty() || number(rest)))
        }
        None => number(mantissa),
    };
    whole && exponent.is_none_or(number)
}

/// What is said of it.
pub(super) fn warning(surprise: Surprise, span: Span, text: &str) -> Diagnostic {
    let written = text.get(span.range()).unwrap_or_default();
    let better = written.trim_matches(CURLY);
    let message = match surprise {
        Surprise::LeadingPlus => format!("{written} has no quotes; many YAML readers drop its plus sign"),
        Surprise::LeadingZero => format!("{written} has no quotes; many YAML readers drop its leading zero"),
        Surprise::TooLong => format!("{written} is too long for a number, so it is taken as text"),
        Surprise::OtherBase(number) => format!("{written} without quotes is the number {number}"),
        Surprise::Exponent(number) => format!("{written} without quotes is the number {number}"),
        Surprise::CurlyQuotes => "these curly quotes are part of the text".to_owned(),
    };
    let code = match surprise {
        Surprise::CurlyQuotes => Code::CURLY_QUOTES,
        _ => Code::UNQUOTED_NUMBER,
    };
    Diagnostic::new(code, span, message).label(format!("write \"{better}\", with the quotes"))
}

const CURLY: [char; 8] = [
    '\u{201c}', '\u{201d}', '\u{201e}', '\u{201f}', '\u{2018}', '\u{2019}', '\u{201a}', '\u{201b}',
];

/// Quotes that a word processor put where a program wants straight ones.
fn in_curly_quotes(text: &str) -> bool {
    text.chars().count() > 2 && text.starts_with(CURLY) && text.ends_with(CURLY)
}

//! What stands in quotes after a helper: lengths of time, patterns of dates and time zones, which would fail, or mean another thing,
//! only when the run comes to them.

use souschef_expr::Template;
use souschef_expr::template::tree::{Call, Expr};
use souschef_expr::value::range_in;
use souschef_recipe::{Code, Diagnostic, Fix, Node, Span, Spanned, duration};

use super::Checker;

/// Helpers that move a moment one way, and the one that moves it the other way.
const OPPOSITES: &[(&str, &str)] = &[("date_add", "date_sub"), ("date_sub", "date_add")];

/// Parts of the patterns that other tools write, longest first, and ours. Only those that stand for a part of a date
/// even when they are alone.
const TOKENS: &[(&str, &str)] = &[
    ("YYYY", "%Y"),
    ("yyyy", "%Y"),
    ("dddd", "%A"),
    ("EEEE", "%A"),
    ("MMMM", "%B"),
    ("ddd", "%a"),
    ("EEE", "%a"),
    ("MMM", "%b"),
    ("YY", "%y"),
    ("yy", "%y"),
    ("MM", "%m"),
    ("DD", "%d"),
    ("dd", "%d"),
    ("HH", "%H"),
    ("hh", "%I"),
    ("mm", "%M"),
    ("ss", "%S"),
    ("D", "%-d"),
    ("M", "%-m"),
    ("H", "%-H"),
    ("A", "%p"),
];

impl Checker<'_> {
    /// Checks the literal arguments of the helpers of a text by what their signatures call them.
    pub(super) fn literals(&mut self, node: &Node, template: &Template, shift: usize) {
        for call in template.calls() {
            let words = call.helper.signature.split_whitespace().skip(1);
            let zone = call
                .options
                .iter()
                .filter(|(name, _)| name == "zone")
                .map(|(_, value)| ("ZONE", value));
            for (word, argument) in words.zip(&call.arguments).chain(zone) {
                let Expr::Literal(value, range) = argument else {
                    continue;
                };
                let place = range.start.saturating_sub(shift)..range.end.saturating_sub(shift);
                let span = range_in(self.source, node, &place);
                let told = match (word, value.as_str()) {
                    ("DURATION", Some(text)) => {
                        let written = node.as_text().and_then(|text| {
                            let (start, end) = (
                                call.range.end.checked_sub(shift)?,
                                range.start.checked_sub(shift)?,
                            );
                            text.get(start..end)
                        });
                        length(call, text, span, written.unwrap_or(" … '"))
                    }
                    ("DURATION", None) => length(call, &value.to_string(), span, ""),
                    ("PATTERN", Some(text)) => pattern(text, span),
                    ("ZONE", Some(text)) => {
                        self.time_zone(&Spanned::new(text.to_owned(), span));
                        None
                    }
                    _ => None,
                };
                if let Some(told) = told {
                    self.tell(told);
                }
            }
        }
    }
}

/// What is wrong with a length of time. `between` is what stands between it and the helper's name.
fn length(call: &Call, text: &str, span: Span, between: &str) -> Option<Diagnostic> {
    let why = duration::parse(text).err()?;
    let helper = call.helper.name;
    let bare = text.trim().trim_start_matches(['-', '+']).trim();
    let other = OPPOSITES.iter().find(|(own, _)| *own == helper);
    let diagnostic = |message: String| Diagnostic::new(Code::HELPER_ARGUMENTS, span, message);
    if let (Some((_, other)), true) = (
        other.filter(|_| text.trim().starts_with('-')),
        duration::parse(bare).is_ok(),
    ) {
        let message = format!("a length of time has no sign, and this is \"{text}\"");
        let quote = between.chars().next_back().unwrap_or('\'');
        return Some(diagnostic(message).label(format!("write {other}{between}{bare}{quote}")));
    }
    let told = diagnostic(format!("\"{text}\" is no length of time for {helper}: {why}"));
    Some(match duration::meant(bare) {
        Some(meant) => told.did_you_mean(meant),
        None => told.label("write it like '30s', '5m', '2h', '3d' or '1h30m'"),
    })
}

/// A pattern of a date in which nothing stands for a part of the date.
fn pattern(text: &str, span: Span) -> Option<Diagnostic> {
    if text.contains('%') {
        return None;
    }
    let message = format!("\"{text}\" is no pattern of a date: no part of it is marked with %");
    let diagnostic = Diagnostic::new(Code::HELPER_ARGUMENTS, span, message);
    Some(match in_our_marks(text) {
        Some(right) => {
            let mut diagnostic = diagnostic.label(format!("write '{right}'"));
            diagnostic.fix = Some(Fix::new(span, right));
            diagnostic
        }
        None => diagnostic.label("write it like '%d.%m.%Y' or '%H:%M'"),
    })
}

/// A pattern of another tool in ours, where all of its letters are tokens.
fn in_our_marks(text: &str) -> Option<String> {
    let mut right = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if let Some((token, mark)) = TOKENS.iter().find(|(token, _)| rest.starts_with(token)) {
            // In `dd/mm/yyyy`, mm is the month; beside an hour it is the minutes.
            let of_day = *token == "mm" && !text.contains(['H', 'h']);
            right.push_str(if of_day { "%m" } else { mark });
            rest = rest.get(token.len()..).unwrap_or_default();
        } else if first.is_alphabetic() {
            return None;
        } else {
            right.push(first);
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
        }
    }
    right.contains('%').then_some(right)
}

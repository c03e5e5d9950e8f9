//! Quotes where they are needed, and then double ones.

use crate::tree::{Node, NodeKind, Style};

/// How a text is better written, where it is.
pub(super) fn better(node: &Node, written: &str, in_flow: bool, list_needs: bool) -> Option<String> {
    let NodeKind::Text(text, style) = &node.kind else {
        return None;
    };
    // Escapes were written on purpose.
    let escaped = *style == Style::DoubleQuoted && written.contains('\\');
    if written.contains('\n') || escaped {
        return None;
    }
    match style {
        Style::SingleQuoted | Style::DoubleQuoted if !written.starts_with(['"', '\'']) => None,
        Style::SingleQuoted | Style::DoubleQuoted if bare(text, in_flow) && !list_needs => Some(text.clone()),
        Style::SingleQuoted if !text.contains(['"', '\\']) => Some(format!("\"{text}\"")),
        Style::Plain if written == text && text.contains("{{") => in_quotes(text),
        _ => None,
    }
}

/// How a key is better written, where it is.
pub(super) fn better_key(key: &str, written: &str) -> Option<String> {
    let word = key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'));
    if !written.starts_with(['"', '\'']) {
        return None;
    }
    if word && !is_another(key) {
        return Some(key.to_owned());
    }
    (written.starts_with('\'') && !key.contains(['"', '\\'])).then(|| format!("\"{key}\""))
}

/// Whether a value in a list needs its quotes; then its neighbours keep theirs too.
pub(super) fn needs(node: &Node, written: &str, in_flow: bool) -> bool {
    matches!(&node.kind, NodeKind::Text(text, Style::SingleQuoted | Style::DoubleQuoted)
        if written.starts_with(['"', '\'']) && !bare(text, in_flow))
}

/// A text with an expression, in the quotes that it does not hold itself.
fn in_quotes(text: &str) -> Option<String> {
    if !text.contains(['"', '\\']) {
        Some(format!("\"{text}\""))
    } else if !text.contains('\'') {
        Some(format!("'{text}'"))
    } else {
        None
    }
}

/// Whether a text means the same without quotes to every reader of YAML, and looks like text to every person.
fn bare(text: &str, in_flow: bool) -> bool {
    let first = |c: char| c.is_alphabetic();
    let inner = |c: char| {
        c.is_alphanumeric()
            || matches!(
                c,
                ' ' | '_' | '-' | '.' | '/' | '\'' | '(' | ')' | '!' | '?' | '@' | '+' | ';' | '…' | '’'
            )
            || (c == ',' && !in_flow)
    };
    text.starts_with(first)
        && text.chars().all(inner)
        && !text.ends_with(' ')
        && !text.contains("  ")
        && !is_another(text)
}

/// Words that some reader of YAML takes for something else than text.
fn is_another(text: &str) -> bool {
    const WORDS: &[&str] = &[
        "true", "false", "yes", "no", "on", "off", "y", "n", "null", "nan", "inf",
    ];
    WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

//! What is being written where the caret stands, told from its line alone: lines that are half typed can be read by
//! nothing else.

use souschef_recipe::Span;

/// What the caret stands in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Caret {
    /// Inside `{{ … }}`.
    Expression(Expression),
    /// In a text that begins with `$.`.
    JsonPath(Written),
    /// In a comment, where nothing is offered.
    Comment,
    /// Anywhere else: at a key or a value.
    Yaml,
}

/// The name that is being written, up to the caret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Written {
    /// The names before the last dot.
    pub(super) path: Vec<String>,
    /// What is written of the last: it is replaced by what is chosen.
    pub(super) last: Span,
}

/// A place inside `{{ … }}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Expression {
    /// Where its braces begin.
    pub(super) braces: usize,
    /// The name that is being written.
    pub(super) written: Written,
    /// Whether a helper may begin here: after `{{` or `(`.
    pub(super) first: bool,
    /// The helper whose arguments are being written.
    pub(super) helper: Option<String>,
    /// How many of its arguments stand before the one that is being written.
    pub(super) arguments: usize,
    /// What stands before the name, back to the braces.
    pub(super) before: String,
    /// Whether the caret is inside a text in quotes of the expression.
    pub(super) quoted: bool,
}

/// The line that holds a place: where it begins, and where it ends.
pub(super) fn line(text: &str, at: usize) -> Span {
    let head = text.get(..at).unwrap_or(text);
    let start = head.rfind(['\n', '\r']).map_or(0, |found| found + 1);
    let tail = text.get(at..).unwrap_or_default();
    let end = at + tail.find(['\n', '\r']).unwrap_or(tail.len());
    Span::new(start, end)
}

/// What stands at a place.
pub(super) fn caret(text: &str, at: usize) -> Caret {
    let line = line(text, at);
    let head = text.get(line.start..at).unwrap_or_default();
    let trimmed = head.trim_start();
    if trimmed.starts_with('#') || in_comment(head) {
        return Caret::Comment;
    }
    if let Some(braces) = open_braces(head) {
        return Caret::Expression(expression(head, line.start, braces));
    }
    let path = head
        .char_indices()
        .rev()
        .take_while(|(_, c)| c.is_alphanumeric() || "_.[]'@*-$".contains(*c))
        .last();
    if let Some((start, _)) = path
        && let Some(rest) = head.get(start..)
        && let Some(written) = rest.trim_start_matches('\'').strip_prefix("$.")
    {
        let start = line.start + head.len() - written.len();
        return Caret::JsonPath(names(written, start));
    }
    Caret::Yaml
}

/// Whether a `#` before the caret begins a comment.
fn in_comment(head: &str) -> bool {
    let mut quote = None;
    let mut before = ' ';
    for c in head.chars() {
        match (quote, c) {
            (None, '#') if before.is_whitespace() => return true,
            (None, '"' | '\'') if before.is_whitespace() || "[{,:".contains(before) => quote = Some(c),
            (Some(open), c) if c == open && before != '\\' => quote = None,
            _ => {}
        }
        before = c;
    }
    false
}

/// Where the braces begin that are open at the end of this text.
fn open_braces(head: &str) -> Option<usize> {
    let at = head.rfind("{{")?;
    let inside = head.get(at + 2..)?;
    // `{{{{ ` is not ours to read, and `}}` closes.
    (!inside.contains("}}")).then_some(at)
}

fn expression(head: &str, start: usize, braces: usize) -> Expression {
    let inside = head.get(braces + 2..).unwrap_or_default();
    let mut quote = None;
    // The helper of each parenthesis that is open, and where the word at the end begins.
    let mut calls: Vec<Vec<&str>> = vec![Vec::new()];
    let mut word = 0;
    for (at, c) in inside.char_indices() {
        match quote {
            Some(open) if c == open => {
                quote = None;
                // A text is an argument, unless it is an option's.
                let option = inside.get(..word).is_some_and(|head| head.ends_with('='));
                if let Some(call) = calls.last_mut().filter(|_| !option) {
                    call.push("''");
                }
                word = at + 1;
            }
            Some(_) => {}
            None => match c {
                // In a text in double quotes, those of an expression are written \".
                '"' | '\'' => quote = Some(c),
                c if c.is_whitespace() || c == '(' || c == ')' || c == '=' || c == '\\' || c == '~' => {
                    let done = inside.get(word..at).unwrap_or_default();
                    if !done.is_empty()
                        && c != '='
                        && let Some(call) = calls.last_mut()
                    {
                        call.push(done);
                    }
                    match c {
                        '(' => calls.push(Vec::new()),
                        ')' if calls.len() > 1 => {
                            calls.pop();
                            if let Some(call) = calls.last_mut() {
                                call.push("()");
                            }
                        }
                        _ => {}
                    }
                    word = at + c.len_utf8();
                }
                _ => {}
            },
        }
    }
    let written = inside.get(word..).unwrap_or_default();
    let call = calls.last().cloned().unwrap_or_default();
    let offset = start + braces + 2 + word;
    let blocks = |name: &&str| name.starts_with(['#', '/', '^']);
    Expression {
        braces: start + braces,
        written: names(written, offset),
        first: call.is_empty(),
        helper: call
            .first()
            .filter(|name| !blocks(name))
            .map(|name| (*name).to_owned()),
        arguments: call.len().saturating_sub(1),
        before: inside.get(..word).unwrap_or_default().to_owned(),
        quoted: quote.is_some(),
    }
}

/// The names of a path, and the place of the last.
fn names(written: &str, start: usize) -> Written {
    let mut path: Vec<String> = Vec::new();
    let mut last = 0;
    for (at, c) in written.char_indices() {
        if matches!(c, '.' | '/' | '[') {
            let name = written.get(last..at).unwrap_or_default();
            let name = name.trim_matches(['[', ']', '\'', '"']);
            if !name.is_empty() {
                path.push(name.to_owned());
            }
            last = at + 1;
        }
    }
    Written {
        path,
        last: Span::new(start + last, start + written.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Caret {
        let at = text.find('▮').unwrap_or(text.len());
        caret(&text.replace('▮', ""), at)
    }

    fn inside(text: &str) -> Expression {
        match at(text) {
            Caret::Expression(one) => one,
            other => panic!("{text} is {other:?}"),
        }
    }

    #[test]
    fn a_name_is_told_from_its_line() {
        let one = inside("  body: \"Hi {{ steps.contact.con▮");
        assert_eq!(one.written.path, ["steps", "contact"]);
        assert!(one.first);
        let one = inside("a: \"{{ default (date_add run.▮) }}\"");
        assert_eq!(one.written.path, ["run"]);
        assert_eq!(one.helper.as_deref(), Some("date_add"));
        assert!(!one.first);
        let one = inside("a: '{{ upper \"tex▮");
        assert!(one.quoted);
        assert_eq!(inside("a: {{▮").written.path, Vec::<String>::new());
    }

    #[test]
    fn other_places_are_none() {
        assert_eq!(at("a: \"{{ b }}▮"), Caret::Yaml);
        assert_eq!(at("a: b # {{ c▮"), Caret::Comment);
        assert_eq!(at("# {{ c▮"), Caret::Comment);
        assert!(matches!(at("a: $.trigger.▮"), Caret::JsonPath(one) if one.path == ["trigger"]));
        assert!(
            matches!(at("if: { \"$.trigger.na▮\": 1 }"), Caret::JsonPath(one) if one.path == ["trigger"])
        );
    }
}

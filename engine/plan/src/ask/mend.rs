//! The text as it might be when what is being typed is done: nothing can be asked of a line that is half there.

use souschef_recipe::Span;

use super::caret::line;
use crate::check::seen::HERE;

/// Where in a mended text the place is, and the text.
#[derive(Clone, Debug)]
pub(super) struct Mended {
    pub(super) text: String,
    /// The word that stood at the caret, in the text as it is.
    pub(super) word: Span,
}

/// The text with `{{ HERE }}` for the value whose expression begins at `braces` on the caret's line.
pub(super) fn expression(text: &str, braces: usize, at: usize) -> String {
    let line = line(text, at);
    let value = value_around(text, line, braces, at);
    replaced(text, value, &format!("\"{{{{ {HERE} }}}}\""))
}

/// The value of the caret's line in which an expression or a JSONPath stands.
fn value_around(text: &str, line: Span, inner: usize, at: usize) -> Span {
    let head = text.get(line.start..inner).unwrap_or_default();
    let tail = text.get(at..line.end).unwrap_or_default();
    if let Some((quote, start)) = open_quote(head) {
        // Quotes inside the expression are none of its text's.
        let inside = match (tail.find("}}"), tail.find("{{")) {
            (Some(close), Some(open)) if open < close => 0,
            (Some(close), _) => close + 2,
            (None, _) => 0,
        };
        let rest = tail.get(inside..).unwrap_or_default();
        let end = close_quote(rest, quote).map_or(line.end, |found| at + inside + found + 1);
        return Span::new(line.start + start, end);
    }
    let begins = [": ", "- ", "[", "{ ", ", "]
        .into_iter()
        .filter_map(|mark| head.rfind(mark).map(|found| found + mark.len()));
    let indent = head.len() - head.trim_start().len();
    let start = begins.max().unwrap_or(0).max(indent);
    Span::new(line.start + start, line.end)
}

/// The quote that is open at the end of a text, and where it stands.
fn open_quote(head: &str) -> Option<(char, usize)> {
    let mut open: Option<(char, usize)> = None;
    let mut before = ' ';
    for (at, c) in head.char_indices() {
        match open {
            Some((quote, _)) if c == quote && before != '\\' => open = None,
            None if matches!(c, '"' | '\'') && (before.is_whitespace() || "[{,:".contains(before)) => {
                open = Some((c, at));
            }
            _ => {}
        }
        before = c;
    }
    open
}

fn close_quote(text: &str, quote: char) -> Option<usize> {
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        if c == quote && before != '\\' {
            return Some(at);
        }
        before = c;
    }
    None
}

fn replaced(text: &str, span: Span, by: &str) -> String {
    let head = text.get(..span.start).unwrap_or_default();
    let tail = text.get(span.end..).unwrap_or_default();
    format!("{head}{by}{tail}")
}

/// The text with [`HERE`] for the key or the value at the caret. What follows a value on its line is lost.
pub(super) fn yaml(text: &str, at: usize) -> Mended {
    let line = line(text, at);
    let whole = text.get(line.range()).unwrap_or_default();
    let caret = at - line.start;
    let head = whole.get(..caret).unwrap_or_default();
    let tail = whole.get(caret..).unwrap_or_default();
    let site = site(head);
    let start = site.start;
    let written = head.get(start..).unwrap_or_default();
    let end = match site.kind {
        Kind::Key if written.starts_with(['"', '\'']) => {
            caret
                + tail
                    .find(written.chars().next().unwrap_or('"'))
                    .map_or(0, |found| found + 1)
        }
        Kind::Key => {
            caret
                + tail
                    .find(|c: char| !(c.is_alphanumeric() || "_-.$".contains(c)))
                    .unwrap_or(tail.len())
        }
        Kind::Value if site.flow > 0 => caret + tail.find([',', '}', ']']).unwrap_or(tail.len()),
        Kind::Value => caret + comment(tail),
    };
    let rest = whole.get(end..).unwrap_or_default();
    let by = match site.kind {
        Kind::Key if rest.trim_start().starts_with(':') => HERE.to_owned(),
        Kind::Key if site.flow > 0 => format!("{HERE}: "),
        Kind::Key => format!("{HERE}:"),
        Kind::Value if head.get(..start).is_some_and(|head| head.ends_with(':')) => format!(" \"{HERE}\""),
        Kind::Value => format!("\"{HERE}\""),
    };
    // Brackets that were opened on this line and are not closed yet.
    let mut closers = String::new();
    if site.flow > 0 {
        let mut open = site.open;
        for c in rest.chars() {
            match c {
                '{' => open.push('}'),
                '[' => open.push(']'),
                '}' | ']' => drop(open.pop()),
                _ => {}
            }
        }
        closers = open.chars().rev().collect();
    }
    // After a value on a line of its own nothing else may stand.
    let rest = match site.kind {
        Kind::Key if site.flow == 0 && !rest.trim_start().starts_with(':') => "",
        _ => rest,
    };
    let mended = format!("{}{by}{rest}{closers}", head.get(..start).unwrap_or_default());
    Mended {
        text: replaced(text, line, &mended),
        word: Span::new(line.start + start, line.start + end),
    }
}

/// Where a comment begins in the rest of a line; its length where there is none.
fn comment(tail: &str) -> usize {
    tail.find(" #").unwrap_or(tail.len())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Key,
    Value,
}

#[derive(Debug)]
struct Site {
    kind: Kind,
    /// Where the key or value begins in its line.
    start: usize,
    /// How many brackets of this line are open.
    flow: usize,
    /// What closes them, the outermost first.
    open: String,
}

/// What is written at the end of the head of a line.
fn site(head: &str) -> Site {
    let mut start = head.len() - head.trim_start().len();
    while let Some(rest) = head.get(start..).and_then(|rest| rest.strip_prefix("- ")) {
        start = head.len() - rest.trim_start().len();
    }
    let mut open = String::new();
    let mut kind = Kind::Key;
    let mut quote = None;
    let mut before = ' ';
    let content = start;
    for (at, c) in head.char_indices().skip_while(|(at, _)| *at < content) {
        let next = at + c.len_utf8();
        match (quote, c) {
            (Some(own), c) if c == own && before != '\\' => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') if before.is_whitespace() || "[{,:".contains(before) || at == start => {
                quote = Some(c);
            }
            (None, '{' | '[') if kind == Kind::Value || at == start || !open.is_empty() => {
                let map = c == '{';
                open.push(if map { '}' } else { ']' });
                kind = if map { Kind::Key } else { Kind::Value };
                start = next;
            }
            (None, '}' | ']') if !open.is_empty() => {
                open.pop();
                kind = Kind::Value;
            }
            (None, ',') if !open.is_empty() => {
                kind = if open.ends_with('}') {
                    Kind::Key
                } else {
                    Kind::Value
                };
                start = next;
            }
            (None, ' ') if before == ':' && kind == Kind::Key => {
                kind = Kind::Value;
                start = next;
            }
            _ => {}
        }
        before = c;
    }
    // `key:` and nothing after it.
    if kind == Kind::Key && before == ':' && quote.is_none() {
        kind = Kind::Value;
        start = head.len();
    }
    let written = head.get(start..).unwrap_or_default();
    start += written.len() - written.trim_start().len();
    Site {
        kind,
        start,
        flow: open.len(),
        open,
    }
}

/// Only what the caret's line hangs on: the lines above it that it is inside of, and those beside it. What is broken
/// elsewhere is not read. Gives the text, and the caret's place in it.
pub(super) fn skeleton(text: &str, at: usize) -> (String, usize) {
    let line = line(text, at);
    let own = text.get(line.range()).unwrap_or_default();
    let column = if own.trim().is_empty() {
        at - line.start
    } else {
        indent(own) + dashes(own)
    };
    let mut above: Vec<&str> = Vec::new();
    let mut level = column;
    // In a list, the column of its dashes: the other items are not looked at.
    let mut list = (dashes(own) > 0).then(|| indent(own));
    for before in text.get(..line.start).unwrap_or_default().lines().rev() {
        let trimmed = before.trim_start();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        let (begins, dash) = (indent(before), dashes(before));
        let content = begins + dash;
        let kept = match list {
            Some(dashes) => content <= dashes && (dash == 0 || begins < dashes),
            None => content <= level,
        };
        if !kept {
            continue;
        }
        above.push(before);
        level = content;
        list = (dash > 0).then_some(begins);
        if content == 0 {
            // The keys of the file itself say nothing more of the place than the one that it is under.
            break;
        }
    }
    above.reverse();
    let mut below: Vec<&str> = Vec::new();
    for after in text.get(line.end..).unwrap_or_default().lines().skip(1) {
        let trimmed = after.trim_start();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        if indent(after) < column || indent(after) == column && dashes(after) > 0 {
            break;
        }
        if indent(after) == column {
            below.push(after);
        }
    }
    let mut skeleton = String::new();
    for one in above {
        skeleton.push_str(one);
        skeleton.push('\n');
    }
    let caret = skeleton.len() + (at - line.start);
    skeleton.push_str(own);
    skeleton.push('\n');
    for one in below {
        skeleton.push_str(one);
        skeleton.push('\n');
    }
    (skeleton, caret)
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// How far the content of a list's item is from its dash.
fn dashes(line: &str) -> usize {
    let mut rest = line.trim_start_matches(' ');
    let whole = rest.len();
    while let Some(after) = rest.strip_prefix("- ") {
        rest = after.trim_start_matches(' ');
    }
    whole - rest.len()
}

/// The text up to the end of the caret's line.
pub(super) fn head(text: &str, at: usize) -> &str {
    let line = line(text, at);
    text.get(..line.end).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mended(text: &str) -> String {
        let at = text.find('▮').unwrap_or(text.len());
        yaml(&text.replace('▮', ""), at).text.replace(HERE, "HERE")
    }

    #[test]
    fn the_word_at_the_caret_becomes_a_key_or_a_value() {
        for (text, wanted) in [
            ("a:\n  ▮", "a:\n  HERE:"),
            ("a:\n  nam▮\n  b: 1", "a:\n  HERE:\n  b: 1"),
            ("a:\n  nam▮: x", "a:\n  HERE: x"),
            ("- act▮", "- HERE:"),
            ("- action: con▮", "- action: \"HERE\""),
            ("- action:▮", "- action: \"HERE\""),
            ("a: { b: 1, c▮", "a: { b: 1, HERE: }"),
            ("a: { type: ▮ }", "a: { type: \"HERE\"}"),
            ("a: [ x, ▮ ]", "a: [ x, \"HERE\"]"),
            ("a: { b: [ { c: ▮", "a: { b: [ { c: \"HERE\"}]}"),
            ("a: b ▮ # why", "a: \"HERE\" # why"),
            ("if: { trigger.na▮ }", "if: { HERE:  }"),
        ] {
            assert_eq!(mended(text), wanted, "{text}");
        }
    }

    #[test]
    fn an_expression_becomes_the_whole_of_its_value() {
        for (text, wanted) in [
            ("a: \"x {{ b▮", "a: \"{{ HERE }}\""),
            ("a: \"x {{ b▮ }} y\" # c", "a: \"{{ HERE }}\" # c"),
            ("a: { b: \"{{ c▮\", d: 1 }", "a: { b: \"{{ HERE }}\", d: 1 }"),
            ("a: {{ b▮ }}", "a: \"{{ HERE }}\""),
            ("- \"{{ default b▮ \\\"x\\\" }}\"", "- \"{{ HERE }}\""),
        ] {
            let at = text.find('▮').unwrap_or_default();
            let clean = text.replace('▮', "");
            let braces = clean.find("{{").unwrap_or_default();
            assert_eq!(
                expression(&clean, braces, at).replace(HERE, "HERE"),
                wanted,
                "{text}"
            );
        }
    }

    #[test]
    fn a_skeleton_is_what_the_line_hangs_on() {
        let text = "name: \"broken\ntrigger:\n  manual: true\nactions:\n  - action: one\n    with:\n      x: 1\n  - action: two\n    with:\n      y: 1\n      ▮\n      z: 2\n    if: true\n  - action: three\n";
        let at = text.find('▮').unwrap_or_default();
        let (skeleton, caret) = skeleton(&text.replace('▮', ""), at);
        assert_eq!(
            skeleton,
            "actions:\n  - action: two\n    with:\n      y: 1\n      \n      z: 2\n"
        );
        assert_eq!(skeleton.get(..caret).map(|head| head.lines().count()), Some(5));
    }
}

//! What can be told before a template is compiled: limits, which must hold *before*, since the parser's recursion is not
//! bounded; and mistakes for which we have better words than a parser.

use std::ops::Range;

use super::foreign::foreign;
use crate::error::ExprError;
use crate::limits;

/// One `{{ … }}`.
pub(super) struct Tag<'a> {
    /// The whole tag.
    pub(super) range: Range<usize>,
    /// What stands inside, without `~`, and where it begins.
    pub(super) inner: &'a str,
    /// Where `inner` begins in the text.
    pub(super) start: usize,
}

/// The tags of a text, in order. Comments are left out.
///
/// What is a tag here must be exactly what is one to the parser: its recursion is bounded by what is counted here, and
/// a tag that hides in what looks like a comment, a quote or a name would not be counted.
pub(super) fn tags(text: &str) -> Result<Vec<Tag<'_>>, ExprError> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = text
        .get(at..)
        .and_then(|rest| rest.find("{{"))
        .map(|offset| at + offset)
    {
        // `\{{` is two braces as text, and `\\{{` is a backslash and an expression.
        let head = text.get(at..open).unwrap_or_default();
        if head.len() - head.trim_end_matches('\\').len() == 1 {
            let four = text.get(open..).is_some_and(|rest| rest.starts_with("{{{{"));
            at = open + if four { 4 } else { 2 };
            continue;
        }
        let rest = text.get(open + 2..).unwrap_or_default();
        let long = rest
            .strip_prefix("!--")
            .and_then(|comment| comment.find("--}}"))
            .map(|end| open + 5 + end + 4);
        if let Some(end) = long {
            at = end;
            continue;
        }
        forbidden(open, rest)?;
        let comment = rest.starts_with('!');
        let end = if comment {
            rest.find("}}")
        } else {
            end_of(open, rest)?
        };
        let end = end.ok_or_else(|| {
            let len = rest.find('\n').unwrap_or(rest.len());
            ExprError::new(
                "SC101",
                open..open + 2 + len,
                "an expression is opened with {{ and never closed",
            )
            .help("put }} where the expression ends")
        })?;
        if !comment {
            let content = rest.get(..end).unwrap_or_default();
            if leaves_quote_open(content) {
                return Err(quote_not_closed(open..open + 2 + end + 2));
            }
            // The quote that a line leaves open hid the end that stands on this very line.
            if let Some((first, _)) = content.split_once('\n')
                && let Some(hidden) = first.find("}}")
            {
                return Err(quote_not_closed(open..open + 2 + hidden + 2));
            }
            // One that ends on a line below, behind another that opens there, was never closed.
            if let Some(line) = content.find('\n')
                && unquoted(content.get(line..).unwrap_or_default()).contains("{{")
            {
                return Err(ExprError::new(
                    "SC101",
                    open..open + 2 + line,
                    "an expression is opened with {{ and never closed",
                )
                .help("put }} where the expression ends"));
            }
            let lead = usize::from(content.starts_with('~'));
            let inner = content.get(lead..).unwrap_or_default();
            let inner = inner.strip_suffix('~').unwrap_or(inner);
            found.push(Tag {
                range: open..open + 2 + end + 2,
                inner,
                start: open + 2 + lead,
            });
        }
        at = open + 2 + end + 2;
    }
    Ok(found)
}

/// Whether a quote has no other in this text.
fn leaves_quote_open(text: &str) -> bool {
    let mut quote: Option<char> = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match quote {
            Some(_) if c == '\\' => drop(chars.next()),
            Some(open) if c == open => quote = None,
            None if c == '"' || c == '\'' => quote = Some(c),
            _ => {}
        }
    }
    quote.is_some()
}

/// A quote inside an expression has no other.
pub(super) fn quote_not_closed(range: Range<usize>) -> ExprError {
    ExprError::new("SC102", range, "a quote inside the expression is never closed")
        .help("close it with the same quote")
}

/// Where `}}` stands, outside of quotes.
fn end_of(open: usize, rest: &str) -> Result<Option<usize>, ExprError> {
    let mut quote: Option<char> = None;
    let mut bracket: Option<usize> = None;
    let mut chars = rest.char_indices();
    while let Some((index, c)) = chars.next() {
        // A name in brackets may hold a quote, and a list of texts holds several: what is neither is refused, since
        // two readers could see it end in two places.
        if c == ']'
            && let Some(from) = bracket.take()
            && quote.is_some()
        {
            let range = open + 2 + from..open + 2 + index + 1;
            return Err(
                ExprError::new("SC102", range, "a name in [ ] can't have a quote in it")
                    .help("write {{ lookup trigger 'the name' }}"),
            );
        }
        match (quote, c) {
            (Some(_), '\\') => {
                chars.next();
            }
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '[') => bracket = Some(index),
            (None, '}') if bracket.is_none() && rest.get(index..index + 2) == Some("}}") => {
                return Ok(Some(index));
            }
            _ => {}
        }
    }
    // A lone quote or bracket hides the end: the tag ends at the first `}}` then, and the parser tells it. What it
    // hides is no tag to the parser either, which stops there.
    Ok(rest.find("}}"))
}

fn forbidden(open: usize, rest: &str) -> Result<(), ExprError> {
    let refuse = |what: &str, help: &str| {
        let len = rest.find("}}").map_or(rest.len(), |end| end + 2);
        Err(ExprError::new("SC106", open..open + 2 + len, what.to_owned()).help(help.to_owned()))
    };
    let bare = rest.trim_start_matches('~').trim_start();
    if rest.starts_with("{{") {
        return refuse(
            "recipes have no raw blocks ({{{{ … }}}})",
            "write the text as it is",
        );
    }
    if bare.starts_with('{') {
        return refuse("recipes have no {{{ … }}}", "write {{ … }}; nothing is escaped");
    }
    if bare.starts_with('&') {
        return refuse("recipes have no {{& … }}", "write {{ … }}; nothing is escaped");
    }
    if bare.starts_with('>') || bare.starts_with("#>") {
        return refuse(
            "recipes have no partials ({{> … }})",
            "write the text out, or make a field under mappings",
        );
    }
    if bare.starts_with('*') || bare.starts_with("#*") {
        return refuse("recipes have no decorators ({{* … }})", "leave it out");
    }
    Ok(())
}

/// Tests limits and tells mistakes that have better words than the parser's.
pub(super) fn scan(text: &str) -> Result<(), ExprError> {
    if text.len() > limits::SOURCE {
        let message = format!(
            "a text with expressions may have {} KB, and this one has {}",
            limits::SOURCE / 1024,
            text.len() / 1024
        );
        return Err(ExprError::new("SC107", 0..text.len(), message));
    }
    let mut open: Vec<(String, Range<usize>)> = Vec::new();
    let mut closed: Vec<(Range<usize>, Range<usize>)> = Vec::new();
    // The branches of each open block: an `{{else if}}` is a block inside the one before it.
    let mut branches: Vec<usize> = Vec::new();
    for tag in tags(text)? {
        let inner = tag.inner.trim();
        if let Some(name) = inner.strip_prefix('/') {
            branches.pop();
            let opened = open.pop();
            let place = opened.as_ref().map(|(_, range)| range.clone());
            closes(opened, &tag, name.trim()).map_err(|error| beside(text, &closed, error))?;
            closed.extend(place.map(|place| (place, tag.range)));
            continue;
        }
        let chained = inner
            .strip_prefix("else")
            .filter(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
            .or_else(|| inner.strip_prefix('^'));
        if chained.is_some_and(|rest| rest.trim().is_empty()) {
            continue;
        }
        let block = inner.strip_prefix('#').or(chained);
        if let Some(block) = block {
            let name = block.split_whitespace().next().unwrap_or_default().to_owned();
            if !BLOCKS.contains(&name.as_str()) {
                return Err(unknown_block(&tag, &name));
            }
            match branches.last_mut().filter(|_| chained.is_some()) {
                Some(branches) => *branches += 1,
                None => {
                    open.push((name, tag.range.clone()));
                    branches.push(1);
                }
            }
            if branches.iter().sum::<usize>() > limits::NESTING {
                let message = format!("blocks may be nested {} deep", limits::NESTING);
                return Err(ExprError::new("SC107", tag.range, message)
                    .help("make a field under mappings with lookup:, or a choose: step, of the inner part"));
            }
        }
        content(&tag, block.unwrap_or(inner))?;
    }
    match open.pop() {
        // All that it holds now is what it should not hold.
        Some((name, range)) => {
            let error = ExprError::new(
                "SC108",
                range.start..text.trim_end().len(),
                format!("the block {{{{#{name}}}}} is never closed"),
            );
            Err(beside(
                text,
                &closed,
                error.help(format!("put {{{{/{name}}}}} where it ends")),
            ))
        }
        None => Ok(()),
    }
}

/// A block that does not come out even, and how the others do: the end that is missing or too many may be that of one of
/// them. A tag with one brace is the likelier slip, and is told in its place.
fn beside(text: &str, closed: &[(Range<usize>, Range<usize>)], error: ExprError) -> ExprError {
    const MOST: usize = 4;
    if let Some(range) = half_open(text) {
        let tag = text.get(range.clone()).unwrap_or_default();
        let right = format!("{{{{{}}}}}", tag.trim_matches(['{', '}']));
        return ExprError::new("SC108", range, format!("{tag} lacks a brace, so it is no block"))
            .help(format!("write {right}"));
    }
    let line = |at: usize| text.get(..at).unwrap_or_default().matches('\n').count();
    let long = closed
        .iter()
        .filter(|(open, close)| line(open.start) < line(close.start));
    long.rev().take(MOST).fold(error, |error, (open, close)| {
        error
            .related(open.clone(), "this block …")
            .related(close.clone(), "… ends here")
    })
}

/// The first tag of a block that has one brace where two are due: `{#each … }}`, `{{/each}`.
fn half_open(text: &str) -> Option<Range<usize>> {
    let mut from = 0;
    while let Some(at) = text.get(from..)?.find(['#', '/']).map(|at| from + at) {
        from = at + 1;
        let head = text.get(..at)?.trim_end_matches('~');
        let braces = head.len() - head.trim_end_matches('{').len();
        let line = text.get(from..)?.lines().next()?;
        let word: String = line.chars().take_while(char::is_ascii_alphabetic).collect();
        if braces == 0 || !BLOCKS.contains(&word.as_str()) {
            continue;
        }
        let Some(close) = line.find('}') else { continue };
        let ends = line.get(close..)?.len() - line.get(close..)?.trim_start_matches('}').len();
        if braces.min(ends) == 1 {
            return Some(head.len() - braces..from + close + ends);
        }
    }
    None
}

const BLOCKS: [&str; 4] = ["if", "unless", "each", "with"];

fn unknown_block(tag: &Tag<'_>, name: &str) -> ExprError {
    let error = ExprError::new(
        "SC103",
        tag.range.clone(),
        format!("there is no block \"{name}\""),
    );
    match crate::types::nearest(name, BLOCKS) {
        Some(near) => error.help(format!("did you mean {{{{#{near} …}}}}?")),
        None => error.help("blocks are: if, unless, each, with"),
    }
}

/// Whether a closing tag closes what was opened last.
fn closes(opened: Option<(String, Range<usize>)>, tag: &Tag<'_>, name: &str) -> Result<(), ExprError> {
    let error = |message: String| ExprError::new("SC108", tag.range.clone(), message);
    match opened {
        Some((opened, _)) if opened == name => Ok(()),
        Some((opened, range)) => Err(error(format!(
            "{{{{/{name}}}}} closes a block that {{{{#{opened}}}}} opened"
        ))
        .help(format!(
            "write {{{{/{opened}}}}}, which was opened at character {}",
            range.start + 1
        ))),
        None => Err(
            error(format!("{{{{/{name}}}}} closes a block that was never opened"))
                .help(format!("open it with {{{{#{name} …}}}}")),
        ),
    }
}

/// The inside of one tag.
fn content(tag: &Tag<'_>, inner: &str) -> Result<(), ExprError> {
    let error = |code, message: String, help: String| {
        Err(ExprError::new(code, tag.range.clone(), message).help(help))
    };
    if inner.trim().is_empty() {
        return error(
            "SC102",
            "an expression is empty".to_owned(),
            "write a name between {{ and }}".to_owned(),
        );
    }
    let bare = unquoted(inner);
    let mut depth = 0_usize;
    let mut brackets = 0_usize;
    // Parentheses in a name, `trigger.[Phone (home)]`, are part of it.
    let mut in_name = false;
    for c in bare.chars() {
        match c {
            '[' | '{' => {
                brackets += 1;
                in_name |= c == '[';
            }
            ']' | '}' => {
                brackets = brackets.saturating_sub(1);
                in_name &= c != ']';
            }
            _ if in_name => {}
            '(' => depth += 1,
            ')' if depth == 0 => {
                return error(
                    "SC102",
                    "a ) closes nothing".to_owned(),
                    "leave it out, or open it with (".to_owned(),
                );
            }
            ')' => depth -= 1,
            _ => {}
        }
        if depth.max(brackets) > limits::NESTING {
            return error(
                "SC107",
                format!("parentheses and brackets may be nested {} deep", limits::NESTING),
                "make a field under mappings for the inner part".to_owned(),
            );
        }
    }
    if depth > 0 {
        return error(
            "SC102",
            "a ( is never closed".to_owned(),
            "put a ) where the inner helper ends".to_owned(),
        );
    }
    foreign(tag, inner.trim(), &bare)
}

/// The text with everything inside quotes left out.
fn unquoted(text: &str) -> String {
    let mut bare = String::with_capacity(text.len());
    let mut quote: Option<char> = None;
    let mut escaped = false;
    for c in text.chars() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some(open) if c == open => {
                quote = None;
                bare.push('_');
            }
            Some(_) => {}
            None if c == '"' || c == '\'' => quote = Some(c),
            None => bare.push(c),
        }
    }
    bare
}

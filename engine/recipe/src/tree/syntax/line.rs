//! One line of a recipe, and where the value on it stands.

use crate::span::Span;

/// One line of the text.
#[derive(Clone, Copy)]
pub(super) struct Line<'a> {
    whole: &'a str,
    /// What stands on it, its end left out.
    pub(super) text: &'a str,
    /// Where.
    pub(super) span: Span,
}

impl<'a> Line<'a> {
    /// The line that holds this byte.
    pub(super) fn at(whole: &'a str, at: usize) -> Self {
        let at = (0..=at.min(whole.len()))
            .rev()
            .find(|&i| whole.is_char_boundary(i))
            .unwrap_or(0);
        let start = whole
            .get(..at)
            .and_then(|head| head.rfind('\n'))
            .map_or(0, |newline| newline + 1);
        let end = whole
            .get(start..)
            .and_then(|rest| rest.find('\n'))
            .map_or(whole.len(), |len| start + len);
        Self {
            whole,
            text: whole.get(start..end).unwrap_or_default(),
            span: Span::new(start, end),
        }
    }

    /// The line below.
    pub(super) fn next(&self) -> Option<Self> {
        (self.span.end < self.whole.len()).then(|| Self::at(self.whole, self.span.end + 1))
    }

    /// Whether it says nothing: blank, or only a comment.
    pub(super) fn is_silent(&self) -> bool {
        let said = self.text.trim();
        said.is_empty() || said.starts_with('#')
    }

    /// The nearest line above that says something.
    pub(super) fn before(&self) -> Option<Self> {
        let mut start = self.span.start;
        while start > 0 {
            let line = Self::at(self.whole, start - 1);
            if !line.is_silent() {
                return Some(line);
            }
            start = line.span.start;
        }
        None
    }

    /// Without the spaces around it.
    pub(super) fn trimmed(&self) -> Span {
        let start = self.span.start + self.text.len() - self.text.trim_start().len();
        Span::new(start, start + self.text.trim().len())
    }

    /// How far it is indented.
    pub(super) fn indent(&self) -> usize {
        self.text.len() - self.text.trim_start_matches(' ').len()
    }

    /// Where a tab stands in its indentation.
    pub(super) fn leading_tab(&self) -> Option<usize> {
        let lead = self.text.len() - self.text.trim_start().len();
        self.text.get(..lead)?.find('\t').map(|tab| self.span.start + tab)
    }

    /// Its key, where it has one: `every` of `- every: 5m`, as a place.
    pub(super) fn key(&self) -> Option<Span> {
        let value = self.value();
        let head = self.text.get(..value.start - self.span.start)?.trim_end();
        let head = head.strip_suffix(':')?;
        let start = self.items().len();
        (start < head.len()).then(|| Span::new(self.span.start + start, self.span.start + head.len()))
    }

    /// Its indentation and the dashes of list items.
    fn items(&self) -> &'a str {
        let mut rest = self.text.trim_start();
        while let Some(item) = rest.strip_prefix("- ") {
            rest = item.trim_start();
        }
        self.text.get(..self.text.len() - rest.len()).unwrap_or_default()
    }

    /// What stands after the dashes and the key, a comment left out. Empty at its end where nothing does.
    pub(super) fn value(&self) -> Span {
        let lead = self.items().len();
        let rest = self.text.get(lead..).unwrap_or_default();
        let quoted = rest
            .starts_with(['"', '\''])
            .then(|| rest.get(1..).and_then(|tail| tail.find(&rest[..1])));
        let from = match quoted {
            // A quoted word is a key only where a colon follows.
            Some(Some(close)) if rest.get(close + 2..).is_some_and(|tail| tail.starts_with(':')) => close + 2,
            Some(_) => usize::MAX,
            None => 0,
        };
        let colon = match rest.get(from.min(rest.len())..) {
            Some(tail) if from != usize::MAX && !rest.starts_with(['[', '{', '#']) => tail
                .find(": ")
                .or_else(|| tail.find(":\t"))
                .or_else(|| tail.trim_end().strip_suffix(':').map(str::len))
                .map(|colon| from + colon + 1),
            _ => None,
        };
        let start = lead + colon.unwrap_or(0);
        let value = self.text.get(start..).unwrap_or_default();
        let start = start + value.len() - value.trim_start().len();
        let value = value.trim();
        let len = comment(value).unwrap_or(value.len());
        let value = value.get(..len).unwrap_or_default().trim_end();
        Span::new(self.span.start + start, self.span.start + start + value.len())
    }

    /// The text of its value.
    pub(super) fn value_text(&self) -> &'a str {
        self.whole.get(self.value().range()).unwrap_or_default()
    }

    /// This line and those below that belong to it by their indentation.
    pub(super) fn block(&self) -> Span {
        self.until(|line| line.indent() <= self.indent())
    }

    /// The line, and those below it that begin in its column or further in.
    pub(super) fn column(&self) -> Span {
        self.until(|line| line.indent() < self.indent())
    }

    /// From here to the last line that says something before such a one.
    fn until(&self, ends: impl Fn(&Self) -> bool) -> Span {
        let mut end = self.span.end;
        let mut below = self.next();
        while let Some(line) = below {
            if !line.is_silent() && ends(&line) {
                break;
            }
            if !line.is_silent() {
                end = line.span.end;
            }
            below = line.next();
        }
        Span::new(self.span.start, end)
    }
}

/// Where a comment begins in a value, quotes left alone.
pub(super) fn comment(value: &str) -> Option<usize> {
    let mut quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
    let mut before = if quote.is_some() { 'x' } else { ' ' };
    for (index, c) in value.char_indices().skip(usize::from(quote.is_some())) {
        match quote {
            Some(mark) if c == mark && before != '\\' => quote = None,
            Some(_) => {}
            None if c == '#' && before.is_whitespace() => return Some(index),
            None => {}
        }
        before = c;
    }
    None
}

//! The parts of a file that an editor can fold away: steps, lists, maps, long texts, comments.
//!
//! They are read from the lines and how far each stands in, so that a file in which something is half typed keeps its folds.

/// Lines that fold into the first of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fold {
    /// The first line, from 0.
    pub first: usize,
    /// The last line.
    pub last: usize,
    /// Whether they are a comment.
    pub comment: bool,
}

/// A line that holds more than itself, as long as the lines below stand deeper.
struct Open {
    level: usize,
    line: usize,
}

/// What can be folded, in the order of the lines.
pub fn folds(text: &str) -> Vec<Fold> {
    let mut found = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    // The last line that is part of something, and the first of a comment that is under way.
    let (mut last, mut comment): (usize, Option<usize>) = (0, None);
    // The lines of a text after `|` stand deeper than this.
    let mut long_text: Option<usize> = None;
    let mut count = 0;
    let text = text.replace("\r\n", "\n");
    for (line, written) in text.split(['\n', '\r']).enumerate() {
        count = line + 1;
        let inner = written.trim_start_matches(' ');
        let indent = written.len() - inner.len();
        let inner = inner.trim_end();
        if long_text.is_some_and(|owner| inner.is_empty() || indent > owner) {
            if !inner.is_empty() {
                last = line;
            }
            continue;
        }
        long_text = None;
        if inner.starts_with('#') {
            comment = comment.or(Some(line));
            continue;
        }
        close_comment(comment.take(), line, &mut found);
        if inner.is_empty() {
            continue;
        }
        // An item stands in its list, even where it stands no deeper than the list's key.
        let item = inner == "-" || inner.starts_with("- ");
        let level = indent * 2 + usize::from(item);
        close(&mut open, level, last, &mut found);
        open.push(Open { level, line });
        last = line;
        if begins_long_text(inner) {
            let own = inner.trim_start_matches(['-', ' ']);
            let key = written.trim_end().len() - own.len();
            // `- |` has no key: its text stands deeper than the dash.
            long_text = Some(if own.contains(':') { key } else { indent });
        }
    }
    close_comment(comment, count, &mut found);
    close(&mut open, 0, last, &mut found);
    found.sort_unstable();
    found
}

/// Ends what a line of this level does not stand in.
fn close(open: &mut Vec<Open>, level: usize, last: usize, found: &mut Vec<Fold>) {
    while let Some(one) = open.pop_if(|one| one.level >= level) {
        if last > one.line {
            found.push(Fold {
                first: one.line,
                last,
                comment: false,
            });
        }
    }
}

/// Ends a comment before a line.
fn close_comment(first: Option<usize>, line: usize, found: &mut Vec<Fold>) {
    if let Some(first) = first
        && line > first + 1
    {
        found.push(Fold {
            first,
            last: line - 1,
            comment: true,
        });
    }
}

/// Whether a line ends with `|` or `>` and what may follow these.
fn begins_long_text(line: &str) -> bool {
    let line = line.split_once(" #").map_or(line, |(line, _)| line.trim_end());
    let mark = line.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-' || c == '+');
    let mark = if mark.is_empty() { line } else { mark };
    [": |", ": >", "- |", "- >"].iter().any(|end| mark.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::folds;

    #[test]
    fn every_text_has_folds_within_its_lines() {
        for text in [
            "",
            "\n\n",
            "a",
            "- ",
            "-",
            "# a",
            "# a\n# b",
            "a: |",
            "a: |\n\n",
            "\u{feff}a:\n b: 1",
            "\ta:\n\t\tb",
        ] {
            let lines = text.split('\n').count();
            for fold in folds(text) {
                assert!(fold.first < fold.last && fold.last < lines, "{text:?}: {fold:?}");
            }
        }
    }
}

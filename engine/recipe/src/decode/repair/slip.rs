//! The slips that are looked for: a line in the wrong column or the wrong place, a key that is not all there, a colon, a
//! space, a dash, a brace or a `with:` that is missing. What each is, how it is mended and what is said of it.

mod column;
mod line;
mod marks;
mod search;

use crate::code::Code;
use crate::diagnostic::{Diagnostic, Fix};
use crate::span::Span;

pub(super) use search::slips;

/// What is put in the place of a part of the text.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Change {
    pub(super) span: Span,
    pub(super) text: String,
}

/// One slip and how it is mended.
pub(super) struct Slip {
    pub(super) changes: Vec<Change>,
    /// The line where it is told.
    pub(super) place: Span,
    kind: Kind,
}

enum Kind {
    /// So many spaces too many (or too few), and how many there should be.
    Column {
        was: usize,
        due: usize,
        lines: usize,
    },
    /// The word before it, and what follows where that is short.
    Colon(String, String),
    Space(String),
    /// A word that stands where a key should, and the key that it begins.
    Word(String, Option<&'static str>),
    Opening(char),
    Dash,
    With,
    /// A key of the recipe of which only what stands under it is there.
    Head(&'static str),
    Swapped,
}

impl Slip {
    /// Whether it says more than what was said of its line without looking for it.
    pub(super) fn says_more(&self) -> bool {
        matches!(
            self.kind,
            Kind::Word(_, Some(_)) | Kind::Colon(..) | Kind::Swapped
        )
    }

    /// The change that mends it, where it is one.
    pub(super) fn fix(&self) -> Option<Fix> {
        match (self.changes.as_slice(), &self.kind) {
            (_, Kind::Word(_, None)) => None,
            ([only], _) => Some(Fix::new(only.span, only.text.clone())),
            _ => None,
        }
    }

    /// What is said of it.
    pub(super) fn diagnostic(&self) -> Diagnostic {
        Diagnostic {
            fix: self.fix(),
            ..self.told()
        }
    }

    fn told(&self) -> Diagnostic {
        let tell =
            |code, message: String, label: String| Diagnostic::new(code, self.place, message).label(label);
        match &self.kind {
            Kind::Column { was, due, lines } => {
                let side = if was > due { "right" } else { "left" };
                let (it, begins) = if *lines > 1 {
                    ("them", "these lines begin")
                } else {
                    ("it", "this line begins")
                };
                let spaces = |many: usize| match many {
                    1 => "1 space".to_owned(),
                    many => format!("{many} spaces"),
                };
                tell(
                    Code::INDENTATION,
                    format!("{begins} {} too far to the {side}", spaces(was.abs_diff(*due))),
                    format!("indent {it} by {}", spaces(*due)),
                )
            }
            Kind::Colon(word, rest) => tell(
                Code::NOT_A_KEY,
                format!("a colon is missing after \"{word}\""),
                format!("write \"{word}:{rest}\""),
            ),
            Kind::Space(word) => tell(
                Code::NO_SPACE_AFTER_COLON,
                format!("a space is missing after \"{word}:\""),
                format!("write \"{word}: \" and then the value"),
            ),
            Kind::Word(word, meant) => {
                let message = format!("\"{word}\" is no \"key: value\"");
                let label = match meant {
                    Some(key) => format!("write \"{key}:\""),
                    None => "write a key, a colon, a space and the value".to_owned(),
                };
                tell(Code::NOT_A_KEY, message, label)
            }
            Kind::Opening(mark) => tell(
                Code::BRACKET_NOT_OPENED,
                format!("the {mark} that opens this value is missing"),
                format!("write {mark} before it"),
            ),
            Kind::Head(key) => tell(
                Code::MISSING_KEY,
                format!("the line `{key}:` is missing above this one"),
                format!("write `{key}:` above it, at the very left"),
            ),
            Kind::Swapped => tell(
                Code::INDENTATION,
                "this line belongs below the one that follows it".to_owned(),
                "swap the two lines".to_owned(),
            ),
            Kind::Dash => tell(
                Code::INDENTATION,
                "a dash is missing here: each item of a list begins with one".to_owned(),
                "begin it with `- `".to_owned(),
            ),
            Kind::With => tell(
                Code::MISPLACED_INPUT,
                "these are inputs, and the line `with:` is missing above them".to_owned(),
                "write `with:` above this line, in the column of the key before it".to_owned(),
            ),
        }
    }
}

//! What an editor asks at a place of a file: what may be written there, what stands there, where it is made and used.
//!
//! Every answer is made from the recipe's text, the catalog and the project, by the same reader and the same checker as
//! `check`'s. Nothing here reads a file, and nothing fails: a text that is half typed is answered as far as it goes.

mod about;
mod caret;
mod fixes;
mod fold;
mod form;
mod helper;
mod kind;
mod mend;
mod name;
mod offer;
mod outline;
mod place;
mod scope;
mod uses;
mod word;
mod yaml;

use serde_json::Value;
use souschef_recipe::SourceFile;

use crate::check::Context;
use caret::Caret;

pub use about::{About, about};
pub use fixes::fixes_of_all;
pub use fold::{Fold, folds};
pub use offer::{Offer, OfferKind, Offers};
pub use outline::{Part, Symbol, outline, outline_of_data};
pub use uses::{Named, Target, definition, named, names_in_test, rename, uses};

/// A place of a file, and what is known around it.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The recipe's name in the project: its file name without `.yaml`.
    pub name: &'a str,
    /// The file as it is being written.
    pub source: &'a SourceFile,
    /// The place, in bytes.
    pub at: usize,
    /// What the recipe is checked against.
    pub context: Context<'a>,
    /// The JSON Schema of the file.
    pub schema: &'a Value,
    /// Whether the file is a recipe: only these have expressions.
    pub recipe: bool,
}

/// What may be written at the place.
pub fn offers(question: &Question<'_>) -> Offers {
    let text = question.source.text();
    let at = floor(text, question.at);
    let question = Question { at, ..*question };
    match caret::caret(text, at) {
        Caret::Comment => Offers::default(),
        Caret::Expression(expression) if question.recipe => name::in_expression(&question, &expression),
        Caret::JsonPath(written) if question.recipe => name::in_json_path(&question, &written),
        _ => yaml::offers(&question),
    }
}

/// A helper whose arguments are being written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// `date_add MOMENT DURATION`.
    pub signature: &'static str,
    /// The words of the signature that stand for its arguments.
    pub arguments: Vec<&'static str>,
    /// Which of them is being written, from 0.
    pub argument: usize,
    /// One line of help, in Markdown.
    pub help: &'static str,
}

/// The helper whose arguments are being written at the place.
pub fn call(question: &Question<'_>) -> Option<Call> {
    let text = question.source.text();
    match caret::caret(text, floor(text, question.at)) {
        Caret::Expression(expression) if question.recipe => {
            let helper = souschef_expr::helpers::find(expression.helper.as_deref()?)?;
            let arguments: Vec<&str> = helper.signature.split_whitespace().skip(1).collect();
            Some(Call {
                signature: helper.signature,
                argument: expression.arguments,
                arguments,
                help: helper.help,
            })
        }
        _ => None,
    }
}

/// The place itself, or the nearest before it where a character begins.
fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

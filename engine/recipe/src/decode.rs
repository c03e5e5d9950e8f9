//! From the spanned tree to the typed recipe, with every mistake on the way.

use crate::ast::Recipe;
use crate::diagnostic::Diagnostic;
use crate::span::SourceFile;
use crate::tree::Node;

/// What decoding gives: as much of the recipe as could be read, and everything that was wrong.
#[derive(Clone, Debug)]
pub struct Decoded {
    /// The recipe; absent only where the file is no YAML map at all.
    pub recipe: Option<Recipe>,
    /// The tree it was decoded from; absent where the text is no YAML.
    pub tree: Option<Node>,
    /// Every mistake, in the order of the file.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads a recipe file. Never fails and never panics: what is wrong is in the diagnostics.
pub fn decode(_source: &SourceFile) -> Decoded {
    todo!()
}

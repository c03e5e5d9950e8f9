//! The recipes that are in the binary.

use souschef_recipe::{Recipe, SourceFile, decode};

/// A recipe in the binary.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bundled {
    /// Its name: its file name without `.yaml`.
    pub(crate) name: &'static str,
    /// Its text.
    pub(crate) text: &'static str,
    /// Its test file's text.
    pub(crate) test: Option<&'static str>,
}

/// All of them, by name.
pub(crate) const ALL: &[Bundled] = include!(concat!(env!("OUT_DIR"), "/recipes.rs"));

/// The one that `demo` shows and `init` offers first.
pub(crate) const FIRST: &str = "onboarding";

/// One by name.
pub(crate) fn find(name: &str) -> Option<&'static Bundled> {
    ALL.iter().find(|bundled| bundled.name == name)
}

/// All of them, the first to be offered in front.
pub(crate) fn in_order() -> Vec<&'static Bundled> {
    let (first, others): (Vec<_>, Vec<_>) = ALL.iter().partition(|bundled| bundled.name == FIRST);
    first.into_iter().chain(others).collect()
}

impl Bundled {
    /// The text with a name for messages.
    pub(crate) fn source(&self) -> SourceFile {
        SourceFile::new(format!("{}.yaml", self.name), self.text)
    }

    /// As it is read.
    pub(crate) fn recipe(&self) -> Option<Recipe> {
        decode(&self.source()).recipe
    }

    /// What it is for, in a line.
    pub(crate) fn description(&self) -> String {
        let recipe = self.recipe();
        recipe
            .and_then(|recipe| recipe.description)
            .map(|text| text.value)
            .unwrap_or_default()
    }
}

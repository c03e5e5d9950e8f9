//! Workflows of other tools become recipes, as far as they can be told.
//!
//! An export goes in as text; recipes come out as text, with a list of what could not be carried over. Which node becomes
//! which operation is data (`tables/`). What cannot be told is never guessed: it stands as a comment where it belongs. This
//! crate must never do I/O, trust an export, or go on without end in one.

mod build;
mod condition;
mod expression;
mod n8n;
mod table;
mod value;
mod write;
mod zapier;

use souschef_catalog::Catalog;

/// Bytes that an export may have.
pub const LARGEST: usize = 8 * 1024 * 1024;
/// Steps that one workflow may have.
const MOST_NODES: usize = 500;
/// How deep branches and loops may be nested.
const DEEPEST: usize = 12;

/// The tools whose exports are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// Zapier: a JSON of zaps.
    Zapier,
    /// n8n: a JSON of one workflow.
    N8n,
}

/// A recipe that was made.
#[derive(Clone, Debug)]
pub struct Imported {
    /// What the workflow is called.
    pub name: String,
    /// The recipe, laid out.
    pub text: String,
    /// What could not be carried over, and what must be filled in, a sentence each.
    pub left: Vec<String>,
}

/// Why an export can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is too large.
    #[error("the export has {} MB, and {} MB are read at most", .0.div_ceil(1024 * 1024), LARGEST / 1024 / 1024)]
    TooLarge(usize),
    /// It is no JSON.
    #[error("the export is no JSON: {0}")]
    NotJson(String),
    /// It is JSON of something else.
    #[error("{0}")]
    Other(String),
    /// There is nothing in it.
    #[error("there is nothing in the export: it has no {0}")]
    Empty(&'static str),
    /// It goes in a circle.
    #[error("the workflow goes in a circle through \"{0}\", which a recipe can't")]
    Circle(String),
    /// It has too many steps.
    #[error("the workflow has {0} steps, and {MOST_NODES} are read at most")]
    TooMany(usize),
    /// It is nested too deep.
    #[error("the workflow's branches are nested more than {DEEPEST} deep")]
    TooDeep,
}

/// Makes recipes of an export: one of an n8n workflow, one of each zap.
///
/// # Errors
/// The export can't be read, or is no workflow.
pub fn import(tool: Tool, text: &str, catalog: &Catalog) -> Result<Vec<Imported>, Refusal> {
    if text.len() > LARGEST {
        return Err(Refusal::TooLarge(text.len()));
    }
    let export = serde_json::from_str(text).map_err(|why| Refusal::NotJson(why.to_string()))?;
    match tool {
        Tool::N8n => n8n::import(&export, catalog).map(|one| vec![one]),
        Tool::Zapier => zapier::import(&export, catalog),
    }
}

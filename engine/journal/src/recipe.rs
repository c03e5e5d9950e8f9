//! Recipes' texts, by content hash: what a run ran stays readable however the file changes.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};

use crate::error::{JournalError, Refusal};
use crate::journal::Journal;
use crate::look::Look;
use crate::moment::Moment;

/// A recipe as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecipeText {
    /// Of its text.
    pub hash: String,
    /// Its name: the file's without `.yaml`.
    pub name: String,
    /// The text.
    pub text: String,
}

impl Journal {
    /// Keeps a recipe's text; must come before the first run of it.
    pub async fn keep_recipe(&self, recipe: RecipeText, now: Timestamp) -> Result<(), JournalError> {
        self.state("keep_recipe", move |db| {
            db.prepare_cached(
                "INSERT INTO recipes (hash, name, text, kept_at) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (hash) DO UPDATE SET name = excluded.name, kept_at = excluded.kept_at",
            )?
            .execute(params![recipe.hash, recipe.name, recipe.text, Moment(now)])?;
            Ok(())
        })
        .await
    }
}

impl Look {
    /// A recipe by its hash.
    pub async fn recipe(&self, hash: &str) -> Result<Option<RecipeText>, JournalError> {
        let hash = hash.to_owned();
        self.read(move |db| find(db, &hash)).await
    }

    /// A recipe as it was when it was last in use.
    pub async fn newest_recipe(&self, name: &str) -> Result<Option<RecipeText>, JournalError> {
        let name = name.to_owned();
        self.read(move |db| newest(db, &name)).await
    }
}

pub(crate) fn find(db: &Connection, hash: &str) -> Result<Option<RecipeText>, JournalError> {
    Ok(db
        .prepare_cached("SELECT hash, name, text FROM recipes WHERE hash = ?1")?
        .query_row([hash], read)
        .optional()?)
}

/// The newest text of a name.
pub(crate) fn newest(db: &Connection, name: &str) -> Result<Option<RecipeText>, JournalError> {
    Ok(db
        .prepare_cached("SELECT hash, name, text FROM recipes WHERE name = ?1 ORDER BY kept_at DESC LIMIT 1")?
        .query_row([name], read)
        .optional()?)
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<RecipeText> {
    Ok(RecipeText {
        hash: row.get(0)?,
        name: row.get(1)?,
        text: row.get(2)?,
    })
}

/// Refuses a run of a recipe that is not kept.
pub(crate) fn must_be_kept(db: &Connection, hash: &str) -> Result<(), JournalError> {
    let kept = db
        .prepare_cached("SELECT 1 FROM recipes WHERE hash = ?1")?
        .exists([hash])?;
    if kept {
        Ok(())
    } else {
        Err(Refusal::NoRecipe(hash.to_owned()).into())
    }
}

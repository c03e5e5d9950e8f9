//! The surface of the recipe language as types, from which schemars makes the language part of the recipe schema.
//!
//! Their comments are the help that an editor shows, so they speak to the person who writes a recipe. The types are
//! only looked at, never filled: recipes are read by `souschef-recipe`. A test holds the two against each other.
#![allow(dead_code, reason = "schemars looks at the fields; nothing else does")]

pub(super) mod condition;
pub(super) mod mapping;
pub(super) mod recipe;
pub(super) mod step;
pub(super) mod trigger;
pub(super) mod words;

//! Inputs given as plain values, outside a recipe: for trying one operation. Braces and `$.` mean nothing in them.

use std::collections::BTreeMap;
use std::sync::Arc;

use souschef_catalog::{Catalog, Operation};
use souschef_recipe::{Diagnostic, Node, Recipe, SourceFile, Span, Spanned};

use super::operation::With;
use super::{Checker, Context, tidy};

/// Checks plain values as the inputs of one call. `whole` is where a missing input is told.
pub fn check_inputs(
    operation: &Arc<Operation>,
    catalog: &Catalog,
    source: &SourceFile,
    with: &[(Spanned<String>, Node)],
    whole: Span,
) -> Vec<Diagnostic> {
    let recipe = Recipe::empty(whole);
    let others = BTreeMap::new();
    let context = Context {
        catalog,
        project: None,
        recipes: Some(&others),
    };
    let mut checker = Checker::new("", source, context, &recipe, &[]);
    checker.plain = true;
    checker.with(&With {
        operation,
        with,
        named: whole,
        whole,
        account: None,
        paged: false,
    });
    let mut told = checker.told;
    tidy(&mut told);
    told
}

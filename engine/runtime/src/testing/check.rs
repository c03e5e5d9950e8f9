//! What is wrong with a test file: slips in its form, and names in it that nothing has.

use std::path::Path;

use souschef_recipe::{Code, Diagnostic, Node, NodeKind, SourceFile, Span, nearest};

use super::file::RecipeTest;
use super::form;
use super::run::{beside, recipe_name};
use crate::project::{OpenProject, ProjectError};

/// Everything that is wrong with a test file.
pub fn check(project: &OpenProject, path: &Path, source: &SourceFile) -> Vec<Diagnostic> {
    let (test, mut found) = form::parts(source);
    if let Some(test) = test {
        found.extend(names(project, path, source, &test));
    }
    found
}

/// What names a test uses that nothing has: its recipe, and operations.
pub(super) fn names(
    project: &OpenProject,
    path: &Path,
    source: &SourceFile,
    test: &RecipeTest,
) -> Vec<Diagnostic> {
    let Some(tree) = souschef_recipe::tree::parse(source.text()).tree else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let name = recipe_name(path, test.recipe.as_deref());
    if let Err(ProjectError::NoRecipe { near, .. }) = project.recipe(&beside(path, &name)) {
        let span = tree.get("recipe").map_or(Span::new(0, 0), |node| node.span);
        let diagnostic = Diagnostic::new(
            Code::UNKNOWN_RECIPE,
            span,
            format!("there is no recipe \"{name}\" to test"),
        );
        found.push(match near {
            Some(near) => diagnostic.did_you_mean(near),
            None => diagnostic.label("name the recipe by its file, without .yaml"),
        });
    }
    for case in items(tree.get("cases")) {
        if let Some(NodeKind::Map(entries)) = case.get("answers").map(|node| &node.kind) {
            for entry in entries {
                operation(project, &entry.key.value, entry.key.span, &mut found);
            }
        }
        let expect = case.get("expect");
        for key in ["calls", "calls_include"] {
            for call in items(expect.and_then(|expect| expect.get(key))) {
                if let Some(node) = call.get("call")
                    && let Some(id) = node.as_text()
                {
                    operation(project, id, node.span, &mut found);
                }
            }
        }
    }
    found
}

fn items(node: Option<&Node>) -> &[Node] {
    match node.map(|node| &node.kind) {
        Some(NodeKind::List(items)) => items,
        _ => &[],
    }
}

fn operation(project: &OpenProject, id: &str, span: Span, found: &mut Vec<Diagnostic>) {
    if project.catalog.operation(id).is_some() {
        return;
    }
    let diagnostic = Diagnostic::new(
        Code::UNKNOWN_OPERATION,
        span,
        format!("there is no operation \"{id}\""),
    );
    found.push(match nearest(id, project.catalog.operation_ids()) {
        Some(near) => diagnostic.did_you_mean(near),
        None => diagnostic.note("`souschef catalog WORDS` finds operations by what they do"),
    });
}

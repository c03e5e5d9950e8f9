//! Recipes that run other recipes.

use std::collections::BTreeSet;

use souschef_expr::ValueExpr;
use souschef_recipe::{Code, Diagnostic, Node, Recipe, Spanned, Step, StepKind, nearest};

use super::{Checker, and, listed};

impl<'a> Checker<'a> {
    /// The inputs of a `run_recipe`, held against what the other recipe declares.
    pub(super) fn run_recipe(
        &mut self,
        name: &'a Spanned<String>,
        with: &'a [(Spanned<String>, Node)],
        step: &Step,
    ) -> Vec<(String, ValueExpr)> {
        let values: Vec<(String, ValueExpr)> = with
            .iter()
            .map(|(name, node)| (name.value.clone(), self.value(node)))
            .collect();
        let own = name.value == self.name;
        if own {
            self.tell(
                Diagnostic::new(
                    Code::CIRCLE,
                    name.span,
                    format!("{} runs itself, and would never end", name.value),
                )
                .label("to repeat steps, use for_each:; to go on later, wait:"),
            );
            return values;
        }
        let Some(recipes) = self.context.recipes else {
            return values;
        };
        let Some(other) = recipes.get(&name.value) else {
            self.unknown_recipe(
                name,
                recipes
                    .keys()
                    .map(String::as_str)
                    .filter(|one| *one != self.name)
                    .collect(),
            );
            return values;
        };
        if let Some(circle) = self.circle(&name.value) {
            self.tell(
                Diagnostic::new(
                    Code::CIRCLE,
                    name.span,
                    format!("this recipe runs itself through {}", name.value),
                )
                .label("one of them must not run the other")
                .note(format!("the circle: {}", circle.join(" → "))),
            );
        }
        self.inputs_of(&other.recipe, name, with, &values, step);
        values
    }

    fn unknown_recipe(&mut self, name: &Spanned<String>, known: Vec<&str>) {
        let mut diagnostic = Diagnostic::new(
            Code::UNKNOWN_RECIPE,
            name.span,
            format!("the project has no recipe \"{}\"", name.value),
        );
        let bare = name.value.trim_end_matches(".yaml").trim_end_matches(".yml");
        let bare = bare.rsplit('/').next().unwrap_or(bare);
        diagnostic = match known
            .iter()
            .copied()
            .find(|one| *one == bare)
            .or_else(|| nearest(bare, known.iter().copied()))
        {
            Some(near) if near == bare => {
                diagnostic.label(format!("write {near}: the file's name without folder and .yaml"))
            }
            Some(near) => diagnostic.did_you_mean(near),
            None if self.context.catalog.operation(&name.value).is_some() => {
                diagnostic.label(format!("this is an operation: write `action: {}`", name.value))
            }
            None => diagnostic.label("a recipe is meant by its file's name, without .yaml"),
        };
        if !known.is_empty() {
            diagnostic = diagnostic.note(format!("recipes: {}", listed(known)));
        }
        self.tell(diagnostic);
    }

    fn inputs_of(
        &mut self,
        other: &Recipe,
        name: &Spanned<String>,
        with: &[(Spanned<String>, Node)],
        values: &[(String, ValueExpr)],
        step: &Step,
    ) {
        let mut meant: Vec<&str> = Vec::new();
        for ((given, node), (_, value)) in with.iter().zip(values) {
            let Some(decl) = other.inputs.iter().find(|decl| decl.name.value == given.value) else {
                let known: Vec<&str> = other.inputs.iter().map(|decl| decl.name.value.as_str()).collect();
                let mut diagnostic = Diagnostic::new(
                    Code::UNKNOWN_INPUT,
                    given.span,
                    format!("the recipe {} has no input \"{}\"", name.value, given.value),
                );
                if let Some(near) = nearest(&given.value, known.iter().copied()) {
                    meant.push(near);
                    diagnostic = diagnostic.did_you_mean(near);
                }
                let note = if known.is_empty() {
                    format!("{} declares no inputs: yet", name.value)
                } else {
                    format!("inputs of {}: {}", name.value, listed(known))
                };
                self.tell(diagnostic.note(note));
                continue;
            };
            if let ValueExpr::Literal(literal) = value
                && !literal.is_null()
            {
                self.input_value(decl, node, "the value", true);
            }
        }
        let missing: Vec<&str> = other
            .inputs
            .iter()
            .filter(|decl| decl.required && decl.default.is_none())
            .map(|decl| decl.name.value.as_str())
            .filter(|input| !meant.contains(input) && !with.iter().any(|(given, _)| given.value == *input))
            .collect();
        if !missing.is_empty() && !self.is_torn(step.span) && !self.filled(&name.value, &missing) {
            self.tell(
                Diagnostic::new(
                    Code::MISSING_INPUT,
                    name.span,
                    format!("the recipe {} needs {}", name.value, and(&missing, "and")),
                )
                .label(if missing.len() == 1 {
                    format!("add `{}:` under with:", missing.join(""))
                } else {
                    "add them under with:".to_owned()
                }),
            );
        }
    }

    /// Whether the project file fills all of these inputs of a recipe.
    fn filled(&self, recipe: &str, inputs: &[&str]) -> bool {
        let filled = self
            .context
            .project
            .and_then(|project| project.inputs.get(recipe));
        filled.is_some_and(|filled| inputs.iter().all(|input| filled.contains_key(*input)))
    }

    /// The way from a recipe back to this one.
    fn circle(&self, from: &str) -> Option<Vec<String>> {
        let recipes = self.context.recipes?;
        let mut seen = BTreeSet::new();
        let mut ways = vec![vec![self.name.to_owned(), from.to_owned()]];
        while let Some(way) = ways.pop() {
            let Some(last) = way.last() else { continue };
            if !seen.insert(last.clone()) {
                continue;
            }
            let Some(other) = recipes.get(last) else { continue };
            for step in other.recipe.all_steps() {
                let StepKind::RunRecipe { recipe: next, .. } = &step.kind else {
                    continue;
                };
                let mut longer = way.clone();
                longer.push(next.value.clone());
                if next.value == self.name {
                    return Some(longer);
                }
                ways.push(longer);
            }
        }
        None
    }
}

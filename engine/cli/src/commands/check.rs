//! `souschef check`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use souschef_plan::{OtherRecipe, Project};
use souschef_recipe::{Diagnostic, SourceFile, render};
use souschef_runtime::project::{self, OpenProject, ProjectError, RecipeFile};
use souschef_runtime::testing;

use super::support;
use crate::args::{CheckArgs, CheckFormat, Common};
use crate::exit::Exit;
use crate::show::problems::{self, Problems};
use crate::show::terminal;

/// Checks recipes, test files and the project's own files.
pub(crate) fn check(common: &Common, args: &CheckArgs) -> Exit {
    let project = match support::open(common) {
        Ok(project) => project,
        Err(exit) => return exit,
    };
    let (checked, problems) = match all(&project, &args.paths) {
        Ok(found) => found,
        Err(error) => return support::misnamed(&error),
    };
    if checked == 0 {
        terminal::error(
            "there is nothing to check here",
            Some("recipes stand in a project's recipes folder; `souschef init` begins a project"),
        );
        return Exit::Usage;
    }
    let (errors, warnings) = problems::count(&problems);
    match args.format {
        CheckFormat::Human => {
            terminal::print(&render::human(&problems, terminal::colour(), terminal::width()));
            let files = if checked == 1 {
                "1 file".to_owned()
            } else {
                format!("{checked} files")
            };
            terminal::hint(&format!(
                "{files} checked: {}",
                problems::summary(errors, warnings)
            ));
        }
        CheckFormat::Json => problems::document(checked, &problems),
        CheckFormat::Sarif => terminal::json(&render::sarif(&problems)),
        CheckFormat::Github => terminal::print(&render::github(&problems)),
    }
    if errors > 0 { Exit::Problem } else { Exit::Fine }
}

/// Checks what the paths name, or the whole project: how many files, and what is wrong.
fn all(project: &OpenProject, paths: &[PathBuf]) -> Result<(usize, Problems), ProjectError> {
    let mut problems: Problems = project.problems.clone();
    let mut checked = usize::from(project.has_file) + project.config.connectors.len();
    let mut recipes: Vec<RecipeFile> = Vec::new();
    let mut tests: Vec<PathBuf> = Vec::new();
    if paths.is_empty() {
        add(&mut problems, project.missing_recipes()?);
        recipes = project.recipes()?;
        tests.extend(recipes.iter().filter_map(RecipeFile::test));
    } else {
        checked = 0;
        problems.retain(|(_, list)| !list.is_empty());
        for path in paths {
            sort_in(
                project,
                path,
                &mut recipes,
                &mut tests,
                &mut problems,
                &mut checked,
            )?;
        }
    }
    let others: BTreeMap<String, OtherRecipe> = project.others()?;
    for file in &recipes {
        let source = project::read(&file.path)?;
        let found = project.check(&file.name, &source, Some(&others));
        checked += 1;
        if !found.diagnostics.is_empty() {
            problems.push((source, found.diagnostics));
        }
    }
    for path in &tests {
        let source = project::read(path)?;
        checked += 1;
        let found = testing::check(project, path, &source);
        if !found.is_empty() {
            problems.push((source, found));
        }
    }
    Ok((checked, problems))
}

/// Adds what is told of a file to what was told of it before.
fn add(problems: &mut Problems, more: Option<(SourceFile, Vec<Diagnostic>)>) {
    let Some((source, told)) = more else { return };
    match problems
        .iter_mut()
        .find(|(other, _)| other.name() == source.name())
    {
        Some((_, before)) => before.extend(told),
        None => problems.push((source, told)),
    }
}

/// Sorts a path that the user named in with its like.
fn sort_in(
    project: &OpenProject,
    path: &Path,
    recipes: &mut Vec<RecipeFile>,
    tests: &mut Vec<PathBuf>,
    problems: &mut Problems,
    checked: &mut usize,
) -> Result<(), ProjectError> {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    if path.is_dir() {
        for file in project::recipes_in(path)? {
            tests.extend(file.test());
            recipes.push(file);
        }
    } else if name == project::FILE {
        let source = project::read(path)?;
        let (_, diagnostics) = Project::parse(&source);
        *checked += 1;
        let known = problems.iter().any(|(other, _)| other.name() == source.name());
        if !known && !diagnostics.is_empty() {
            problems.push((source, diagnostics));
        }
        if std::fs::canonicalize(path).ok() == std::fs::canonicalize(project.root.join(project::FILE)).ok() {
            add(problems, project.missing_recipes()?);
        }
    } else if project::tested(&name).is_some() {
        tests.push(path.to_path_buf());
    } else if path.is_file() && !name.ends_with(".yaml") && !name.ends_with(".yml") {
        // A file of another name was named on purpose: it is taken for a recipe.
        recipes.push(RecipeFile {
            name: name.clone(),
            path: path.to_path_buf(),
        });
    } else {
        let file = project.recipe(&path.to_string_lossy())?;
        let source = project::read(&file.path)?;
        match project.check_connector(&source) {
            Some(diagnostics) => {
                *checked += 1;
                if !diagnostics.is_empty() {
                    problems.push((source, diagnostics));
                }
            }
            None => recipes.push(file),
        }
    }
    Ok(())
}

//! The project as the service has it: the recipes as they are now, each as it was last right, and the plans of kept texts.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use indexmap::IndexMap;
use souschef_journal::RecipeText;
use souschef_plan::{Context, Plan};
use souschef_recipe::{Diagnostic, Severity, SourceFile};

use crate::driver::Plans;
use crate::project::{OpenProject, ProjectError, read};

/// So many plans of older texts are kept ready.
const KEPT_READY: usize = 512;

/// The project at one moment.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The project file and the catalog.
    pub project: OpenProject,
    /// The recipes that can run, by name. One whose file has mistakes stands here as it was last right.
    pub plans: BTreeMap<String, Arc<Plan>>,
    /// What is wrong with the files as they are: mistakes that keep a recipe, or a change of it, from running.
    pub problems: Vec<(SourceFile, Vec<Diagnostic>)>,
}

/// The recipes.
#[derive(Debug)]
pub(crate) struct Book {
    now: RwLock<Arc<Snapshot>>,
    older: Mutex<IndexMap<(String, String), Arc<Plan>>>,
}

impl Book {
    pub(crate) fn open(project: OpenProject) -> Result<Self, ProjectError> {
        let snapshot = read_all(project, &BTreeMap::new())?;
        Ok(Self {
            now: RwLock::new(Arc::new(snapshot)),
            older: Mutex::default(),
        })
    }

    pub(crate) fn now(&self) -> Arc<Snapshot> {
        Arc::clone(&self.now.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads a project anew. What is wrong now keeps its last right form.
    pub(crate) fn read_again(&self) -> Result<Snapshot, ProjectError> {
        let last = self.now();
        let mut project = OpenProject::open(&last.project.root)?;
        let broken: Vec<_> = std::mem::take(&mut project.problems);
        if broken.iter().any(|(_, list)| is_wrong(list)) {
            // The project file or a connector has mistakes: all stays as it was, but for what is said.
            project = last.project.clone();
        }
        let mut snapshot = read_all(project, &last.plans)?;
        snapshot.problems.splice(0..0, broken);
        Ok(snapshot)
    }

    /// The recipes that are in the project and can't run, for there is no right form of them here.
    pub(crate) fn unserved(&self) -> Result<Vec<String>, ProjectError> {
        let now = self.now();
        let files = now.project.recipes()?.into_iter().map(|file| file.name);
        Ok(files.filter(|name| !now.plans.contains_key(name)).collect())
    }

    /// Takes texts that were right once as the last right forms of recipes whose files have mistakes. One that is right no
    /// more, since the project has changed, is left out.
    pub(crate) fn bring_back(&self, texts: Vec<RecipeText>) -> Result<(), ProjectError> {
        let now = self.now();
        let others = now.project.others()?;
        let mut plans = now.plans.clone();
        for text in texts {
            let source = SourceFile::new(format!("{}.yaml", text.name), text.text);
            if let Some(plan) = now.project.check(&text.name, &source, Some(&others)).plan {
                tracing::warn!(
                    recipe = text.name,
                    "its file has mistakes; it goes on as it was last right, before this start"
                );
                plans.insert(text.name, plan);
            }
        }
        self.set(Snapshot {
            plans,
            ..now.as_ref().clone()
        });
        Ok(())
    }

    pub(crate) fn set(&self, snapshot: Snapshot) {
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(snapshot);
    }
}

/// The texts of the recipes that can run.
pub(crate) fn texts(snapshot: &Snapshot) -> Vec<RecipeText> {
    snapshot
        .plans
        .values()
        .map(|plan| RecipeText {
            hash: plan.hash.clone(),
            name: plan.recipe.clone(),
            text: plan.text.to_string(),
        })
        .collect()
}

fn is_wrong(list: &[Diagnostic]) -> bool {
    list.iter().any(|one| one.severity() == Severity::Error)
}

fn read_all(project: OpenProject, last: &BTreeMap<String, Arc<Plan>>) -> Result<Snapshot, ProjectError> {
    let others = project.others()?;
    let mut plans = BTreeMap::new();
    let mut problems = Vec::new();
    for file in project.recipes()? {
        let source = match read(&file.path) {
            Ok(source) => source,
            // It went between the listing and the reading: as if it had not been listed.
            Err(ProjectError::Read { why, .. }) if why.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        let checked = project.check(&file.name, &source, Some(&others));
        match (checked.plan, last.get(&file.name)) {
            (Some(plan), _) => {
                plans.insert(file.name, plan);
            }
            (None, Some(plan)) => {
                plans.insert(file.name, Arc::clone(plan));
            }
            (None, None) => {}
        }
        if is_wrong(&checked.diagnostics) {
            problems.push((source, checked.diagnostics));
        }
    }
    Ok(Snapshot {
        project,
        plans,
        problems,
    })
}

impl Plans for Book {
    fn of(&self, recipe: &RecipeText) -> Result<Arc<Plan>, String> {
        let now = self.now();
        if let Some(plan) = now
            .plans
            .get(&recipe.name)
            .filter(|plan| plan.hash == recipe.hash)
        {
            return Ok(Arc::clone(plan));
        }
        let key = (recipe.name.clone(), recipe.hash.clone());
        if let Some(plan) = self
            .older
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&key)
        {
            return Ok(Arc::clone(plan));
        }
        // A text that was right once is held against the catalog only: accounts and other recipes may have changed since,
        // and what of that matters shows when the step is done.
        let source = SourceFile::new(format!("{}.yaml", recipe.name), recipe.text.clone());
        let context = Context {
            catalog: &now.project.catalog,
            project: None,
            recipes: None,
        };
        let checked = souschef_plan::check(&recipe.name, &source, context);
        let plan = checked.plan.ok_or_else(|| {
            let first = checked
                .diagnostics
                .iter()
                .find(|one| one.severity() == Severity::Error)
                .map_or_else(String::new, |one| {
                    format!(" ({}: {})", one.code.id(), one.message)
                });
            format!(
                "the recipe {} as it was when the event came can't be used any more{first}",
                recipe.name
            )
        })?;
        let mut older = self.older.lock().unwrap_or_else(PoisonError::into_inner);
        if older.len() >= KEPT_READY {
            older.shift_remove_index(0);
        }
        older.insert(key, Arc::clone(&plan));
        Ok(plan)
    }

    fn current(&self, recipe: &str) -> Result<Arc<Plan>, String> {
        self.now()
            .plans
            .get(recipe)
            .cloned()
            .ok_or_else(|| format!("the project has no recipe {recipe} that can run; see `souschef check`"))
    }
}

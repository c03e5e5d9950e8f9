//! Opening a project: its file, its connectors, its recipes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Map, Value};
use souschef_catalog::{Catalog, CatalogError};
use souschef_plan::{Checked, Context, OtherRecipe, Project};
use souschef_recipe::{Code, Diagnostic, SourceFile, Span};

/// The project file's name.
pub const FILE: &str = "souschef.yaml";

/// Why a file of the project can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// It can't be read.
    #[error("can't read {path}: {why}")]
    Read {
        /// As the user would name it.
        path: String,
        /// The system's words.
        why: std::io::Error,
    },
    /// It is no text in UTF-8.
    #[error("{path} is not text in UTF-8")]
    NotText {
        /// As the user would name it.
        path: String,
    },
    /// It is larger than any file of a project may be.
    #[error("{path} is larger than {} KB, the most that a file of a project may have", LARGEST / 1024)]
    TooLarge {
        /// As the user would name it.
        path: String,
    },
    /// There is no recipe of this name.
    #[error("there is no {} {name}{}", if name.contains(['.', '/']) { "file" } else { "recipe" }, near.as_ref().map_or_else(String::new, |near| format!("; did you mean {near}?")))]
    NoRecipe {
        /// As it was asked for.
        name: String,
        /// One that is nearly named so.
        near: Option<String>,
    },
}

/// Bytes that a file of a project may have; recipes have their own, smaller limit.
const LARGEST: u64 = 1024 * 1024;

/// A recipe's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecipeFile {
    /// Its file name without `.yaml`: how other recipes and commands call it.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
}

impl RecipeFile {
    /// The test file beside it, where there is one.
    pub fn test(&self) -> Option<PathBuf> {
        let test = self.path.with_file_name(format!("{}.test.yaml", self.name));
        test.is_file().then_some(test)
    }
}

/// A project, read.
#[derive(Clone, Debug)]
pub struct OpenProject {
    /// The folder of the project file, or where the user stands.
    pub root: PathBuf,
    /// Whether there is a project file.
    pub has_file: bool,
    /// The project file's content.
    pub config: Project,
    /// The bundled catalog and the project's own connectors.
    pub catalog: Arc<Catalog>,
    /// What is wrong with the project file and the connector files.
    pub problems: Vec<(SourceFile, Vec<Diagnostic>)>,
}

impl OpenProject {
    /// The folder that holds the project file: this one or the nearest above; this one where there is none.
    pub fn find(start: &Path) -> PathBuf {
        start
            .ancestors()
            .find(|folder| folder.join(FILE).is_file())
            .unwrap_or(start)
            .to_path_buf()
    }

    /// A project with nothing set and the bundled catalog; no file is looked at.
    pub fn empty(root: &Path) -> Self {
        Self {
            root: root.to_path_buf(),
            has_file: false,
            config: Project::default(),
            catalog: Arc::new(Catalog::bundled()),
            problems: Vec::new(),
        }
    }

    /// Opens the project in a folder. A folder without a project file is a project with nothing set.
    ///
    /// # Errors
    /// Files that can't be read. What is wrong inside them is in `problems`.
    pub fn open(root: &Path) -> Result<Self, ProjectError> {
        let file = root.join(FILE);
        let mut problems = Vec::new();
        let has_file = file.is_file();
        let config = if has_file {
            let source = read(&file)?;
            let (config, diagnostics) = Project::parse(&source);
            if !diagnostics.is_empty() {
                problems.push((source, diagnostics));
            }
            config.unwrap_or_default()
        } else {
            Project::default()
        };
        let mut files = Vec::new();
        for name in &config.connectors {
            let source = read(&root.join(name))?;
            files.push((source.name().to_owned(), source.text().to_owned()));
        }
        let catalog = match Catalog::with_files(&files) {
            Ok(catalog) => catalog,
            Err(errors) => {
                problems.extend(diagnostics_of(errors, &files));
                Catalog::bundled()
            }
        };
        Ok(Self {
            root: root.to_path_buf(),
            has_file,
            config,
            catalog: Arc::new(catalog),
            problems,
        })
    }

    /// The project's recipes, by name.
    ///
    /// # Errors
    /// A recipe folder that can't be read.
    pub fn recipes(&self) -> Result<Vec<RecipeFile>, ProjectError> {
        let mut found = Vec::new();
        let places = if self.config.recipes.is_empty() {
            vec!["recipes".to_owned()]
        } else {
            self.config.recipes.clone()
        };
        for place in places {
            let path = self.root.join(&place);
            if path.is_dir() {
                found.extend(recipes_in(&path)?);
            } else if path.is_file() {
                found.extend(recipe_file(&path));
            }
        }
        found.sort_by(|a, b| a.name.cmp(&b.name));
        found.dedup();
        Ok(found)
    }

    /// What the project file names of recipes that there are not. It is no mistake that keeps anything from running.
    ///
    /// # Errors
    /// Files that can't be read.
    pub fn missing_recipes(&self) -> Result<Option<(SourceFile, Vec<Diagnostic>)>, ProjectError> {
        if !self.has_file {
            return Ok(None);
        }
        let names: Vec<String> = self.recipes()?.into_iter().map(|file| file.name).collect();
        let source = read(&self.root.join(FILE))?;
        let told = Project::missing_recipes(&source, &names);
        Ok((!told.is_empty()).then_some((source, told)))
    }

    /// A recipe by its path, or by its name in the project.
    ///
    /// # Errors
    /// There is none.
    pub fn recipe(&self, wanted: &str) -> Result<RecipeFile, ProjectError> {
        let path = Path::new(wanted);
        if path.is_file()
            && let Some(file) = recipe_file(path)
        {
            return Ok(file);
        }
        let recipes = self.recipes()?;
        let near = recipes
            .iter()
            .map(|recipe| (strsim::jaro_winkler(&recipe.name, wanted), &recipe.name))
            .filter(|(likeness, _)| *likeness > 0.75)
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, name)| name.clone());
        recipes
            .into_iter()
            .find(|recipe| recipe.name == wanted)
            .ok_or_else(|| ProjectError::NoRecipe {
                name: wanted.to_owned(),
                near,
            })
    }

    /// The settings that the project file has for a recipe.
    pub fn inputs_of(&self, recipe: &str) -> Map<String, Value> {
        let inputs = self.config.inputs.get(recipe).cloned();
        inputs.unwrap_or_default().into_iter().collect()
    }

    /// What each recipe of the project is, for those that call it.
    ///
    /// # Errors
    /// Files that can't be read.
    pub fn others(&self) -> Result<BTreeMap<String, OtherRecipe>, ProjectError> {
        let mut others = BTreeMap::new();
        for file in self.recipes()? {
            let source = read(&file.path)?;
            if let Some(recipe) = souschef_recipe::decode(&source).recipe {
                others.insert(file.name, OtherRecipe { recipe });
            }
        }
        Ok(others)
    }

    /// Checks a file of operations, where the file is one: it says `connector:` and has no `actions:`. A file that the
    /// project uses was checked when the project was opened, with those that it belongs to.
    pub fn check_connector(&self, source: &SourceFile) -> Option<Vec<Diagnostic>> {
        let has = |key: &str| source.text().lines().any(|line| line.starts_with(key));
        if !has("connector:") || has("actions:") {
            return None;
        }
        let own = self
            .config
            .connectors
            .iter()
            .any(|file| shown(&self.root.join(file)) == source.name());
        if own {
            return Some(Vec::new());
        }
        let files = [(source.name().to_owned(), source.text().to_owned())];
        let errors = Catalog::with_files(&files).err().unwrap_or_default();
        Some(
            diagnostics_of(errors, &files)
                .into_iter()
                .flat_map(|(_, list)| list)
                .collect(),
        )
    }

    /// Checks one recipe against this project.
    pub fn check(
        &self,
        name: &str,
        source: &SourceFile,
        others: Option<&BTreeMap<String, OtherRecipe>>,
    ) -> Checked {
        let context = Context {
            catalog: &self.catalog,
            project: self.has_file.then_some(&self.config),
            recipes: others,
        };
        souschef_plan::check(name, source, context)
    }

    /// Checks one recipe, reading the others only where it calls one.
    ///
    /// # Errors
    /// Files that can't be read.
    pub fn check_alone(&self, file: &RecipeFile) -> Result<(SourceFile, Checked), ProjectError> {
        let source = read(&file.path)?;
        let others = if source.text().contains("run_recipe") {
            Some(self.others()?)
        } else {
            None
        };
        let checked = self.check(&file.name, &source, others.as_ref());
        Ok((source, checked))
    }
}

/// Reads a file of the project; its name is shown relative to where the user stands.
///
/// # Errors
/// It can't be read, is too large, or is no text.
pub fn read(path: &Path) -> Result<SourceFile, ProjectError> {
    let name = shown(path);
    let failed = |why| ProjectError::Read {
        path: name.clone(),
        why,
    };
    if std::fs::metadata(path).map_err(failed)?.len() > LARGEST {
        return Err(ProjectError::TooLarge { path: name });
    }
    let bytes = std::fs::read(path).map_err(failed)?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(SourceFile::new(name, text)),
        Err(_) => Err(ProjectError::NotText { path: name }),
    }
}

/// A path as the user would write it: relative to where they stand where it lies below.
pub fn shown(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    let path = path.strip_prefix(&here).unwrap_or(path);
    let path = path.strip_prefix(".").unwrap_or(path);
    path.display().to_string()
}

/// The name of the recipe that a file tests, by the file's own name; nothing where it is no test file.
pub fn tested(file: &str) -> Option<&str> {
    file.strip_suffix(".test.yaml")
        .or_else(|| file.strip_suffix(".test.yml"))
}

/// The recipes below a folder: every `.yaml` or `.yml` that is no test and no project file.
///
/// # Errors
/// A folder that can't be read.
pub fn recipes_in(folder: &Path) -> Result<Vec<RecipeFile>, ProjectError> {
    let failed = |why| ProjectError::Read {
        path: shown(folder),
        why,
    };
    let mut found = Vec::new();
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .map_err(failed)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()
        .map_err(failed)?;
    entries.sort();
    for path in entries {
        let hidden = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if hidden {
            continue;
        }
        if path.is_dir() {
            found.extend(recipes_in(&path)?);
        } else {
            found.extend(recipe_file(&path));
        }
    }
    Ok(found)
}

fn recipe_file(path: &Path) -> Option<RecipeFile> {
    let file = path.file_name()?.to_str()?;
    let name = file.strip_suffix(".yaml").or_else(|| file.strip_suffix(".yml"))?;
    if name.ends_with(".test") || file == FILE {
        return None;
    }
    Some(RecipeFile {
        name: name.to_owned(),
        path: path.to_path_buf(),
    })
}

/// Mistakes in connector files, as diagnostics with their files.
fn diagnostics_of(
    errors: Vec<CatalogError>,
    files: &[(String, String)],
) -> Vec<(SourceFile, Vec<Diagnostic>)> {
    let mut found: Vec<(SourceFile, Vec<Diagnostic>)> = Vec::new();
    for error in errors {
        let index = found
            .iter()
            .position(|(source, _)| source.name() == error.file)
            .unwrap_or_else(|| {
                let text = files
                    .iter()
                    .find(|(name, _)| *name == error.file)
                    .map_or("", |(_, text)| text);
                found.push((SourceFile::new(error.file.clone(), text), Vec::new()));
                found.len() - 1
            });
        let Some((source, list)) = found.get_mut(index) else {
            continue;
        };
        let start = source.offset(error.line, error.column);
        let end = source.text().get(start..).map_or(start, |rest| {
            start + rest.find(['\n', ' ', ',']).unwrap_or(rest.len())
        });
        let mut diagnostic = Diagnostic::new(Code::of(error.code), Span::new(start, end), error.message);
        if let Some(help) = error.help {
            diagnostic = diagnostic.label(help);
        }
        list.push(diagnostic);
    }
    found
}

//! The open documents and the projects that they belong to.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use souschef_catalog::schema;
use souschef_plan::{Context, OtherRecipe, Project};
use souschef_recipe::{Diagnostic, SourceFile, decode};
use souschef_runtime::project::{self, OpenProject};
use souschef_runtime::testing;
use url::Url;

use crate::lines::Lines;

/// An open document.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    pub(crate) uri: String,
    /// Where it is; none where it was not saved yet.
    pub(crate) path: Option<PathBuf>,
    /// Its text, as it is being written.
    pub(crate) source: SourceFile,
    pub(crate) lines: Lines,
    /// The editor's number of this text.
    pub(crate) version: i64,
}

/// What kind of file a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Recipe,
    Test,
    Project,
    Connector,
    /// YAML of something else.
    Other,
}

impl Document {
    pub(crate) fn new(uri: &str, text: &str, version: i64) -> Self {
        let path = Url::parse(uri).ok().and_then(|url| url.to_file_path().ok());
        let name = path
            .as_deref()
            .and_then(Path::file_name)
            .map_or_else(|| uri.to_owned(), |name| name.to_string_lossy().into_owned());
        Self {
            uri: uri.to_owned(),
            path,
            source: SourceFile::new(name, text),
            lines: Lines::new(text),
            version,
        }
    }

    pub(crate) fn text(&self) -> &str {
        self.source.text()
    }

    /// Puts another text in the place of a part, as the editor says it was changed.
    pub(crate) fn change(&mut self, from: (usize, usize), to: (usize, usize), by: &str) {
        let text = self.text();
        let start = self.lines.offset(text, from.0, from.1);
        let end = self.lines.offset(text, to.0, to.1).max(start);
        let head = text.get(..start).unwrap_or_default();
        let tail = text.get(end..).unwrap_or_default();
        let text = format!("{head}{by}{tail}");
        self.put(&text);
    }

    /// Puts another text in the place of all of it.
    pub(crate) fn put(&mut self, text: &str) {
        self.lines = Lines::new(text);
        self.source = SourceFile::new(self.source.name(), text);
    }

    /// The recipe's name in its project: the file's name without what it ends in.
    pub(crate) fn name(&self) -> &str {
        let name = self.source.name();
        name.strip_suffix(".yaml")
            .or_else(|| name.strip_suffix(".yml"))
            .unwrap_or(name)
    }

    pub(crate) fn kind(&self) -> Kind {
        let has = |key: &str| self.text().lines().any(|line| line.starts_with(key));
        match self.name() {
            "souschef" => Kind::Project,
            name if name.ends_with(".test") => Kind::Test,
            _ if has("connector:") && !has("actions:") => Kind::Connector,
            _ if self.is_recipe() => Kind::Recipe,
            _ => Kind::Other,
        }
    }

    /// Whether it may be meant for a recipe: other YAML is left alone, also where it has a key of the same name.
    fn is_recipe(&self) -> bool {
        let text = self.text();
        let modeline = text
            .lines()
            .take(5)
            .any(|line| line.contains("recipe.schema.json"));
        let empty = text
            .lines()
            .all(|line| line.trim().is_empty() || line.starts_with('#'));
        let says = |key: &str| text.lines().any(|line| line.starts_with(key));
        let (trigger, actions) = (says("trigger:"), says("actions:"));
        let (sure, likely) = (modeline || (trigger && actions), trigger || actions || empty);
        let Some(path) = &self.path else {
            return sure || likely;
        };
        let among = path
            .parent()
            .and_then(Path::file_name)
            .is_some_and(|name| name == "recipes");
        sure || among || (likely && Self::in_project(path))
    }

    fn in_project(path: &Path) -> bool {
        OpenProject::find(path).join(project::FILE).is_file()
    }
}

/// A project, with what is asked of it often.
#[derive(Clone, Debug)]
pub(crate) struct Home {
    pub(crate) open: OpenProject,
    recipe_schema: Arc<Value>,
    others: BTreeMap<String, OtherRecipe>,
}

/// Everything that is known.
#[derive(Debug, Default)]
pub(crate) struct World {
    documents: BTreeMap<String, Document>,
    /// The projects as they are on the disk.
    homes: BTreeMap<PathBuf, Home>,
    /// The projects with what is open in the editor, until that changes.
    current: BTreeMap<PathBuf, Arc<Home>>,
    schemas: BTreeMap<&'static str, Arc<Value>>,
}

impl World {
    pub(crate) fn open(&mut self, document: Document) {
        self.current.clear();
        self.documents.insert(document.uri.clone(), document);
    }

    pub(crate) fn close(&mut self, uri: &str) -> Option<Document> {
        self.current.clear();
        self.documents.remove(uri)
    }

    pub(crate) fn document(&self, uri: &str) -> Option<&Document> {
        self.documents.get(uri)
    }

    /// A document that is about to change.
    pub(crate) fn document_mut(&mut self, uri: &str) -> Option<&mut Document> {
        self.current.clear();
        self.documents.get_mut(uri)
    }

    pub(crate) fn documents(&self) -> impl Iterator<Item = &Document> {
        self.documents.values()
    }

    /// Forgets what was read of the projects: their files have changed.
    pub(crate) fn forget(&mut self) {
        self.homes.clear();
        self.current.clear();
    }

    /// The folder of the project that a document belongs to.
    pub(crate) fn root(document: &Document) -> PathBuf {
        match &document.path {
            Some(path) => OpenProject::find(path.parent().unwrap_or(path)),
            None => std::env::current_dir().unwrap_or_default(),
        }
    }

    /// The project that a document belongs to. What is open in the editor counts as it is being written.
    pub(crate) fn home(&mut self, document: &Document) -> Arc<Home> {
        let root = Self::root(document);
        if let Some(home) = self.current.get(&root) {
            return Arc::clone(home);
        }
        if !self.homes.contains_key(&root) {
            let home = self.read(&root);
            self.homes.insert(root.clone(), home);
        }
        let mut home = match self.homes.get(&root) {
            Some(home) => home.clone(),
            None => self.read(&root),
        };
        for other in self.documents.values().filter(|other| Self::root(other) == root) {
            match other.kind() {
                Kind::Recipe if other.path.is_some() => {
                    if let Some(recipe) = decode(&other.source).recipe {
                        home.others
                            .insert(other.name().to_owned(), OtherRecipe { recipe });
                    }
                }
                Kind::Project => {
                    if let (Some(config), _) = Project::parse(&other.source) {
                        home.open.config = config;
                        home.open.has_file = true;
                    }
                }
                _ => {}
            }
        }
        let home = Arc::new(home);
        self.current.insert(root, Arc::clone(&home));
        home
    }

    /// Reads a project from its folder. One that can't be read is a project with nothing set.
    fn read(&mut self, root: &Path) -> Home {
        let open = OpenProject::open(root).unwrap_or_else(|_| OpenProject::empty(root));
        let others = open.others().unwrap_or_default();
        let recipe_schema = if open.config.connectors.is_empty() {
            self.schema("recipe", || schema::recipe(&open.catalog))
        } else {
            Arc::new(schema::recipe(&open.catalog))
        };
        Home {
            open,
            recipe_schema,
            others,
        }
    }

    fn schema(&mut self, name: &'static str, make: impl FnOnce() -> Value) -> Arc<Value> {
        Arc::clone(self.schemas.entry(name).or_insert_with(|| Arc::new(make())))
    }

    /// The schema of a document.
    pub(crate) fn schema_of(&mut self, document: &Document, home: &Home) -> Option<Arc<Value>> {
        match document.kind() {
            Kind::Recipe => Some(Arc::clone(&home.recipe_schema)),
            Kind::Test => Some(self.schema("test", testing::schema)),
            Kind::Project => Some(self.schema("project", Project::schema)),
            Kind::Connector => Some(self.schema("connector", schema::connector)),
            Kind::Other => None,
        }
    }

    /// All that is wrong with a document.
    pub(crate) fn problems(&mut self, document: &Document) -> Vec<Diagnostic> {
        let home = self.home(document);
        match document.kind() {
            Kind::Recipe => home.check(document),
            Kind::Test => match &document.path {
                Some(path) => testing::check(&home.open, path, &document.source),
                None => Vec::new(),
            },
            Kind::Project => Project::parse(&document.source).1,
            Kind::Connector => home.open.check_connector(&document.source).unwrap_or_default(),
            Kind::Other => Vec::new(),
        }
    }
}

impl Home {
    /// What a recipe of this project is checked against.
    pub(crate) fn context(&self) -> Context<'_> {
        Context {
            catalog: &self.open.catalog,
            project: self.open.has_file.then_some(&self.open.config),
            recipes: Some(&self.others),
        }
    }

    fn check(&self, document: &Document) -> Vec<Diagnostic> {
        souschef_plan::check(document.name(), &document.source, self.context()).diagnostics
    }
}

//! `souschef fmt`.

use std::io::Write;
use std::path::{Path, PathBuf};

use souschef_recipe::SourceFile;
use souschef_recipe::format::{format, format_data};
use souschef_runtime::project::{self, OpenProject, ProjectError, RecipeFile};

use super::support;
use crate::args::{Common, FmtArgs};
use crate::exit::Exit;
use crate::show::problems::{self, Problems};
use crate::show::terminal;

/// Lays out the files of a project.
pub(crate) fn fmt(common: &Common, args: &FmtArgs) -> Exit {
    if args.paths.iter().any(|path| path.as_os_str() == "-") {
        return stdin(args);
    }
    let project = match support::open(common) {
        Ok(project) => project,
        Err(exit) => return exit,
    };
    let files = support::chosen(
        files(&project, &args.paths),
        "there is nothing to lay out here",
        "give a recipe's file",
    );
    let files = match files {
        Ok(files) => files,
        Err(exit) => return exit,
    };
    match all(&project, &files, args) {
        Ok(exit) => exit,
        Err(message) => support::failed(&message),
    }
}

/// Standard input in, standard output out.
fn stdin(args: &FmtArgs) -> Exit {
    if args.paths.len() > 1 {
        terminal::error("- for standard input stands alone", None);
        return Exit::Usage;
    }
    let (name, text) = match support::text("-") {
        Ok(read) => read,
        Err(exit) => return exit,
    };
    match format(&text) {
        Ok(laid_out) if args.check && laid_out == text => Exit::Fine,
        Ok(_) if args.check => {
            terminal::line(&name);
            Exit::Problem
        }
        Ok(laid_out) => {
            terminal::print(&laid_out);
            Exit::Fine
        }
        Err(wrong) => {
            problems::say(&vec![(SourceFile::new(name, text), wrong)]);
            Exit::Problem
        }
    }
}

fn all(project: &OpenProject, files: &[PathBuf], args: &FmtArgs) -> Result<Exit, String> {
    let mut broken: Problems = Vec::new();
    let mut changed = 0;
    for path in files {
        let source = project::read(path).map_err(|error| error.to_string())?;
        let laid_out = if is_recipe(project, path, &source) {
            format(source.text())
        } else {
            format_data(source.text())
        };
        let laid_out = match laid_out {
            Ok(laid_out) => laid_out,
            Err(wrong) => {
                broken.push((source, wrong));
                continue;
            }
        };
        let other = laid_out != source.text();
        changed += usize::from(other);
        if args.stdout {
            terminal::print(&laid_out);
        } else if other && args.check {
            terminal::line(source.name());
        } else if other {
            replace(path, &laid_out).map_err(|why| format!("can't write {}: {why}", source.name()))?;
            terminal::hint(&format!("laid out {}", source.name()));
        }
    }
    problems::say(&broken);
    if !args.stdout {
        told(files.len(), changed, broken.len(), args.check);
    }
    let bad = !broken.is_empty() || (args.check && changed > 0);
    Ok(if bad { Exit::Problem } else { Exit::Fine })
}

fn told(files: usize, changed: usize, broken: usize, check: bool) {
    let many = |count: usize| {
        if count == 1 {
            "1 file".to_owned()
        } else {
            format!("{count} files")
        }
    };
    let what = match (changed, check) {
        (0, _) => "nothing to change".to_owned(),
        (_, true) => format!("{changed} would change; `souschef fmt` changes them"),
        (_, false) => format!("{changed} changed"),
    };
    let left = match broken {
        0 => String::new(),
        _ => format!("; {} left as it was, because it can't be read", many(broken)),
    };
    terminal::hint(&format!("{}: {what}{left}", many(files)));
}

/// The files that the paths name, or those of the whole project.
fn files(project: &OpenProject, paths: &[PathBuf]) -> Result<Vec<PathBuf>, ProjectError> {
    let mut found = Vec::new();
    let with_test = |file: &RecipeFile| [Some(file.path.clone()), file.test()].into_iter().flatten();
    if paths.is_empty() {
        if project.has_file {
            found.push(project.root.join(project::FILE));
        }
        found.extend(
            project
                .config
                .connectors
                .iter()
                .map(|name| project.root.join(name)),
        );
        found.extend(project.recipes()?.iter().flat_map(with_test));
    }
    for path in paths {
        if path.is_dir() {
            found.extend(project::recipes_in(path)?.iter().flat_map(with_test));
        } else if path.is_file() {
            found.push(path.clone());
        } else {
            found.push(project.recipe(&path.to_string_lossy())?.path);
        }
    }
    found.dedup();
    Ok(found)
}

/// Whether the order of keys is the language's; that of other files is their author's.
fn is_recipe(project: &OpenProject, path: &Path, source: &SourceFile) -> bool {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy())
        .unwrap_or_default();
    let other = name == project::FILE || project::tested(&name).is_some();
    !other && project.check_connector(source).is_none()
}

/// Puts a text in a file's place, in one step: whoever reads it sees the old text or the new one, and a failure leaves
/// the old one. A link stays a link, and the file keeps its permissions.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let path = path.canonicalize()?;
    let permissions = std::fs::metadata(&path)?.permissions();
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy())
        .unwrap_or_default();
    let beside = path.with_file_name(format!(".{name}.{}.new", std::process::id()));
    let mut file = std::fs::File::create_new(&beside)?;
    let written = file
        .write_all(text.as_bytes())
        .and_then(|()| file.set_permissions(permissions))
        .and_then(|()| file.sync_all())
        .and_then(|()| std::fs::rename(&beside, &path));
    if written.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    written
}

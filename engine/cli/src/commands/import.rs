//! `souschef import`.

use std::io::Read;

use souschef_import::{Imported, LARGEST, Tool, import as made};
use souschef_recipe::SourceFile;
use souschef_runtime::project::{self, OpenProject};

use super::{new, support};
use crate::args::{Common, ImportArgs, ImportTool};
use crate::exit::Exit;
use crate::show::problems::{self, Problems};
use crate::show::terminal;

/// Makes recipes of another tool's workflow.
pub(crate) fn import(common: &Common, args: &ImportArgs) -> Exit {
    imported(common, args).unwrap_or_else(|exit| exit)
}

fn imported(common: &Common, args: &ImportArgs) -> Result<Exit, Exit> {
    let project = support::open(common)?;
    let text = read(&args.file)?;
    let tool = match args.tool {
        ImportTool::Zapier => Tool::Zapier,
        ImportTool::N8n => Tool::N8n,
    };
    let recipes =
        made(tool, &text, &project.catalog).map_err(|refusal| support::failed(&refusal.to_string()))?;
    if recipes.len() > 1 && !args.write {
        terminal::error(
            &format!("the export holds {} workflows", recipes.len()),
            Some("--write writes each to a file of its own"),
        );
        return Err(Exit::Usage);
    }
    let mut found: Problems = Vec::new();
    for recipe in &recipes {
        let name = if args.write {
            written(&project, recipe)?
        } else {
            terminal::print(&recipe.text);
            new::file_name(&recipe.name)
        };
        told(recipe);
        let source = SourceFile::new(name.clone(), recipe.text.clone());
        let said = project.check(&name, &source, None);
        found.push((source, said.diagnostics));
    }
    problems::say(&found);
    let (errors, warnings) = problems::count(&found);
    terminal::hint(&format!("checked: {}", problems::summary(errors, warnings)));
    Ok(if errors > 0 { Exit::Problem } else { Exit::Fine })
}

/// The export's text, if it is not larger than any may be.
fn read(file: &str) -> Result<String, Exit> {
    let failed = |why: std::io::Error| support::failed(&format!("can't read {file}: {why}"));
    let limit = LARGEST as u64 + 1;
    let mut bytes = Vec::new();
    if file == "-" {
        std::io::stdin()
            .take(limit)
            .read_to_end(&mut bytes)
            .map_err(failed)?;
    } else {
        let open = std::fs::File::open(file).map_err(|why| match why.kind() {
            std::io::ErrorKind::NotFound => {
                terminal::error(&format!("there is no file {file}"), None);
                Exit::Usage
            }
            _ => failed(why),
        })?;
        open.take(limit).read_to_end(&mut bytes).map_err(failed)?;
    }
    if bytes.len() > LARGEST {
        let most = LARGEST / 1024 / 1024;
        return Err(support::failed(&format!(
            "{file} is larger than {most} MB, the most that is read of an export"
        )));
    }
    String::from_utf8(bytes)
        .map_err(|_| support::failed(&format!("{file} is no text: it is not written in UTF-8")))
}

/// Writes a recipe to a file that is not there yet; gives how it is shown.
fn written(project: &OpenProject, recipe: &Imported) -> Result<String, Exit> {
    let folder = new::folder(project);
    let stem = Some(new::file_name(&recipe.name)).filter(|stem| !stem.is_empty());
    let stem = stem.unwrap_or_else(|| "imported".to_owned());
    let mut file = folder.join(format!("{stem}.yaml"));
    let mut number = 2;
    while file.exists() {
        file = folder.join(format!("{stem}-{number}.yaml"));
        number += 1;
    }
    new::write(&file, &recipe.text)?;
    Ok(project::shown(&file))
}

/// Says what could not be carried over.
fn told(recipe: &Imported) {
    if recipe.left.is_empty() {
        return;
    }
    terminal::say(&format!("{}: not carried over, or to be filled in", recipe.name));
    for line in &recipe.left {
        for (index, line) in terminal::wrap(line, terminal::width().saturating_sub(4))
            .iter()
            .enumerate()
        {
            terminal::say(&format!("{}{line}", if index == 0 { "  - " } else { "    " }));
        }
    }
}

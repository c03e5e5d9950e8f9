//! `souschef new`.

mod draft;
mod search;
mod steps;
mod timetable;
mod trigger;

use std::io::Write;
use std::path::{Path, PathBuf};

use souschef_recipe::format::format_data;
use souschef_recipe::{Severity, SourceFile};
use souschef_runtime::project::{self, OpenProject};
use souschef_runtime::testing;

use super::support;
use crate::args::{Common, NewArgs};
use crate::exit::Exit;
use crate::show::problems;
use crate::show::questions::{Answers, wrong};
use crate::show::terminal;
use draft::Draft;

pub(super) use draft::file_name;

/// Makes a recipe by asking.
pub(crate) fn new(common: &Common, args: &NewArgs) -> Exit {
    made(common, args).unwrap_or_else(|exit| exit)
}

fn made(common: &Common, args: &NewArgs) -> Result<Exit, Exit> {
    let project = support::open_sound(common)?;
    let mut answers = match &args.answers {
        Some(path) => Answers::of(&support::text(path)?.1),
        None if terminal::interactive() => Answers::Person,
        None => {
            terminal::error(
                "souschef new asks questions, and nobody is at the terminal to answer",
                Some("write the answers to a file, a line each, and give it with --answers FILE"),
            );
            return Err(Exit::Usage);
        }
    };
    let folder = folder(&project);
    let (name, file) = named(&mut answers, args, &folder)?;
    let mut draft = Draft::new(&name, &project, &folder);
    draft.trigger = trigger::asked(&mut answers, &project)?;
    steps::asked(&mut answers, &project, &mut draft)?;
    draft.drop_unused_ids();
    let text = draft.text();
    let source = SourceFile::new(project::shown(&file), text.clone());
    let checked = project.check(&draft.file_name, &source, None);
    let found = vec![(source, checked.diagnostics)];
    problems::say(&found);
    terminal::say(&format!("\n{}", text.trim_end()));
    terminal::say("");
    let (errors, _) = problems::count(&found);
    let all_the_same = if errors > 0 { " all the same" } else { "" };
    if !answers.yes(&format!("Write {}{all_the_same}", project::shown(&file)))? {
        return Ok(Exit::Fine);
    }
    write(&file, &text)?;
    let with_test = answers.yes("Write a test beside it")?;
    if with_test {
        test(&project, &file)?;
    }
    let stem = &draft.file_name;
    let test = if with_test {
        format!("  souschef test {}\n", project::shown(&file))
    } else {
        String::new()
    };
    terminal::hint(&format!(
        "\nWhat to do next:\n  souschef check {}\n{test}  souschef run {stem} --sandbox",
        project::shown(&file)
    ));
    Ok(if errors > 0 { Exit::Problem } else { Exit::Fine })
}

/// Where the project's recipes stand; where the person stands, outside of any project.
pub(super) fn folder(project: &OpenProject) -> PathBuf {
    let place = project.config.recipes.first().map_or("recipes", String::as_str);
    let folder = project.root.join(place);
    if folder.is_dir() || project.has_file {
        folder
    } else {
        project.root.clone()
    }
}

/// What the recipe is called, and a file that is not there yet.
fn named(answers: &mut Answers, args: &NewArgs, folder: &Path) -> Result<(String, PathBuf), Exit> {
    let mut given = args.name.clone();
    loop {
        let (name, asked) = match given.take() {
            Some(name) => (name, false),
            None => (answers.ask("What is the recipe called", "")?, true),
        };
        let stem = file_name(&name);
        let file = folder.join(format!("{stem}.yaml"));
        let why = if stem.is_empty() {
            "a name has letters or digits in it".to_owned()
        } else if file.exists() {
            format!("there is a recipe {} already", project::shown(&file))
        } else {
            return Ok((draft::title(&name), file));
        };
        if !asked {
            terminal::error(&why, Some("give it another name"));
            return Err(Exit::Usage);
        }
        wrong(&why);
    }
}

/// Writes a file that is not there yet.
pub(super) fn write(file: &Path, text: &str) -> Result<(), Exit> {
    let failed =
        |why: std::io::Error| support::failed(&format!("can't write {}: {why}", project::shown(file)));
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut new = std::fs::File::create_new(file).map_err(failed)?;
    new.write_all(text.as_bytes()).map_err(failed)?;
    terminal::hint(&format!("wrote {}", project::shown(file)));
    Ok(())
}

/// Writes a test with what happens in a sandbox now.
fn test(project: &OpenProject, recipe: &Path) -> Result<(), Exit> {
    let file = recipe.with_extension("test.yaml");
    write(
        &file,
        "cases:\n  - name: The sample event\n    expect:\n      outcome: succeeded\n",
    )?;
    let run = async {
        match testing::run_file(project, &file).await {
            Ok(done) => Ok(done),
            Err(error) => Err(error.to_string()),
        }
    };
    let done = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|why| why.to_string())
        .and_then(|runtime| runtime.block_on(run))
        .map_err(|why| support::failed(&why))?;
    let errors = done
        .problems
        .iter()
        .flat_map(|(_, list)| list)
        .any(|one| one.severity() == Severity::Error);
    if errors {
        terminal::hint(
            "the test expects success until the recipe has no mistakes; `souschef test --update` then writes what happens",
        );
        return Ok(());
    }
    super::test::update(&file, &done.actual).map_err(|why| support::failed(&why))?;
    let written = project::read(&file).map_err(|error| support::failed(&error.to_string()))?;
    if let Ok(laid_out) = format_data(written.text()) {
        std::fs::write(&file, laid_out)
            .map_err(|why| support::failed(&format!("can't write {}: {why}", project::shown(&file))))?;
    }
    for case in &done.cases {
        if let Some(detail) = &case.detail {
            terminal::say(&format!(
                "in the sandbox the run does not succeed yet: {}",
                detail.trim()
            ));
        }
    }
    Ok(())
}

//! `souschef test`.

use std::path::{Path, PathBuf};

use souschef_runtime::project::{self, OpenProject, ProjectError, RecipeFile};
use souschef_runtime::testing::{self, CaseOutcome, CaseReport, TestReport};

use super::support;
use crate::args::{Common, TestArgs, TestFormat};
use crate::exit::Exit;
use crate::show::problems::{self, Problems};
use crate::show::terminal::{self, AnsiColor, ink};

/// Runs recipe tests.
pub(crate) fn test(common: &Common, args: &TestArgs) -> Exit {
    let project = match support::open_sound(common) {
        Ok(project) => project,
        Err(exit) => return exit,
    };
    let files = support::chosen(
        files(&project, &args.paths),
        "there are no tests here",
        "a recipe's tests stand beside it, in NAME.test.yaml",
    );
    let files = match files {
        Ok(files) => files,
        Err(exit) => return exit,
    };
    support::block_on(run(project, files, args))
}

async fn run(project: OpenProject, files: Vec<PathBuf>, args: &TestArgs) -> Exit {
    let mut report = TestReport::default();
    let mut problems: Problems = Vec::new();
    for path in files {
        let done = match testing::run_file(&project, &path).await {
            Ok(done) => done,
            Err(error) => {
                terminal::error(&error.to_string(), None);
                return Exit::Problem;
            }
        };
        if args.update && done.problems.is_empty() {
            if let Err(message) = update(&path, &done.actual) {
                return support::failed(&message);
            }
            terminal::hint(&format!("{} was brought up to date", project::shown(&path)));
            continue;
        }
        if args.format == TestFormat::Human {
            done.cases.iter().for_each(show);
        }
        problems.extend(done.problems);
        report.cases.extend(done.cases);
    }
    report.passed = report
        .cases
        .iter()
        .filter(|case| case.outcome == CaseOutcome::Passed)
        .count();
    report.failed = report.cases.len() - report.passed;
    match args.format {
        TestFormat::Human => {
            terminal::print(&souschef_recipe::render::human(
                &problems,
                terminal::colour(),
                terminal::width(),
            ));
            if !args.update || report.failed > 0 {
                terminal::line(&format!("{} passed, {} failed", report.passed, report.failed));
            }
        }
        TestFormat::Json => terminal::json(&serde_json::to_value(&report).unwrap_or_default()),
        TestFormat::Junit => terminal::print(&junit(&report)),
    }
    let (errors, _) = problems::count(&problems);
    if report.failed > 0 || errors > 0 {
        Exit::Problem
    } else {
        Exit::Fine
    }
}

/// The test files that the paths name, or all of the project's.
fn files(project: &OpenProject, paths: &[PathBuf]) -> Result<Vec<PathBuf>, ProjectError> {
    if paths.is_empty() {
        return Ok(project.recipes()?.iter().filter_map(RecipeFile::test).collect());
    }
    let mut found = Vec::new();
    for path in paths {
        let name = path.to_string_lossy();
        if path.is_dir() {
            found.extend(project::recipes_in(path)?.iter().filter_map(RecipeFile::test));
        } else if project::tested(&name).is_some() {
            found.push(path.clone());
        } else {
            found.extend(project.recipe(&name)?.test());
        }
    }
    Ok(found)
}

/// Writes what really happened into a test file.
pub(super) fn update(path: &Path, actual: &[testing::Expectation]) -> Result<(), String> {
    let source = project::read(path).map_err(|error| error.to_string())?;
    let text = testing::rewrite(&source, actual)?;
    std::fs::write(path, text).map_err(|why| format!("can't write {}: {why}", project::shown(path)))
}

fn show(case: &CaseReport) {
    let passed = case.outcome == CaseOutcome::Passed;
    let mark = if passed {
        terminal::out("ok  ", ink(AnsiColor::Green))
    } else {
        terminal::out("FAIL", ink(AnsiColor::Red).bold())
    };
    terminal::line(&format!("{mark} {} {}", terminal::faint(&case.recipe), case.case));
    for line in case.detail.iter().flat_map(|detail| detail.lines()) {
        terminal::line(&format!("     {line}"));
    }
}

/// JUnit XML, as CI systems read it.
fn junit(report: &TestReport) -> String {
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"{}\" failures=\"{}\">\n",
        report.cases.len(),
        report.failed
    );
    text.push_str(&format!(
        "  <testsuite name=\"souschef\" tests=\"{}\" failures=\"{}\">\n",
        report.cases.len(),
        report.failed
    ));
    for case in &report.cases {
        let name = format!(
            "    <testcase classname=\"{}\" name=\"{}\"",
            xml(&case.recipe),
            xml(&case.case)
        );
        match &case.detail {
            Some(detail) => text.push_str(&format!(
                "{name}>\n      <failure>{}</failure>\n    </testcase>\n",
                xml(detail)
            )),
            None => text.push_str(&format!("{name}/>\n")),
        }
    }
    text.push_str("  </testsuite>\n</testsuites>\n");
    text
}

/// Text in XML. Control characters that XML 1.0 can't hold are left out.
fn xml(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .map(|c| match c {
            '&' => "&amp;".to_owned(),
            '<' => "&lt;".to_owned(),
            '>' => "&gt;".to_owned(),
            '"' => "&quot;".to_owned(),
            c => c.to_string(),
        })
        .collect()
}

//! What is wrong with files.

use serde_json::json;
use souschef_recipe::{Diagnostic, Severity, SourceFile, render};

use super::terminal;

/// Files and what is wrong with each.
pub(crate) type Problems = Vec<(SourceFile, Vec<Diagnostic>)>;

/// How many errors and warnings.
pub(crate) fn count(problems: &Problems) -> (usize, usize) {
    let all = problems.iter().flat_map(|(_, list)| list);
    let errors = all
        .clone()
        .filter(|one| one.severity() == Severity::Error)
        .count();
    (errors, all.count() - errors)
}

/// Shows them on stderr, as talk.
pub(crate) fn say(problems: &Problems) {
    let text = render::human(problems, terminal::err_colour(), terminal::width());
    if !text.is_empty() {
        terminal::say(text.trim_end());
    }
}

/// Prints them as the one document that programs read, with how many files were checked.
pub(crate) fn document(checked: usize, problems: &Problems) {
    terminal::json(&json!({ "checked": checked, "diagnostics": render::json(problems) }));
}

/// "2 errors and 1 warning", or nothing.
pub(crate) fn summary(errors: usize, warnings: usize) -> String {
    let many = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    match (errors, warnings) {
        (0, 0) => "no mistakes".to_owned(),
        (0, _) => many(warnings, "warning"),
        (_, 0) => many(errors, "error"),
        _ => format!("{} and {}", many(errors, "error"), many(warnings, "warning")),
    }
}

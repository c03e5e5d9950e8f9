//! `souschef diff`.

use serde_json::json;
use souschef_plan::diff::{Change, Diff, Kind, Part};
use souschef_recipe::SourceFile;

use super::support;
use crate::args::{Common, DiffArgs, Format};
use crate::exit::Exit;
use crate::show::problems;
use crate::show::terminal::{self, AnsiColor, ink};

/// Tells what differs between two recipes.
pub(crate) fn diff(common: &Common, args: &DiffArgs) -> Exit {
    if args.old == "-" && args.new == "-" {
        terminal::error("one of the two can be - for standard input", None);
        return Exit::Usage;
    }
    let sources = source(&args.old).and_then(|old| Ok((old, source(&args.new)?)));
    let project = sources.and_then(|sources| Ok((sources, support::open(common)?)));
    let ((old, new), project) = match project {
        Ok(all) => all,
        Err(exit) => return exit,
    };
    let found = match souschef_plan::diff::diff(&old, &new, &project.catalog) {
        Ok(found) => found,
        Err(broken) => {
            let side = |was: bool| if was { old.clone() } else { new.clone() };
            let problems = broken
                .into_iter()
                .map(|one| (side(one.old), one.diagnostics))
                .collect();
            problems::say(&problems);
            return Exit::Problem;
        }
    };
    match args.print.format {
        Format::Human => human(&found, &new),
        Format::Json => terminal::json(&json!({
            "old": old.name(),
            "new": new.name(),
            "same": found.is_same(),
            "changes": found.changes,
            "effects": found.effects,
        })),
    }
    if args.exit_code && !found.is_same() {
        Exit::Problem
    } else {
        Exit::Fine
    }
}

fn source(path: &str) -> Result<SourceFile, Exit> {
    support::text(path).map(|(name, text)| SourceFile::new(name, text))
}

fn human(found: &Diff, new: &SourceFile) {
    if found.is_same() {
        terminal::line("The two say the same. Comments and layout may differ.");
        return;
    }
    if new.text().trim().is_empty() {
        terminal::line("The recipe is gone.");
    }
    let mut part = None;
    for change in &found.changes {
        if part != Some(change.part) {
            part = Some(change.part);
            terminal::line(&terminal::bold(heading(change.part)));
        }
        told(change);
    }
    if !found.effects.is_empty() {
        terminal::line(&terminal::bold("What it means"));
        for effect in &found.effects {
            paragraph("  ", "  ", &format!("{effect}."));
        }
    }
}

fn told(change: &Change) {
    let (mark, colour) = match change.kind {
        Kind::Added => ("+", AnsiColor::Green),
        Kind::Removed => ("-", AnsiColor::Red),
        Kind::Changed => ("~", AnsiColor::Yellow),
        Kind::Moved => (">", AnsiColor::Cyan),
    };
    let mark = terminal::out(mark, ink(colour));
    paragraph(&format!("  {mark} "), "      ", &change.text);
}

/// Lines of a text, the first behind a mark.
fn paragraph(mark: &str, indent: &str, text: &str) {
    for (index, line) in terminal::wrap(text, terminal::width().saturating_sub(6))
        .iter()
        .enumerate()
    {
        let before = if index == 0 { mark } else { indent };
        terminal::line(&format!("{before}{line}"));
    }
}

fn heading(part: Part) -> &'static str {
    match part {
        Part::Recipe => "Recipe",
        Part::Inputs => "Settings",
        Part::Trigger => "What starts it",
        Part::Condition => "Only if",
        Part::Mappings => "Fields",
        Part::Steps => "Steps",
        Part::OnFailure => "When it fails",
        Part::Settings => "How it runs",
    }
}

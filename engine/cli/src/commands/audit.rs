//! `souschef audit`.

use serde_json::Value;

use super::{desk, support};
use crate::args::{AuditArgs, Common, Format};
use crate::exit::Exit;
use crate::show::terminal::{self, at, faint};

/// Shows who did what.
pub(crate) fn audit(common: &Common, args: &AuditArgs) -> Exit {
    let project = match support::open_sound(common) {
        Ok(project) => project,
        Err(exit) => return exit,
    };
    if let Err(exit) = desk::look(&project) {
        return exit;
    }
    let target = args.target.as_ref().map_or_else(String::new, |target| {
        format!("&target={}", support::segment(target))
    });
    let path = format!("/api/v1/audit?limit={}{target}", args.limit);
    support::block_on(async {
        let client = match desk::desk(project).await {
            Ok(client) => client,
            Err(exit) => return exit,
        };
        match client.get(&path).await {
            Ok(answer) => {
                told(&answer, args.print.format);
                Exit::Fine
            }
            Err(error) => desk::refused(&error),
        }
    })
}

fn told(answer: &Value, format: Format) {
    if format == Format::Json {
        return terminal::json(answer);
    }
    let entries = answer.get("audit").and_then(Value::as_array);
    if entries.is_none_or(Vec::is_empty) {
        terminal::hint("no entries");
    }
    for entry in entries.into_iter().flatten() {
        let text = |key: &str| desk::text(entry, key);
        let moment = desk::moment(entry, "at").map(at).unwrap_or_default();
        let line = format!(
            "{} {:<16} {:<20} {}  {}",
            faint(&moment),
            text("who"),
            text("what"),
            text("target"),
            faint(text("detail"))
        );
        terminal::line(line.trim_end());
    }
}

//! The forms that programs read.

use serde_json::{Value, json};

use super::Problems;
use crate::code::Code;
use crate::diagnostic::{Diagnostic, Severity};
use crate::span::SourceFile;

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// Each diagnostic as `{"code","severity","message","path","line","column","end_line","end_column","help"}`; lines and
/// columns count from 1, columns in characters.
pub fn json(problems: Problems<'_>) -> Vec<Value> {
    each(problems)
        .map(|(source, one)| {
            let start = source.place(one.span.start);
            let end = source.place(one.span.end);
            json!({
                "code": one.code.id(),
                "severity": word(one.severity()),
                "message": one.message,
                "path": source.name(),
                "line": start.line,
                "column": start.column,
                "end_line": end.line,
                "end_column": end.column,
                "help": one.help(),
            })
        })
        .collect()
}

/// SARIF 2.1.0, for code scanning.
pub fn sarif(problems: Problems<'_>) -> Value {
    let mut codes: Vec<Code> = each(problems).map(|(_, one)| one.code).collect();
    codes.sort();
    codes.dedup();
    let rules: Vec<Value> = codes
        .iter()
        .map(|code| json!({ "id": code.id(), "shortDescription": { "text": code.title() } }))
        .collect();
    let results: Vec<Value> = each(problems)
        .map(|(source, one)| {
            let start = source.place(one.span.start);
            let end = source.place(one.span.end);
            let help = one.help();
            let text = if help.is_empty() {
                one.message.clone()
            } else {
                format!("{}\n{help}", one.message)
            };
            json!({
                "ruleId": one.code.id(),
                "ruleIndex": codes.iter().position(|code| *code == one.code),
                "level": word(one.severity()),
                "message": { "text": text },
                "locations": [{ "physicalLocation": {
                    "artifactLocation": { "uri": uri(source.name()) },
                    "region": {
                        "startLine": start.line, "startColumn": start.column,
                        "endLine": end.line, "endColumn": end.column,
                    },
                } }],
            })
        })
        .collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "columnKind": "unicodeCodePoints",
            "tool": { "driver": { "name": "souschef", "version": env!("CARGO_PKG_VERSION"), "rules": rules } },
            "results": results,
        }],
    })
}

/// A path as a URI reference.
fn uri(path: &str) -> String {
    path.replace('\\', "/")
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' | b',' | b':' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}

/// Annotations for GitHub Actions (workflow commands `::error …`).
pub fn github(problems: Problems<'_>) -> String {
    let data = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let property = |text: &str| data(text).replace(':', "%3A").replace(',', "%2C");
    each(problems)
        .map(|(source, one)| {
            let start = source.place(one.span.start);
            let end = source.place(one.span.end);
            let help = one.help();
            let message = if help.is_empty() {
                one.message.clone()
            } else {
                format!("{}\n{help}", one.message)
            };
            let columns = if start.line == end.line {
                format!(",col={},endColumn={}", start.column, end.column)
            } else {
                String::new()
            };
            format!(
                "::{} file={},line={},endLine={}{columns},title={}::{}\n",
                word(one.severity()),
                property(source.name()),
                start.line,
                end.line,
                one.code.id(),
                data(&message),
            )
        })
        .collect()
}

fn each<'a>(problems: Problems<'a>) -> impl Iterator<Item = (&'a SourceFile, &'a Diagnostic)> + 'a {
    problems
        .iter()
        .flat_map(|(source, list)| list.iter().map(move |one| (source, one)))
}

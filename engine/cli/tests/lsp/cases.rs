//! The cases of `tests/lsp`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::client::{Client, edited, offset, position};

const CARET: char = '▮';

/// The cases of all files, each with its file's name.
fn cases() -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/lsp");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let mut found = Vec::new();
    for file in files {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&file).unwrap();
        let cases: Vec<Value> = serde_yaml::from_str(&text).unwrap_or_else(|why| panic!("{name}: {why}"));
        found.extend(cases.into_iter().map(|case| (name.clone(), case)));
    }
    found
}

/// A case's file, open in the editor.
struct Open<'c> {
    client: &'c mut Client,
    uri: String,
    text: String,
    at: usize,
}

impl Open<'_> {
    fn ask(&mut self, method: &str, more: Value) -> Value {
        let answer = self.answer(method, more);
        assert!(answer["error"].is_null(), "{method}: {}", answer["error"]);
        answer["result"].clone()
    }

    fn answer(&mut self, method: &str, more: Value) -> Value {
        let mut params =
            json!({ "textDocument": { "uri": self.uri }, "position": position(&self.text, self.at) });
        for (key, value) in more.as_object().into_iter().flatten() {
            params[key] = value.clone();
        }
        self.client.answer(&format!("textDocument/{method}"), params)
    }

    /// A range as the cases write it: its line and what stands in it.
    fn shown(&self, uri: &str, range: &Value) -> String {
        let (text, prefix) = if uri == self.uri {
            (self.text.clone(), String::new())
        } else {
            let path = url_path(uri);
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (std::fs::read_to_string(&path).unwrap(), format!("{name} "))
        };
        let start = offset(&text, &range["start"]);
        let end = offset(&text, &range["end"]);
        let line = range["start"]["line"].as_u64().unwrap() + 1;
        let under = text[start..end].lines().next().unwrap_or_default().to_owned();
        format!("{prefix}{line}: {under}")
    }
}

fn url_path(uri: &str) -> PathBuf {
    PathBuf::from(uri.strip_prefix("file://").unwrap())
}

fn strings(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items
            .iter()
            .map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned))
            .collect(),
        Value::String(text) => vec![text.clone()],
        Value::Null => Vec::new(),
        other => panic!("{other} is no list of texts"),
    }
}

fn differ(what: &str, wanted: &[String], found: &[String], wrong: &mut Vec<String>) {
    if wanted != found {
        wrong.push(format!(
            "{what}:\n      wanted {wanted:?}\n      found  {found:?}"
        ));
    }
}

/// What is wrong with what the server answers in a case.
fn faults(case: &Value, open: &mut Open<'_>) -> Vec<String> {
    let mut wrong = Vec::new();
    if [
        "offers",
        "also_offers",
        "never_offers",
        "help",
        "details",
        "writes",
    ]
    .iter()
    .any(|key| case.get(key).is_some())
    {
        offers(case, open, &mut wrong);
    }
    if let Some(wanted) = case.get("hover") {
        let answer = open.ask("hover", Value::Null);
        let text = answer["contents"]["value"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        if wanted.is_null() && !text.is_empty() {
            wrong.push(format!("hovering shows {text:?}"));
        }
        for part in strings(wanted) {
            if !text.contains(&part) {
                wrong.push(format!("hovering lacks {part:?}: {text:?}"));
            }
        }
    }
    if let Some(wanted) = case.get("signature") {
        let answer = open.ask("signatureHelp", Value::Null);
        let label = answer["signatures"][0]["label"].as_str().unwrap_or_default();
        let found = format!("{label} {}", answer["activeParameter"]);
        differ("it is called as", &strings(wanted), &[found], &mut wrong);
    }
    if let Some(wanted) = case.get("defined") {
        let answer = open.ask("definition", Value::Null);
        let found: Vec<String> = match &answer {
            Value::Null => Vec::new(),
            one => vec![open.shown(one["uri"].as_str().unwrap(), &one["range"])],
        };
        differ("it is defined", &strings(wanted), &found, &mut wrong);
    }
    if let Some(wanted) = case.get("used") {
        let answer = open.ask("references", json!({ "context": { "includeDeclaration": true } }));
        let found: Vec<String> = answer
            .as_array()
            .into_iter()
            .flatten()
            .map(|one| open.shown(one["uri"].as_str().unwrap(), &one["range"]))
            .collect();
        differ("it is used", &strings(wanted), &found, &mut wrong);
    }
    if let Some(to) = case.get("rename") {
        rename(case, to, open, &mut wrong);
    }
    if let Some(wanted) = case.get("says") {
        let told = open.client.diagnostics(&open.uri.clone(), 1);
        let found: Vec<String> = told
            .iter()
            .map(|one| {
                format!(
                    "{} {}",
                    one["code"].as_str().unwrap(),
                    open.shown(&open.uri, &one["range"])
                )
            })
            .collect();
        differ("it says", &strings(wanted), &found, &mut wrong);
        let all: String = told.iter().map(|one| one["message"].as_str().unwrap()).collect();
        for words in strings(&case["in_words"]) {
            if !all.contains(&words) {
                wrong.push(format!("{words:?} is not said: {all:?}"));
            }
        }
        let related: Vec<String> = told
            .iter()
            .flat_map(|one| one["relatedInformation"].as_array().cloned().unwrap_or_default())
            .map(|one| open.shown(&open.uri, &one["location"]["range"]))
            .collect();
        if case.get("related").is_some() {
            differ("beside it", &strings(&case["related"]), &related, &mut wrong);
        }
    }
    if let Some(wanted) = case.get("fixes") {
        let place = position(&open.text, open.at);
        let range = json!({ "start": place, "end": place });
        let answer = open.ask(
            "codeAction",
            json!({ "range": range, "context": { "diagnostics": [] } }),
        );
        let found: BTreeMap<String, String> = answer
            .as_array()
            .into_iter()
            .flatten()
            .map(|action| {
                let edits = action["edit"]["changes"][&open.uri].as_array().unwrap();
                let text = edited(&open.text, edits);
                let line = place["line"].as_u64().unwrap() as usize;
                let line = text.lines().nth(line).unwrap_or_default().trim().to_owned();
                (action["title"].as_str().unwrap().to_owned(), line)
            })
            .collect();
        let wanted: BTreeMap<String, String> = serde_json::from_value(wanted.clone()).unwrap();
        if wanted != found {
            wrong.push(format!("the fixes are {found:?}"));
        }
    }
    if let Some(wanted) = case.get("all_fixed") {
        let start = json!({ "line": 0, "character": 0 });
        // As an editor asks that is told to do it at each save.
        let context = json!({ "diagnostics": [], "only": ["source.fixAll"] });
        let range = json!({ "start": start, "end": start });
        let answer = open.ask("codeAction", json!({ "range": range, "context": context }));
        let found: Vec<String> = answer
            .as_array()
            .into_iter()
            .flatten()
            .map(|action| {
                edited(
                    &open.text,
                    action["edit"]["changes"][&open.uri].as_array().unwrap(),
                )
            })
            .collect();
        differ("with all changes it is", &strings(wanted), &found, &mut wrong);
    }
    if let Some(wanted) = case.get("folds") {
        let answer = open.ask("foldingRange", Value::Null);
        let found: Vec<String> = answer
            .as_array()
            .into_iter()
            .flatten()
            .map(|fold| {
                let line = |end: &str| fold[end].as_u64().unwrap() + 1;
                let kind = fold["kind"].as_str().map(|kind| format!(" {kind}"));
                let (first, last) = (line("startLine"), line("endLine"));
                format!("{first}-{last}{}", kind.unwrap_or_default())
            })
            .collect();
        differ("the folds", &strings(wanted), &found, &mut wrong);
    }
    if let Some(wanted) = case.get("lenses") {
        let answer = open.ask("codeLens", Value::Null);
        let found: Vec<String> = answer
            .as_array()
            .into_iter()
            .flatten()
            .map(|one| {
                let command = &one["command"];
                let line = one["range"]["start"]["line"].as_u64().unwrap() + 1;
                format!(
                    "{line}: {} {}",
                    command["title"].as_str().unwrap(),
                    command["command"].as_str().unwrap()
                )
            })
            .collect();
        differ("the lenses", &strings(wanted), &found, &mut wrong);
    }
    if let Some(wanted) = case.get("symbols") {
        let answer = open.ask("documentSymbol", Value::Null);
        let mut found = Vec::new();
        symbols(&answer, "", &mut found);
        differ("the symbols", &strings(wanted), &found, &mut wrong);
    }
    if let Some(wanted) = case.get("formatted") {
        let answer = open.ask(
            "formatting",
            json!({ "options": { "tabSize": 2, "insertSpaces": true } }),
        );
        let text = edited(&open.text, answer.as_array().map_or(&[], Vec::as_slice));
        if Some(text.as_str()) != wanted.as_str() {
            wrong.push(format!("it is formatted as {text:?}"));
        }
    }
    wrong
}

fn offers(case: &Value, open: &mut Open<'_>, wrong: &mut Vec<String>) {
    let answer = open.ask("completion", Value::Null);
    let items = answer["items"].as_array().cloned().unwrap_or_default();
    let label = |item: &Value| item["label"].as_str().unwrap().to_owned();
    // Several lines at once are not counted among the words.
    let labels: Vec<String> = items
        .iter()
        .filter(|item| item["kind"] != 15)
        .map(label)
        .collect();
    let find = |wanted: &str| items.iter().find(|item| item["label"] == wanted);
    if let Some(wanted) = case.get("offers") {
        let (mut wanted, mut labels) = (strings(wanted), labels.clone());
        if case.get("in_order").is_none() {
            wanted.sort();
            labels.sort();
        }
        differ("it offers", &wanted, &labels, wrong);
    }
    for wanted in case.get("also_offers").map(strings).unwrap_or_default() {
        if find(&wanted).is_none() {
            wrong.push(format!("{wanted} is not among {labels:?}"));
        }
    }
    for one in case.get("never_offers").map(strings).unwrap_or_default() {
        if find(&one).is_some() {
            wrong.push(format!("{one} is offered"));
        }
    }
    for (key, field) in [("help", "/documentation/value"), ("details", "/detail")] {
        for (name, words) in case.get(key).and_then(Value::as_object).into_iter().flatten() {
            let item = find(name);
            let text = item
                .and_then(|item| item.pointer(field))
                .and_then(Value::as_str)
                .unwrap_or_default();
            if !text.contains(words.as_str().unwrap()) {
                wrong.push(format!("the {key} of {name} is {text:?}"));
            }
        }
    }
    for (name, wanted) in case
        .get("writes")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        let Some(item) = find(name) else {
            wrong.push(format!("{name} is not among {labels:?}"));
            continue;
        };
        // From the caret's line on, as many lines as were written; each begins like it, as editors do with snippets.
        let line = position(&open.text, open.at)["line"].as_u64().unwrap() as usize;
        let own = open.text.lines().nth(line).unwrap_or_default();
        let spaces = &own[..own.len() - own.trim_start().len()];
        let mut edit = item["textEdit"].clone();
        edit["newText"] = edit["newText"]
            .as_str()
            .unwrap()
            .replace('\n', &format!("\n{spaces}"))
            .into();
        let text = edited(&open.text, std::slice::from_ref(&edit));
        let count = edit["newText"].as_str().unwrap().matches('\n').count() + 1;
        let lines: Vec<&str> = text.lines().skip(line).take(count).collect();
        let (lines, wanted) = (lines.join("\n"), wanted.as_str().unwrap().trim_end());
        if lines != wanted {
            wrong.push(format!("{name} writes {lines:?}"));
        }
    }
}

fn rename(case: &Value, to: &Value, open: &mut Open<'_>, wrong: &mut Vec<String>) {
    let answer = open.answer("rename", json!({ "newName": to }));
    if let Some(words) = case.get("refused") {
        let said = answer["error"]["message"].as_str().unwrap_or_default();
        if said.is_empty() || !said.contains(words.as_str().unwrap()) {
            wrong.push(format!("it is refused with {said:?}"));
        }
        return;
    }
    if !answer["error"].is_null() {
        wrong.push(format!("it is refused: {}", answer["error"]["message"]));
        return;
    }
    let mut found = Vec::new();
    for (uri, edits) in answer["result"]["changes"].as_object().into_iter().flatten() {
        let own = *uri == open.uri;
        let text = if own {
            open.text.clone()
        } else {
            std::fs::read_to_string(url_path(uri)).unwrap()
        };
        let name = if own {
            String::new()
        } else {
            format!("{} ", url_path(uri).file_name().unwrap().to_string_lossy())
        };
        let after = edited(&text, edits.as_array().unwrap());
        for (number, (before, after)) in text.lines().zip(after.lines()).enumerate() {
            if before != after {
                found.push(format!("{name}{}: {}", number + 1, after.trim()));
            }
        }
    }
    found.sort_by_key(|line| {
        let own = line.starts_with(|c: char| c.is_ascii_digit());
        let number = line
            .split(':')
            .next()
            .and_then(|head| head.rsplit(' ').next()?.parse::<usize>().ok());
        (!own, number)
    });
    differ("it becomes", &strings(&case["becomes"]), &found, wrong);
}

fn symbols(list: &Value, pad: &str, found: &mut Vec<String>) {
    for one in list.as_array().into_iter().flatten() {
        let detail = one["detail"]
            .as_str()
            .map(|detail| format!(" ({detail})"))
            .unwrap_or_default();
        found.push(format!("{pad}{}{detail}", one["name"].as_str().unwrap()));
        symbols(&one["children"], &format!("{pad}  "), found);
    }
}

#[test]
fn every_place_is_answered_as_it_must_be() {
    let place = tempfile::tempdir().unwrap();
    let mut client = Client::start(place.path());
    let cases = cases();
    assert!(cases.len() >= 60, "there are {} cases", cases.len());
    let mut wrong = Vec::new();
    for (index, (file, case)) in cases.iter().enumerate() {
        let folder = place.path().join(format!("case-{index}"));
        std::fs::create_dir_all(&folder).unwrap();
        for (name, text) in case.get("files").and_then(Value::as_object).into_iter().flatten() {
            let path = folder.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text.as_str().unwrap()).unwrap();
        }
        let name = case
            .get("file")
            .and_then(Value::as_str)
            .unwrap_or("recipes/case.yaml");
        let written = case["text"]
            .as_str()
            .unwrap_or_else(|| panic!("{case} has no text"));
        let written = match case.get("line_ends").and_then(Value::as_str) {
            Some("crlf") => written.replace('\n', "\r\n"),
            _ => written.to_owned(),
        };
        let text = written.replacen(CARET, "", 1);
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &text).unwrap();
        let uri = format!("file://{}", path.display());
        client.open(&uri, &text);
        let mut open = Open {
            client: &mut client,
            uri: uri.clone(),
            at: written.find(CARET).unwrap_or(0),
            text,
        };
        let found = faults(case, &mut open);
        if !found.is_empty() {
            wrong.push(format!(
                "{file}: {}\n    {}",
                case["name"].as_str().unwrap(),
                found.join("\n    ")
            ));
        }
        client.close(&uri);
    }
    assert_eq!(client.stop(), Some(0));
    assert!(
        wrong.is_empty(),
        "{} of {} cases:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
}

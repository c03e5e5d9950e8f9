//! Every operation of the catalog is called with inputs made from its types, and answers in the shape of its output.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may panic, in its helpers too"
)]

mod common;

use common::{made, options, start};
use serde_json::json;
use souschef_catalog::Catalog;
use souschef_expr::Type;
use souschef_expr::jsonpath::Path;

async fn calls(all: bool) -> Vec<String> {
    let catalog = Catalog::bundled();
    let mut wrong = Vec::new();
    for operation in catalog.operations() {
        for call in &operation.calls {
            let running = start(options()).await;
            let names = running.sample();
            let inputs = made::inputs(&operation, call, &names, all);
            let got = made::call(&running, &operation, call, &inputs).await;
            let mut tell = |what: String| wrong.push(format!("{} with {inputs:?}: {what}", operation.id));
            let ledger = running.ledger();
            let entry = ledger.last().unwrap();
            if !entry.problems.is_empty() {
                tell(format!("problems {:?}", entry.problems));
            }
            let status = if made::is_created(&operation.id) { 201 } else { 200 };
            if got.status != status {
                tell(format!("{} {}", got.status, got.body));
                continue;
            }
            if operation.output == Type::Any {
                continue;
            }
            let answer = got.json();
            for mismatch in operation.output.mismatches(&answer) {
                tell(format!("{} {} in {answer}", mismatch.path, mismatch.message));
            }
            if answer == json!({}) || answer.is_null() {
                tell(format!("answers nothing: {answer}"));
            }
            let Some(poll) = operation.poll.as_ref().filter(|_| !all) else {
                continue;
            };
            let found = Path::parse(&poll.items).unwrap().matches(&answer);
            if found.is_empty() || found.iter().any(|item| item.is_null()) {
                tell(format!("no items in {answer}"));
            }
            for item in found {
                if let Some(id) = &poll.id
                    && item
                        .get(id)
                        .is_none_or(|id| id.as_str().is_none_or(str::is_empty))
                {
                    tell(format!("an item without {id}: {item}"));
                }
                if let Some(changed) = &poll.changed
                    && item.get(changed).is_none()
                {
                    tell(format!("an item without {changed}: {item}"));
                }
            }
        }
    }
    wrong
}

#[tokio::test]
async fn every_operation_answers_with_what_it_needs() {
    let wrong = calls(false).await;
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test]
async fn every_operation_answers_with_all_it_takes() {
    let wrong = calls(true).await;
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

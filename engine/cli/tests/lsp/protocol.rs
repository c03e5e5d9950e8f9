//! Texts that change: versions, parts, other files.

use serde_json::{Value, json};

use crate::client::Client;

const GOOD: &str =
    "trigger: { manual: true }\nactions:\n  - action: contacts.get\n    with: { contactId: \"1\" }\n";

fn codes(diagnostics: &[Value]) -> Vec<&str> {
    diagnostics
        .iter()
        .map(|one| one["code"].as_str().unwrap())
        .collect()
}

#[test]
fn what_is_told_belongs_to_the_text_that_is_there() {
    let place = tempfile::tempdir().unwrap();
    let mut client = Client::start(place.path());
    let uri = format!("file://{}/case.yaml", place.path().display());
    client.open(&uri, GOOD);
    assert_eq!(codes(&client.diagnostics(&uri, 1)), Vec::<&str>::new());
    // Letter by letter, behind an emoji: places are counted in UTF-16.
    let change = |client: &mut Client, version: i64, line: usize, from: usize, to: usize, text: &str| {
        client.tell(
            "textDocument/didChange",
            json!({
                "textDocument": { "uri": uri, "version": version },
                "contentChanges": [{ "text": text, "range": {
                    "start": { "line": line, "character": from }, "end": { "line": line, "character": to },
                } }],
            }),
        );
    };
    change(&mut client, 2, 0, 0, 0, "name: 😀 \"x\"\n");
    change(&mut client, 3, 0, 9, 12, "y");
    // `name: 😀 y`, and a key that is not there after it.
    change(&mut client, 4, 0, 10, 10, "\nnmae: twice");
    let told = client.diagnostics(&uri, 4);
    assert_eq!(codes(&told), ["SC030"], "{told:?}");
    assert_eq!(told[0]["range"]["start"], json!({ "line": 1, "character": 0 }));
    assert_eq!(told[0]["range"]["end"], json!({ "line": 1, "character": 4 }));
    // What is closed is not underlined any more.
    let other = uri.replace("case", "other");
    client.open(&other, &format!("nmae: x\n{GOOD}"));
    assert!(!client.diagnostics(&other, 1).is_empty());
    client.close(&other);
    assert!(client.diagnostics(&other, 1).is_empty());
    // The whole text anew.
    client.tell(
        "textDocument/didChange",
        json!({ "textDocument": { "uri": uri, "version": 5 }, "contentChanges": [{ "text": GOOD }] }),
    );
    assert_eq!(codes(&client.diagnostics(&uri, 5)), Vec::<&str>::new());
    assert_eq!(client.stop(), Some(0));
}

#[test]
fn a_change_of_one_file_is_told_in_the_others() {
    let place = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(place.path().join(name), text).unwrap();
    std::fs::create_dir(place.path().join("recipes")).unwrap();
    write(
        "souschef.yaml",
        "connections:\n  main: { connector: ghl, location_id: ve9EPM428h8vShlRW1KT }\n",
    );
    let inner = "inputs:\n  who: { type: text }\ntrigger: { manual: true }\nactions:\n  - stop: \"{{ inputs.who }}\"\n";
    write("recipes/inner.yaml", inner);
    let mut client = Client::start(place.path());
    let uri = |name: &str| format!("file://{}/{name}", place.path().display());
    let outer = "connection: main\ntrigger: { manual: true }\nactions:\n  - run_recipe: inner\n    with: { who: Ana }\n";
    let (outer_uri, inner_uri, project_uri) = (
        uri("recipes/outer.yaml"),
        uri("recipes/inner.yaml"),
        uri("souschef.yaml"),
    );
    client.open(&outer_uri, outer);
    assert_eq!(codes(&client.diagnostics(&outer_uri, 1)), Vec::<&str>::new());
    // The other recipe's input gets another name, in the editor only.
    client.open(&inner_uri, &inner.replace("who", "whom"));
    assert_eq!(codes(&client.diagnostics(&outer_uri, 1)).len(), 1);
    // The account gets another name, in the editor only.
    client.open(
        &project_uri,
        "connections:\n  bakery: { connector: ghl, location_id: ve9EPM428h8vShlRW1KT }\n",
    );
    let told = client.diagnostics(&outer_uri, 1);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told[0]["message"]
            .as_str()
            .unwrap()
            .contains("connection \"main\""),
        "{told:?}"
    );
    // What is closed counts as it is on the disk.
    client.close(&project_uri);
    client.close(&inner_uri);
    assert_eq!(codes(&client.diagnostics(&outer_uri, 1)), Vec::<&str>::new());
    assert_eq!(client.stop(), Some(0));
}

#[test]
fn what_is_not_known_is_refused_and_what_is_no_recipe_let_be() {
    let place = tempfile::tempdir().unwrap();
    let mut client = Client::start(place.path());
    let answer = client.answer("textDocument/selectionRange", json!({}));
    assert_eq!(answer["error"]["code"], -32601);
    let answer = client.answer(
        "textDocument/completion",
        json!({ "textDocument": { "uri": "file:///no.yaml" } }),
    );
    assert_eq!(answer["error"]["code"], -32602);
    let uri = format!("file://{}/docker-compose.yaml", place.path().display());
    client.open(&uri, "services:\n  web: {}\n");
    assert!(client.diagnostics(&uri, 1).is_empty());
    // One key of the same name makes no recipe, where there is no project.
    let uri = format!("file://{}/automation.yaml", place.path().display());
    client.open(&uri, "trigger:\n  - platform: sun\naction: []\n");
    assert!(client.diagnostics(&uri, 1).is_empty());
    assert_eq!(client.stop(), Some(0));
}

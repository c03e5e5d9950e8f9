//! Items and pages out of answers.

#![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

use indexmap::IndexMap;
use serde_json::{Map, Value, json};
use souschef_catalog::{Advance, Paging};
use souschef_connect::poll::{Pages, PagesError, first_page, items, key, next_page};

fn map(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

#[test]
fn items_are_found_whatever_is_wrapped_around_them() {
    let cases = [
        (
            "as described",
            "$.tasks[*]",
            json!({"tasks":[{"id":1},{"id":2}]}),
            json!([{"id":1},{"id":2}]),
        ),
        ("an empty list", "$.tasks[*]", json!({"tasks":[]}), json!([])),
        ("a null list", "$.tasks[*]", json!({"tasks":null}), json!([])),
        (
            "null items",
            "$.tasks[*]",
            json!({"tasks":[null,{"id":1}]}),
            json!([{"id":1}]),
        ),
        (
            "nothing of the kind",
            "$.tasks[*]",
            json!({"message":"no"}),
            json!([]),
        ),
        (
            "one object where a list was described",
            "$.tasks[*]",
            json!({"tasks":{"id":1}}),
            json!([{"id":1}]),
        ),
        (
            "a list where one object was described",
            "$.contact",
            json!({"contact":[{"id":1},{"id":2}]}),
            json!([{"id":1},{"id":2}]),
        ),
        (
            "one object",
            "$.contact",
            json!({"contact":{"id":1}}),
            json!([{"id":1}]),
        ),
        (
            "no object",
            "$.contact",
            json!({"contact":null,"traceId":"t"}),
            json!([]),
        ),
        (
            "a wrapper more, of the same name",
            "$.messages[*]",
            json!({"messages":{"messages":[{"id":1}],"nextPage":true}}),
            json!([{"id":1}]),
        ),
        (
            "a wrapper fewer",
            "$.messages.messages[*]",
            json!({"messages":[{"id":1}]}),
            json!([{"id":1}]),
        ),
        (
            "a wrapper more",
            "$.tasks[*]",
            json!({"data":{"tasks":[{"id":1}]},"traceId":"t"}),
            json!([{"id":1}]),
        ),
        (
            "no wrapper at all",
            "$.tasks[*]",
            json!([{"id":1}]),
            json!([{"id":1}]),
        ),
        ("the answer itself", "$", json!({"id":1}), json!([{"id":1}])),
        (
            "the answer itself, a list",
            "$",
            json!([{"id":1},{"id":2}]),
            json!([{"id":1},{"id":2}]),
        ),
        ("a list of its own", "$[*]", json!([{"id":1}]), json!([{"id":1}])),
        (
            "a list for each day, with something beside",
            "$.*.slots[*]",
            json!({"2026-12-01":{"slots":["a","b"]},"2026-12-02":{"slots":["c"]},"traceId":"t"}),
            json!(["a", "b", "c"]),
        ),
        ("nothing at all", "$.tasks[*]", Value::Null, json!([])),
        ("text", "$.tasks[*]", json!("no"), json!([])),
        ("no JSONPath", "tasks[", json!({"tasks":[1]}), json!([])),
    ];
    for (name, path, answer, expected) in cases {
        assert_eq!(Value::from(items(&answer, path)), expected, "{name}");
    }
}

#[test]
fn keys_are_text() {
    let item = json!({"id":"a","n":7,"on":true,"none":null,"in":{"list":[{"id":"b"}]}});
    let cases = [
        ("id", Some("a")),
        ("n", Some("7")),
        ("on", Some("true")),
        ("none", None),
        ("absent", None),
        ("in.list.0.id", Some("b")),
        ("in.list.1.id", None),
        ("id.x", None),
        ("in", Some(r#"{"list":[{"id":"b"}]}"#)),
    ];
    for (path, expected) in cases {
        assert_eq!(key(&item, path).as_deref(), expected, "{path}");
    }
}

fn paging(advance: Advance, more: Option<&str>) -> Paging {
    Paging {
        size: Some(("limit".to_owned(), 2)),
        advance,
        more: more.map(str::to_owned),
        label: String::new(),
    }
}

fn from(pairs: &[(&str, &str)]) -> IndexMap<String, String> {
    pairs
        .iter()
        .map(|(name, path)| ((*name).to_owned(), (*path).to_owned()))
        .collect()
}

#[test]
fn the_first_page_says_its_size_and_place() {
    let given = map(json!({"query":"x"}));
    let page = Advance::Page {
        input: "page".to_owned(),
        first: 1,
    };
    assert_eq!(
        first_page(&paging(page, None), &given),
        map(json!({"query":"x","limit":2,"page":1}))
    );
    let skip = Advance::Skip {
        input: "skip".to_owned(),
    };
    assert_eq!(
        first_page(&paging(skip.clone(), None), &given),
        map(json!({"query":"x","limit":2,"skip":0}))
    );
    let own = map(json!({"limit":50,"skip":100}));
    assert_eq!(first_page(&paging(skip, None), &own), own);
    let mark = Advance::Answer(from(&[("after", "$.meta.after")]));
    assert_eq!(
        first_page(&paging(mark, None), &given),
        map(json!({"query":"x","limit":2}))
    );
}

#[test]
fn the_next_page_moves_on_or_ends() {
    let page = || Advance::Page {
        input: "page".to_owned(),
        first: 1,
    };
    let skip = || Advance::Skip {
        input: "skip".to_owned(),
    };
    let answer = || Advance::Answer(from(&[("after", "$.meta.after"), ("id", "$.meta.id")]));
    let last = || Advance::LastItem(from(&[("since", "at.date")]));
    let two = [json!({"at":{"date":1}}), json!({"at":{"date":2}})];
    let one = &two[..1];
    let marks = json!({"meta":{"after":9,"id":"x"}});
    let cases = [
        (
            "a full page",
            page(),
            None,
            json!({"limit":2,"page":3}),
            json!({}),
            &two[..],
            Some(json!({"limit":2,"page":4})),
        ),
        (
            "a page written as text",
            page(),
            None,
            json!({"limit":"2","page":"3"}),
            json!({}),
            &two,
            Some(json!({"limit":"2","page":4})),
        ),
        (
            "a short page",
            page(),
            None,
            json!({"limit":2,"page":3}),
            json!({}),
            one,
            None,
        ),
        (
            "an empty page",
            page(),
            None,
            json!({"limit":2,"page":3}),
            json!({}),
            &[],
            None,
        ),
        (
            "items passed over",
            skip(),
            None,
            json!({"limit":2,"skip":4}),
            json!({}),
            &two,
            Some(json!({"limit":2,"skip":6})),
        ),
        (
            "more items than asked for",
            skip(),
            None,
            json!({"limit":1}),
            json!({}),
            &two,
            Some(json!({"limit":1,"skip":2})),
        ),
        (
            "the mark of the answer",
            answer(),
            None,
            json!({"limit":2}),
            marks.clone(),
            &two,
            Some(json!({"limit":2,"after":9,"id":"x"})),
        ),
        (
            "half a mark",
            answer(),
            None,
            json!({"limit":2}),
            json!({"meta":{"after":9,"id":""}}),
            &two,
            None,
        ),
        (
            "no mark",
            answer(),
            None,
            json!({"limit":2}),
            json!({"meta":{}}),
            &two,
            None,
        ),
        (
            "the last item",
            last(),
            None,
            json!({"limit":2}),
            json!({}),
            &two,
            Some(json!({"limit":2,"since":2})),
        ),
        (
            "a last item without the field",
            last(),
            None,
            json!({"limit":1}),
            json!({}),
            &[json!({})],
            None,
        ),
        (
            "more, though the page is short",
            page(),
            Some("$.nextPage"),
            json!({"limit":2}),
            json!({"nextPage":true}),
            one,
            Some(json!({"limit":2,"page":2})),
        ),
        (
            "no more, though the page is full",
            page(),
            Some("$.nextPage"),
            json!({"limit":2}),
            json!({"nextPage":false}),
            &two,
            None,
        ),
        (
            "no word of more",
            page(),
            Some("$.nextPage"),
            json!({"limit":2}),
            json!({}),
            &two,
            None,
        ),
        (
            "the number of the next page",
            page(),
            Some("$.nextPage"),
            json!({"limit":2}),
            json!({"nextPage":3}),
            &two,
            Some(json!({"limit":2,"page":2})),
        ),
        (
            "more, but nothing to move on by",
            skip(),
            Some("$.more"),
            json!({"limit":2}),
            json!({"more":true}),
            &[],
            None,
        ),
        (
            "the end of the numbers",
            page(),
            None,
            json!({"limit":2,"page":u64::MAX}),
            json!({}),
            &two,
            None,
        ),
    ];
    for (name, advance, more, inputs, answer, items, expected) in cases {
        let next = next_page(&paging(advance, more), &map(inputs), &answer, items);
        assert_eq!(next.map(Value::Object), expected, "{name}");
    }
}

#[test]
fn circles_are_seen() {
    let mut pages = Pages::default();
    assert_eq!(pages.enter(&map(json!({"after":1,"q":"x"}))), Ok(()));
    assert_eq!(pages.enter(&map(json!({"after":2,"q":"x"}))), Ok(()));
    assert_eq!(
        pages.enter(&map(json!({"q":"x","after":1}))),
        Err(PagesError::Circle)
    );
    let mut pages = Pages::default();
    let refused = (0..20_000).find_map(|number| pages.enter(&map(json!({ "page": number }))).err());
    assert_eq!(refused, Some(PagesError::TooMany));
}

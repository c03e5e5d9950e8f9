//! Files made to hurt: each is refused where it begins to, and what people write is not.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

use souschef_catalog::file::{ConnectorFile, read};

/// `levels` anchors, each a list of the one before so many times.
fn fan_out(levels: usize, times: usize) -> String {
    let mut text = "connector: shop\nx0: &x0 [lol]\n".to_owned();
    for level in 1..=levels {
        let list = vec![format!("*x{}", level - 1); times].join(", ");
        text.push_str(&format!("x{level}: &x{level} [{list}]\n"));
    }
    text
}

#[test]
fn bombs_are_refused() {
    let bombs = [
        ("aliases that fan out", fan_out(9, 9)),
        ("one alias, many times", fan_out(2, 200)),
        ("aliases nested deep", fan_out(60, 1)),
        (
            "brackets",
            format!("a: {}{}", "[".repeat(50_000), "]".repeat(50_000)),
        ),
        (
            "more keys than anyone writes",
            (0..60_000).map(|number| format!("k{number}: v\n")).collect(),
        ),
        ("a long text", format!("a: {}", "x".repeat(3 << 20))),
    ];
    for (name, text) in bombs {
        // As anything, so that no key is refused before the bomb goes off.
        let fault = read::<serde_json::Value>(&text).unwrap_err();
        let told = fault.message.contains("too much") || fault.message.contains("KB");
        assert!(told, "{name}: {fault:?}");
        assert!(read::<ConnectorFile>(&text).is_err(), "{name}, as a connector");
    }
}

#[test]
fn what_people_write_is_read() {
    let text = "a: &a { b: [1, 2, 3] }\nmany:\n".to_owned() + &"  - *a\n".repeat(90);
    let value: serde_json::Value = read(&text).unwrap();
    assert_eq!(
        value.pointer("/many/89/b/2").and_then(serde_json::Value::as_u64),
        Some(3)
    );
}

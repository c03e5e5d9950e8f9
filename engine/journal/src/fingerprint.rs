//! What tells two bodies of one key apart.

use serde_json::Value;
use sha2::{Digest, Sha256};

/// The same for bodies that differ only in the order of their keys.
pub(crate) fn fingerprint(body: &Value) -> Vec<u8> {
    let mut digest = Sha256::new();
    feed(&mut digest, body);
    digest.finalize().to_vec()
}

fn feed(digest: &mut Sha256, value: &Value) {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            digest.update(b"{");
            for (key, value) in entries {
                digest.update(key.len().to_le_bytes());
                digest.update(key);
                feed(digest, value);
            }
            digest.update(b"}");
        }
        Value::Array(items) => {
            digest.update(b"[");
            items.iter().for_each(|item| feed(digest, item));
            digest.update(b"]");
        }
        Value::String(text) => {
            digest.update(b"\"");
            digest.update(text.len().to_le_bytes());
            digest.update(text);
        }
        other => {
            digest.update(other.to_string());
            digest.update(b",");
        }
    }
}

/// Bytes as text.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

//! Webhooks, true and forged, row by row: what is heard, by whom, and what is refused.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use ring::hmac;
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use serde::Deserialize;
use serde_json::json;
use souschef_catalog::Catalog;
use souschef_connect::Secret;
use souschef_plan::{Context, Plan};
use souschef_recipe::SourceFile;
use souschef_runtime::trigger::webhook::{Account, Arrival, Headers, Listening, Refusal, hear};

use crate::data;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    to: String,
    sign: String,
    body: String,
    sent: Option<String>,
    query: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    status: u16,
    heard: Option<Vec<String>>,
    #[serde(default, deserialize_with = "there")]
    key: Option<Option<String>>,
}

/// Tells a key that is null from one that is not written.
fn there<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Option<String>>, D::Error> {
    Option::<String>::deserialize(from).map(Some)
}

struct Keys {
    new: Ed25519KeyPair,
    other: Ed25519KeyPair,
    old: RsaKeyPair,
}

impl Keys {
    fn read() -> Self {
        let pem = std::fs::read_to_string(data("rsa-for-tests-only.pem")).unwrap();
        let text: String = pem.lines().filter(|line| !line.contains("-----")).collect();
        Self {
            new: Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap(),
            other: Ed25519KeyPair::from_seed_unchecked(&[8; 32]).unwrap(),
            old: RsaKeyPair::from_pkcs8(&STANDARD.decode(text).unwrap()).unwrap(),
        }
    }

    /// In the form in which such keys are published.
    fn published(&self) -> (String, String) {
        let mut new = vec![
            0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
        ];
        new.extend(self.new.public_key().as_ref());
        let key = self.old.public_key().as_ref();
        let algorithm = [
            0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
        ];
        let mut old = vec![0x30, 0x82];
        old.extend(((algorithm.len() + 5 + key.len()) as u16).to_be_bytes());
        old.extend(algorithm);
        old.extend([0x03, 0x82]);
        old.extend((key.len() as u16 + 1).to_be_bytes());
        old.push(0);
        old.extend(key);
        (STANDARD.encode(new), STANDARD.encode(old))
    }

    fn sign_old(&self, body: &[u8]) -> String {
        let mut signature = vec![0; self.old.public().modulus_len()];
        self.old
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), body, &mut signature)
            .unwrap();
        STANDARD.encode(signature)
    }

    fn headers(&self, how: &str, body: &[u8]) -> Vec<(&'static str, String)> {
        const NEW: &str = "X-CRM-Signature";
        const OLD: &str = "x-old-signature";
        let raw = self.new.sign(body).as_ref().to_vec();
        let new = STANDARD.encode(&raw);
        match how {
            "none" => vec![],
            "empty" => vec![(NEW, String::new())],
            "not-available" => vec![(NEW, "N/A".into()), (OLD, "N/A".into())],
            "ed25519" => vec![(NEW, new)],
            "ed25519-other-key" => vec![(NEW, STANDARD.encode(self.other.sign(body)))],
            "ed25519-cut" => vec![(NEW, STANDARD.encode(&raw[..40]))],
            "ed25519-bit" => {
                let mut raw = raw;
                raw[20] ^= 1;
                vec![(NEW, STANDARD.encode(raw))]
            }
            "ed25519-hex" => vec![(NEW, hex(&raw))],
            // Only where the two differ is there anything to tell.
            "ed25519-url" => {
                let text = URL_SAFE.encode(&raw);
                assert_ne!(text, new);
                vec![(NEW, text)]
            }
            "ed25519-broken" => vec![(NEW, format!("{}\n {}", &new[..30], &new[30..]))],
            "ed25519-twice" => vec![(NEW, new.clone()), (NEW, new)],
            "ed25519-elsewhere" => vec![("X-Signature", new)],
            "ed25519-as-rsa" => vec![(OLD, new)],
            "rsa" => vec![(OLD, self.sign_old(body))],
            "rsa-and-wrong-ed25519" => vec![
                (NEW, STANDARD.encode(self.other.sign(body))),
                (OLD, self.sign_old(body)),
            ],
            other => vec![("x-signature", keyed(other, body))],
        }
    }
}

/// `hmac sha256 KEY hex`.
fn keyed(how: &str, body: &[u8]) -> String {
    let words: Vec<&str> = how.split(' ').collect();
    let ["hmac", algorithm, key, form] = words[..] else {
        panic!("there is no way {how} to sign")
    };
    let kind = if algorithm == "sha256" {
        hmac::HMAC_SHA256
    } else {
        hmac::HMAC_SHA512
    };
    let tag = hmac::sign(&hmac::Key::new(kind, key.as_bytes()), body);
    match form {
        "hex" => hex(tag.as_ref()),
        "prefixed" => format!("{algorithm}={}", hex(tag.as_ref())),
        _ => STANDARD.encode(tag),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn catalog(keys: &Keys) -> Catalog {
    let (new, old) = keys.published();
    let event = |name: &str| {
        format!(
            "    {name}: {{ help: It happened., fields: {{ type: text }}, example: {{ type: {name} }} }}\n"
        )
    };
    let head = |name: &str| {
        format!(
            "connector: {name}\ntitle: {name}\nhelp: A system.\nbase_url: https://example.com\nauth: bearer\n"
        )
    };
    let crm = format!(
        "{}webhooks:\n  event_field: type\n  account_field: locationId\n  company_field: companyId\n  delivery_field: webhookId\n  \
         time_field: timestamp\n  signatures:\n    - {{ kind: ed25519, header: x-crm-signature, public_key: {new} }}\n    \
         - {{ kind: rsa_sha256, header: x-old-signature, public_key: {old} }}\n  events:\n{}{}{}",
        head("crm"),
        event("Created"),
        event("Renamed"),
        event("Installed"),
    );
    let desk = format!(
        "{}webhooks:\n  event_field: kind\n  delivery_field: id\n  signatures: [ {{ kind: token, header: authorization }} ]\n  events:\n{}",
        head("desk"),
        event("booked"),
    );
    let files = [
        ("crm.yaml", crm),
        ("desk.yaml", desk),
        ("plain.yaml", head("plain")),
    ];
    Catalog::with_files(&files.map(|(name, text)| (name.to_owned(), text))).unwrap()
}

fn plan(catalog: &Catalog, name: &str, trigger: &str) -> Arc<Plan> {
    let text = format!("name: {name}\ntrigger: {{ {trigger} }}\nactions: [ {{ stop: heard }} ]\n");
    let source = SourceFile::new(format!("{name}.yaml"), text);
    let checked = souschef_plan::check(
        name,
        &source,
        Context {
            catalog,
            project: None,
            recipes: None,
        },
    );
    checked
        .plan
        .unwrap_or_else(|| panic!("{name}: {:?}", checked.diagnostics))
}

fn listening() -> (Keys, Listening) {
    let keys = Keys::read();
    let catalog = catalog(&keys);
    let account = |name: &str, connector: &str, company: Option<&str>, token: Option<&str>| Account {
        name: name.to_owned(),
        connector: catalog.connector(connector).unwrap(),
        location_id: name.starts_with("loc").then(|| name.to_owned()),
        company_id: company.map(str::to_owned),
        token: token.map(Secret::new),
    };
    let mut listening = Listening {
        accounts: vec![
            account("loc1", "crm", Some("comp1"), None),
            account("loc2", "crm", None, None),
            account("bookings", "desk", None, Some("desk-token")),
        ],
        connectors: catalog.connectors(),
        ..Listening::default()
    };
    let secret = |name: &str| match name {
        "mute" => Err("the environment has no variable MUTE".to_owned()),
        "gate" => Ok(Secret::new("user:pass")),
        "lead" | "form" => Ok(Secret::new(format!("{name}-token"))),
        _ => Ok(Secret::new(format!("{name}-key"))),
    };
    for (name, connection, trigger) in [
        ("welcome", "loc1", "webhook: crm.Created"),
        ("other", "loc2", "webhook: crm.Created"),
        ("booked", "loc1", "webhook: desk.booked"),
        (
            "lead",
            "loc1",
            "webhook: custom, path: leads, auth: { token: lead }",
        ),
        (
            "form",
            "loc1",
            "webhook: custom, path: form, auth: { token: form, in_query: true }",
        ),
        (
            "pay",
            "loc1",
            "webhook: custom, path: pay, auth: { hmac: pay, header: X-Signature, algorithm: sha256 }",
        ),
        (
            "shop",
            "loc1",
            "webhook: custom, path: shop, auth: { hmac: shop, header: X-Signature, algorithm: sha512 }",
        ),
        (
            "gate",
            "loc1",
            "webhook: custom, path: gate, auth: { basic: gate }",
        ),
        ("open", "loc1", "webhook: custom, path: open, auth: none"),
        (
            "mute",
            "loc1",
            "webhook: custom, path: mute, auth: { token: mute }",
        ),
    ] {
        let plan = plan(&catalog, name, trigger);
        listening.add(&plan, Ok(vec![connection.to_owned()]), &secret);
    }
    (keys, listening)
}

fn arrival(keys: &Keys, row: &Row) -> Arrival {
    let mut headers = Headers::default();
    for (name, value) in keys.headers(&row.sign, row.body.as_bytes()) {
        headers.push(name, value);
    }
    if !row.headers.contains_key("content-type") {
        headers.push("Content-Type", "application/json");
    }
    for (name, value) in &row.headers {
        headers.push(name, value.as_str());
    }
    Arrival {
        path: row.to.clone(),
        query: row.query.clone(),
        headers,
        body: row.sent.as_ref().unwrap_or(&row.body).clone().into_bytes(),
        at: "2026-05-01T12:00:00Z".parse().unwrap(),
    }
}

/// The status, and the recipes that hear it for an account of theirs.
fn told(listening: &Listening, arrival: &Arrival) -> (u16, Vec<String>, Option<String>) {
    match hear(listening, arrival) {
        Err(Refusal { status, .. }) => (status, Vec::new(), None),
        Ok(delivery) => {
            let recipes = delivery
                .heard_by
                .iter()
                .map(|index| &listening.listeners[*index])
                .filter(|listener| {
                    let foreign = delivery.source.starts_with("desk");
                    delivery
                        .accounts
                        .as_ref()
                        .is_none_or(|accounts| foreign || accounts.contains(&listener.connections[0]))
                })
                .map(|listener| listener.plan.recipe.clone())
                .collect();
            (202, recipes, delivery.key)
        }
    }
}

#[test]
fn only_true_deliveries_are_heard() {
    let (keys, listening) = listening();
    let text = std::fs::read_to_string(data("forgery.yaml")).unwrap();
    let rows: Vec<Row> = serde_yaml::from_str(&text).unwrap();
    assert!(rows.len() >= 70, "there are {} rows", rows.len());
    let mut wrong = Vec::new();
    for row in &rows {
        let (status, heard, key) = told(&listening, &arrival(&keys, row));
        let right = status == row.status
            && row.heard.as_ref().is_none_or(|wanted| *wanted == heard)
            && row.key.as_ref().is_none_or(|wanted| *wanted == key);
        if !right {
            wrong.push(format!("{}: {status} {heard:?} {key:?}", row.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let mute = &listening.deaf[0];
    assert_eq!((mute.recipe.as_str(), listening.deaf.len()), ("mute", 1));
}

#[test]
fn forms_and_bodies_are_read_by_their_content_type_alone() {
    let (keys, listening) = listening();
    let open = |kind: &str, body: Vec<u8>| {
        let mut headers = Headers::default();
        if !kind.is_empty() {
            headers.push("content-type", kind);
        }
        let arrival = Arrival {
            path: "custom/open".into(),
            query: None,
            headers,
            body,
            at: "2026-05-01T12:00:00Z".parse().unwrap(),
        };
        hear(&listening, &arrival)
            .map(|delivery| delivery.body)
            .map_err(|refusal| refusal.status)
    };
    let form = "application/x-www-form-urlencoded";
    assert_eq!(
        open(form, b"name=Ana+R%C3%A9&tag=a&tag=b&tag=c&empty=".to_vec()),
        Ok(json!({ "name": "Ana R\u{e9}", "tag": ["a", "b", "c"], "empty": "" }))
    );
    assert_eq!(open("", b"[1]".to_vec()), Ok(json!([1])));
    assert_eq!(
        open("application/cloudevents+json; charset=utf-8", b"{}".to_vec()),
        Ok(json!({}))
    );
    assert_eq!(open("application/json", b"\xff".to_vec()), Err(400));
    assert_eq!(open("application/json", form.as_bytes().to_vec()), Err(400));
    let deep = |depth: usize| ["[".repeat(depth), "]".repeat(depth)].concat().into_bytes();
    assert!(open("application/json", deep(64)).is_ok());
    assert_eq!(open("application/json", deep(65)), Err(400));
    assert_eq!(open("application/json", deep(300_000)), Err(400));
    // Brackets in text are no nesting, whatever stands before them.
    let text = format!("{{\"a\":\"\\\\\\\"{}\"}}", "[".repeat(100)).into_bytes();
    assert!(open("application/json", text).is_ok());
    assert!(open("application/json", vec![b' '; 1024 * 1024]).is_err_and(|status| status == 400));
    assert_eq!(open("application/json", vec![b' '; 1024 * 1024 + 1]), Err(413));
    drop(keys);
}

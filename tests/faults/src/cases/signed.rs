//! Events that are signed as GHL signs its own: a connector of the project's has the same form of signature, and a key
//! whose other half is here. GHL's own key is in the catalog, and nobody here can sign with it: what we sign is refused there.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};

use crate::error::Error;
use crate::load::Sent;
use crate::trial::{Report, Setting, Trial};
use crate::wire;

/// What stands before an Ed25519 key in the form in which public keys are published.
const HEAD: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];
/// The account at the other system.
const ACCOUNT: &str = "shop-17";

const CONNECTOR: &str = "connector: crm
title: CRM
help: A system that signs its events.
base_url: https://crm.example.com
auth: bearer
webhooks:
  event_field: type
  account_field: locationId
  delivery_field: webhookId
  time_field: timestamp
  signatures: [ { kind: ed25519, header: X-CRM-Signature, public_key: {key} } ]
  events:
    created: { help: It happened., fields: { type: text, n: text }, example: { type: created, n: \"1\" } }
";

const RECIPE: &str = "name: Signed
trigger: { webhook: crm.created }
actions:
  - action: contacts.upsert
    connection: main
    with: { email: \"signed-{{ trigger.n }}@example.com\" }
";

const OF_GHL: &str = "name: Signed by GHL
trigger: { webhook: ghl.ContactCreate }
actions: [ { stop: heard } ]
";

struct Signer(Ed25519KeyPair);

impl Signer {
    fn new(seed: u8) -> Result<Self, Error> {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[seed; 32]);
        pair.map(Self).map_err(|why| Error::Other(why.to_string()))
    }

    fn public(&self) -> String {
        STANDARD.encode([&HEAD, self.0.public_key().as_ref()].concat())
    }

    fn sign(&self, body: &Value) -> String {
        STANDARD.encode(self.0.sign(body.to_string().as_bytes()))
    }
}

/// True ones start a run each, also across a kill; forged, old and foreign ones start none.
pub(super) async fn events(setting: &Setting) -> Result<Report, Error> {
    let count = if setting.long { 200 } else { 24 };
    let (ours, other) = (Signer::new(7)?, Signer::new(8)?);
    let mut trial = Trial::new(setting, "signed", &[])?;
    set_up(&trial, &ours)?;
    trial.start().await?;
    for number in 0..count {
        let id = format!("signed-{number}");
        let body = event(&id, number, ACCOUNT, SignedDuration::ZERO);
        let sent = told(&mut trial, number, &body, &ours.sign(&body)).await?;
        trial.sent.push(sent);
        if number % 12 == 5 {
            trial.service.kill()?;
            trial.start().await?;
        }
        // As a sender that has not heard: the same again.
        let again = told(&mut trial, number, &body, &ours.sign(&body)).await?;
        trial.sent.push(again);
        for (what, forged, signature) in forged(&ours, &other, number) {
            let answer = post(&trial, "crm", "X-CRM-Signature", &forged, &signature).await?;
            trial.faults += 1;
            if !matches!(answer.status, 400..=404) {
                trial.broken.push(format!(
                    "X4: {what} was answered {} {}",
                    answer.status, answer.body
                ));
            }
        }
    }
    let body = json!({ "type": "ContactCreate", "webhookId": "w1", "locationId": trial.sandbox.names.get("location_id") });
    let answer = post(&trial, "ghl", "X-GHL-Signature", &body, &ours.sign(&body)).await?;
    if answer.status != 401 {
        trial.broken.push(format!(
            "X4: a signature that is not GHL's was answered {}",
            answer.status
        ));
    }
    trial.end().await
}

fn set_up(trial: &Trial, ours: &Signer) -> Result<(), Error> {
    let folder = trial.folder.path().join("connectors");
    std::fs::create_dir_all(&folder).map_err(Error::file("can't make", &folder))?;
    let file = folder.join("crm.yaml");
    std::fs::write(&file, CONNECTOR.replace("{key}", &ours.public()))
        .map_err(Error::file("can't write", &file))?;
    trial.write_recipe("signed.yaml", RECIPE)?;
    trial.write_recipe("of-ghl.yaml", OF_GHL)?;
    let text = trial.project_file()?.replace(
        "secrets:\n",
        &format!(
            "  crm: {{ connector: crm, location_id: {ACCOUNT}, auth: {{ token: {{ env: HOOK_TOKEN }} }} }}\n\
             default_connection: main\nconnectors: [ connectors/crm.yaml ]\nsecrets:\n"
        ),
    );
    trial.write_project_file(&text)
}

fn event(id: &str, number: u64, account: &str, ago: SignedDuration) -> Value {
    let at = Timestamp::now().checked_sub(ago).unwrap_or_default();
    json!({ "type": "created", "webhookId": id, "locationId": account, "timestamp": at.to_string(), "n": number.to_string() })
}

/// Events that must not be believed, with their signatures.
fn forged(ours: &Signer, other: &Signer, number: u64) -> Vec<(&'static str, Value, String)> {
    let id = |what: &str| format!("forged-{what}-{number}");
    let now = SignedDuration::ZERO;
    let (plain, old) = (
        event(&id("plain"), number, ACCOUNT, now),
        event(&id("old"), number, ACCOUNT, SignedDuration::from_hours(3)),
    );
    let foreign = event(&id("foreign"), number, "shop-18", now);
    let changed = event(&id("changed"), number + 1, ACCOUNT, now);
    vec![
        ("another key", plain.clone(), other.sign(&plain)),
        ("a changed body", changed, ours.sign(&plain)),
        ("no signature", plain, String::new()),
        ("one of three hours ago", old.clone(), ours.sign(&old)),
        (
            "one of an account that is not ours",
            foreign.clone(),
            ours.sign(&foreign),
        ),
    ]
}

/// Sends until it is taken.
async fn told(trial: &mut Trial, number: u64, body: &Value, signature: &str) -> Result<Sent, Error> {
    let mut sent = Sent {
        number,
        recipe: "signed".to_owned(),
        taken: BTreeMap::new(),
        wrong: Vec::new(),
        deferred: 0,
    };
    for _ in 0..100 {
        let answer = post(trial, "crm", "X-CRM-Signature", body, signature).await?;
        match answer.status {
            200..300 => {
                let id = answer
                    .body
                    .get("event")
                    .and_then(Value::as_str)
                    .unwrap_or_default();
                sent.taken.insert(id.to_owned(), SystemTime::now());
                return Ok(sent);
            }
            429 => sent.deferred += 1,
            status => {
                sent.wrong
                    .push(format!("signed event {number}: {status} {}", answer.body));
                return Ok(sent);
            }
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    sent.wrong.push(format!("signed event {number} was not taken"));
    Ok(sent)
}

async fn post(
    trial: &Trial,
    system: &str,
    header: &str,
    body: &Value,
    signature: &str,
) -> Result<wire::Answer, Error> {
    let headers = [("Content-Type", "application/json"), (header, signature)];
    wire::ask(
        &trial.service.webhooks,
        "POST",
        &format!("/hooks/{system}"),
        &headers,
        Some(body),
    )
    .await
    .map_err(Error::world("a signed event"))
}

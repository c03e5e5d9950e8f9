//! The project that the stories of triggers are told of.

use serde_json::Value;
use souschef_runtime::journal::Run;

use crate::kitchen::Kitchen;

pub(crate) const PROJECT: &str = "
connections:
  main: { connector: ghl, location_id: ve9EPM428h8vShlRW1KT, auth: { token: { env: NONE } } }
  crm: { connector: crm, auth: { token: { file: crm-token } } }
default_connection: main
secrets:
  lead: { file: lead-token }
  other: { file: other-token }
connectors: [ crm.yaml ]
";

pub(crate) const CRM: &str = "
connector: crm
title: CRM
help: A system.
base_url: https://crm.example.com
auth: bearer
webhooks:
  event_field: type
  delivery_field: delivery
  time_field: sent
  signatures: [ { kind: token, header: x-crm-token } ]
  events:
    ThingCreated: { help: A thing was made., fields: { type: text, id: text }, example: { type: ThingCreated, id: t1 } }
types:
  Thing: { fields: { id: text, title: text, updated_at: datetime } }
category: CRM
operations:
  crm.list_things:
    title: List Things
    help: Lists things.
    kind: trigger
    method: GET
    path: /things
    effect: read
    inputs:
      limit: { in: query, type: integer, help: How many. }
      offset: { in: query, type: integer, help: From where. }
    output: { fields: { things: [$Thing] } }
    poll: { items: \"$.things[*]\", id: id, changed: updated_at, paging: { label: limit+offset, size: { limit: 2 }, skip: offset } }
  crm.create_thing:
    title: Create Thing
    help: Makes a thing.
    kind: action
    method: POST
    path: /things
    effect: unsafe
    inputs: { title: { in: body, type: text, required: true, help: What it is called. } }
    output: { fields: { thing: $Thing } }
";

pub(crate) const FILES: [(&str, &str); 4] = [
    ("crm.yaml", CRM),
    ("crm-token", "crm-secret"),
    ("lead-token", "lead-secret"),
    ("other-token", "other-secret"),
];

pub(crate) fn recipe(trigger: &str) -> String {
    format!("name: A recipe\ntrigger: {trigger}\nactions: [ {{ stop: \"heard {{{{ run.trigger }}}}\" }} ]\n")
}

pub(crate) async fn kitchen(recipes: &[(&str, &str)]) -> Kitchen {
    let mut files: Vec<(&str, &str)> = FILES.to_vec();
    files.extend(recipes);
    Kitchen::open(PROJECT, &files).await
}

pub(crate) fn names(runs: &[(Run, Value)], field: &str) -> Vec<String> {
    runs.iter()
        .map(|(_, event)| event[field].as_str().unwrap_or_default().to_owned())
        .collect()
}

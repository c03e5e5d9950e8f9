//! What the plan of a right recipe holds.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops where it fails"
)]

use std::time::Duration;

use souschef_catalog::Catalog;
use souschef_plan::{
    ConnectionPlan, Context, Credential, OnErrorPlan, Plan, Project, SecretSource, StepPlan, StepPlanKind,
    TriggerPlanKind, check,
};
use souschef_recipe::{SourceFile, render};

const RECIPE: &str = r#"
trigger: { poll: contacts.search, with: { pageLimit: 50 } }
connection: main
mappings: { who: { from: trigger.firstName, default: there } }
actions:
  - id: tag
    name: Tag it
    action: contacts.add_tags
    with: { contactId: "{{ trigger.id }}", tags: [a] }
    retry: 3
    on_error:
      - stop: "{{ error.message }}"
  - parallel:
      - set: { one: 1 }
      - - wait: 90m
        - wait_until: "2030-01-01T00:00:00Z"
  - choose:
      - if: { trigger.email: { exists: true } }
        do:
          - for_each: [x, y]
            do:
              - action: contacts.create_note
                with: { contactId: "{{ trigger.id }}", body: "{{ item }} {{ fields.who }}" }
    otherwise:
      - fail: No address
on_failure:
  - stop: "{{ error.message }}"
"#;

const PROJECT: &str = "
connections:
  main: { connector: ghl, location_id: abc, auth: { token: { file: token.txt } }, scopes: [contacts.readonly, contacts.write] }
inputs:
  welcome: { owner: ana }
";

fn plan() -> std::sync::Arc<Plan> {
    let catalog = Catalog::bundled();
    let (project, told) = Project::parse(&SourceFile::new("souschef.yaml", PROJECT));
    assert_eq!(told, []);
    let source = SourceFile::new("tidy.yaml", RECIPE);
    let checked = check(
        "tidy",
        &source,
        Context {
            catalog: &catalog,
            project: project.as_ref(),
            recipes: None,
        },
    );
    let said = render::human(&[(source, checked.diagnostics)], false, 100);
    assert_eq!(said, "");
    checked.plan.unwrap()
}

/// The paths of steps and of the steps in them, in order.
fn paths(steps: &[StepPlan], found: &mut Vec<String>) {
    for step in steps {
        found.push(format!("{} {}", step.path, step.title));
        match &step.kind {
            StepPlanKind::Choose { branches, otherwise } => {
                branches.iter().for_each(|(_, body)| paths(body, found));
                paths(otherwise, found);
            }
            StepPlanKind::ForEach { body, .. } => paths(body, found),
            StepPlanKind::Parallel { branches } => branches.iter().for_each(|branch| paths(branch, found)),
            _ => {}
        }
        if let OnErrorPlan::Handle(handler) = &step.on_error {
            paths(handler, found);
        }
    }
}

#[test]
fn steps_have_paths_and_titles() {
    let plan = plan();
    let mut found = Vec::new();
    paths(&plan.steps, &mut found);
    paths(&plan.on_failure, &mut found);
    assert_eq!(
        found,
        [
            "actions[0] Tag it",
            "actions[0].on_error[0] stop",
            "actions[1] parallel",
            "actions[1].parallel[0][0] set",
            "actions[1].parallel[1][0] wait",
            "actions[1].parallel[1][1] wait_until",
            "actions[2] choose",
            "actions[2].choose[0].do[0] for_each",
            "actions[2].choose[0].do[0].do[0] Create Contact Note",
            "actions[2].otherwise[0] fail",
            "on_failure[0] stop",
        ]
    );
}

#[test]
fn what_is_left_out_is_filled_in() {
    let plan = plan();
    assert_eq!(plan.title, "tidy");
    assert_eq!(plan.connection, ConnectionPlan::Named("main".to_owned()));
    assert_eq!(plan.scopes, ["contacts.readonly", "contacts.write"]);
    assert_eq!(plan.hash.len(), 64);
    let [trigger] = plan.triggers.as_slice() else {
        panic!("one trigger")
    };
    assert_eq!(trigger.id, "trigger");
    let TriggerPlanKind::Poll(poll) = &trigger.kind else {
        panic!("a poll")
    };
    assert_eq!(poll.every, Duration::from_secs(300));
    assert_eq!(
        (poll.items.as_str(), poll.id.as_deref()),
        ("$.contacts[*]", Some("id"))
    );
    assert_eq!(plan.steps.first().unwrap().retry.times, Some(3));
}

#[test]
fn a_project_file_is_read() {
    let (project, told) = Project::parse(&SourceFile::new("souschef.yaml", PROJECT));
    assert_eq!(told, []);
    let project = project.unwrap();
    assert_eq!(project.default_connection.as_deref(), Some("main"));
    assert_eq!(
        project.connections["main"].auth,
        Some(Credential::Token(SecretSource::File("token.txt".to_owned())))
    );
    assert_eq!(project.recipes, ["recipes"]);
    assert_eq!(project.data, ".souschef");
    assert_eq!(project.listen_admin, "127.0.0.1:7878");
    assert_eq!(project.inputs["welcome"]["owner"], "ana");
    let (empty, told) = Project::parse(&SourceFile::new("souschef.yaml", ""));
    assert_eq!(
        (empty.unwrap().recipes, told.len()),
        (vec!["recipes".to_owned()], 0)
    );
}

#[test]
fn the_schema_of_the_project_file_knows_its_keys() {
    let schema = Project::schema();
    assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#");
    assert_eq!(schema["additionalProperties"], false);
    for key in [
        "connections",
        "default_connection",
        "secrets",
        "recipes",
        "connectors",
        "data",
        "listen",
        "inputs",
    ] {
        assert!(schema["properties"][key].is_object(), "{key}");
    }
    let text = schema.to_string();
    assert!(!text.contains("$defs"), "{text}");
}

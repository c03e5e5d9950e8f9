//! Recipe text, through the decoder and the checker to what a person reads.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use souschef_catalog::Catalog;
use souschef_plan::{Context, OtherRecipe, Project, check};
use souschef_recipe::format::{format, same};
use souschef_recipe::{Severity, SourceFile, decode, render, tree};

use crate::{Target, corpus};

const PROJECT: &str = "connections:\n  main: { connector: ghl, tags: [vip], scopes: [contacts.readonly] }\nsecrets: { lead_hook: { env: A } }\n";

pub(super) const RECIPE: Target = Target {
    name: "recipe",
    words: &[
        "name: ",
        "trigger:",
        "poll: contacts.search",
        "webhook: ghl.ContactCreate",
        "schedule: ",
        "manual: true",
        "every: 5m",
        "inputs:",
        "if:",
        "mappings:",
        "actions:",
        "- action: ",
        "contacts.create_task",
        "with:",
        "contactId: ",
        "for_each: ",
        "as: item",
        "do:",
        "choose:",
        "otherwise:",
        "parallel:",
        "wait: 3d",
        "wait_until: ",
        "wait_for:",
        "run_recipe: welcome",
        "set:",
        "stop: ",
        "fail: ",
        "on_error: continue",
        "retry: 3",
        "timeout: ",
        "concurrency: ",
        "connection: main",
        "connections: { tagged: vip }",
        "redact: ",
        "\"{{ trigger.id }}\"",
        "\"{{ steps.a.b }}\"",
        "$.trigger.tags[?@ == 'a']",
        "from: trigger.a",
        "transform: [trim]",
        "lookup:",
        "default: ",
        "id: a",
    ],
    seeds: || {
        let mut seeds = corpus::files("tests/check", "recipe.yaml");
        seeds.extend(corpus::files("tests/yaml", ".yaml"));
        seeds.extend(corpus::files("recipes", ".yaml"));
        seeds
    },
    run,
};

fn run(text: &str) -> String {
    static PROJECT_FILE: OnceLock<Project> = OnceLock::new();
    let project = PROJECT_FILE.get_or_init(|| {
        let (project, _) = Project::parse(&SourceFile::new("souschef.yaml", PROJECT));
        project.unwrap_or_default()
    });
    let source = SourceFile::new("recipe.yaml", text.to_owned());
    let others: BTreeMap<String, OtherRecipe> = decode(&source)
        .recipe
        .map(|recipe| ("welcome".to_owned(), OtherRecipe { recipe }))
        .into_iter()
        .collect();
    let catalog = Catalog::bundled();
    let context = Context {
        catalog: &catalog,
        project: Some(project),
        recipes: Some(&others),
    };
    let checked = check("recipe", &source, context);
    let errors = checked
        .diagnostics
        .iter()
        .any(|one| one.severity() == Severity::Error);
    assert_eq!(
        checked.plan.is_some(),
        !errors,
        "there is a plan just where there is no error"
    );
    for one in &checked.diagnostics {
        let span = one.span;
        assert!(
            span.start <= span.end && span.end <= text.len() + 1,
            "{one:?} is outside the text"
        );
        assert!(
            !one.message.is_empty() && !one.message.ends_with('.'),
            "{one:?} is no such sentence"
        );
    }
    laid_out(text);
    let codes: BTreeSet<&str> = checked.diagnostics.iter().map(|one| one.code.id()).collect();
    let shown = render::human(&[(source, checked.diagnostics)], false, 100);
    assert_eq!(shown.is_empty(), codes.is_empty(), "what is wrong is shown");
    codes.into_iter().collect::<Vec<_>>().join(" ")
}

/// What can be laid out says the same afterwards, and is laid out then.
fn laid_out(text: &str) {
    let Ok(once) = format(text) else { return };
    assert_eq!(format(&once).as_ref(), Ok(&once), "laid out twice");
    if let (Some(before), Some(after)) = (tree::parse(text).tree, tree::parse(&once).tree) {
        assert!(same(&before, &after), "laid out, it says something else: {once}");
    }
}

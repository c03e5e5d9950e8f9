//! The other files that people write: the project, connectors, recipe tests.

use std::collections::BTreeSet;

use souschef_catalog::{Catalog, schema};
use souschef_plan::Project;
use souschef_recipe::{Diagnostic, Severity, SourceFile};

use super::way;
use crate::{Target, corpus};

pub(super) const PROJECT: Target = Target {
    name: "project",
    words: &[
        "connections:",
        "main:",
        "connector: ghl",
        "location_id: ",
        "company_id: ",
        "auth: { token: { env: A } }",
        "oauth: ",
        "client_id: ",
        "client_secret: ",
        "base_url: ",
        "tags: [vip]",
        "default_connection: main",
        "secrets:",
        "recipes: ",
        "connectors: ",
        "data: ",
        "listen:",
        "webhooks: 127.0.0.1:7879",
        "admin: ",
        "inputs:",
        "paths:",
        "scopes: ",
        "{ file: a }",
    ],
    seeds: || {
        let mut seeds = corpus::files("tests/check", "souschef.yaml");
        seeds.push("connections:\n  main:\n    connector: ghl\n    location_id: abc\n    auth: { token: { env: GHL_TOKEN } }\nsecrets:\n  a: { env: B }\n".to_owned());
        seeds
    },
    run: |text| {
        let source = SourceFile::new("souschef.yaml", text.to_owned());
        let (project, told) = Project::parse(&source);
        let errors = told.iter().any(|one| one.severity() == Severity::Error);
        assert!(
            project.is_some() || errors,
            "there is neither a project nor an error"
        );
        for one in &told {
            assert!(
                one.span.start <= one.span.end && one.span.end <= text.len() + 1,
                "{one:?} is outside the text"
            );
        }
        let codes: BTreeSet<String> = told
            .iter()
            .map(|one| format!("{} {}", one.code.id(), way(&one.message)))
            .collect();
        codes.into_iter().collect::<Vec<_>>().join("; ")
    },
};

pub(super) const CONNECTOR: Target = Target {
    name: "connector",
    words: &[
        "connector: mine",
        "title: ",
        "auth: bearer",
        "auth: { header: X }",
        "base_url: ",
        "operations:",
        "mine.a:",
        "kind: action",
        "method: POST",
        "path: /a/{b}",
        "inputs:",
        "in: path",
        "type: text",
        "required: true",
        "output:",
        "fields:",
        "types:",
        "$Contact",
        "[text]",
        "effect: unsafe",
        "poll:",
        "items: $.a[*]",
        "paging:",
        "webhooks:",
        "events:",
        "slots:",
        "look_for:",
        "limits:",
        "errors:",
        "one_of: [a, b]",
        "nullable: true",
        "sandbox:",
    ],
    seeds: || {
        let files = corpus::files("engine/catalog/connectors", ".yaml");
        // Under another name, or all is refused for being there already.
        files
            .iter()
            .map(|text| {
                text.replace("connector: ghl", "connector: mine")
                    .replace("connector: timerex", "connector: mine")
            })
            .map(|text| text.chars().take(6000).collect())
            .collect()
    },
    run: |text| match Catalog::with_files(&[("mine.yaml".to_owned(), text.to_owned())]) {
        Ok(catalog) => {
            let own = catalog
                .operations()
                .iter()
                .filter(|operation| operation.connector == "mine")
                .count();
            if own > 0 {
                schema::recipe(&catalog);
            }
            format!("{own} operations")
        }
        Err(errors) => {
            assert!(!errors.is_empty(), "it is refused, and nothing is said of it");
            let ways: BTreeSet<String> = errors.iter().map(|one| way(&one.message)).collect();
            ways.into_iter().take(4).collect::<Vec<_>>().join("; ")
        }
    },
};

pub(super) const RECIPE_TEST: Target = Target {
    name: "recipe-test",
    words: &[
        "cases:",
        "- name: ",
        "event:",
        "inputs:",
        "now: 2026-01-15T09:00:00Z",
        "given:",
        "empty_account: true",
        "answers:",
        "status: 500",
        "body:",
        "events:",
        "webhook: ",
        "expect:",
        "outcome: succeeded",
        "calls:",
        "calls_include:",
        "- call: ",
        "with:",
        "exact: true",
        "fields:",
        "results:",
    ],
    seeds: || corpus::files("recipes", ".test.yaml"),
    run: |text| {
        let source = SourceFile::new("a.test.yaml", text.to_owned());
        match souschef_runtime::testing::parse(&source) {
            Ok(test) => format!("{} cases", test.cases.len()),
            Err(all) => {
                let within =
                    |told: &Diagnostic| told.span.start <= told.span.end && told.span.end <= text.len() + 1;
                assert!(all.iter().all(within), "{all:?}: some are outside the text");
                assert!(!all.is_empty(), "it is refused, and nothing says why");
                all.first().map_or_else(String::new, |first| way(&first.message))
            }
        }
    },
};

//! How long checking takes. Told, never asserted: `cargo test -p souschef-plan --release --test speed -- --ignored --nocapture`.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops where it fails"
)]

use std::time::Instant;

use souschef_catalog::Catalog;
use souschef_plan::{Context, check};
use souschef_recipe::SourceFile;

fn recipe(lines: usize) -> String {
    let mut text = "name: Long\ntrigger: { poll: contacts.search, every: 5m }\nmappings:\n  first_name: { from: trigger.firstName, default: there }\nactions:\n".to_owned();
    let mut step = 0;
    while text.lines().count() + 7 <= lines {
        text.push_str(&format!(
            "  - id: task_{step}\n    if: {{ trigger.source: {{ is_not: import }} }}\n    action: contacts.create_task\n    with:\n      contactId: \"{{{{ trigger.id }}}}\"\n      title: \"Call {{{{ fields.first_name }}}} about {{{{ trigger.email }}}}\"\n      dueDate: \"{{{{ date_add run.started_at '2d' }}}}\"\n      completed: false\n"
        ));
        step += 1;
    }
    text
}

#[test]
#[ignore = "a measurement"]
#[allow(clippy::print_stdout, reason = "it tells a measurement")]
fn checking_is_quick() {
    let catalog = Catalog::bundled();
    let context = Context {
        catalog: &catalog,
        project: None,
        recipes: None,
    };
    for (lines, times) in [(200, 1), (200, 20), (100, 1000)] {
        let source = SourceFile::new("long.yaml", recipe(lines));
        let start = Instant::now();
        for _ in 0..times {
            assert!(check("long", &source, context).plan.is_some());
        }
        println!("{times} × {lines} lines: {:?}", start.elapsed());
    }
}

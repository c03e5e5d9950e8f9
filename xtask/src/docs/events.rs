//! A page for each connector that sends events.

use souschef_catalog::Catalog;

use super::{anchor, catalog, cell, page};
use crate::generated::Generated;

/// The pages.
pub(super) fn pages(known: &Catalog) -> Vec<Generated> {
    let connectors = known.connectors();
    let sending = connectors
        .iter()
        .filter(|connector| !connector.webhooks.events.is_empty());
    sending
        .map(|connector| {
            let events = &connector.webhooks.events;
            let mut text = format!(
                "# Events of {}\n\n{} events that a recipe can begin with, or wait for. They arrive at `/hooks/{}`.\n\n| event | when it is sent |\n|---|---|\n",
                connector.title,
                events.len(),
                connector.name
            );
            for event in events.values() {
                text.push_str(&format!("| [`{}`]({}) | {} |\n", event.id, anchor(&event.id), cell(&event.help)));
            }
            for event in events.values() {
                text.push_str(&format!("\n## {}\n\n{}\n\n```yaml\ntrigger: {{ webhook: {} }}\n```\n", event.id, event.help, event.id));
                text.push_str(&catalog::answer("What `trigger` holds", &event.shape));
                // A sample may be absent; `null` would tell nobody anything.
                if !event.example.is_null() {
                    let sample = format!("{:#}", event.example);
                    text.push_str(&format!("\n<details><summary>A published sample</summary>\n\n```json\n{sample}\n```\n\n</details>\n"));
                }
            }
            page(&format!("catalog/events-{}.md", connector.name), &text)
        })
        .collect()
}

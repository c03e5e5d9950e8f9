//! Events that are sent to us.

use std::sync::Arc;

use souschef_catalog::{Catalog, Operation, OperationKind};
use souschef_expr::Type;
use souschef_recipe::{Code, Diagnostic, SourceFile, Spanned, Trigger, Webhook, nearest};

use super::Checker;
use super::names::Known;
use crate::plan::TriggerPlanKind;

impl Checker<'_> {
    pub(super) fn webhook(
        &mut self,
        webhook: &Webhook,
        trigger: &Trigger,
    ) -> (Option<TriggerPlanKind>, Known) {
        let known = self.event(webhook, "this trigger");
        let reconcile = webhook
            .reconcile
            .as_ref()
            .and_then(|poll| self.poll(poll, trigger))
            .map(|(plan, _)| plan);
        let kind = match (&known, webhook.event.value.as_str()) {
            (Some(Known::Event(event)), _) => Some(TriggerPlanKind::Webhook {
                event: Arc::clone(event),
                reconcile,
            }),
            (_, "custom") => webhook
                .path
                .as_ref()
                .zip(webhook.auth.as_ref())
                .map(|(path, auth)| TriggerPlanKind::Custom {
                    path: path.value.clone(),
                    auth: auth.value.clone(),
                }),
            _ => None,
        };
        (kind, known.unwrap_or(Known::Own(Type::Any)))
    }

    /// The event of a trigger or of a `wait_for`, with its path and auth.
    pub(super) fn event(&mut self, webhook: &Webhook, what: &str) -> Option<Known> {
        let name = &webhook.event;
        if name.value == "custom" {
            self.custom(webhook);
            return Some(Known::Own(Type::Any));
        }
        let form = [
            webhook.path.as_ref().map(|one| ("path", one.span)),
            webhook.auth.as_ref().map(|one| ("auth", one.span)),
        ];
        let event = self.context.catalog.event(&name.value);
        if event.is_some() {
            if let Some((key, span)) = form.into_iter().flatten().next() {
                self.tell(
                    Diagnostic::new(
                        Code::WEBHOOK_FORM,
                        span,
                        format!(
                            "{what} has no {key}: {} proves itself by its signature",
                            name.value
                        ),
                    )
                    .label(format!("leave {key}: out; only webhook: custom has it")),
                );
            }
            return event.map(Known::Event);
        }
        self.unknown_event(name);
        None
    }

    fn custom(&mut self, webhook: &Webhook) {
        let span = webhook.event.span;
        match &webhook.path {
            None => self.tell(
                Diagnostic::new(
                    Code::WEBHOOK_FORM,
                    span,
                    "a custom webhook has a path:, the end of its address",
                )
                .label("write `path: leads` for /hooks/custom/leads"),
            ),
            Some(path) => {
                let good = !path.value.is_empty()
                    && path.value.split('/').all(|part| {
                        !part.is_empty()
                            && part
                                .chars()
                                .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
                    });
                if !good {
                    let mut better: String = path
                        .value
                        .trim_start_matches("/hooks/custom")
                        .trim_matches('/')
                        .chars()
                        .map(|c| {
                            if c.is_ascii_alphanumeric() || c == '/' || c == '_' {
                                c.to_ascii_lowercase()
                            } else {
                                '-'
                            }
                        })
                        .collect();
                    if better.is_empty() {
                        better = "leads".to_owned();
                    }
                    self.tell(
                        Diagnostic::new(
                            Code::WEBHOOK_FORM,
                            path.span,
                            format!("path can't be \"{}\"", path.value),
                        )
                        .label(format!("letters, digits, - and _, like `path: {better}`")),
                    );
                }
            }
        }
        match &webhook.auth {
            None => self.tell(
                Diagnostic::new(Code::WEBHOOK_FORM, span, "a custom webhook has an auth:, which says how a sender proves who it is")
                    .label("write `auth: { token: NAME }`, where NAME is one of the project file's secrets")
                    .note("also: { basic: NAME }, { hmac: NAME, header: X-Signature }, or none, which must be written out"),
            ),
            Some(auth) => self.webhook_secret(auth),
        }
    }

    fn unknown_event(&mut self, name: &Spanned<String>) {
        let word = name.value.as_str();
        let catalog = self.context.catalog;
        let ids: Vec<String> = catalog.events().iter().map(|event| event.id.clone()).collect();
        let plain = |text: &str| {
            text.rsplit('.')
                .next()
                .unwrap_or(text)
                .to_lowercase()
                .replace(['_', '-', ' '], "")
        };
        let mut diagnostic = Diagnostic::new(
            Code::UNKNOWN_EVENT,
            name.span,
            format!("there is no event \"{word}\""),
        );
        let wanted = plain(word);
        // ContactCreated, contact_created and contact.created mean ContactCreate.
        let whole = word.to_lowercase().replace(['_', '-', ' ', '.'], "");
        let whole = whole.replace("changed", "update").replace("modified", "update");
        let stems: Vec<String> = [wanted.as_str(), whole.as_str()]
            .into_iter()
            .map(|text| {
                text.trim_start_matches("ghl")
                    .trim_end_matches("ed")
                    .trim_end_matches('e')
                    .to_owned()
            })
            .collect();
        let stem = |id: &str| plain(id).trim_end_matches('e').to_owned();
        let exact = ids.iter().find(|id| stems.contains(&stem(id)));
        // MessageInbound means InboundMessage.
        let exact = exact.or_else(|| {
            ids.iter()
                .find(|id| camel(id) == camel(word) && camel(word).len() > 1)
        });
        let near = exact
            .map(String::as_str)
            .or_else(|| nearest(word, ids.iter().map(String::as_str)))
            .or_else(|| {
                let names: Vec<&str> = ids.iter().map(|id| id.rsplit('.').next().unwrap_or(id)).collect();
                let found = nearest(word, names.iter().copied())?;
                ids.iter().map(String::as_str).find(|id| id.ends_with(found))
            });
        if let Some(near) = near {
            diagnostic = diagnostic.did_you_mean(near);
        } else if catalog
            .operation(word)
            .is_some_and(|one| one.kind == OperationKind::Trigger)
        {
            diagnostic = diagnostic.label(format!("this is a read, not an event: write `poll: {word}`"));
        } else if word.starts_with("http") || word.starts_with('/') {
            diagnostic = diagnostic.label("write webhook: custom, with path: and auth: beside it");
        } else {
            let first: String = word
                .rsplit('.')
                .next()
                .unwrap_or(word)
                .chars()
                .take(4)
                .collect::<String>()
                .to_lowercase();
            let alike: Vec<&str> = ids
                .iter()
                .map(String::as_str)
                .filter(|id| !first.is_empty() && plain(id).contains(&first))
                .take(6)
                .collect();
            diagnostic = if alike.is_empty() {
                diagnostic.label("`webhook: custom` takes any system's events")
            } else {
                diagnostic.note(format!("events: {}", alike.join(", ")))
            };
        }
        self.tell(diagnostic);
    }
}

/// The words of a name like `InboundMessage`, in alphabetical order.
fn camel(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for c in name.rsplit('.').next().unwrap_or(name).chars() {
        match words.last_mut() {
            Some(last) if !c.is_uppercase() && c.is_alphanumeric() => last.extend(c.to_lowercase()),
            _ => words.push(c.to_lowercase().collect()),
        }
    }
    words.sort_unstable();
    words
}

/// What decoding told of a trigger that is one word: here it is known whether that is an event or a read.
pub(super) fn form_of_trigger(diagnostics: &mut [Diagnostic], source: &SourceFile, catalog: &Catalog) {
    for told in diagnostics
        .iter_mut()
        .filter(|one| one.code == Code::TRIGGER_FORM)
    {
        let written = source.text().get(told.span.range()).unwrap_or_default();
        let word = written.trim_matches(['"', '\'']);
        let reads = |operation: &Operation| operation.kind == OperationKind::Trigger;
        if catalog.event(word).is_some() {
            told.label = Some(format!("write `trigger: {{ webhook: {word} }}`"));
        } else if catalog.operation(word).is_some_and(|operation| reads(&operation)) {
            told.label = Some(format!("write `trigger: {{ poll: {word}, every: 5m }}`"));
        }
    }
}

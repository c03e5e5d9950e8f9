//! The bundled catalog makes sense in itself: effects, helps, examples, polls, look-ups and events fit each other.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops where it fails"
)]

use std::collections::BTreeSet;

use souschef_catalog::{Advance, Catalog, Effect, OperationKind, Paging};
use souschef_expr::Type;

#[test]
fn effects_fit_the_methods() {
    for operation in Catalog::bundled().operations() {
        let id = operation.id.as_str();
        let method = operation.call().unwrap().method.as_str();
        let read = operation.effect == Effect::Read;
        assert!(method != "GET" || read, "{id} is a GET that changes something");
        assert!(
            operation.kind != OperationKind::Trigger || read,
            "{id} is polled, so it may change nothing"
        );
        assert!(
            !matches!(method, "PUT" | "DELETE") || operation.effect == Effect::Settled,
            "{id} is a {method}"
        );
    }
}

#[test]
fn inputs_explain_themselves() {
    for operation in Catalog::bundled().operations() {
        let id = operation.id.as_str();
        let mut last = 0;
        for (name, input) in &operation.inputs {
            let help = input
                .help
                .as_deref()
                .unwrap_or_else(|| panic!("{id}: {name} has no help"));
            assert!(help.ends_with('.'), "{id}: {name}: {help}");
            if let Some(example) = &input.example {
                let wrong = input.ty.mismatches(example);
                assert!(wrong.is_empty(), "{id}: {name}: {wrong:?}");
            }
            let place = if input.fill.is_some() {
                2
            } else {
                u8::from(!input.required)
            };
            assert!(
                place >= last,
                "{id}: {name} comes too late: required inputs first, those that the connection fills last"
            );
            last = place;
            assert_eq!(
                input.fill.is_some(),
                matches!(name.as_str(), "locationId" | "location_id" | "companyId")
                    && id != "locations.delete",
                "{id}: {name}"
            );
        }
        for paging in operation.poll.iter().filter_map(|poll| poll.paging.as_ref()) {
            assert!(paging.size.is_some(), "{id} asks for no page size");
            for input in set_by_paging(paging) {
                assert!(operation.inputs.contains_key(input), "{id}: {input}");
            }
        }
    }
}

#[test]
fn answers_hold_what_polls_and_look_ups_read() {
    let catalog = Catalog::bundled();
    let fields =
        |ty: &Type| -> BTreeSet<String> { ty.field_names().into_iter().map(str::to_owned).collect() };
    for operation in catalog.operations() {
        let id = &operation.id;
        if let Some(poll) = &operation.poll {
            let known = items(&operation.output, &poll.items)
                .map(|item| fields(&item))
                .unwrap_or_default();
            for name in poll.id.iter().chain(&poll.changed).filter(|_| !known.is_empty()) {
                assert!(
                    known.contains(name),
                    "{id}: its items have no {name}, but {known:?}"
                );
            }
            assert!(
                poll.id.is_none() || !known.is_empty(),
                "{id}: {} leads to nothing known",
                poll.items
            );
        }
        if let Some(look) = &operation.look_for {
            let read = catalog.operation(&look.operation).unwrap();
            assert_eq!(read.effect, Effect::Read, "{id}");
            let known = items(&read.output, &look.items)
                .map(|item| fields(&item))
                .unwrap_or_default();
            for name in look.matches.keys() {
                assert!(
                    known.contains(name),
                    "{id}: {} gives no {name}, but {known:?}",
                    read.id
                );
            }
            let paging = read.poll.as_ref().and_then(|poll| poll.paging.as_ref());
            let paged: Vec<&String> = paging.into_iter().flat_map(set_by_paging).collect();
            for (name, input) in read
                .inputs
                .iter()
                .filter(|(_, input)| input.required && input.fill.is_none())
            {
                assert!(
                    look.with.contains_key(name) || paged.contains(&name),
                    "{id}: {} needs {name} ({input:?})",
                    read.id
                );
            }
            if let Some(wrap) = &look.wrap {
                assert!(
                    fields(&operation.output).contains(wrap),
                    "{id}: its answer has no {wrap}"
                );
            }
        }
    }
}

/// The inputs that paging sets.
fn set_by_paging(paging: &Paging) -> Vec<&String> {
    let moved: Vec<&String> = match &paging.advance {
        Advance::Page { input, .. } | Advance::Skip { input } => vec![input],
        Advance::Answer(inputs) | Advance::LastItem(inputs) => inputs.keys().collect(),
    };
    paging.size.iter().map(|(input, _)| input).chain(moved).collect()
}

/// The type of the items that a JSONPath of plain steps leads to.
fn items(ty: &Type, path: &str) -> Option<Type> {
    path.trim_start_matches('$')
        .replace("[*]", ".0")
        .split('.')
        .filter(|step| !step.is_empty())
        .try_fold(ty.clone(), |ty, step| ty.at(step))
}

#[test]
fn events_are_told_by_their_type() {
    for connector in Catalog::bundled().connectors() {
        let webhooks = &connector.webhooks;
        let field = webhooks.event_field.as_deref().unwrap();
        let mut words = BTreeSet::new();
        for event in webhooks.events.values() {
            assert_eq!(event.example[field], event.wire.as_str(), "{}", event.id);
            assert!(
                words.insert(event.wire.clone()),
                "{} is sent for two events",
                event.wire
            );
            let wrong = event.shape.mismatches(&event.example);
            assert!(wrong.is_empty(), "{}: {wrong:?}", event.id);
            assert!(event.help.ends_with('.'), "{}", event.id);
        }
    }
}

//! The bundled catalog reads without a mistake, and is whole.

use std::collections::BTreeSet;

use souschef_catalog::{Catalog, OperationKind, PathPart};

#[test]
fn counts_are_those_of_the_published_list() {
    let operations = Catalog::bundled().operations();
    let ghl: Vec<_> = operations
        .iter()
        .filter(|operation| operation.connector == "ghl")
        .collect();
    let triggers = ghl
        .iter()
        .filter(|operation| operation.kind == OperationKind::Trigger)
        .count();
    assert_eq!((ghl.len(), triggers, ghl.len() - triggers), (126, 55, 71));
    assert_eq!(
        Catalog::bundled().connector("ghl").unwrap().webhooks.events.len(),
        58
    );
    assert_eq!(
        Catalog::bundled()
            .connector("timerex")
            .unwrap()
            .webhooks
            .events
            .len(),
        2
    );
}

#[test]
fn every_bundled_file_reads_without_a_mistake() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("connectors");
    let mut ids = BTreeSet::new();
    for folder in std::fs::read_dir(root).unwrap() {
        for file in std::fs::read_dir(folder.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            let written: souschef_catalog::file::ConnectorFile = souschef_catalog::file::read(&text)
                .unwrap_or_else(|fault| panic!("{}: {fault:?}", path.display()));
            for id in written.operations.keys() {
                assert!(ids.insert(id.clone()), "{id} stands twice");
                assert!(Catalog::bundled().operation(id).is_some(), "{id} has a mistake");
            }
        }
    }
    assert_eq!(ids.len(), Catalog::bundled().operation_ids().len());
}

#[test]
fn operations_refer_to_what_is_there() {
    let catalog = Catalog::bundled();
    for operation in catalog.operations() {
        assert!(operation.help.ends_with('.'), "{}", operation.id);
        assert!(operation.call().is_some(), "{}", operation.id);
        if let Some(look) = &operation.look_for {
            let read = catalog
                .operation(&look.operation)
                .unwrap_or_else(|| panic!("{}", operation.id));
            for input in look.with.keys() {
                assert!(
                    read.inputs.contains_key(input),
                    "{}: {} has no {input}",
                    operation.id,
                    read.id
                );
            }
        }
        for call in &operation.calls {
            for part in &call.path {
                if let PathPart::Input(name) = part {
                    assert!(operation.inputs.contains_key(name), "{}", operation.id);
                }
            }
        }
        assert_eq!(
            operation.poll.is_some(),
            operation.kind == OperationKind::Trigger,
            "{}",
            operation.id
        );
    }
}

#[test]
fn near_names_are_found() {
    let catalog = Catalog::bundled();
    for (wrong, right) in [
        ("contacts.create_note", "contacts.create_note"),
        ("contact.create_note", "contacts.create_note"),
        ("contacts.creat_task", "contacts.create_task"),
        ("create_contact", "contacts.create"),
        ("contacts.add_tag", "contacts.add_tags"),
    ] {
        assert_eq!(catalog.nearest(wrong).as_deref(), Some(right), "{wrong}");
    }
    assert_eq!(
        catalog
            .search("create note")
            .first()
            .map(|operation| operation.id.clone())
            .as_deref(),
        Some("contacts.create_note")
    );
}

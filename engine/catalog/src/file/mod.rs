//! The form of a connector file: what a person writes, before it is made into [`crate::Connector`] and
//! [`crate::Operation`]. The JSON Schema `schemas/connector.schema.json` is generated from these types.
//!
//! ```yaml
//! # yaml-language-server: $schema=../../../../schemas/connector.schema.json
//! connector: ghl                     # which connector this file belongs to
//! # In one file of the connector, its head:
//! title: GoHighLevel
//! help: …
//! base_url: https://services.leadconnectorhq.com
//! auth: bearer                       # bearer | basic | none | { header: X-Api-Key }
//! version_header: Version
//! headers: {}
//! limits: [ { requests: 100, per: 10s }, { requests: 200000, per: 1d } ]
//! errors: { message: [message, error], trace: [traceId] }
//! webhooks: { event_field: type, account_field: locationId, delivery_field: webhookId, time_field: timestamp, signatures: [ … ],
//!             events: { ContactCreate: { help: …, fields: { id: text }, example: { … } , wire: … } } }
//! # In any file:
//! category: Contacts                 # of the operations below
//! version: 2021-07-28                # of the operations below that name none
//! types:                             # named types, used below as `type: $Contact`
//!   Contact: { fields: { id: text, tags: [text] } }
//! operations:
//!   contacts.create_task:
//!     title: Create Contact Task
//!     help: Adds a task to a contact.
//!     kind: action                   # trigger | action
//!     method: POST
//!     path: /contacts/{contactId}/tasks
//!     body: json                     # left out: json where an input goes into the body, else none; form; { whole: INPUT }
//!     scopes: [contacts.write]
//!     effect: checkable
//!     look_for: { operation: contacts.list_tasks, with: { contactId: contactId }, items: "$.tasks[*]", matches: { title: title }, wrap: task }
//!     inputs:
//!       contactId: { in: path, type: text, required: true, help: The contact who gets the task, example: ocQHyuzHvysMo5N5VsXc }
//!       title: { in: body, type: text, required: true }
//!       dueDate: { in: body, type: datetime, required: true }
//!       completed: { in: body, type: boolean, required: true }
//!       status: { in: body, type: text, one_of: [open, done] }
//!       locationId: { in: query, type: text, required: true, fill: location_id }
//!     output: { fields: { task: $Task } }
//!   contacts.find:                   # several request forms: the first whose `needs` (any of them) is given
//!     calls:
//!       - { needs: [contactId], method: GET, path: "/contacts/{contactId}", sends: [contactId] }
//!       - { needs: [email, number], method: GET, path: /contacts/search/duplicate, sends: [locationId, email, number] }
//!   contacts.search:
//!     poll: { items: "$.contacts[*]", id: id, changed: dateUpdated,
//!             paging: { label: page+pageLimit, size: { pageLimit: 100 }, page: { input: page, first: 1 } } }
//!             # or skip: skip | answer: { startAfterId: $.meta.startAfterId } | last_item: { lastMessageId: id }; more: $.messages.nextPage
//!   contacts.create:
//!     slots: { prefix: custom_field_, count: 10, into: customFields, item: { id: id, key: key, value: field_value } }
//! sandbox:                           # hints for the sandbox, by operation id (see souschef-sandbox)
//!   contacts.find_duplicate: { does: search, collection: contacts }
//! ```
//!
//! A type is a word (`text`, `number`, `integer`, `boolean`, `datetime`, `date`, `phone`, `email`, `url`, `any`, `map`, `list`,
//! `null`), `$Name`, a list holding one type, or a map: `{ type, one_of, items, fields, open, nullable, min, max, any_of }`. A
//! field of `fields` is a type, or that map with `required` and `help` beside. Maps are open unless they say `open: false`.

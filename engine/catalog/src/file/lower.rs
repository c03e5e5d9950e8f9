//! From the form that a person writes to what the engine uses.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use serde_json::Value;
use souschef_expr::Type;
use souschef_expr::types::{Field, Map};

use super::types::{FullType, Names};
use super::{
    BodyFile, CallFile, CircuitFile, ConnectorFile, EventFile, InputFile, OperationFile, PagingFile,
    PollFile, TypeFile,
};
use crate::connector::{Auth, Circuit, Connector, Event, Limits, OAuth, Webhooks};
use crate::operation::{
    Advance, Body, Effect, HttpCall, Input, InputPlace, LookFor, Operation, OperationKind, Paging, PathPart,
    Poll, Slots,
};

/// A mistake, and the words near which it stands in the file.
pub(crate) struct Mistake {
    /// Words to find the place by, outermost first.
    pub(crate) near: Vec<String>,
    /// One sentence.
    pub(crate) message: String,
}

impl Mistake {
    fn new(near: &[&str], message: String) -> Self {
        Self {
            near: near.iter().map(|word| (*word).to_owned()).collect(),
            message,
        }
    }
}

/// The connector that a head file describes; the events are those of `webhooks`, from whichever file has them.
pub(crate) fn lower_connector(
    head: &ConnectorFile,
    events: Option<&ConnectorFile>,
) -> Result<Connector, Mistake> {
    let limits = head
        .limits
        .iter()
        .map(|limit| {
            Ok(Limits {
                requests: limit.requests,
                per: length("limits", &limit.per)?,
            })
        })
        .collect::<Result<_, Mistake>>()?;
    if let Some(oauth) = &head.oauth {
        check_oauth(oauth)?;
    }
    let webhooks = match events.and_then(|file| file.webhooks.as_ref().map(|webhooks| (file, webhooks))) {
        None => Webhooks::default(),
        Some((file, written)) => {
            let names = names(&file.types);
            let events = written
                .events
                .iter()
                .map(|(name, event)| Ok((name.clone(), lower_event(&head.connector, name, event, &names)?)))
                .collect::<Result<_, Mistake>>()?;
            Webhooks {
                event_field: written.event_field.clone(),
                account_field: written.account_field.clone(),
                company_field: written.company_field.clone(),
                delivery_field: written.delivery_field.clone(),
                time_field: written.time_field.clone(),
                signatures: written.signatures.clone(),
                events,
            }
        }
    };
    Ok(Connector {
        name: head.connector.clone(),
        title: head.title.clone().unwrap_or_else(|| head.connector.clone()),
        help: head.help.clone().unwrap_or_default(),
        base_url: head.base_url.clone(),
        auth: head.auth.clone().unwrap_or(Auth::Bearer),
        version_header: head.version_header.clone(),
        headers: head.headers.clone(),
        limits,
        circuit: lower_circuit(head.circuit.as_ref())?,
        errors: head.errors.clone(),
        oauth: head.oauth.clone(),
        webhooks,
    })
}

fn length(key: &str, text: &str) -> Result<Duration, Mistake> {
    souschef_expr::parse_duration(text)
        .map_err(|why| Mistake::new(&[key, text], format!("{text} is no length of time: {why}")))
}

fn lower_circuit(written: Option<&CircuitFile>) -> Result<Circuit, Mistake> {
    let usual = Circuit::default();
    let Some(written) = written else { return Ok(usual) };
    let read = |text: &Option<String>, usual: Duration| {
        text.as_deref().map_or(Ok(usual), |text| length("circuit", text))
    };
    let circuit = Circuit {
        failures: written.failures.unwrap_or(usual.failures),
        pause: read(&written.pause, usual.pause)?,
        longest_pause: read(&written.longest_pause, usual.longest_pause)?,
        patience: read(&written.patience, usual.patience)?,
    };
    if circuit.pause.is_zero() {
        return Err(Mistake::new(
            &["circuit", "pause"],
            "a pause of nothing would hold nothing back; to never hold calls back, write failures: 0"
                .to_owned(),
        ));
    }
    Ok(Circuit {
        longest_pause: circuit.longest_pause.max(circuit.pause),
        ..circuit
    })
}

/// Pages are whole addresses, and paths lie below the base URL: a token must never be sent elsewhere.
fn check_oauth(oauth: &OAuth) -> Result<(), Mistake> {
    for page in std::iter::once(&oauth.page).chain(&oauth.white_label_page) {
        if !page.starts_with("https://") {
            return Err(Mistake::new(
                &["oauth", page],
                format!("{page} is no page's address; write it with https://"),
            ));
        }
    }
    let agency = oauth.agency.as_ref().map(|agency| &agency.account_token);
    for path in std::iter::once(&oauth.token).chain(agency) {
        let plain = |c: char| c.is_ascii_alphanumeric() || "/-_.".contains(c);
        if !path.starts_with('/') || path.starts_with("//") || path.contains("..") || !path.chars().all(plain)
        {
            return Err(Mistake::new(
                &["oauth", path],
                format!("{path} is no path below base_url; write it like /oauth/token"),
            ));
        }
    }
    Ok(())
}

fn lower_event(
    connector: &str,
    name: &str,
    event: &EventFile,
    names: &Names<'_>,
) -> Result<Arc<Event>, Mistake> {
    let fields = event
        .fields
        .iter()
        .map(|(field, ty)| {
            let ty = ty.lower(names).map_err(|why| Mistake::new(&[name, field], why))?;
            Ok((
                field.clone(),
                Field {
                    ty,
                    required: false,
                    help: None,
                },
            ))
        })
        .collect::<Result<_, Mistake>>()?;
    Ok(Arc::new(Event {
        id: format!("{connector}.{name}"),
        name: name.to_owned(),
        wire: event.wire.clone().unwrap_or_else(|| name.to_owned()),
        help: event.help.clone(),
        shape: Type::Map(Map { fields, open: true }),
        example: event.example.clone(),
    }))
}

/// The operations of a file.
pub(crate) fn lower_operations(file: &ConnectorFile) -> (Vec<Arc<Operation>>, Vec<Mistake>) {
    let names = names(&file.types);
    let mut operations = Vec::new();
    let mut mistakes = Vec::new();
    for (id, written) in &file.operations {
        match operation(file, id, written, &names) {
            Ok(operation) => operations.push(Arc::new(operation)),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    (operations, mistakes)
}

fn names(types: &IndexMap<String, TypeFile>) -> Names<'_> {
    types
        .iter()
        .map(|(name, ty)| (name.as_str(), ty))
        .collect::<BTreeMap<_, _>>()
}

fn operation(
    file: &ConnectorFile,
    id: &str,
    written: &OperationFile,
    names: &Names<'_>,
) -> Result<Operation, Mistake> {
    let wrong = |near: &str, message: String| Err(Mistake::new(&[id, near], message));
    let mut inputs = IndexMap::new();
    for (name, one) in &written.inputs {
        inputs.insert(
            name.clone(),
            input(one, names).map_err(|why| Mistake::new(&[id, name], why))?,
        );
    }
    let has = |name: &str| inputs.contains_key(name);
    let version = written
        .version
        .clone()
        .or_else(|| file.version.clone())
        .filter(|version| version != "none");
    let in_body = inputs
        .values()
        .any(|input: &Input| input.place == InputPlace::Body);
    let body = match &written.body {
        Some(BodyFile::Json) => Body::Json,
        Some(BodyFile::Whole(name)) => Body::Whole(name.clone()),
        Some(BodyFile::None) => Body::None,
        None if in_body => Body::Json,
        None => Body::None,
    };
    if let Body::Whole(name) = &body
        && !has(name)
    {
        return wrong("body", format!("body names {name}, which is no input of {id}"));
    }
    let forms: Vec<CallFile> = match (&written.method, &written.path) {
        (Some(method), Some(path)) => {
            vec![CallFile {
                needs: Vec::new(),
                method: *method,
                path: path.clone(),
                sends: Vec::new(),
            }]
        }
        _ if !written.calls.is_empty() => written.calls.clone(),
        _ => return wrong("title", format!("{id} has no method and path")),
    };
    let mut calls = Vec::new();
    for form in forms {
        let path = path(&form.path);
        for part in &path {
            let PathPart::Input(name) = part else { continue };
            if inputs
                .get(name)
                .is_none_or(|input: &Input| input.place != InputPlace::Path)
            {
                return wrong(
                    "path",
                    format!("the path of {id} holds {{{name}}}, which is no input with in: path"),
                );
            }
        }
        if let Some(name) = form.needs.iter().chain(&form.sends).find(|name| !has(name)) {
            return wrong("calls", format!("{name} is no input of {id}"));
        }
        let (needs, sends) = (form.needs, form.sends);
        calls.push(HttpCall {
            method: form.method,
            path,
            version: version.clone(),
            needs,
            sends,
            body: body.clone(),
        });
    }
    let look_for = written.look_for.as_ref().map(|look| LookFor {
        operation: look.operation.clone(),
        with: look.with.clone(),
        items: look.items.clone(),
        matches: look.matches.clone(),
        wrap: look.wrap.clone(),
    });
    if written.effect == Effect::Checkable && look_for.is_none() {
        return wrong(
            "effect",
            format!("{id} is checkable, so it needs look_for: how to see whether it happened"),
        );
    }
    if let Some(name) = look_for
        .iter()
        .flat_map(|look| look.with.values().chain(look.matches.values()))
        .find(|name| !has(name))
    {
        return wrong("look_for", format!("{name} is no input of {id}"));
    }
    if written.kind == OperationKind::Trigger && written.poll.is_none() {
        return wrong(
            "kind",
            format!("{id} is a trigger, so it needs poll: where its items are"),
        );
    }
    let slots = written.slots.as_ref().map(|slots| Slots {
        prefix: slots.prefix.clone(),
        count: slots.count,
        into: slots.into.clone(),
        item: slots.item.clone(),
    });
    if let Some(slots) = slots.as_ref().filter(|slots| !has(&slots.into)) {
        return wrong("slots", format!("{} is no input of {id}", slots.into));
    }
    let poll = written
        .poll
        .as_ref()
        .map(|poll| lower_poll(poll, id, &inputs))
        .transpose()?;
    let output = match &written.output {
        Some(ty) => ty
            .lower(names)
            .map_err(|why| Mistake::new(&[id, "output"], why))?,
        None => Type::Any,
    };
    Ok(Operation {
        id: id.to_owned(),
        connector: file.connector.clone(),
        category: file.category.clone().unwrap_or_else(|| file.connector.clone()),
        title: written.title.clone(),
        help: written.help.clone(),
        kind: written.kind,
        calls,
        scopes: written.scopes.clone(),
        effect: written.effect,
        look_for,
        deprecated: written.deprecated.clone(),
        inputs,
        slots,
        output,
        poll,
    })
}

fn input(written: &InputFile, names: &Names<'_>) -> Result<Input, String> {
    let full = FullType {
        kind: written.kind.clone(),
        one_of: written.one_of.clone(),
        fields: written.fields.clone(),
        open: written.open,
        nullable: written.nullable,
        min: written.min,
        max: written.max,
        any_of: written.any_of.clone(),
        ..FullType::default()
    };
    Ok(Input {
        place: written.place,
        ty: full.lower(names, 0)?,
        required: written.required,
        help: written.help.clone(),
        example: written
            .example
            .clone()
            .or_else(|| written.one_of.first().map(|word| Value::String(word.clone()))),
        default: written.default.clone(),
        fill: written.fill,
        wire: written.wire.clone(),
    })
}

fn path(text: &str) -> Vec<PathPart> {
    text.trim_start_matches('/')
        .split('/')
        .map(
            |part| match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
                Some(name) => PathPart::Input(name.to_owned()),
                None => PathPart::Literal(part.to_owned()),
            },
        )
        .collect()
}

fn lower_poll(poll: &PollFile, id: &str, inputs: &IndexMap<String, Input>) -> Result<Poll, Mistake> {
    let paging = poll
        .paging
        .as_ref()
        .map(|paging| lower_paging(paging, id, inputs))
        .transpose()?;
    Ok(Poll {
        items: poll.items.clone(),
        id: poll.id.clone(),
        changed: poll.changed.clone(),
        paging,
    })
}

fn lower_paging(written: &PagingFile, id: &str, inputs: &IndexMap<String, Input>) -> Result<Paging, Mistake> {
    let advance = match (&written.page, &written.skip, &written.answer, &written.last_item) {
        (Some(page), ..) => Advance::Page {
            input: page.input.clone(),
            first: page.first,
        },
        (_, Some(skip), ..) => Advance::Skip { input: skip.clone() },
        (_, _, Some(answer), _) => Advance::Answer(answer.clone()),
        (.., Some(last)) => Advance::LastItem(last.clone()),
        _ => {
            let message = format!("the paging of {id} needs one of page, skip, answer and last_item");
            return Err(Mistake::new(&[id, "paging"], message));
        }
    };
    let mut used: Vec<&String> = written.size.keys().collect();
    match &advance {
        Advance::Page { input, .. } | Advance::Skip { input } => used.push(input),
        Advance::Answer(map) | Advance::LastItem(map) => used.extend(map.keys()),
    }
    if let Some(name) = used.into_iter().find(|name| !inputs.contains_key(*name)) {
        return Err(Mistake::new(
            &[id, "paging"],
            format!("{name} is no input of {id}"),
        ));
    }
    let size = written.size.first().map(|(name, size)| (name.clone(), *size));
    Ok(Paging {
        size,
        advance,
        more: written.more.clone(),
        label: written.label.clone(),
    })
}

//! Triggers.

use schemars::{JsonSchema, json_schema};

use super::condition::Condition;
use super::words::{Length, TimeZone, words};
use crate::schema::language::words::Anything;

/// A read of the catalog, called on a timetable; each item that is new starts a run.
#[derive(JsonSchema)]
#[schemars(rename = "poll_trigger", deny_unknown_fields, extend("defaultSnippets" = [{ "label": "poll", "description": "look for new things on a timetable", "body": { "poll": "${1:contacts.search}", "every": "${2:5m}", "fire_on": "${3|new,changed,every_item,every_poll|}" } }]))]
pub(crate) struct PollTrigger {
    /// The read to call on a timetable, like contacts.search.
    poll: String,
    /// How often, from 10s to 7d; 5m where left out.
    #[schemars(extend("default" = "5m"))]
    every: Option<Length>,
    /// Which items start a run; new where left out.
    fire_on: Option<FireOn>,
    /// The read's inputs.
    with: Option<Anything>,
    /// Where the items are in the answer, a JSONPath. The catalog knows, so this is rarely needed.
    #[schemars(regex(pattern = r"^\$"), extend("examples" = ["$.contacts[*]"]))]
    items: Option<String>,
    /// The field that is an item's id; the catalog knows. In a list of triggers: the trigger's name, which run.trigger tells.
    id: Option<String>,
    /// The field that is an item's id, where the catalog's own is not meant; in a list of triggers `id` is the trigger's name.
    item_id: Option<String>,
    /// The field that tells a change, like dateUpdated; the catalog knows.
    changed: Option<String>,
    /// true: items that are there at the first poll start runs too. Otherwise they are only remembered.
    backfill: Option<bool>,
}

/// Which items of a poll start a run.
#[derive(JsonSchema)]
#[schemars(rename = "fire_on", rename_all = "snake_case")]
pub(crate) enum FireOn {
    /// An item whose id was not seen before.
    New,
    /// An item that is new, or whose content changed.
    Changed,
    /// Every item of every poll.
    EveryItem,
    /// Each poll once, with all its items.
    EveryPoll,
}

/// An event that is sent to us.
#[derive(JsonSchema)]
#[schemars(rename = "webhook_trigger", deny_unknown_fields, extend("defaultSnippets" = [{ "label": "webhook", "description": "when an event arrives", "body": { "webhook": "${1:ghl.ContactCreate}" } }]))]
pub(crate) struct WebhookTrigger {
    /// The event, like ghl.ContactCreate; custom for any system that can send JSON or a form.
    webhook: Event,
    /// A poll that finds what the webhook may have missed; nothing runs twice.
    reconcile: Option<Poll>,
    /// In a list of triggers: its name, which run.trigger tells.
    id: Option<String>,
}

/// Anything that any system sends as JSON or a form.
#[derive(JsonSchema)]
#[schemars(rename = "custom_trigger", deny_unknown_fields, extend("defaultSnippets" = [{ "label": "webhook of any system", "description": "when any system sends something", "body": { "webhook": "custom", "path": "${1:leads}", "auth": { "token": "${2:lead_hook}" } } }]))]
pub(crate) struct CustomTrigger {
    /// Any system that can send JSON or a form.
    #[schemars(extend("const" = "custom"))]
    webhook: String,
    /// The end of its address: leads for /hooks/custom/leads.
    #[schemars(regex(pattern = r"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$"), extend("examples" = ["leads"]))]
    path: String,
    /// How a sender proves who it is.
    auth: WebhookAuth,
    /// A poll that finds what the webhook may have missed; nothing runs twice.
    reconcile: Option<Poll>,
    /// In a list of triggers: its name, which run.trigger tells.
    id: Option<String>,
}

/// Times of the day, the week or the month.
#[derive(JsonSchema)]
#[schemars(rename = "schedule_trigger", deny_unknown_fields, extend("defaultSnippets" = [{ "label": "schedule", "description": "at certain times", "body": { "schedule": "${1:0 9 * * MON-FRI}", "time_zone": "${2:Europe/Berlin}" } }]))]
pub(crate) struct ScheduleTrigger {
    /// When, in five cron fields: minute, hour, day of the month, month, day of the week.
    #[schemars(extend("examples" = ["0 9 * * MON-FRI", "*/15 * * * *", "0 0 1 * *"]))]
    schedule: String,
    /// The time zone that the hours are of; UTC where left out.
    time_zone: Option<TimeZone>,
    /// What is done about times that were missed while nothing ran; none where left out.
    catch_up: Option<CatchUp>,
    /// In a list of triggers: its name, which run.trigger tells.
    id: Option<String>,
}

/// What is done about missed times.
#[derive(JsonSchema)]
#[schemars(rename = "catch_up", rename_all = "snake_case")]
pub(crate) enum CatchUp {
    /// Nothing.
    None,
    /// One run, for the last of them.
    Last,
    /// A run for each.
    All,
}

/// A person, or another recipe.
#[derive(JsonSchema)]
#[schemars(rename = "manual_trigger", deny_unknown_fields, extend("defaultSnippets" = [{ "label": "manual", "description": "when a person starts it", "body": { "manual": true } }]))]
pub(crate) struct ManualTrigger {
    /// true: a person starts it (`souschef run`, the console), or another recipe does.
    #[schemars(extend("const" = true))]
    manual: bool,
    /// In a list of triggers: its name, which run.trigger tells.
    id: Option<String>,
}

/// A trigger.
#[derive(JsonSchema)]
#[schemars(rename = "trigger", untagged)]
pub(crate) enum Trigger {
    Poll(PollTrigger),
    Webhook(WebhookTrigger),
    Custom(CustomTrigger),
    Schedule(ScheduleTrigger),
    Manual(ManualTrigger),
}

/// A poll beside a webhook. The catalog's reads take its place.
#[derive(JsonSchema)]
#[schemars(rename = "poll", untagged)]
pub(crate) enum Poll {
    Poll(PollTrigger),
}

/// A sender shows a token.
#[derive(JsonSchema)]
#[schemars(rename = "token_auth", deny_unknown_fields)]
pub(crate) struct TokenAuth {
    /// A token; this is the name of one of the project file's secrets.
    token: String,
    /// true: the token may also come as ?token= in the address.
    in_query: Option<bool>,
}

/// A sender shows a user name and a password.
#[derive(JsonSchema)]
#[schemars(rename = "basic_auth", deny_unknown_fields)]
pub(crate) struct BasicAuth {
    /// User name and password; this is the name of one of the project file's secrets, which holds user:password.
    basic: String,
}

/// A sender signs what it sends.
#[derive(JsonSchema)]
#[schemars(rename = "hmac_auth", deny_unknown_fields)]
pub(crate) struct HmacAuth {
    /// A signature; this is the name of the project file's secret that it is made with.
    hmac: String,
    /// The header that carries the signature.
    #[schemars(extend("examples" = ["X-Signature"]))]
    header: String,
    /// sha256 where left out.
    algorithm: Option<Algorithm>,
}

/// How a signature is made.
#[derive(JsonSchema)]
#[schemars(rename = "algorithm", rename_all = "snake_case")]
pub(crate) enum Algorithm {
    /// HMAC with SHA-256.
    Sha256,
    /// HMAC with SHA-512.
    Sha512,
}

words! {
    /// One trigger or several.
    Triggers "triggers" true |generator| {
        let one = generator.subschema_for::<Trigger>();
        json_schema!({
            "anyOf": [
                one.clone(),
                { "type": "array", "minItems": 1, "items": { "allOf": [one, { "required": ["id"] }] }, "description": "Several triggers, each with an id." },
            ],
        })
    };

    /// The events of the catalog take its place.
    Event "event" false |_generator| json_schema!({ "type": "string" });

    /// How a sender proves who it is.
    WebhookAuth "webhook_auth" false |generator| {
        let token = generator.subschema_for::<TokenAuth>();
        let basic = generator.subschema_for::<BasicAuth>();
        let hmac = generator.subschema_for::<HmacAuth>();
        json_schema!({
            "description": "How a sender proves who it is: { token: NAME }, { basic: NAME }, { hmac: NAME, header }, or none, which must be written out. NAME is one of the project file's secrets.",
            "anyOf": [token, basic, hmac, { "const": "none", "description": "Anybody may send. Only for what can do no harm." }],
        })
    };
}

/// Waits for an event that a connector knows.
#[derive(JsonSchema)]
#[schemars(rename = "wait_for_event", deny_unknown_fields)]
pub(crate) struct WaitForEvent {
    /// The event, like ghl.InboundMessage.
    webhook: Event,
    /// Which one: a condition on event, like `event.contactId: "{{ trigger.id }}"`.
    #[schemars(rename = "if")]
    condition: Option<Condition>,
    /// How long to wait at most.
    timeout: Option<Length>,
}

/// Waits for what any system sends.
#[derive(JsonSchema)]
#[schemars(rename = "wait_for_custom", deny_unknown_fields)]
pub(crate) struct WaitForCustom {
    /// Any system that can send JSON or a form.
    #[schemars(extend("const" = "custom"))]
    webhook: String,
    /// The end of its address: answers for /hooks/custom/answers.
    #[schemars(regex(pattern = r"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$"))]
    path: String,
    /// How a sender proves who it is.
    auth: WebhookAuth,
    /// Which one: a condition on event.
    #[schemars(rename = "if")]
    condition: Option<Condition>,
    /// How long to wait at most.
    timeout: Option<Length>,
}

/// An event to wait for.
#[derive(JsonSchema)]
#[schemars(rename = "wait_for", untagged)]
pub(crate) enum WaitFor {
    Event(WaitForEvent),
    Custom(WaitForCustom),
}

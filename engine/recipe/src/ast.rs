//! The typed recipe: what each key of the language means, before any name is resolved.
//!
//! Values that a person may fill with expressions (`with`, `set`, `from` …) stay [`Node`]s here; the planner compiles
//! them. Everything else is decoded as far as the text alone allows.

use std::time::Duration;

use crate::span::{Span, Spanned};
use crate::tree::Node;

/// One recipe file.
#[derive(Clone, Debug, PartialEq)]
pub struct Recipe {
    /// `name:`.
    pub name: Option<Spanned<String>>,
    /// `description:`.
    pub description: Option<Spanned<String>>,
    /// `enabled:`: whether its triggers start it.
    pub enabled: bool,
    /// `inputs:`, in order.
    pub inputs: Vec<InputDecl>,
    /// `trigger:`, one or a list.
    pub triggers: Vec<Trigger>,
    /// `if:` of the recipe.
    pub condition: Option<Condition>,
    /// `mappings:`, in order.
    pub mappings: Vec<Mapping>,
    /// `actions:`.
    pub actions: Vec<Step>,
    /// `on_failure:`.
    pub on_failure: Vec<Step>,
    /// `concurrency:`.
    pub concurrency: Option<Concurrency>,
    /// `connection:` or `connections:`.
    pub connection: Option<ConnectionChoice>,
    /// `keep_runs:`.
    pub keep_runs: Option<Spanned<Duration>>,
    /// `redact:`: names of fields whose values are hidden in what is shown of a run.
    pub redact: Vec<Spanned<String>>,
    /// The whole document.
    pub span: Span,
}

impl Recipe {
    /// A recipe that says nothing, standing at this place.
    pub fn empty(span: Span) -> Self {
        Self {
            name: None,
            description: None,
            enabled: true,
            inputs: Vec::new(),
            triggers: Vec::new(),
            condition: None,
            mappings: Vec::new(),
            actions: Vec::new(),
            on_failure: Vec::new(),
            concurrency: None,
            connection: None,
            keep_runs: None,
            redact: Vec::new(),
            span,
        }
    }
}

/// One line of `inputs:`.
#[derive(Clone, Debug, PartialEq)]
pub struct InputDecl {
    /// The input's name.
    pub name: Spanned<String>,
    /// `type:`; text when left out.
    pub kind: Spanned<ValueKind>,
    /// `description:`.
    pub description: Option<Spanned<String>>,
    /// `default:`, a literal.
    pub default: Option<Node>,
    /// `required:`; true unless there is a default or it says false.
    pub required: bool,
    /// `one_of:`, the words it may be.
    pub choices: Vec<Node>,
    /// `region:` for a phone input.
    pub region: Option<Spanned<String>>,
}

/// The kinds of value that a person can ask for, in `as:` of a mapping and `type:` of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is its own name")]
pub enum ValueKind {
    Text,
    Number,
    Integer,
    Boolean,
    Date,
    Datetime,
    Phone,
    Email,
    List,
    Duration,
    /// Anything, unconverted (a map, for example).
    Any,
}

impl ValueKind {
    /// Every kind, in the order shown to a person.
    pub const ALL: [Self; 11] = [
        Self::Text,
        Self::Number,
        Self::Integer,
        Self::Boolean,
        Self::Date,
        Self::Datetime,
        Self::Phone,
        Self::Email,
        Self::List,
        Self::Duration,
        Self::Any,
    ];

    /// The word written in a recipe.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Integer => "integer",
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::Datetime => "datetime",
            Self::Phone => "phone",
            Self::Email => "email",
            Self::List => "list",
            Self::Duration => "duration",
            Self::Any => "any",
        }
    }

    /// The kind a word names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// One trigger of a recipe.
#[derive(Clone, Debug, PartialEq)]
pub struct Trigger {
    /// `id:`, needed where a recipe has several.
    pub id: Option<Spanned<String>>,
    /// What starts a run.
    pub kind: TriggerKind,
    /// The whole trigger.
    pub span: Span,
}

/// The forms of a trigger.
#[derive(Clone, Debug, PartialEq)]
pub enum TriggerKind {
    /// `poll:`.
    Poll(Box<Poll>),
    /// `webhook:`.
    Webhook(Box<Webhook>),
    /// `schedule:`.
    Schedule(Schedule),
    /// `manual: true`.
    Manual,
}

/// A catalog read on a timetable.
#[derive(Clone, Debug, PartialEq)]
pub struct Poll {
    /// The operation's id.
    pub operation: Spanned<String>,
    /// `every:`, 10 s to 7 d, 5 min when left out.
    pub every: Option<Spanned<Duration>>,
    /// `fire_on:`; `new` when left out.
    pub fire_on: Spanned<FireOn>,
    /// `with:`, the operation's inputs.
    pub with: Vec<(Spanned<String>, Node)>,
    /// `items:`, a JSONPath to the items where the catalog's own is not wanted.
    pub items: Option<Spanned<String>>,
    /// `id:` of an item (`item_id:` where triggers are a list), a field name or dotted path.
    pub item_id: Option<Spanned<String>>,
    /// `changed:`, the field that tells a change.
    pub changed: Option<Spanned<String>>,
    /// `backfill: true` runs for what is already there at the first poll.
    pub backfill: bool,
}

/// Which items of a poll start a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FireOn {
    /// An id not seen before.
    New,
    /// An id new, or whose content changed.
    Changed,
    /// Every item of every poll.
    EveryItem,
    /// Each poll once, with all its items.
    EveryPoll,
}

impl FireOn {
    /// Every form, in the order shown to a person.
    pub const ALL: [Self; 4] = [Self::New, Self::Changed, Self::EveryItem, Self::EveryPoll];

    /// The word written in a recipe.
    pub const fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Changed => "changed",
            Self::EveryItem => "every_item",
            Self::EveryPoll => "every_poll",
        }
    }
}

/// An event sent to us.
#[derive(Clone, Debug, PartialEq)]
pub struct Webhook {
    /// `ghl.ContactCreate`, `timerex.event_confirmed` or `custom`.
    pub event: Spanned<String>,
    /// `path:` of a custom webhook.
    pub path: Option<Spanned<String>>,
    /// `auth:` of a custom webhook.
    pub auth: Option<Spanned<WebhookAuth>>,
    /// `reconcile:`, a poll that shares the webhook's dedupe keys.
    pub reconcile: Option<Poll>,
}

/// How a custom webhook proves who sent it. Names are those of the project file's `secrets`.
#[derive(Clone, Debug, PartialEq)]
pub enum WebhookAuth {
    /// `auth: none`, written out.
    None,
    /// `{ token: NAME }`; `in_query: true` also takes `?token=`.
    Token {
        /// The secret's name.
        secret: Spanned<String>,
        /// Whether `?token=` is taken too.
        in_query: bool,
    },
    /// `{ basic: NAME }`; the secret is `user:password`.
    Basic {
        /// The secret's name.
        secret: Spanned<String>,
    },
    /// `{ hmac: NAME, header, algorithm }`.
    Hmac {
        /// The secret's name.
        secret: Spanned<String>,
        /// The header that carries the signature.
        header: Spanned<String>,
        /// `sha256` or `sha512`.
        algorithm: Spanned<String>,
    },
}

impl WebhookAuth {
    /// The secret's name, where there is one.
    pub fn secret(&self) -> Option<&Spanned<String>> {
        match self {
            Self::None => None,
            Self::Token { secret, .. } | Self::Basic { secret } | Self::Hmac { secret, .. } => Some(secret),
        }
    }
}

/// A timetable.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    /// Five cron fields.
    pub cron: Spanned<String>,
    /// `time_zone:`, an IANA name; UTC when left out.
    pub time_zone: Option<Spanned<String>>,
    /// `catch_up:` after downtime; `none` when left out.
    pub catch_up: CatchUp,
}

/// What to do about times missed while down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CatchUp {
    /// Nothing.
    #[default]
    None,
    /// One run for the last missed time.
    Last,
    /// A run for each.
    All,
}

/// One line of `mappings:`.
#[derive(Clone, Debug, PartialEq)]
pub struct Mapping {
    /// The field's name.
    pub name: Spanned<String>,
    /// `from:`, or the whole value in short form.
    pub from: Node,
    /// Whether it is in long form, where `from: trigger.email` is a path and no text.
    pub long: bool,
    /// `as:`.
    pub kind: Option<Spanned<ValueKind>>,
    /// `default:`.
    pub default: Option<Node>,
    /// `required: true` fails the run where the value is absent.
    pub required: bool,
    /// `region:` for phones.
    pub region: Option<Spanned<String>>,
    /// `time_zone:` for dates without one.
    pub time_zone: Option<Spanned<String>>,
    /// `lookup:`, from text to value, in order.
    pub lookup: Option<Vec<(Spanned<String>, Node)>>,
    /// `transform:`, in order.
    pub transform: Vec<Transform>,
    /// The whole line.
    pub span: Span,
}

/// One transform: a name, and its argument where it has one (`{ split: ";" }`).
#[derive(Clone, Debug, PartialEq)]
pub struct Transform {
    /// `trim`, `split` …
    pub name: Spanned<String>,
    /// The argument.
    pub argument: Option<Node>,
}

/// A condition. A map of several lines is an [`Condition::All`].
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// Every one must hold.
    All(Vec<Condition>, Span),
    /// At least one must hold.
    Any(Vec<Condition>, Span),
    /// It must not hold.
    Not(Box<Condition>, Span),
    /// `path: { operator: value }`, or `path: value` with `is`.
    Compare {
        /// A dotted path, `$.` path or `"{{ … }}"` expression.
        left: Spanned<String>,
        /// The operator.
        operator: Spanned<Operator>,
        /// What it is held against.
        right: Node,
        /// The whole line.
        span: Span,
    },
    /// A `"{{ … }}"` string (or `true`/`false`), held by its truth.
    Truth(Node),
}

/// The comparisons of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is its own name")]
pub enum Operator {
    Is,
    IsNot,
    In,
    NotIn,
    Contains,
    NotContains,
    StartsWith,
    EndsWith,
    Matches,
    GreaterThan,
    AtLeast,
    LessThan,
    AtMost,
    Before,
    After,
    Exists,
    IsEmpty,
}

impl Operator {
    /// Every operator, in the order shown to a person.
    pub const ALL: [Self; 17] = [
        Self::Is,
        Self::IsNot,
        Self::In,
        Self::NotIn,
        Self::Contains,
        Self::NotContains,
        Self::StartsWith,
        Self::EndsWith,
        Self::Matches,
        Self::GreaterThan,
        Self::AtLeast,
        Self::LessThan,
        Self::AtMost,
        Self::Before,
        Self::After,
        Self::Exists,
        Self::IsEmpty,
    ];

    /// The word written in a recipe.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Is => "is",
            Self::IsNot => "is_not",
            Self::In => "in",
            Self::NotIn => "not_in",
            Self::Contains => "contains",
            Self::NotContains => "not_contains",
            Self::StartsWith => "starts_with",
            Self::EndsWith => "ends_with",
            Self::Matches => "matches",
            Self::GreaterThan => "greater_than",
            Self::AtLeast => "at_least",
            Self::LessThan => "less_than",
            Self::AtMost => "at_most",
            Self::Before => "before",
            Self::After => "after",
            Self::Exists => "exists",
            Self::IsEmpty => "is_empty",
        }
    }

    /// The operator a word names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operator| operator.word() == word)
    }
}

/// One step.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// `id:`.
    pub id: Option<Spanned<String>>,
    /// `name:`.
    pub name: Option<Spanned<String>>,
    /// `if:`.
    pub condition: Option<Condition>,
    /// `retry:`.
    pub retry: Option<Retry>,
    /// `timeout:` of the step as a whole.
    pub timeout: Option<Spanned<Duration>>,
    /// `on_error:`; stop when left out.
    pub on_error: OnError,
    /// What the step does.
    pub kind: StepKind,
    /// The whole step.
    pub span: Span,
}

/// `retry: { times, first_wait, longest_wait }`.
#[derive(Clone, Debug, PartialEq)]
pub struct Retry {
    /// How many further tries at most.
    pub times: Option<Spanned<u32>>,
    /// The first wait.
    pub first_wait: Option<Spanned<Duration>>,
    /// The longest.
    pub longest_wait: Option<Spanned<Duration>>,
    /// The whole map.
    pub span: Span,
}

/// What happens when a step fails for good.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum OnError {
    /// The run fails.
    #[default]
    Stop,
    /// The run goes on.
    Continue,
    /// These steps run, then the run goes on. In them `error.message`, `error.step` and `error.status` are in scope.
    Handle(Vec<Step>),
}

/// What a call whose outcome is unknown leads to, where the recipe says so itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfUnknown {
    /// Send it again.
    Repeat,
    /// Stop and ask a person.
    Attention,
    /// The step fails.
    Fail,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq)]
pub enum StepKind {
    /// `action:`.
    Action {
        /// The operation's id.
        operation: Spanned<String>,
        /// `with:`.
        with: Vec<(Spanned<String>, Node)>,
        /// `connection:` where the step uses another account than the recipe.
        connection: Option<Spanned<String>>,
        /// `if_unknown:`.
        if_unknown: Option<Spanned<IfUnknown>>,
    },
    /// `choose:` and `otherwise:`.
    Choose {
        /// The branches, in order.
        branches: Vec<Branch>,
        /// What is done where none holds.
        otherwise: Vec<Step>,
    },
    /// `for_each:`.
    ForEach {
        /// The list: a literal list or an expression.
        items: Node,
        /// `as:`; `item` when left out.
        name: Spanned<String>,
        /// `do:`.
        body: Vec<Step>,
        /// `at_once:`; 1 when left out.
        at_once: Option<Spanned<u32>>,
    },
    /// `parallel:`, each branch one step or a list of steps.
    Parallel {
        /// The branches.
        branches: Vec<Vec<Step>>,
    },
    /// `wait:` a duration, or an expression giving one.
    Wait {
        /// How long.
        duration: Node,
    },
    /// `wait_until:` a moment.
    WaitUntil {
        /// Until when.
        until: Node,
    },
    /// `wait_for:` an event.
    WaitFor {
        /// The event: like a webhook trigger's.
        webhook: Box<Webhook>,
        /// Which event; `event` is in scope here.
        condition: Option<Condition>,
        /// How long to wait at most.
        timeout: Option<Spanned<Duration>>,
    },
    /// `run_recipe:`.
    RunRecipe {
        /// The other recipe's file name without `.yaml`.
        recipe: Spanned<String>,
        /// `with:`: its inputs.
        with: Vec<(Spanned<String>, Node)>,
    },
    /// `set:`.
    Set {
        /// Names and values.
        values: Vec<(Spanned<String>, Node)>,
    },
    /// `stop:` with a reason (`true` for none).
    Stop {
        /// Why.
        reason: Node,
    },
    /// `fail:` with a reason.
    Fail {
        /// Why.
        reason: Node,
    },
    /// A step that could not be decoded; its mistakes are reported.
    Broken,
}

/// One branch of a `choose`.
#[derive(Clone, Debug, PartialEq)]
pub struct Branch {
    /// `if:`.
    pub condition: Condition,
    /// `do:`.
    pub body: Vec<Step>,
    /// The whole branch.
    pub span: Span,
}

/// `concurrency:`.
#[derive(Clone, Debug, PartialEq)]
pub struct Concurrency {
    /// `mode:`; queue when left out.
    pub mode: Spanned<ConcurrencyMode>,
    /// `key:`, an expression.
    pub key: Option<Node>,
    /// `limit:`.
    pub limit: Option<Spanned<u32>>,
}

/// What a second run of the same key does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ConcurrencyMode {
    /// Waits its turn.
    #[default]
    Queue,
    /// Runs beside the first.
    Parallel,
    /// Is not started.
    Skip,
    /// Ends the first.
    Restart,
}

/// Which account a recipe runs for.
#[derive(Clone, Debug, PartialEq)]
pub enum ConnectionChoice {
    /// `connection: NAME`.
    Named(Spanned<String>),
    /// `connections: { tagged: TAG }`.
    Tagged(Spanned<String>),
}

impl Recipe {
    /// The names of the project's secrets that its webhooks are proven by.
    pub fn secrets(&self) -> Vec<String> {
        let triggers = self.triggers.iter().filter_map(|trigger| match &trigger.kind {
            TriggerKind::Webhook(webhook) => webhook.auth.as_ref(),
            _ => None,
        });
        let steps = self.all_steps();
        let waits = steps.iter().filter_map(|step| match &step.kind {
            StepKind::WaitFor { webhook, .. } => webhook.auth.as_ref(),
            _ => None,
        });
        let auths = triggers.chain(waits);
        auths
            .filter_map(|auth| auth.value.secret())
            .map(|name| name.value.clone())
            .collect()
    }

    /// Every step, at any depth, in the order of the file: `actions` first, then `on_failure`.
    pub fn all_steps(&self) -> Vec<&Step> {
        let mut found = Vec::new();
        for step in self.actions.iter().chain(&self.on_failure) {
            step.gather(&mut found);
        }
        found
    }
}

impl Step {
    fn gather<'a>(&'a self, found: &mut Vec<&'a Step>) {
        found.push(self);
        let lists: Vec<&Vec<Step>> = match &self.kind {
            StepKind::Choose { branches, otherwise } => branches
                .iter()
                .map(|branch| &branch.body)
                .chain([otherwise])
                .collect(),
            StepKind::ForEach { body, .. } => vec![body],
            StepKind::Parallel { branches } => branches.iter().collect(),
            _ => Vec::new(),
        };
        let handler = match &self.on_error {
            OnError::Handle(steps) => Some(steps),
            OnError::Stop | OnError::Continue => None,
        };
        for step in lists.into_iter().chain(handler).flatten() {
            step.gather(found);
        }
    }
}

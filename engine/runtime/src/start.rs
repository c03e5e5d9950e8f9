//! What a run is started with.

use jiff::Timestamp;
use serde_json::{Map, Value};
use souschef_expr::Scope;
use souschef_flow::Failure;
use souschef_journal::{Concurrency, Mode, NewRun, RunId};
use souschef_plan::Plan;
use souschef_recipe::ConcurrencyMode;

/// What starts a run.
#[derive(Clone, Debug)]
pub struct Start<'a> {
    /// Which of the recipe's triggers fired.
    pub trigger: &'a str,
    /// The event.
    pub event: &'a Value,
    /// The recipe's settings as given.
    pub inputs: Map<String, Value>,
    /// The account.
    pub connection: &'a str,
    /// `connection` in the scope of expressions.
    pub scope: Value,
}

/// What parts an account's name from the key that a recipe computes. No name and no key of a person's holds it.
const OF_ACCOUNT: char = '\u{1f}';

/// A run of a plan, with the key of the runs that it may not overlap.
///
/// # Errors
/// The key can't be computed.
pub fn new_run(plan: &Plan, start: Start<'_>, now: Timestamp) -> Result<NewRun, Box<Failure>> {
    let concurrency = concurrency(plan, &start, now)?;
    Ok(NewRun {
        id: RunId::new(),
        recipe: plan.recipe.clone(),
        hash: plan.hash.clone(),
        trigger: start.trigger.to_owned(),
        connection: start.connection.to_owned(),
        inputs: Value::Object(start.inputs),
        concurrency,
        once: None,
    })
}

/// `concurrency:`, its key computed of the event, the settings and the account. Accounts never share a key: one that is
/// stuck, without its token or in an outage, would hold the others' runs up too, and an event that starts a run for each
/// would leave one of them.
fn concurrency(plan: &Plan, start: &Start<'_>, now: Timestamp) -> Result<Concurrency, Box<Failure>> {
    let Some(written) = &plan.concurrency else {
        return Ok(Concurrency::default());
    };
    let mode = match written.mode {
        ConcurrencyMode::Parallel => Mode::Parallel,
        ConcurrencyMode::Queue => Mode::Queue,
        ConcurrencyMode::Skip => Mode::Skip,
        ConcurrencyMode::Restart => Mode::Restart,
    };
    let key = match &written.key {
        None => String::new(),
        Some(key) => {
            let mut scope = Scope::new(now);
            scope.set("trigger", start.event.clone());
            scope.set("connection", start.scope.clone());
            scope.set("inputs", Value::Object(with_defaults(plan, &start.inputs)));
            scope.set(
                "run",
                serde_json::json!({
                    "started_at": now.to_string(),
                    "recipe": plan.recipe,
                    "trigger": start.trigger,
                }),
            );
            match key.eval(&scope) {
                Ok(Value::Null) => String::new(),
                Ok(Value::String(text)) => text,
                Ok(other) => other.to_string(),
                Err(error) => {
                    return Err(Box::new(Failure {
                        code: Some(error.code.to_owned()),
                        message: format!("the key of concurrency: {}", error.message),
                        help: error.help,
                        ..Failure::default()
                    }));
                }
            }
        }
    };
    Ok(Concurrency {
        mode,
        key: Some(format!("{}{OF_ACCOUNT}{key}", start.connection)),
        limit: (written.limit != u32::MAX).then_some(written.limit),
    })
}

/// The settings, with their defaults: a poll's inputs may use them too.
pub(crate) fn with_defaults(plan: &Plan, inputs: &Map<String, Value>) -> Map<String, Value> {
    let defaults = plan
        .inputs
        .iter()
        .filter_map(|input| Some((input.name.clone(), input.default.clone()?)));
    let mut all: Map<String, Value> = defaults.collect();
    all.extend(inputs.clone());
    all
}

//! What a run begins with: its settings, the names in scope, whether it is to run at all, and its fields.

use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};
use souschef_expr::condition::{self, Verdict};
use souschef_expr::convert::{self, Options};
use souschef_expr::error::glimpse;
use souschef_expr::{Scope, moment};
use souschef_plan::{InputPlan, Plan};
use souschef_recipe::{Code, nearest};

use crate::effect::Failure;
use crate::failure::{Failed, failure, helped, of_expression};
use crate::machine::Start;

/// What beginning gives.
pub(crate) struct Beginning {
    /// The names that the steps see; where something failed, as far as they were made.
    pub(crate) scope: Scope,
    /// What the mappings made.
    pub(crate) fields: Map<String, Value>,
    pub(crate) verdict: Beginnings,
}

/// Whether steps are to run.
pub(crate) enum Beginnings {
    Runs,
    /// The recipe's `if` does not hold: the line that did not.
    Stopped(String),
    Failed(Failed),
}

/// Settings, then `if`, then mappings in order.
pub(crate) fn begin(start: Start) -> Beginning {
    let plan = start.plan;
    let mut scope = Scope::new(start.started_at);
    scope.set("trigger", start.event);
    scope.set("connection", start.connection);
    let started_at = start.started_at.to_zoned_datetime(TimeZone::UTC);
    scope.set(
        "run",
        json!({
            "id": start.run_id,
            "started_at": moment::stamp(&started_at),
            "recipe": plan.recipe,
            "trigger": start.trigger,
        }),
    );
    scope.set_parts("inputs");
    scope.set_parts("fields");
    scope.set_parts("steps");
    let mut fields = Map::new();
    let verdict = match inputs(&plan, &start.inputs, &mut scope) {
        Err(failure) => Beginnings::Failed(Failed::before_steps(failure, "inputs")),
        Ok(()) => match holds(&plan, &scope) {
            Err(failure) => Beginnings::Failed(Failed::before_steps(failure, "if")),
            Ok(Some(line)) => Beginnings::Stopped(line),
            Ok(None) => match mappings(&plan, &mut scope, &mut fields) {
                Err(failure) => Beginnings::Failed(Failed::before_steps(failure, "mappings")),
                Ok(()) => Beginnings::Runs,
            },
        },
    };
    Beginning {
        scope,
        fields,
        verdict,
    }
}

fn inputs(plan: &Plan, given: &Map<String, Value>, scope: &mut Scope) -> Result<(), Box<Failure>> {
    for name in given.keys() {
        if !plan.inputs.iter().any(|input| input.name == *name) {
            let known = plan.inputs.iter().map(|input| input.name.as_str());
            let help = match nearest(name, known.clone()) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None if plan.inputs.is_empty() => "it takes none".to_owned(),
                None => format!("its inputs: {}", known.collect::<Vec<_>>().join(", ")),
            };
            let message = format!("the recipe {} has no input \"{name}\"", plan.recipe);
            return Err(helped(failure(Code::UNKNOWN_INPUT, message), help));
        }
    }
    for input in &plan.inputs {
        let value = self::input(input, given.get(&input.name))?;
        scope.set_part("inputs", input.name.clone(), value);
    }
    Ok(())
}

fn input(input: &InputPlan, given: Option<&Value>) -> Result<Value, Box<Failure>> {
    let name = &input.name;
    let Some(value) = given
        .filter(|value| !value.is_null())
        .or(input.default.as_ref().filter(|value| !value.is_null()))
    else {
        if !input.required {
            return Ok(Value::Null);
        }
        let what = input
            .description
            .as_ref()
            .map(|text| format!(" ({})", text.trim_end_matches('.')))
            .unwrap_or_default();
        let message = format!("the input {name} is not given{what}");
        let help = format!("give it with --input {name}=…, or write it under inputs: of the project file");
        return Err(helped(failure(Code::INPUT_MISSING, message), help));
    };
    let options = Options {
        region: input.region.clone(),
        time_zone: None,
    };
    let what = format!("the input {name}");
    let made =
        convert::convert(value, input.kind, &options).map_err(|error| of_expression(error, Some(&what)))?;
    let allowed = |choice: &Value| {
        condition::equal(choice, value)
            || convert::convert(choice, input.kind, &options)
                .is_ok_and(|choice| condition::equal(&choice, &made))
    };
    if !input.choices.is_empty() && !input.choices.iter().any(allowed) {
        let words: Vec<String> = input
            .choices
            .iter()
            .map(|choice| choice.as_str().map_or_else(|| choice.to_string(), str::to_owned))
            .collect();
        let message = format!("{what} is {}, which is none of its one_of", glimpse(value));
        let help = format!("one of: {}", words.join(", "));
        return Err(helped(failure(Code::INPUT_NOT_ALLOWED, message), help));
    }
    Ok(made)
}

/// The line of the recipe's `if` that does not hold.
fn holds(plan: &Plan, scope: &Scope) -> Result<Option<String>, Box<Failure>> {
    let Some(condition) = &plan.condition else {
        return Ok(None);
    };
    match condition.test(scope) {
        Ok(Verdict::Holds) => Ok(None),
        Ok(Verdict::Fails(line)) => Ok(Some(line)),
        Err(error) => Err(of_expression(error, Some("the recipe's if"))),
    }
}

/// Each field sees those above it.
fn mappings(plan: &Plan, scope: &mut Scope, fields: &mut Map<String, Value>) -> Result<(), Box<Failure>> {
    for one in &plan.mappings {
        let value = one
            .mapping
            .eval(scope)
            .map_err(|error| of_expression(error, None))?;
        fields.insert(one.mapping.name.clone(), value.clone());
        scope.set_part("fields", one.mapping.name.clone(), value);
    }
    Ok(())
}

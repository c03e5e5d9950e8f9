//! The parameters of n8n's own nodes: conditions, timetables, waits, values.

use serde_json::{Map, Value};

use crate::condition::{Condition, Line};
use crate::table::Table;
use crate::value;
use crate::write::Step;

type Translate<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// A condition in either of its forms. None where a part of it cannot be told.
pub(super) fn condition(written: Option<&Value>, table: &Table, translate: &Translate<'_>) -> Option<Value> {
    let written = written?.as_object()?;
    let mut condition = Condition::default();
    match written.get("conditions") {
        Some(Value::Array(lines)) => {
            condition.any = written.get("combinator").and_then(Value::as_str) == Some("or");
            for line in lines {
                let word = line.pointer("/operator/operation")?.as_str()?;
                let (left, right) = (line.get("leftValue")?, line.get("rightValue"));
                condition
                    .lines
                    .push(compared(left, word, right, table, translate)?);
            }
        }
        Some(inner @ Value::Object(_)) => return self::condition(Some(inner), table, translate),
        _ => {
            condition.any = written.get("combineOperation").and_then(Value::as_str) == Some("any");
            for kind in ["string", "number", "boolean", "dateTime"] {
                let lines = written.get(kind).and_then(Value::as_array).into_iter().flatten();
                for line in lines {
                    let default = if kind == "number" { "smaller" } else { "equal" };
                    let word = line.get("operation").and_then(Value::as_str).unwrap_or(default);
                    let (left, right) = (line.get("value1")?, line.get("value2"));
                    condition
                        .lines
                        .push(compared(left, word, right, table, translate)?);
                }
            }
        }
    }
    condition.value()
}

fn compared(
    left: &Value,
    word: &str,
    right: Option<&Value>,
    table: &Table,
    translate: &Translate<'_>,
) -> Option<Line> {
    let left = translate(left.as_str()?)?;
    let right = match right {
        None => Value::Null,
        Some(Value::String(text)) => Value::String(translate(text)?),
        Some(other) => other.clone(),
    };
    Line::new(&left, word, right, table)
}

/// The rules of a switch, each as a condition.
pub(super) fn rules(parameters: &Map<String, Value>) -> Vec<Value> {
    let rules = parameters.get("rules");
    let values = rules
        .and_then(|rules| rules.get("values"))
        .and_then(Value::as_array);
    if let Some(values) = values {
        let conditions = |rule: &Value| rule.get("conditions").cloned().unwrap_or_default();
        return values.iter().map(conditions).collect();
    }
    // The older form: one value, held against others.
    let list = rules
        .and_then(|rules| rules.get("rules"))
        .and_then(Value::as_array);
    let left = parameters.get("value1").cloned().unwrap_or_default();
    let rule = |rule: &Value| {
        let word = rule.get("operation").and_then(Value::as_str).unwrap_or("equal");
        let right = rule.get("value2").cloned().unwrap_or_default();
        serde_json::json!({ "string": [{ "value1": left, "operation": word, "value2": right }] })
    };
    list.into_iter().flatten().map(rule).collect()
}

/// The names and values of a set node, in either of its forms.
pub(super) fn assignments(parameters: &Map<String, Value>) -> Vec<(&str, &Value)> {
    let new = parameters
        .get("assignments")
        .and_then(|inner| inner.get("assignments"));
    let mut lists: Vec<&Value> = new.into_iter().collect();
    if let Some(Value::Object(kinds)) = parameters.get("values") {
        lists.extend(kinds.values());
    }
    let all = lists.into_iter().filter_map(Value::as_array).flatten();
    all.filter_map(pair).collect()
}

fn pair(one: &Value) -> Option<(&str, &Value)> {
    Some((one.get("name")?.as_str()?, one.get("value")?))
}

/// How long a wait node waits.
pub(super) fn wait(parameters: &Map<String, Value>, translate: &Translate<'_>) -> Option<Step> {
    let word = |key: &str| parameters.get(key).and_then(Value::as_str);
    match word("resume").unwrap_or("timeInterval") {
        "timeInterval" => {
            let amount = parameters.get("amount").map_or(Some(1), Value::as_u64)?;
            let unit = value::unit(word("unit").unwrap_or("hours"))?;
            Some(Step::Wait(format!("{amount}{unit}")))
        }
        "specificTime" => Some(Step::WaitUntil(translate(word("dateTime")?)?)),
        _ => None,
    }
}

/// A timetable as five fields of cron.
pub(super) fn cron(parameters: &Map<String, Value>) -> Option<String> {
    if let Some(times) = parameters.get("triggerTimes") {
        return old_cron(times.get("item")?.as_array()?.first()?);
    }
    let intervals = parameters.get("rule")?.get("interval")?.as_array()?;
    let [interval] = intervals.as_slice() else {
        return None;
    };
    let number = |key: &str, default: u64| interval.get(key).map_or(Some(default), Value::as_u64);
    let (hour, minute) = (number("triggerAtHour", 0)?, number("triggerAtMinute", 0)?);
    let every = |count: u64| match count {
        1 => "*".to_owned(),
        more => format!("*/{more}"),
    };
    Some(
        match interval.get("field").and_then(Value::as_str).unwrap_or("days") {
            "minutes" => format!("{} * * * *", every(number("minutesInterval", 5)?)),
            "hours" => format!("{minute} {} * * *", every(number("hoursInterval", 1)?)),
            "days" if number("daysInterval", 1)? == 1 => format!("{minute} {hour} * * *"),
            "weeks" if number("weeksInterval", 1)? == 1 => {
                let days: Option<Vec<&str>> = match interval.get("triggerAtDay").and_then(Value::as_array) {
                    Some(days) => days.iter().map(|day| weekday(day.as_u64()?)).collect(),
                    None => Some(vec!["SUN"]),
                };
                format!("{minute} {hour} * * {}", days?.join(","))
            }
            "months" if number("monthsInterval", 1)? == 1 => {
                format!("{minute} {hour} {} * *", number("triggerAtDayOfMonth", 1)?)
            }
            "cronExpression" => five(interval.get("expression")?.as_str()?)?,
            _ => return None,
        },
    )
}

fn old_cron(item: &Value) -> Option<String> {
    let number = |key: &str, default: u64| item.get(key).map_or(Some(default), Value::as_u64);
    let (hour, minute) = (number("hour", 14)?, number("minute", 0)?);
    Some(
        match item.get("mode").and_then(Value::as_str).unwrap_or("everyDay") {
            "everyMinute" => "* * * * *".to_owned(),
            "everyHour" => format!("{minute} * * * *"),
            "everyDay" => format!("{minute} {hour} * * *"),
            "everyWeek" => {
                let day = item.get("weekday").and_then(Value::as_str).unwrap_or("1");
                format!("{minute} {hour} * * {}", weekday(day.parse().ok()?)?)
            }
            "everyMonth" => format!("{minute} {hour} {} * *", number("dayOfMonth", 1)?),
            "custom" => five(item.get("cronExpression")?.as_str()?)?,
            _ => return None,
        },
    )
}

/// Five fields; six with whole minutes lose their seconds.
fn five(expression: &str) -> Option<String> {
    let fields: Vec<&str> = expression.split_whitespace().collect();
    match fields.as_slice() {
        [_, _, _, _, _] => Some(fields.join(" ")),
        ["0", rest @ ..] if rest.len() == 5 => Some(rest.join(" ")),
        _ => None,
    }
}

fn weekday(number: u64) -> Option<&'static str> {
    const DAYS: [&str; 8] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];
    DAYS.get(usize::try_from(number).ok()?).copied()
}

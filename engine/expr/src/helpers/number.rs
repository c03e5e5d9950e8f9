//! Helpers for numbers.

use serde_json::Value;

use super::{Arguments, Helper, Returns, number_of, to_number};

macro_rules! helper {
    ($name:literal, $signature:literal, $help:literal, [$($example:expr => $gives:expr),*], $least:literal..=$most:literal, $returns:ident, $run:expr) => {
        Helper {
            name: $name, group: "number", signature: $signature, help: $help, examples: &[$(($example, $gives)),*],
            least: $least, most: $most, options: &[], absent_ok: false, returns: Returns::$returns, run: $run,
        }
    };
}

pub(super) const HELPERS: &[Helper] = &[
    helper!("add", "add A B …", "The numbers added up.", ["{{ add 2 3 }}" => "5", "{{ add 0.5 1 1 }}" => "2.5"], 2..=20, Number, |a| {
        to_number(numbers(a)?.iter().sum())
    }),
    helper!("sub", "sub A B", "A less B.", ["{{ sub 5 3 }}" => "2"], 2..=2, Number, |a| to_number(a.number(0)? - a.number(1)?)),
    helper!("mul", "mul A B", "A times B.", ["{{ mul 4 2.5 }}" => "10"], 2..=2, Number, |a| to_number(a.number(0)? * a.number(1)?)),
    helper!("div", "div A B", "A divided by B.", ["{{ div 7 2 }}" => "3.5"], 2..=2, Number, |a| {
        let by = a.number(1)?;
        if by == 0.0 { Err("nothing can be divided by 0".to_owned()) } else { to_number(a.number(0)? / by) }
    }),
    helper!("mod", "mod A B", "What is left of A divided by B.", ["{{ mod 7 2 }}" => "1"], 2..=2, Number, |a| {
        let by = a.number(1)?;
        if by == 0.0 { Err("nothing can be divided by 0".to_owned()) } else { to_number(a.number(0)?.rem_euclid(by)) }
    }),
    helper!("round", "round NUMBER [PLACES]", "The number rounded, to whole numbers or so many places.", ["{{ round 2.5 }}" => "3", "{{ round 2.345 2 }}" => "2.35"], 1..=2, Number, |a| {
        let places = if a.given(1).is_some() { a.count(1)?.min(10) } else { 0 };
        let scale = 10_f64.powi(places as i32);
        to_number((a.number(0)? * scale).round() / scale)
    }),
    helper!("floor", "floor NUMBER", "The next whole number below.", ["{{ floor 2.9 }}" => "2"], 1..=1, Integer, |a| to_number(a.number(0)?.floor())),
    helper!("ceil", "ceil NUMBER", "The next whole number above.", ["{{ ceil 2.1 }}" => "3"], 1..=1, Integer, |a| to_number(a.number(0)?.ceil())),
    helper!("abs", "abs NUMBER", "The number without its sign.", ["{{ abs -3 }}" => "3"], 1..=1, Number, |a| to_number(a.number(0)?.abs())),
    helper!("min", "min A B …", "The least of the numbers, or of a list of them.", ["{{ min 3 1 2 }}" => "1"], 1..=20, Number, |a| {
        to_number(numbers(a)?.into_iter().reduce(f64::min).ok_or("there are no numbers")?)
    }),
    helper!("max", "max A B …", "The greatest of the numbers, or of a list of them.", ["{{ max 3 1 2 }}" => "3"], 1..=20, Number, |a| {
        to_number(numbers(a)?.into_iter().reduce(f64::max).ok_or("there are no numbers")?)
    }),
    helper!("sum", "sum LIST [FIELD]", "The numbers of a list added up, or of one field of its items.", ["{{ sum (split \"1,2,3\") }}" => "6"], 1..=2, Number, |a| {
        to_number(of_list(a)?.iter().sum())
    }),
    helper!("avg", "avg LIST [FIELD]", "The average of a list's numbers, or of one field of its items.", ["{{ avg (split \"1,2,3\") }}" => "2"], 1..=2, Number, |a| {
        let numbers = of_list(a)?;
        if numbers.is_empty() { Err("the list is empty".to_owned()) } else { to_number(numbers.iter().sum::<f64>() / numbers.len() as f64) }
    }),
    helper!("format_number", "format_number NUMBER [PLACES]", "The number as text, with commas at the thousands.", ["{{ format_number 1234567.5 2 }}" => "\"1,234,567.50\"", "{{ format_number 1200 }}" => "\"1,200\""], 1..=2, Text, |a| {
        let places = if a.given(1).is_some() { a.count(1)?.min(10) } else { 0 };
        Ok(format(a.number(0)?, places).into())
    }),
    helper!("number", "number VALUE", "The text as a number.", ["{{ number \"42\" }}" => "42"], 1..=1, Number, |a| to_number(a.number(0)?)),
];

/// All arguments as numbers; a single list stands for its items.
fn numbers(arguments: &Arguments<'_>) -> Result<Vec<f64>, String> {
    match arguments.values.as_slice() {
        [Value::Array(items)] => items.iter().map(number_of).collect(),
        values => values.iter().map(number_of).collect(),
    }
}

/// The numbers of a list, or of a field of its items.
fn of_list(arguments: &Arguments<'_>) -> Result<Vec<f64>, String> {
    let items = arguments.list(0)?;
    if arguments.given(1).is_none() {
        return items.iter().map(number_of).collect();
    }
    let field = arguments.text(1)?;
    items
        .iter()
        .filter_map(|item| super::list::at(item, &field))
        .filter(|value| !value.is_null())
        .map(number_of)
        .collect()
}

fn format(number: f64, places: usize) -> String {
    let text = format!("{:.places$}", number.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let sign = if number < 0.0 && text.contains(|digit: char| ('1'..='9').contains(&digit)) {
        "-"
    } else {
        ""
    };
    if fraction.is_empty() {
        format!("{sign}{grouped}")
    } else {
        format!("{sign}{grouped}.{fraction}")
    }
}

//! What a person waits for: reading, checking, converting, and the command as a whole. Beside those of the whole command
//! stands the least that it could take here, measured in the same run.

use std::time::{Duration, Instant};

use serde_json::Value;
use souschef_catalog::{Catalog, schema};
use souschef_expr::convert::{Options, convert};
use souschef_expr::{Scope, Template};
use souschef_plan::ask::{self, Question};
use souschef_plan::{Context, check};
use souschef_recipe::{SourceFile, ValueKind};

use crate::{process, recipes};

/// One measurement.
pub(crate) struct Measured {
    pub(crate) what: &'static str,
    pub(crate) took: Duration,
    pub(crate) ceiling: Duration,
    /// The least that it could take on this machine, where that was measured too.
    pub(crate) least: Option<Duration>,
}

/// The middle one of so many times.
fn median(times: usize, mut work: impl FnMut()) -> Duration {
    median_of((0..times.max(1)).map(|_| once(&mut work)).collect())
}

pub(crate) fn median_of(mut all: Vec<Duration>) -> Duration {
    all.sort();
    all.get(all.len() / 2).copied().unwrap_or_default()
}

fn once(work: impl FnOnce()) -> Duration {
    let begun = Instant::now();
    work();
    begun.elapsed()
}

fn measure() -> Vec<Measured> {
    let mut all = Vec::new();
    let mut add = |what, took, ceiling| {
        all.push(Measured {
            what,
            took,
            ceiling: Duration::from_micros(ceiling),
            least: None,
        });
    };
    let mut loaded = None;
    add(
        "the catalog, first load",
        once(|| loaded = Some(Catalog::bundled())),
        12_000,
    );
    let catalog = loaded.unwrap_or_else(Catalog::bundled);
    let context = Context {
        catalog: &catalog,
        project: None,
        recipes: None,
    };
    let told = |source: &SourceFile| check("bench", source, context).diagnostics.len();
    let file = |text: String| SourceFile::new("bench.yaml", text);
    let (short, long, wrong) = (
        file(recipes::right(100)),
        file(recipes::right(200)),
        file(recipes::TEN_MISTAKES.to_owned()),
    );
    add(
        "a recipe of 100 lines, the first",
        once(|| {
            told(&short);
        }),
        5_000,
    );
    add(
        "a recipe of 200 lines",
        median(50, || {
            told(&long);
        }),
        5_000,
    );
    add(
        "a recipe of 200 lines with ten mistakes",
        median(50, || {
            told(&wrong);
        }),
        50_000,
    );
    add(
        "1,000 recipes of 100 lines",
        once(|| {
            (0..1_000).for_each(|_| {
                told(&short);
            });
        }),
        2_000_000,
    );
    let options = Options {
        region: Some("US".to_owned()),
        time_zone: None,
    };
    let phone = Value::from("(202) 555-0143");
    let made = |value: &Value| convert(value, ValueKind::Phone, &options).is_ok();
    add(
        "a phone number, the first",
        once(|| {
            made(&phone);
        }),
        5_000,
    );
    add(
        "a phone number",
        median(100, || {
            made(&phone);
        }),
        200,
    );
    let mut scope = Scope::new(jiff::Timestamp::UNIX_EPOCH);
    scope.set(
        "trigger",
        serde_json::json!({ "firstName": "Ana", "at": "2026-01-15T09:00:00Z" }),
    );
    let text = "Hello {{ upper trigger.firstName }}, on {{ date_format trigger.at '%d.%m.%Y' }}";
    add(
        "a text with two expressions, compiled",
        median(200, || {
            let _ = Template::parse(text);
        }),
        200,
    );
    if let Ok(template) = Template::parse(text) {
        add(
            "the same, evaluated",
            median(200, || {
                let _ = template.eval(&scope);
            }),
            50,
        );
    }
    all.extend(editor(&catalog));
    all
}

/// What a person waits for in an editor: the first answer of a server that knows nothing yet, and each one after.
fn editor(catalog: &Catalog) -> Vec<Measured> {
    let mut all = Vec::new();
    let mut add = |what, took, ceiling| {
        all.push(Measured {
            what,
            took,
            ceiling: Duration::from_millis(ceiling),
            least: None,
        });
    };
    let context = Context {
        catalog,
        project: None,
        recipes: None,
    };
    let mut made = None;
    let recipe = format!("{}  - action: ", recipes::right(200));
    let source = SourceFile::new("bench.yaml", recipe.as_str());
    let offered = |source: &SourceFile, at: usize, schema: &Value| {
        let question = Question {
            name: "bench",
            source,
            at,
            context,
            schema,
            recipe: true,
        };
        ask::offers(&question).items.len()
    };
    add(
        "a recipe is opened in an editor: its schema, its messages, the first offers",
        once(|| {
            let schema = schema::recipe(catalog);
            check("bench", &source, context);
            offered(&source, recipe.len(), &schema);
            made = Some(schema);
        }),
        1_000,
    );
    let schema = made.unwrap_or_else(|| schema::recipe(catalog));
    let inputs = format!("{recipe}contacts.create_task\n    with:\n      ");
    let name = format!("{inputs}title: \"{{{{ trigger.");
    for (what, text) in [
        ("every operation is offered, in a recipe of 200 lines", &recipe),
        ("the inputs of an operation are offered there", &inputs),
        ("the fields of the trigger are offered there", &name),
    ] {
        let source = SourceFile::new("bench.yaml", text.as_str());
        add(
            what,
            median(30, || {
                offered(&source, text.len(), &schema);
            }),
            150,
        );
    }
    all
}

/// Prints the measurements; tells whether all stay under their ceilings.
///
/// # Errors
/// The command itself can't be measured.
#[allow(clippy::print_stdout, reason = "it tells measurements")]
pub(crate) fn run() -> std::io::Result<bool> {
    let mut all = measure();
    let (whole, memory) = process::measure()?;
    all.extend(whole);
    for one in &all {
        let mark = if one.took > one.ceiling { "above" } else { "under" };
        let least = one.least.map(|least| format!(" (at least {least:.1?})"));
        println!(
            "{:>12.1?}  {mark} {:>8.1?}  {}{}",
            one.took,
            one.ceiling,
            one.what,
            least.unwrap_or_default()
        );
    }
    if let Some(memory) = memory {
        println!("{memory:>12}  of memory at the most in that run");
    }
    Ok(all.iter().all(|one| one.took <= one.ceiling))
}

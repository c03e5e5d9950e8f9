//! Running the cases of a test file.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use souschef_connect::{CallOptions, Client, ClientOptions};
use souschef_flow::Failure;
use souschef_plan::Plan;
use souschef_recipe::{Diagnostic, Severity, SourceFile};
use souschef_sandbox::{Sandbox, SandboxOptions};
use tokio::sync::watch;

use super::compare::{self, Made};
use super::file::{Answers, Case, Expectation, RecipeTest};
use crate::accounts::Accounts;
use crate::caller::Mode;
use crate::clock::Clock;
use crate::foreground::{Driver, DriverOptions, RunRequest};
use crate::project::{self, OpenProject, ProjectError, read};
use crate::record::RunRecord;
use crate::report::Silent;
use crate::{sample, testing};

/// Where the clock stands where a case says nothing.
const NOON: &str = "2026-01-15T09:00:00Z";

/// The report of a test run: JSON that programs rely on.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TestReport {
    /// How many cases were as expected.
    pub passed: usize,
    /// How many were not.
    pub failed: usize,
    /// Each case.
    pub cases: Vec<CaseReport>,
}

/// One case.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CaseReport {
    /// The recipe's name.
    pub recipe: String,
    /// The case's name.
    pub case: String,
    /// Whether it was as expected.
    pub outcome: CaseOutcome,
    /// What was not, a line each.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// Whether a case was as expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "each is its own name")]
pub enum CaseOutcome {
    Passed,
    Failed,
}

/// What running a test file gives.
#[derive(Debug, Default)]
pub struct FileReport {
    /// Its cases.
    pub cases: Vec<CaseReport>,
    /// What each case's run really was, in order, for `--update`.
    pub actual: Vec<Expectation>,
    /// What is wrong with the test file or its recipe, by file.
    pub problems: Vec<(SourceFile, Vec<Diagnostic>)>,
}

/// Runs every case of a test file.
///
/// # Errors
/// Files that can't be read.
pub async fn run_file(project: &OpenProject, path: &Path) -> Result<FileReport, ProjectError> {
    let source = read(path)?;
    let mut report = FileReport::default();
    let test = match testing::parse(&source) {
        Ok(test) => test,
        Err(told) => {
            let case = "(the test file can't be read)".to_owned();
            let recipe = recipe_name(path, None);
            report.cases.push(CaseReport {
                recipe,
                case,
                outcome: CaseOutcome::Failed,
                detail: told.first().map(|first| first.message.clone()),
            });
            report.problems.push((source, told));
            return Ok(report);
        }
    };
    let name = recipe_name(path, test.recipe.as_deref());
    let unknown = super::check::names(project, path, &source, &test);
    if let Some(first) = unknown.first() {
        // Nothing that the cases show can be relied on.
        report.cases.extend(test.cases.iter().map(|case| CaseReport {
            recipe: name.clone(),
            case: case.name.clone(),
            outcome: CaseOutcome::Failed,
            detail: Some(first.message.clone()),
        }));
        report.problems.push((source, unknown));
        return Ok(report);
    }
    let file = project.recipe(&beside(path, &name))?;
    let (recipe_source, checked) = project.check_alone(&file)?;
    let Some(plan) = checked.plan else {
        let errors = checked
            .diagnostics
            .iter()
            .filter(|d| d.severity() == Severity::Error)
            .count();
        for case in &test.cases {
            report.cases.push(CaseReport {
                recipe: name.clone(),
                case: case.name.clone(),
                outcome: CaseOutcome::Failed,
                detail: Some(format!(
                    "the recipe has {}; see `souschef check`",
                    if errors == 1 {
                        "an error".to_owned()
                    } else {
                        format!("{errors} errors")
                    }
                )),
            });
        }
        report.problems.push((recipe_source, checked.diagnostics));
        return Ok(report);
    };
    run_cases(project, &name, &plan, &test, &mut report).await;
    Ok(report)
}

/// The name of the recipe that a test file tests.
pub(super) fn recipe_name(path: &Path, named: Option<&str>) -> String {
    let file = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    named
        .or_else(|| project::tested(&file))
        .unwrap_or(&file)
        .to_owned()
}

/// The recipe beside a test file, where one of this name stands there; else the name, for one of the project's.
pub(super) fn beside(path: &Path, name: &str) -> String {
    let beside = path.with_file_name(format!("{name}.yaml"));
    if beside.is_file() {
        beside.display().to_string()
    } else {
        name.to_owned()
    }
}

async fn run_cases(
    project: &OpenProject,
    name: &str,
    plan: &Arc<Plan>,
    test: &RecipeTest,
    report: &mut FileReport,
) {
    for case in &test.cases {
        let (outcome, detail, actual) = match run_case(project, plan, case).await {
            Ok((record, calls, problems)) => {
                let mut lines = problems;
                match &case.expect {
                    Some(expect) => lines.extend(compare::differences(expect, &record, &calls)),
                    None => lines.push(
                        "the case expects nothing yet; write expect:, or let `souschef test --update` do it"
                            .into(),
                    ),
                }
                let outcome = if lines.is_empty() {
                    CaseOutcome::Passed
                } else {
                    CaseOutcome::Failed
                };
                (
                    outcome,
                    (!lines.is_empty()).then(|| lines.join("\n")),
                    actual(record, calls),
                )
            }
            Err(message) => (
                CaseOutcome::Failed,
                Some(message),
                case.expect.clone().unwrap_or_default(),
            ),
        };
        report.cases.push(CaseReport {
            recipe: name.to_owned(),
            case: case.name.clone(),
            outcome,
            detail,
        });
        report.actual.push(actual);
    }
}

/// A run as an expectation.
fn actual(record: RunRecord, calls: Vec<Made>) -> Expectation {
    Expectation {
        outcome: serde_json::to_value(record.outcome)
            .ok()
            .and_then(|word| word.as_str().map(str::to_owned)),
        reason: record.reason,
        fields: (!record.fields.is_empty()).then_some(record.fields),
        calls: Some(
            calls
                .into_iter()
                .map(|(call, with)| super::file::CallExpectation {
                    call,
                    with,
                    exact: false,
                })
                .collect(),
        ),
        ..Expectation::default()
    }
}

/// Runs one case: the run, its calls, and what the sandbox found wrong with its requests.
async fn run_case(
    project: &OpenProject,
    plan: &Arc<Plan>,
    case: &Case,
) -> Result<(RunRecord, Vec<Made>, Vec<String>), String> {
    let now = case.now.as_deref().unwrap_or(NOON);
    let now: Timestamp = now
        .parse()
        .map_err(|why| format!("now: {now} is no moment: {why}"))?;
    let options = SandboxOptions {
        seed: 1,
        fixed_time: Some(now),
        given: case.given.clone(),
        empty: case.empty_account,
        answers: answers_of(case),
        ..SandboxOptions::default()
    };
    let sandbox = Sandbox::new(Arc::clone(&project.catalog), options)
        .listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
        .await
        .map_err(|why| format!("the sandbox could not listen: {why}"))?;
    // What was sent shows up at once, so nothing is waited for.
    let client_options = ClientOptions {
        index_lag: Duration::ZERO,
        ..ClientOptions::default()
    };
    let client = Client::new(Arc::clone(&project.catalog), client_options)?;
    let others = project.clone();
    let plans = move |name: &str| crate::foreground::plan_of(&others, name);
    let driver = Driver::new(
        client,
        Accounts::sandbox(project, &sandbox),
        Clock::fixed(now),
        Arc::new(Silent),
        Box::new(plans),
        DriverOptions {
            mode: Mode::Send,
            skip_waits: false,
            call: CallOptions {
                first_wait: Duration::ZERO,
                longest_wait: Duration::ZERO,
                ..CallOptions::default()
            },
            events: case
                .events
                .iter()
                .map(|event| (event.webhook.clone(), event.body.clone()))
                .collect(),
        },
        watch::channel(false).1,
    );
    let connection = driver
        .accounts()
        .name_for(plan, None)
        .map_err(|error| error.message)?;
    let trigger = sample::trigger(plan, case.trigger.as_deref())?;
    // A test holds wherever it is run: the project's settings are taken only where the recipe has none of its own.
    let has_default = |name: &str| {
        plan.inputs
            .iter()
            .any(|input| input.name == name && input.default.is_some())
    };
    let mut inputs = project.inputs_of(&plan.recipe);
    inputs.retain(|name, _| !has_default(name));
    inputs.extend(
        case.inputs
            .iter()
            .map(|(name, value)| (name.clone(), value.clone())),
    );
    let event = match &case.event {
        Some(event) => event.clone(),
        None => {
            sample::find(&driver, Mode::Send, trigger, plan, &inputs, &connection)
                .await
                .map_err(|Failure { message, .. }| message)?
                .event
        }
    };
    let request = RunRequest {
        plan: Arc::clone(plan),
        trigger: trigger.map_or_else(String::new, |trigger| trigger.id.clone()),
        event,
        inputs,
        connection,
    };
    let finished = driver.run(request).await;
    let problems = sandbox
        .ledger()
        .into_iter()
        .filter(|entry| {
            !case
                .answers
                .contains_key(entry.operation.as_deref().unwrap_or_default())
        })
        .flat_map(|entry| {
            let place = format!("{} {}", entry.method, entry.path);
            entry
                .problems
                .into_iter()
                .map(move |problem| format!("{place}: {problem}"))
        })
        .collect();
    sandbox.stop().await;
    Ok((finished.record, finished.calls, problems))
}

fn answers_of(case: &Case) -> indexmap::IndexMap<String, Vec<souschef_sandbox::Answer>> {
    let one = |answer: &super::file::Answer| souschef_sandbox::Answer {
        status: answer.status,
        body: answer.body.clone(),
    };
    case.answers
        .iter()
        .map(|(operation, answers)| {
            let list = match answers {
                Answers::One(answer) => vec![one(answer)],
                Answers::Several(list) => list.iter().map(one).collect(),
            };
            (operation.clone(), list)
        })
        .collect()
}

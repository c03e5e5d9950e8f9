//! A run's tree, drawn in lines.

use souschef_flow::{Failure, StepOutcome};
use souschef_runtime::RunRecord;
use souschef_runtime::journal::{Answer, Question, RunState};

use super::request;
use super::run_tree::{Node, RunTree, Wait};
use super::terminal::{self, AnsiColor, at, cut, faint, ink, out};
use super::values;

/// How much is shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Detail {
    /// Columns that a line may have.
    pub(crate) width: usize,
    /// Requests and answers in full.
    pub(crate) verbose: bool,
    /// Nothing is sent: requests are what is of interest.
    pub(crate) dry_run: bool,
    /// Which of the frames that show work under way.
    pub(crate) frame: usize,
}

const FRAMES: [&str; 8] = ["⠋", "⠙", "⠸", "⠴", "⠦", "⠧", "⠇", "⠏"];

impl RunTree {
    /// The lines above the steps: the recipe, its account, its fields.
    pub(crate) fn head(&self, event_from: Option<&str>, detail: Detail) -> Vec<String> {
        let names = format!("  {} for {}", self.recipe, self.connection);
        let mut lines = vec![format!(
            "{}{}",
            terminal::bold(&cut(&self.title, 200)),
            faint(&names)
        )];
        let mut fact = |name: &str, text: &str| {
            let room = detail.width.saturating_sub(9);
            for (index, line) in terminal::wrap(text, room).iter().enumerate() {
                let name = if index == 0 { name } else { "" };
                lines.push(format!("{} {line}", faint(&format!("{name:<8}"))));
            }
        };
        if let Some(from) = event_from {
            fact("event", from);
        }
        if !self.fields.is_empty() {
            let fields = self
                .fields
                .iter()
                .map(|(name, value)| format!("{name}: {}", values::inline(value, 40)));
            fact("fields", &fields.collect::<Vec<_>>().join(" · "));
        }
        lines
    }

    /// All steps.
    pub(crate) fn body(&self, detail: Detail) -> Vec<String> {
        self.children(None)
            .into_iter()
            .flat_map(|node| self.step(node, detail))
            .collect()
    }

    /// One of the recipe's own steps and everything in it.
    pub(crate) fn step(&self, node: &Node, detail: Detail) -> Vec<String> {
        let mut lines = Vec::new();
        self.draw(node, "", "", detail, &mut lines);
        lines
    }

    fn draw(&self, node: &Node, first: &str, rest: &str, detail: Detail, lines: &mut Vec<String>) {
        let children = self.children(Some(&node.report.path));
        let room = detail.width.saturating_sub(first.chars().count());
        lines.push(format!("{}{}", faint(first), headline(node, detail.frame, room)));
        let below = if children.is_empty() {
            format!("{rest}  ")
        } else {
            format!("{rest}│ ")
        };
        let room = detail.width.saturating_sub(below.chars().count());
        // What an inner step says is not said again by those around it.
        let told = children.iter().any(|child| {
            child.report.reason == node.report.reason && child.report.failure == node.report.failure
        });
        let below_it = Below {
            leaf: children.is_empty(),
            told,
        };
        for line in details(
            node,
            below_it,
            Detail {
                width: room,
                ..detail
            },
        ) {
            lines.push(format!("{}{line}", faint(&below)));
        }
        let last = children.len().saturating_sub(1);
        for (index, child) in children.into_iter().enumerate() {
            let (branch, stem) = if index == last {
                ("└─ ", "   ")
            } else {
                ("├─ ", "│  ")
            };
            self.draw(
                child,
                &format!("{rest}{branch}"),
                &format!("{rest}{stem}"),
                detail,
                lines,
            );
        }
    }

    /// The last line: how the run ended.
    pub(crate) fn end(&self, record: &RunRecord, took: std::time::Duration, detail: Detail) -> Vec<String> {
        let (word, dry, mark, colour) = match record.outcome {
            RunState::Succeeded => ("succeeded", "would succeed", "✓", AnsiColor::Green),
            RunState::Stopped => ("stopped", "would stop", "■", AnsiColor::Blue),
            RunState::Failed => ("failed", "would fail", "✗", AnsiColor::Red),
            RunState::NeedsAttention => ("needs attention", "would need attention", "?", AnsiColor::Yellow),
            RunState::Cancelled => ("cancelled", "cancelled", "⊘", AnsiColor::Yellow),
            RunState::Queued => ("queued", "queued", "·", AnsiColor::BrightBlack),
            RunState::Running => ("running", "running", "▸", AnsiColor::Cyan),
            RunState::Waiting => ("waiting", "waiting", "◷", AnsiColor::Cyan),
        };
        let word = if detail.dry_run { dry } else { word };
        let (calls, requests) = self.counts();
        let many = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
        let sent = if calls == 0 {
            "nothing to send".to_owned()
        } else if detail.dry_run {
            format!("{} would be made, none was", many(calls, "call"))
        } else {
            format!("{}, {}", many(calls, "call"), many(requests, "request"))
        };
        let took = request::time(u64::try_from(took.as_millis()).unwrap_or(u64::MAX));
        let took = if record.outcome.ended() || self.kept.is_none() {
            format!("in {took}")
        } else {
            format!("for {took} so far")
        };
        let mut lines = vec![String::new()];
        let head = out(&format!("{mark} {word}"), ink(colour).bold());
        lines.push(format!("{head} {}", faint(&format!("{took}: {sent}"))));
        let unsure = self.attention(detail);
        if let Some(reason) = record.reason.as_ref().filter(|_| unsure.is_empty()) {
            lines.extend(indented(reason, 2, detail.width));
        }
        lines.extend(unsure);
        lines.extend(
            self.questions
                .iter()
                .filter_map(answered)
                .map(|line| format!("  {line}")),
        );
        lines
    }

    /// What a person must know to decide about steps of which nobody knows whether they happened.
    fn attention(&self, detail: Detail) -> Vec<String> {
        let mut lines = Vec::new();
        for node in self.unsure() {
            let head = format!("Unsure: {}", title(node));
            lines.push(String::new());
            lines.push(out(&head, ink(AnsiColor::Yellow).bold()));
            let failure = node.report.failure.clone().unwrap_or_default();
            let mut told = failure.message.trim_end_matches('.').to_owned();
            if !told.contains("may or may not") {
                told.push_str("; it may or may not have happened");
            }
            lines.extend(indented(&format!("{told}."), 2, detail.width));
            if let Some(request) = &node.request {
                lines.push(format!("  {}", faint("what was sent:")));
                lines.extend(
                    request::request(request, false)
                        .into_iter()
                        .map(|line| format!("    {line}")),
                );
            }
            lines.extend(indented(
                if self.kept.is_some() { ANSWER } else { BY_HAND },
                2,
                detail.width,
            ));
            if let Some(run) = &self.kept {
                for answer in [Answer::Done, Answer::Again, Answer::Skip] {
                    let option = format!("--{}", answer.word());
                    let command = format!("souschef runs resume {run} {option:<7}");
                    lines.push(format!("  {command}  {}", faint(meaning(answer))));
                }
            }
            lines.extend(
                failure
                    .code
                    .map(|code| faint(&format!("  souschef explain {code}"))),
            );
        }
        lines
    }
}

/// What to do about a step of which nobody knows whether it happened: the run can still be answered, or it can't.
const ANSWER: &str = "Look in the account whether it is there, then say so; the run waits until then:";
const BY_HAND: &str = "Look in the account whether it is there, and do by hand what is left: what comes after this step was \
    not done. Another time, `if_unknown: repeat` at the step sends it again by itself where twice does no harm, and \
    `if_unknown: fail` takes it as failed.";

fn meaning(answer: Answer) -> &'static str {
    match answer {
        Answer::Done => "it happened",
        Answer::Again => "it did not: do it now",
        Answer::Skip => "go on without it",
    }
}

/// Who has said what, and when.
fn answered(question: &Question) -> Option<String> {
    let said = meaning(question.answer?);
    let by = question
        .by
        .as_deref()
        .map(|by| format!(" by {by}"))
        .unwrap_or_default();
    let when = question
        .answered_at
        .map(|when| format!(", {}", at(when)))
        .unwrap_or_default();
    Some(faint(&format!("answered{by}{when}: {said}")))
}

fn title(node: &Node) -> String {
    let report = &node.report;
    // A step without a name is called by the language's word, said as a person would.
    let title = match report.title.as_str() {
        word if word != report.step => word,
        "for_each" => "For each",
        "choose" => "Choose",
        "parallel" => "Side by side",
        "wait" => "Wait",
        "wait_until" => "Wait until",
        "wait_for" => "Wait for an event",
        "run_recipe" => "Run a recipe",
        "set" => "Set",
        "stop" => "Stop",
        "fail" => "Fail",
        other => other,
    };
    match &report.label {
        Some(label) if label != title => format!("{title} · {label}"),
        _ => title.to_owned(),
    }
}

/// Mark, title, id, tries and time.
fn headline(node: &Node, frame: usize, width: usize) -> String {
    let report = &node.report;
    let (mark, colour) = match report.outcome {
        StepOutcome::Running => (
            FRAMES.get(frame % FRAMES.len()).copied().unwrap_or("…"),
            AnsiColor::Cyan,
        ),
        StepOutcome::Succeeded => ("✓", AnsiColor::Green),
        StepOutcome::Skipped => ("○", AnsiColor::BrightBlack),
        StepOutcome::Failed => ("✗", AnsiColor::Red),
        StepOutcome::Stopped => ("■", AnsiColor::Blue),
        StepOutcome::NeedsAttention => ("?", AnsiColor::Yellow),
        StepOutcome::Cancelled => ("⊘", AnsiColor::Yellow),
    };
    let mut notes = Vec::new();
    notes.extend(report.id.clone());
    let tries = node.attempts.iter().filter(|attempt| !attempt.looking).count();
    if tries > 1 {
        notes.push(format!("{tries} tries"));
    }
    let ms: u64 = node.attempts.iter().map(|attempt| attempt.ms).sum();
    if !node.attempts.is_empty() {
        notes.push(request::time(ms));
    }
    if report.outcome == StepOutcome::Skipped {
        notes.push("skipped".to_owned());
    }
    if report.handled {
        notes.push("the recipe went on".to_owned());
    }
    let notes = notes.iter().map(|note| format!("  {note}")).collect::<String>();
    let title = cut(
        &title(node),
        width.saturating_sub(notes.chars().count() + 2).max(12),
    );
    format!("{} {title}{}", out(mark, ink(colour)), faint(&notes))
}

/// What stands below a step.
struct Below {
    /// Nothing does.
    leaf: bool,
    /// A step that tells the same reason or failure.
    told: bool,
}

/// The lines below a step's headline.
fn details(node: &Node, below: Below, detail: Detail) -> Vec<String> {
    let mut lines = Vec::new();
    let report = &node.report;
    if detail.verbose || detail.dry_run {
        in_full(node, detail, &mut lines);
    } else if let Some(request) = &node.request {
        lines.extend(values::sent(request).map(|text| cut(&text, detail.width)));
    }
    for (wait, why) in &node.retries {
        let wait = request::time(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
        let text = format!("↻ again after {wait}: {why}");
        lines.push(out(&cut(&text, detail.width), ink(AnsiColor::Yellow)));
    }
    lines.extend(node.questions.iter().filter_map(answered));
    if let Some(wait) = &node.wait {
        lines.push(faint(&waiting(wait, report.outcome)));
    }
    if let Some(run) = &node.called {
        lines.push(faint(&format!("run {run}")));
    }
    match (&report.failure, &report.reason) {
        // What nobody knows is told at the end, with what can be done.
        _ if below.told || report.outcome == StepOutcome::NeedsAttention => {}
        (Some(failure), _) => lines.extend(failed(failure, detail.width)),
        (None, Some(reason)) => lines.extend(
            terminal::wrap(reason, detail.width)
                .iter()
                .map(|line| faint(line)),
        ),
        (None, None) => {}
    }
    let shown = below.leaf && report.outcome == StepOutcome::Succeeded && !detail.verbose && !detail.dry_run;
    if let Some(result) = report.result.as_ref().filter(|_| shown) {
        lines.extend(
            values::got(result, node.request.as_deref()).map(|text| cut(&format!("→ {text}"), detail.width)),
        );
    }
    lines
}

fn in_full(node: &Node, detail: Detail, lines: &mut Vec<String>) {
    if node.attempts.is_empty() {
        lines.extend(
            node.request
                .iter()
                .flat_map(|request| request::request(request, detail.verbose)),
        );
    }
    for attempt in &node.attempts {
        lines.extend(request::request(&attempt.request, detail.verbose));
        lines.extend(request::answer(attempt));
    }
}

fn waiting(wait: &Wait, outcome: StepOutcome) -> String {
    let verb = match outcome {
        StepOutcome::Running => "waits",
        StepOutcome::Succeeded => "waited",
        _ => "was to wait",
    };
    match (wait.skipped, wait.until) {
        (true, Some(until)) => format!("passed over a wait until {}", at(until)),
        (true, None) => {
            "passed over a wait for an event: it goes on as if one had come, with nothing in it".to_owned()
        }
        (false, until) => {
            let event = match (&wait.event, until) {
                (Some(event), _) => format!(" for {event}"),
                (None, None) => " for an event".to_owned(),
                (None, Some(_)) => String::new(),
            };
            let until = until.map_or_else(String::new, |until| format!(" until {}", at(until)));
            format!("{verb}{event}{until}")
        }
    }
}

fn failed(failure: &Failure, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = terminal::wrap(&failure.message, width)
        .iter()
        .map(|line| out(line, ink(AnsiColor::Red)))
        .collect();
    if let Some(help) = &failure.help {
        lines.extend(terminal::wrap(&format!("help: {help}"), width));
    }
    if let Some(code) = &failure.code {
        lines.push(faint(&format!("souschef explain {code}")));
    }
    lines
}

fn indented(text: &str, by: usize, width: usize) -> Vec<String> {
    terminal::wrap(text, width.saturating_sub(by))
        .iter()
        .map(|line| format!("{}{line}", " ".repeat(by)))
        .collect()
}

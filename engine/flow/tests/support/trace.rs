//! Runs a machine and writes down all that it says.

use std::collections::BTreeSet;
use std::fmt::Write;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use souschef_flow::{Effect, EffectKind, EffectOutcome, Machine, RunOutcome, Start, StepReport};

/// A run whose every word is written down.
pub(crate) struct Traced {
    pub(crate) machine: Machine,
    pub(crate) now: Timestamp,
    pub(crate) text: String,
    /// Effects that the driver has and has not answered, in the order in which they came.
    pub(crate) open: Vec<Effect>,
    /// Of these, the paths that a person is asked about.
    pub(crate) resting: BTreeSet<String>,
}

impl Traced {
    pub(crate) fn start(start: Start) -> Self {
        let now = start.started_at;
        let mut traced = Self {
            machine: Machine::start(start),
            now,
            text: String::new(),
            open: Vec::new(),
            resting: BTreeSet::new(),
        };
        if !traced.machine.fields().is_empty() {
            let fields = Value::Object(traced.machine.fields().clone());
            writeln!(traced.text, "fields {fields}").unwrap();
        }
        traced.listen();
        traced
    }

    /// Feeds an outcome, later by so long; the end of a sleep comes when it is due.
    pub(crate) fn feed(&mut self, path: &str, outcome: EffectOutcome, later: SignedDuration) {
        self.now += later;
        let effect = self.open.iter().position(|effect| effect.path == path);
        if let Some(EffectKind::Sleep { until }) = effect.map(|index| &self.open[index].kind) {
            self.now = self.now.max(*until);
        }
        if matches!(outcome, EffectOutcome::Unknown(_)) {
            self.resting.insert(path.to_owned());
        } else if let Some(index) = effect {
            self.open.remove(index);
        }
        writeln!(self.text, "\n< {path} {} at {}", shown(&outcome), self.now).unwrap();
        self.machine.feed(path, outcome, self.now);
        self.listen();
    }

    pub(crate) fn cancel(&mut self, reason: &str) {
        writeln!(self.text, "\ncancel: {reason}").unwrap();
        self.machine.cancel(reason, self.now);
        self.listen();
    }

    /// Where the run stands is told rightly: it has ended when nothing is under way, it needs attention when all that is
    /// left waits for a person, and otherwise something is under way.
    fn stands_rightly(&self) {
        let busy: Vec<&str> = self
            .open
            .iter()
            .map(|effect| effect.path.as_str())
            .filter(|path| !self.resting.contains(*path))
            .collect();
        let right = match self.machine.end().map(|end| end.outcome) {
            None => busy.iter().any(|path| !path.ends_with("!timeout")),
            Some(RunOutcome::NeedsAttention) => busy.is_empty() && busy.len() < self.open.len(),
            Some(_) => busy.is_empty(),
        };
        assert!(
            right,
            "the end is {:?}, and open is {busy:?}:\n{}",
            self.machine.end(),
            self.text
        );
    }

    /// Writes down what the machine says now.
    pub(crate) fn listen(&mut self) {
        for report in self.machine.reports() {
            writeln!(self.text, "{}", told(&report)).unwrap();
        }
        for effect in self.machine.effects() {
            writeln!(self.text, "> {} {}", effect.path, wanted(&effect.kind)).unwrap();
            if matches!(effect.kind, EffectKind::Cancel) {
                // Waits are given up; a call is let finish.
                self.open
                    .retain(|open| open.path != effect.path || matches!(open.kind, EffectKind::Call(_)));
            } else {
                self.open.push(effect);
            }
        }
        if let Some(end) = self.machine.end() {
            let reason = end.reason.as_ref().map(|reason| format!(": {reason}"));
            writeln!(self.text, "end {:?}{}", end.outcome, reason.unwrap_or_default()).unwrap();
        }
        self.stands_rightly();
    }
}

fn told(report: &StepReport) -> String {
    let mut text = format!(
        "{}{} {:?}",
        "  ".repeat(report.depth),
        report.path,
        report.outcome
    );
    let mut add = |what: &str, told: Option<String>| {
        if let Some(told) = told {
            write!(text, " {what}{told}").unwrap();
        }
    };
    add(
        "",
        Some(report.title.clone()).filter(|_| report.outcome == souschef_flow::StepOutcome::Running),
    );
    add("id=", report.id.clone());
    add("label=", report.label.as_ref().map(|label| format!("{label:?}")));
    add("why=", report.reason.as_ref().map(|reason| format!("{reason:?}")));
    add("result=", report.result.as_ref().map(ToString::to_string));
    if let Some(failure) = &report.failure {
        add("code=", failure.code.clone());
        add("help=", failure.help.as_ref().map(|help| format!("{help:?}")));
    }
    add("", report.handled.then(|| "handled".to_owned()));
    text
}

fn wanted(kind: &EffectKind) -> String {
    match kind {
        EffectKind::Call(call) => {
            let mut text = format!(
                "call {} {}",
                call.operation.id,
                Value::Object(call.inputs.clone())
            );
            if let Some(connection) = &call.connection {
                write!(text, " connection={connection}").unwrap();
            }
            if let Some(times) = call.retry.times {
                write!(text, " times={times}").unwrap();
            }
            if let Some(timeout) = call.timeout {
                write!(text, " timeout={timeout:?}").unwrap();
            }
            if let Some(if_unknown) = call.if_unknown {
                write!(text, " if_unknown={if_unknown:?}").unwrap();
            }
            text
        }
        EffectKind::Sleep { until } => format!("sleep until {until}"),
        EffectKind::Signal {
            event,
            path,
            until,
            condition,
            ..
        } => {
            let mut text = format!("signal {event}");
            if let Some(path) = path {
                write!(text, " path={path}").unwrap();
            }
            if condition.is_some() {
                text.push_str(" with a condition");
            }
            if let Some(until) = until {
                write!(text, " until {until}").unwrap();
            }
            text
        }
        EffectKind::Run { recipe, inputs } => format!("run {recipe} {}", Value::Object(inputs.clone())),
        EffectKind::Cancel => "cancel".to_owned(),
    }
}

fn shown(outcome: &EffectOutcome) -> String {
    match outcome {
        EffectOutcome::Done(value) => format!("done {value}"),
        EffectOutcome::Failed(failure) => format!("failed: {}", failure.message),
        EffectOutcome::Unknown(failure) => format!("unknown: {}", failure.message),
        EffectOutcome::Skipped(reason) => format!("skipped: {reason}"),
        EffectOutcome::TimedOut => "timed out".to_owned(),
        EffectOutcome::Cancelled => "cancelled".to_owned(),
    }
}

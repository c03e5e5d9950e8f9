//! Failures, as steps and the run meet them.

use std::time::Duration;

use serde_json::{Value, json};
use souschef_expr::EvalError;
use souschef_recipe::{Code, duration};

use crate::effect::Failure;

/// A failure on its way out, until something handles it or the run ends with it.
#[derive(Clone, Debug)]
pub(crate) struct Failed {
    pub(crate) failure: Box<Failure>,
    /// What failed: the step's id, or what the tree calls it.
    pub(crate) step: String,
    /// Whether the failure's sentence says all by itself: the author's own (`fail:`), or one that names the setting or field.
    complete: bool,
}

impl Failed {
    pub(crate) fn new(failure: Box<Failure>, step: &str) -> Self {
        let complete = failure.code.as_deref() == Some(Code::FAILED_BY_RECIPE.id());
        Self {
            failure,
            step: step.to_owned(),
            complete,
        }
    }

    /// A failure before the first step, in this part of the recipe.
    pub(crate) fn before_steps(failure: Box<Failure>, part: &str) -> Self {
        Self {
            failure,
            step: part.to_owned(),
            complete: true,
        }
    }

    /// The sentence for whoever looks at more than the step: with the step's name.
    pub(crate) fn reason(&self) -> String {
        if self.complete {
            self.failure.message.clone()
        } else {
            format!("{}: {}", self.step, self.failure.message)
        }
    }

    /// What `error` is in the steps that handle it.
    pub(crate) fn scope(&self) -> Value {
        json!({
            "message": self.failure.message,
            "step": self.step,
            "status": self.failure.status,
            "code": self.failure.code,
            "help": self.failure.help,
        })
    }
}

/// A failure with its code.
pub(crate) fn failure(code: Code, message: impl Into<String>) -> Box<Failure> {
    Box::new(Failure {
        code: Some(code.id().to_owned()),
        message: message.into(),
        ..Failure::default()
    })
}

/// A failure with what to do about it.
pub(crate) fn helped(mut failure: Box<Failure>, help: impl Into<String>) -> Box<Failure> {
    failure.help = Some(help.into());
    failure
}

/// An expression that could not be evaluated, and what it was for: `the input dueDate`.
pub(crate) fn of_expression(error: EvalError, what: Option<&str>) -> Box<Failure> {
    Box::new(Failure {
        code: Some(error.code.to_owned()),
        message: match what {
            Some(what) => format!("{what}: {}", error.message),
            None => error.message,
        },
        help: error.help,
        ..Failure::default()
    })
}

/// A step that took too long.
pub(crate) fn too_long(limit: Option<Duration>) -> Box<Failure> {
    match limit {
        Some(limit) => failure(
            Code::TIMED_OUT,
            format!("it took longer than its timeout of {}", duration::format(limit)),
        ),
        None => failure(Code::TIMED_OUT, "it took longer than it may"),
    }
}

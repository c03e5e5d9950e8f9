//! Steps.

use std::sync::Arc;

use souschef_expr::{Type, ValueExpr};
use souschef_recipe::{Code, Diagnostic, Node, NodeKind, OnError, Retry, Step, StepKind, duration};

use super::Checker;
use super::names::{Guard, GuardKind, Known, Names, Stage, State, goes_on};
use super::operation::With;
use super::values::nothing;
use crate::plan::{OnErrorPlan, RetryPlan, StepPlan, StepPlanKind};

impl<'a> Checker<'a> {
    /// `actions:`.
    pub(super) fn actions(&mut self) -> Arc<[StepPlan]> {
        self.names.stage = Stage::Steps;
        self.steps(&self.recipe.actions, "actions")
    }

    /// `on_failure:`, where `error` is in scope and no step is sure to have run.
    pub(super) fn on_failure(&mut self) -> Arc<[StepPlan]> {
        let recipe = self.recipe;
        let Some(first) = recipe.on_failure.first() else {
            return Arc::from([]);
        };
        let failed = guard(GuardKind::Failed, self.first_line(first.span));
        for info in self.names.steps.values_mut() {
            if let State::Ran(guards) = &mut info.state {
                *guards = vec![failed.clone()];
            }
        }
        self.names.error = Some(Names::error_type());
        let steps = self.steps(&recipe.on_failure, "on_failure");
        self.names.error = None;
        steps
    }

    fn steps(&mut self, steps: &'a [Step], path: &str) -> Arc<[StepPlan]> {
        let mut plans = Vec::new();
        let mut ended: Option<&Step> = None;
        for (index, step) in steps.iter().enumerate() {
            if let Some(end) = ended.take() {
                let end_line = self.first_line(end.span);
                self.tell(
                    Diagnostic::new(
                        Code::UNREACHABLE,
                        self.first_line(step.span),
                        "this step is never reached",
                    )
                    .label("move it up, or give the step that ends the run an if:")
                    .related(end_line, "the run always ends here"),
                );
            }
            if ends(step) && !steps.iter().take(index).any(ends) {
                ended = Some(step);
            }
            plans.push(self.step(step, format!("{path}[{index}]")));
        }
        plans.into()
    }

    fn step(&mut self, step: &'a Step, path: String) -> StepPlan {
        let id = step.id.as_ref().map(|id| id.value.as_str());
        self.set_state(id, State::Now);
        let depth = self.names.guards.len();
        let condition = step.condition.as_ref().map(|written| {
            let compiled = self.condition(written);
            let guard = self.guard(written, &compiled);
            self.names.guards.push(guard);
            compiled
        });
        let (kind, result) = self.kind(step, &path);
        let mut guards = self.names.guards.clone();
        self.names.guards.truncate(depth);
        // A broken step's way with errors is not known.
        if goes_on(step) && !matches!(step.kind, StepKind::Broken) {
            let failure = guard(GuardKind::Failure, self.first_line(step.span));
            self.guard_inside(step, &failure);
            guards.push(failure);
        }
        if let Some(id) = id
            && let Some(info) = self.names.steps.get_mut(id)
        {
            info.result = result;
            info.state = State::Ran(guards);
        }
        let on_error = match &step.on_error {
            OnError::Stop => OnErrorPlan::Stop,
            OnError::Continue => OnErrorPlan::Continue,
            OnError::Handle(steps) => {
                let outer = self.names.error.replace(Names::error_type());
                let guard = guard(GuardKind::Handler, self.first_line(step.span));
                let handler = self.inside(guard, |this| this.steps(steps, &format!("{path}.on_error")));
                self.names.error = outer;
                OnErrorPlan::Handle(handler)
            }
        };
        let title = match (&step.name, &kind) {
            (Some(name), _) => name.value.clone(),
            (None, StepPlanKind::Action { operation, .. }) => operation.title.clone(),
            (None, other) => other.word().to_owned(),
        };
        StepPlan {
            id: id.map(str::to_owned),
            title,
            path,
            span: step.span,
            condition,
            retry: step
                .retry
                .as_ref()
                .map(|retry| self.retry(retry))
                .unwrap_or_default(),
            timeout: step.timeout.as_ref().map(|timeout| timeout.value),
            on_error,
            kind,
        }
    }

    /// What a loop returns: for each item a map of what its steps returned, by their ids.
    fn results(&self, body: &[Step]) -> Type {
        let mut ids = Vec::new();
        body.iter().for_each(|step| gather(step, Loops::Closed, &mut ids));
        let field = |id: &&str| {
            let result = self.names.steps.get(id).map(|info| info.result.ty().clone());
            souschef_expr::types::Field {
                ty: result.unwrap_or_default(),
                required: false,
                help: None,
            }
        };
        let fields = ids.iter().map(|id| ((*id).to_owned(), field(id))).collect();
        Type::List(Box::new(Type::Map(souschef_expr::types::Map {
            fields,
            open: false,
        })))
    }

    /// What a step did inside may be missing outside of it, where the run goes on when the step fails.
    fn guard_inside(&mut self, step: &'a Step, guard: &Guard) {
        let mut ids = Vec::new();
        gather(step, Loops::Open, &mut ids);
        for id in ids {
            if let Some(info) = self.names.steps.get_mut(id)
                && let State::Ran(guards) = &mut info.state
            {
                guards.push(guard.clone());
            }
        }
    }

    fn set_state(&mut self, id: Option<&str>, state: State) {
        if let Some(info) = id.and_then(|id| self.names.steps.get_mut(id)) {
            info.state = state;
        }
    }

    /// Does something while a guard holds.
    fn inside<T>(&mut self, guard: Guard, work: impl FnOnce(&mut Self) -> T) -> T {
        let depth = self.names.guards.len();
        self.names.guards.push(guard);
        let made = work(self);
        self.names.guards.truncate(depth);
        made
    }

    fn retry(&mut self, retry: &Retry) -> RetryPlan {
        if let (Some(first), Some(longest)) = (&retry.first_wait, &retry.longest_wait)
            && first.value > longest.value
        {
            self.tell(
                Diagnostic::new(
                    Code::OUT_OF_BOUNDS,
                    first.span,
                    format!(
                        "first_wait is {}, and longest_wait only {}",
                        duration::format(first.value),
                        duration::format(longest.value)
                    ),
                )
                .label("the first wait is the shortest: each further one is longer"),
            );
        }
        RetryPlan {
            times: retry.times.as_ref().map(|times| times.value),
            first_wait: retry.first_wait.as_ref().map(|wait| wait.value),
            longest_wait: retry.longest_wait.as_ref().map(|wait| wait.value),
        }
    }

    fn kind(&mut self, step: &'a Step, path: &str) -> (StepPlanKind, Known) {
        let any = || Known::Own(Type::Any);
        match &step.kind {
            StepKind::Action {
                operation: id,
                with,
                connection,
                if_unknown,
            } => {
                let Some(operation) = self.operation(id, false) else {
                    with.iter().for_each(|(_, node)| drop(self.value(node)));
                    return (broken(), any());
                };
                let accounts = self.accounts(&operation, id.span, connection.as_ref());
                let account = accounts.first().copied();
                let with = self.with(&With {
                    operation: &operation,
                    with,
                    named: id.span,
                    whole: step.span,
                    account,
                    paged: false,
                });
                self.need_scopes(&operation, id.span, &accounts);
                let kind = StepPlanKind::Action {
                    operation: Arc::clone(&operation),
                    with,
                    connection: connection.as_ref().map(|name| name.value.clone()),
                    if_unknown: if_unknown.as_ref().map(|one| one.value),
                };
                (kind, Known::Answer(operation))
            }
            StepKind::Choose { branches, otherwise } => (self.choose(branches, otherwise, step, path), any()),
            StepKind::ForEach {
                items,
                name,
                body,
                at_once,
            } => {
                let (items, item) = self.items(items);
                self.names.loops.push((name.value.as_str(), item));
                let guard = guard(GuardKind::Loop, self.first_line(step.span));
                let body = self.inside(guard, |this| this.steps(body, &format!("{path}.do")));
                self.names.loops.pop();
                let result = match (&step.id, &step.kind) {
                    (Some(_), StepKind::ForEach { body, .. }) => Known::Own(self.results(body)),
                    _ => any(),
                };
                let at_once = at_once.as_ref().map_or(1, |count| count.value);
                let kind = StepPlanKind::ForEach {
                    items,
                    name: name.value.clone(),
                    body,
                    at_once,
                };
                (kind, result)
            }
            StepKind::Parallel { branches } => (self.parallel(branches, path), any()),
            StepKind::Wait { duration } => {
                let value = match &duration.kind {
                    NodeKind::Text(text, _) if duration::parse(text).is_ok() => {
                        ValueExpr::Literal(text.clone().into())
                    }
                    _ => self.wait(duration),
                };
                (StepPlanKind::Wait { duration: value }, any())
            }
            StepKind::WaitUntil { until } => (
                StepPlanKind::WaitUntil {
                    until: self.until(until),
                },
                any(),
            ),
            StepKind::WaitFor {
                webhook,
                condition,
                timeout,
            } => {
                let known = self.event(webhook, "wait_for");
                let result = known.clone().unwrap_or_else(any);
                let outer = self.names.event.replace(result.clone());
                let condition = condition.as_ref().map(|written| self.condition(written));
                self.names.event = outer;
                let kind = StepPlanKind::WaitFor {
                    event: webhook.event.value.clone(),
                    path: webhook.path.as_ref().map(|path| path.value.clone()),
                    auth: webhook.auth.as_ref().map(|auth| auth.value.clone()),
                    condition,
                    timeout: timeout.as_ref().map(|timeout| timeout.value),
                };
                (kind, result)
            }
            StepKind::RunRecipe { recipe, with } => {
                let with = self.run_recipe(recipe, with, step);
                (
                    StepPlanKind::RunRecipe {
                        recipe: recipe.value.clone(),
                        with,
                    },
                    any(),
                )
            }
            StepKind::Set { values } => {
                let mut plans = Vec::new();
                let mut fields = souschef_expr::types::Map::default();
                for (name, node) in values {
                    let value = self.value(node);
                    let ty = value.type_of(&|path| self.names.type_at(path));
                    let ty = if matches!(ty, Type::Null) { Type::Any } else { ty };
                    let field = souschef_expr::types::Field {
                        ty,
                        required: true,
                        help: None,
                    };
                    fields.fields.insert(name.value.clone(), field);
                    plans.push((name.value.clone(), value));
                }
                (StepPlanKind::Set { values: plans }, Known::Own(Type::Map(fields)))
            }
            StepKind::Stop { reason } => (
                StepPlanKind::Stop {
                    reason: self.reason(reason),
                },
                any(),
            ),
            StepKind::Fail { reason } => (
                StepPlanKind::Fail {
                    reason: self.reason(reason),
                },
                any(),
            ),
            StepKind::Broken => (broken(), any()),
        }
    }

    fn reason(&mut self, reason: &Node) -> ValueExpr {
        match reason.kind {
            NodeKind::Text(..) => self.value(reason),
            _ => ValueExpr::Literal(reason.to_json()),
        }
    }

    fn choose(
        &mut self,
        branches: &'a [souschef_recipe::Branch],
        otherwise: &'a [Step],
        step: &Step,
        path: &str,
    ) -> StepPlanKind {
        let mut plans = Vec::new();
        for (index, branch) in branches.iter().enumerate() {
            let condition = self.condition(&branch.condition);
            let guard = self.guard(&branch.condition, &condition);
            let body = self.inside(guard, |this| {
                this.steps(&branch.body, &format!("{path}.choose[{index}].do"))
            });
            plans.push((condition, body));
        }
        let guard = guard(
            GuardKind::Otherwise,
            self.first_line(otherwise.first().map_or(step.span, |first| first.span)),
        );
        let otherwise = self.inside(guard, |this| this.steps(otherwise, &format!("{path}.otherwise")));
        StepPlanKind::Choose {
            branches: plans,
            otherwise,
        }
    }

    /// A branch does not see what runs beside it; what follows sees all of it.
    fn parallel(&mut self, branches: &'a [Vec<Step>], path: &str) -> StepPlanKind {
        let mut plans = Vec::new();
        let mut hidden: Vec<(&'a str, State)> = Vec::new();
        let own = |branch: &'a [Step]| {
            let mut ids = Vec::new();
            for step in branch {
                gather(step, Loops::Open, &mut ids);
            }
            ids
        };
        for (later, branch) in branches.iter().enumerate() {
            for other in branches.iter().skip(later + 1) {
                own(other)
                    .into_iter()
                    .for_each(|id| self.set_state(Some(id), State::Beside));
            }
            plans.push(self.steps(branch, &format!("{path}.parallel[{later}]")));
            for id in own(branch) {
                if let Some(info) = self.names.steps.get_mut(id) {
                    hidden.push((id, std::mem::replace(&mut info.state, State::Beside)));
                }
            }
        }
        for (id, state) in hidden {
            self.set_state(Some(id), state);
        }
        StepPlanKind::Parallel { branches: plans }
    }
}

/// A guard that no other has.
fn guard(kind: GuardKind, span: souschef_recipe::Span) -> Guard {
    Guard {
        kind,
        text: format!("{kind:?} at {}", span.start),
        span,
        mentions: Vec::new(),
    }
}

/// Stands for a step that has been told to be wrong; its plan is never used.
fn broken() -> StepPlanKind {
    StepPlanKind::Stop { reason: nothing() }
}

/// Whether the run always ends at this step. What fails inside a step, or a condition that can't be told, leads on where
/// its `on_error` does.
fn ends(step: &Step) -> bool {
    if step.condition.is_some() {
        return false;
    }
    let list = |steps: &[Step]| steps.iter().any(ends);
    let ends_by_failing = || match &step.on_error {
        OnError::Stop => true,
        OnError::Continue => false,
        OnError::Handle(steps) => list(steps),
    };
    match &step.kind {
        StepKind::Stop { .. } => true,
        StepKind::Fail { .. } => ends_by_failing(),
        StepKind::Choose { branches, otherwise } => {
            list(otherwise) && branches.iter().all(|branch| list(&branch.body)) && ends_by_failing()
        }
        _ => false,
    }
}

/// Whether the ids inside of loops are wanted too.
#[derive(Clone, Copy)]
enum Loops {
    Open,
    Closed,
}

/// The ids in a step and below it.
fn gather<'s>(step: &'s Step, loops: Loops, ids: &mut Vec<&'s str>) {
    ids.extend(step.id.as_ref().map(|id| id.value.as_str()));
    let mut lists: Vec<&'s [Step]> = Vec::new();
    match &step.kind {
        StepKind::Choose { branches, otherwise } => {
            lists.extend(branches.iter().map(|branch| branch.body.as_slice()));
            lists.push(otherwise);
        }
        StepKind::ForEach { body, .. } => match loops {
            Loops::Open => lists.push(body),
            Loops::Closed => {}
        },
        StepKind::Parallel { branches } => lists.extend(branches.iter().map(Vec::as_slice)),
        _ => {}
    }
    if let OnError::Handle(steps) = &step.on_error {
        lists.push(steps);
    }
    lists
        .into_iter()
        .flatten()
        .for_each(|step| gather(step, loops, ids));
}

//! Calls, made: the account opened, the call sent (or, in a dry run, only built), its outcome told in the interpreter's
//! words.

use std::sync::{Arc, PoisonError, RwLock};

use serde_json::Value;
use souschef_connect::{BuildError, CallOptions, CallOutcome, Client, Observer, Refusal, build};
use souschef_flow::{Call, EffectOutcome, Failure};
use souschef_journal::fault::bug;
use souschef_recipe::IfUnknown;

use crate::accounts::{Accounts, AccountsError};
use crate::driver::{Called, Caller, Calling, Held, Order};
use crate::placeholder;

/// Whether requests are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// They are.
    #[default]
    Send,
    /// They are built and shown; answers are placeholders.
    DryRun,
}

/// Makes calls over HTTP, with a project's accounts.
#[derive(Debug)]
pub struct HttpCaller {
    client: Client,
    accounts: RwLock<Arc<Accounts>>,
    options: CallOptions,
    mode: Mode,
}

impl HttpCaller {
    /// `options`: how calls are made where the step says nothing.
    pub fn new(client: Client, accounts: Accounts, options: CallOptions, mode: Mode) -> Self {
        Self {
            client,
            accounts: RwLock::new(Arc::new(accounts)),
            options,
            mode,
        }
    }

    /// The accounts as they are now.
    pub fn accounts(&self) -> Arc<Accounts> {
        Arc::clone(&self.accounts.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes other accounts from now on: the project file has changed.
    pub fn set_accounts(&self, accounts: Accounts) {
        *self.accounts.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(accounts);
    }

    /// The client that calls go through.
    pub fn client(&self) -> &Client {
        &self.client
    }

    fn options(&self, order: &Order) -> CallOptions {
        let call = &order.call;
        let mut options = self.options.clone();
        options.redact.extend(order.redact.iter().cloned());
        let times = call.retry.times.unwrap_or(options.times);
        // What was tried before a stop counts; the first of those left is a try again already, unless it is settled first.
        let counted = order.tried.saturating_sub(u32::from(order.unsettled.is_some()));
        if times == 0 {
            // It is to be tried once, whatever the answer.
            options.times_limited = 0;
        }
        let (counted, limited) = match options.times_limited {
            0 => (counted, 0),
            _ => (counted.saturating_sub(order.limited), order.limited),
        };
        options.limited = limited;
        options.times = times.saturating_sub(counted);
        options.tried = counted;
        if order.held {
            // It has waited for the other side to work again: it is tried then, however often it was before.
            options.times = options.times.max(1);
        }
        options.first_wait = call.retry.first_wait.unwrap_or(options.first_wait);
        options.longest_wait = call.retry.longest_wait.unwrap_or(options.longest_wait);
        options.timeout = call.timeout.or(options.timeout);
        options.if_unknown = call.if_unknown.or(options.if_unknown);
        if bug("repeat_unknown") {
            options.if_unknown = Some(IfUnknown::Repeat);
        }
        options.made_before = order.made_before;
        options.unsettled = order.unsettled;
        options
    }

    async fn make(&self, order: Order, observer: &dyn Observer) -> Called {
        let options = self.options(&order);
        let call = &order.call;
        let opened = self.accounts().open(
            &call.operation.connector,
            call.connection.as_deref(),
            &order.connection,
        );
        let connection = match opened {
            Ok(connection) => connection,
            Err(AccountsError { message, help }) => {
                return failed(Failure {
                    message,
                    help,
                    ..Failure::default()
                });
            }
        };
        if self.mode == Mode::DryRun {
            return match build(&call.operation, &call.inputs, &connection) {
                Err(errors) => failed(not_built(call, &errors)),
                Ok(request) => {
                    let shown = Arc::new(request.shown(&options.redact));
                    match observer.begins(order.made_before + 1, &shown, false).await {
                        Ok(()) => {
                            Called::Over(EffectOutcome::Done(placeholder::of(&call.operation.output, "")))
                        }
                        Err(message) => failed(Failure {
                            message,
                            ..Failure::default()
                        }),
                    }
                }
            };
        }
        let made = self
            .client
            .call(&call.operation, &call.inputs, &connection, &options, observer)
            .await;
        match made {
            Err(errors) => failed(not_built(call, &errors)),
            Ok(report) => match report.outcome {
                CallOutcome::Done(answer) => Called::Over(EffectOutcome::Done(answer)),
                CallOutcome::NotDone(refusal) => failed(failure(refusal)),
                CallOutcome::Unknown(refusal) => Called::Over(EffectOutcome::Unknown(failure(refusal))),
                CallOutcome::Held(held) => Called::Held(Held {
                    connection: held.connection.clone(),
                    until: held.until,
                    failure: failure(held.into()),
                }),
            },
        }
    }
}

fn failed(failure: Failure) -> Called {
    Called::Over(EffectOutcome::Failed(failure))
}

impl Caller for HttpCaller {
    fn scope_of(&self, connection: &str) -> Value {
        self.accounts().scope_of(connection)
    }

    fn call<'a>(&'a self, order: Order, observer: &'a dyn Observer) -> Calling<'a> {
        Box::pin(self.make(order, observer))
    }
}

fn failure(refusal: Refusal) -> Failure {
    let message = match &refusal.trace {
        Some(trace) => format!("{} (trace {trace})", refusal.message),
        None => refusal.message,
    };
    Failure {
        code: Some(refusal.code.to_owned()),
        message,
        help: refusal.help,
        status: refusal.status,
        answer: refusal.answer,
    }
}

fn not_built(call: &Call, errors: &[BuildError]) -> Failure {
    let lines: Vec<String> = errors.iter().map(|error| error.message.clone()).collect();
    Failure {
        code: errors.first().map(|error| error.code.to_owned()),
        message: format!("{} was not sent: {}", call.operation.id, lines.join("; ")),
        help: errors.iter().find_map(|error| error.help.clone()),
        ..Failure::default()
    }
}

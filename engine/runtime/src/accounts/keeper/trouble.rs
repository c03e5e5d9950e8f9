//! What is said where there is no token that works, and how long a keeper is left alone then.

use std::time::Duration;

use jiff::Timestamp;
use souschef_connect::Held;
use souschef_connect::oauth::Denied;

use super::Keeper;
use crate::accounts::grant::{Grant, rest};
use crate::accounts::store::StoreError;

/// When a held call asks again where a person must act first.
const PERSON: Duration = Duration::from_secs(30);

impl Keeper {
    /// Why it is left alone now, where a renewal has just failed.
    pub(super) fn resting(&self) -> Option<Held> {
        let now = Timestamp::now();
        self.memory(|memory| {
            let (_, until, message) = memory.failed.as_ref()?;
            (now < *until).then(|| self.held("SC531", message.clone(), None, *until))
        })
    }

    pub(super) fn failed(&self, denied: &Denied) -> Held {
        self.not_now(&denied.message, denied.wait)
    }

    pub(super) fn not_now(&self, why: &str, asked: Option<Duration>) -> Held {
        let share = self.share();
        let message = format!("the token of {} could not be renewed yet: {why}", self.connection);
        let until = self.memory(|memory| {
            let failures = memory.failed.as_ref().map_or(0, |(failures, ..)| *failures) + 1;
            let until = after(rest(failures, asked, share));
            memory.failed = Some((failures, until, message.clone()));
            until
        });
        self.held("SC531", message, None, until)
    }

    pub(super) fn not_connected(&self) -> Held {
        self.person(format!("{} is not connected yet", self.connection))
    }

    pub(super) fn gone(&self, why: &str) -> Held {
        self.person(format!("{} must be connected again: {why}", self.connection))
    }

    pub(super) fn ended(&self, grant: &Grant) -> Held {
        match &grant.dead {
            Some((_, why)) => self.gone(why),
            None => self.gone("its token has ended"),
        }
    }

    pub(super) fn person(&self, message: String) -> Held {
        let help = format!(
            "run `souschef connect {} --connection {}`",
            self.connector.name, self.connection
        );
        self.held("SC530", message, Some(help), after(PERSON))
    }

    pub(super) fn out_of_reach(&self, error: &StoreError) -> Held {
        let help = match error {
            StoreError::InUse(_) => Some(
                "while the service runs, let it do the work, or stop it; or give the connection a token of its own: \
                 auth: { token: { env: NAME } }"
                    .to_owned(),
            ),
            StoreError::Absent | StoreError::Failed(_) => None,
        };
        let message = format!("the token of {} is out of reach: {error}", self.connection);
        self.held("SC532", message, help, after(PERSON))
    }

    pub(super) fn held(
        &self,
        code: &'static str,
        message: String,
        help: Option<String>,
        until: Timestamp,
    ) -> Held {
        Held {
            connection: self.connection.clone(),
            code,
            message,
            help,
            until,
            outage: false,
        }
    }
}

fn after(wait: Duration) -> Timestamp {
    Timestamp::now().checked_add(wait).unwrap_or(Timestamp::MAX)
}

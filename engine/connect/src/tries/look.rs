//! Looking whether a checkable call has happened.

use jiff::Timestamp;
use serde_json::{Map, Value};
use souschef_catalog::{LookFor, Operation};

use super::Tries;
use super::count::Count;
use crate::judge::Verdict;
use crate::look::{self, Found};
use crate::poll;
use crate::request::build;

/// Pages that a look turns; a thing made moments ago is not farther back.
const LOOK_PAGES: usize = 10;

impl Tries<'_> {
    /// Whether a checkable call has happened.
    pub(super) async fn look(
        &mut self,
        operation: &Operation,
        inputs: &Map<String, Value>,
        open: Option<Timestamp>,
    ) -> Found {
        let Some(facts) = &operation.look_for else {
            return Found::Unclear("there is no way to look".to_owned());
        };
        let Some(read) = self.client.catalog().operation(&facts.operation) else {
            return Found::Unclear(format!("there is no operation {}", facts.operation));
        };
        let since = open.unwrap_or_else(Timestamp::now);
        let lag = self.client.options().index_lag;
        if self.left().is_some_and(|left| left <= lag) {
            return Found::Unclear("there was no time left to look".to_owned());
        }
        self.observer
            .waits(lag, "nobody knows whether it happened, so it is looked up");
        tokio::time::sleep(lag).await;
        match self.read_all(&read, facts, inputs).await {
            Ok(things) => {
                let since = since.saturating_sub(self.ahead).unwrap_or(since);
                look::compare(operation, facts, inputs, &things, since)
            }
            Err(unread) => unread,
        }
    }

    /// Everything that the look's read gives; what is to be said, where it gives nothing that can be relied on.
    async fn read_all(
        &mut self,
        read: &Operation,
        facts: &LookFor,
        inputs: &Map<String, Value>,
    ) -> Result<Vec<Value>, Found> {
        let paging = read.poll.as_ref().and_then(|poll| poll.paging.as_ref());
        let mut page = look::inputs(facts, inputs);
        if let Some(paging) = paging {
            page = poll::first_page(paging, &page);
        }
        let mut all = Vec::new();
        for _ in 0..LOOK_PAGES {
            let Some(answer) = self.read(read, &page).await? else {
                return Ok(all);
            };
            let things = look::things(facts, &answer)
                .ok_or_else(|| Found::Unclear(format!("the answer of {} does not say", read.id)))?;
            let next = paging.and_then(|paging| poll::next_page(paging, &page, &answer, &things));
            all.extend(things);
            match next {
                Some(next) if next != page => page = next,
                _ => return Ok(all),
            }
        }
        Err(Found::Unclear(format!(
            "{} lists more than could be looked through",
            read.id
        )))
    }

    /// One page of the look; none where what it asks for is not there at all.
    async fn read(&mut self, read: &Operation, inputs: &Map<String, Value>) -> Result<Option<Value>, Found> {
        let request = build(read, inputs, self.connection).map_err(|faults| {
            let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
            Found::Unclear(told.join("; "))
        })?;
        let mut count = Count::anew(self.options);
        loop {
            let (verdict, pace) = self.attempt(read, &request, true, &mut None).await;
            let (refusal, again) = match verdict {
                Verdict::Done(answer) => return Ok(Some(answer)),
                Verdict::Held(held) => return Err(Found::Held(held)),
                Verdict::NotDone { refusal, .. } if refusal.status == Some(404) => return Ok(None),
                Verdict::NotDone { refusal, again } | Verdict::Unknown { refusal, again } => (refusal, again),
            };
            count.add(refusal.status);
            let wait = self.wait_before(count.all(), pace);
            if !again || count.is_used_up() || self.left().is_some_and(|left| left <= wait) {
                return Err(Found::Unclear(refusal.message));
            }
            self.observer.waits(wait, &refusal.message);
            if self.called_off_within(wait).await {
                return Err(Found::Unclear(refusal.message));
            }
        }
    }
}

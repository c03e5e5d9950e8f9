//! Lists and searches.

use serde_json::Value;
use souschef_catalog::Advance;

use super::Play;
use crate::narrow::Narrow;
use crate::pages::{self, Inputs, Order};
use crate::request::Refusal;
use crate::shape::Told;
use crate::store::{Record, id_of};

impl Play<'_> {
    pub(super) fn list(&self) -> Result<Told, Refusal> {
        let inputs = Inputs::of(self.part);
        let narrow = Narrow::new(self.part, self.kind(), self.given, &inputs.names())?;
        let order = Order::of(self.part, self.given);
        let collection = self.store.collection(&self.part.collection);
        let mut rows: Vec<(u64, &Record)> = collection
            .rows()
            .filter(|(_, record)| narrow.lets(record))
            .collect();
        order.sort(&mut rows);
        let page = pages::cut(self.part, &inputs, self.given, &order, &rows);
        let mut told = Told::default();
        for record in &page.things {
            let mut item = self.show(record);
            if let (Some(after), Value::Object(fields)) = (&self.part.settings.after, &mut item) {
                let mark = order.mark(record);
                let mark = mark.into_iter().map(Value::from);
                let place = mark.chain(std::iter::once(Value::from(id_of(record)))).collect();
                fields.insert(after.clone(), Value::Array(place));
            }
            told.things.push(item);
        }
        told.tell("total", rows.len());
        told.tell("count", rows.len());
        told.tell("hasMore", page.more);
        told.tell("currentPage", page.number);
        if page.more {
            told.tell("nextPage", page.number.saturating_add(1));
        }
        if page.number > 1 {
            told.tell("prevPage", page.number - 1);
        }
        self.tell_last(&mut told, &order, page.things.last().copied(), page.more);
        Ok(told)
    }

    /// Tells what the next page is asked for with, where the answer holds it.
    fn tell_last(&self, told: &mut Told, order: &Order, last: Option<&Record>, more: bool) {
        let paging = self
            .part
            .operation
            .poll
            .as_ref()
            .and_then(|poll| poll.paging.as_ref());
        let Some(paging) = paging else { return };
        let name_of = |path: &str| path.rsplit('.').next().unwrap_or_default().to_owned();
        if let Some(path) = &paging.more {
            told.tell(&name_of(path), more);
        }
        if let (Advance::Answer(map), Some(last)) = (&paging.advance, last) {
            for (input, path) in map {
                match order.mark(last) {
                    _ if pages::is_id(input) => told.tell(&name_of(path), id_of(last)),
                    Some(mark) => told.tell(&name_of(path), mark),
                    None => {}
                }
            }
        }
    }
}

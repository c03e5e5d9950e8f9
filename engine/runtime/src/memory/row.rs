//! A run and all that belongs to it: what is asked of it.

use souschef_journal::{Answer, Effect};

use super::{Asked, Row};

impl Row {
    pub(super) fn is_recorded(&self, path: &str) -> bool {
        self.effects.iter().any(|effect| effect.path == path)
    }

    pub(super) fn beyond(&self, place: i64) -> Vec<Effect> {
        let start = self.effects.partition_point(|effect| effect.seq <= place);
        self.effects.get(start..).unwrap_or_default().to_vec()
    }

    pub(super) fn clear_wait(&mut self, path: &str) {
        self.waits.retain(|wait| wait.path != path);
        self.offers.retain(|offered| offered.path != path);
    }

    /// Steps to be done again; with the number of the last request before that was said.
    pub(super) fn again(&self) -> Vec<(String, u32)> {
        let mut again: Vec<(String, u32)> = Vec::new();
        for asked in &self.asked {
            if let Some((Answer::Again, after)) = asked.answer
                && !self.is_recorded(&asked.path)
            {
                again.retain(|(path, _)| *path != asked.path);
                again.push((asked.path.clone(), after));
            }
        }
        again
    }

    pub(super) fn again_unheard(&self) -> Vec<(String, u32)> {
        let mut again = self.again();
        again.retain(|(path, after)| {
            !self
                .attempts
                .iter()
                .any(|attempt| attempt.path == *path && attempt.number > *after)
        });
        again
    }

    pub(super) fn open_questions(&self) -> impl Iterator<Item = &Asked> {
        self.asked.iter().filter(|asked| asked.answer.is_none())
    }
}

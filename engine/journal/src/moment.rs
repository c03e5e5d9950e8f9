//! Moments as the journal keeps them: whole nanoseconds, so that a replay is fed exactly the moments the run was fed.

use jiff::Timestamp;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};

/// A moment in a row. Those past the year 2262 are kept as its end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment(pub(crate) Timestamp);

impl ToSql for Moment {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(nanos(self.0)))
    }
}

impl FromSql for Moment {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let nanos = i64::column_result(value)?;
        Timestamp::from_nanosecond(i128::from(nanos))
            .map(Self)
            .map_err(|_| FromSqlError::OutOfRange(nanos))
    }
}

/// A moment as a row holds it.
pub(crate) fn nanos(at: Timestamp) -> i64 {
    let nanos = at.as_nanosecond();
    i64::try_from(nanos).unwrap_or(if nanos < 0 { i64::MIN } else { i64::MAX })
}

//! `wait:`, `wait_until:` and the limit of `wait_for:`.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use souschef_expr::convert::{self, Options};
use souschef_expr::error::glimpse;
use souschef_expr::moment::Moment;
use souschef_expr::{Scope, ValueExpr, parse_duration};
use souschef_recipe::{Code, ValueKind};

use super::Begun;
use crate::effect::{EffectKind, Failure};
use crate::failure::{failure, of_expression};

/// Its result is null.
pub(super) fn so_long(duration: &ValueExpr, scope: &Scope) -> Result<Begun, Box<Failure>> {
    let value = duration.eval(scope).map_err(|error| of_expression(error, None))?;
    let text = convert::convert(&value, ValueKind::Duration, &Options::default())
        .map_err(|error| of_expression(error, None))?;
    let length = parse_duration(text.as_str().unwrap_or_default()).map_err(|_| {
        failure(
            Code::CONVERSION,
            format!("{} is no length of time", glimpse(&value)),
        )
    })?;
    Ok(Begun::Asks(EffectKind::Sleep {
        until: after(scope.now(), length),
    }))
}

/// Its result is null. A moment that has passed is asked for like any other: the driver answers at once.
pub(super) fn until(until: &ValueExpr, scope: &Scope) -> Result<Begun, Box<Failure>> {
    let value = until.eval(scope).map_err(|error| of_expression(error, None))?;
    match Moment::read(&value, None) {
        Ok(moment) => Ok(Begun::Asks(EffectKind::Sleep {
            until: moment.at.timestamp(),
        })),
        Err(why) => Err(failure(Code::CONVERSION, why)),
    }
}

/// A moment so much later.
pub(crate) fn after(now: Timestamp, length: Duration) -> Timestamp {
    SignedDuration::try_from(length)
        .ok()
        .and_then(|length| now.checked_add(length).ok())
        .unwrap_or(Timestamp::MAX)
}

/// The shorter of two limits.
pub(crate) fn limit(one: Option<Duration>, two: Option<Duration>) -> Option<Duration> {
    match (one, two) {
        (Some(one), Some(two)) => Some(one.min(two)),
        (one, two) => one.or(two),
    }
}

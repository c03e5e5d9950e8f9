//! Many lists at once: what is due is spread, at any time and after a stop.

use std::collections::HashMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use souschef_runtime::trigger::poll::due;

const EVERY: Duration = Duration::from_secs(300);

fn lists() -> impl Iterator<Item = String> {
    (0..300).flat_map(|account| (0..50).map(move |poll| format!("operation.{poll} location{account} 0123")))
}

fn now() -> Timestamp {
    "2026-05-01T12:00:00Z".parse().unwrap()
}

/// Of those due within a stretch of this length, the most in any hundredth of it.
fn fullest(due: impl Iterator<Item = Timestamp>, length: Duration) -> (usize, usize) {
    let mut bins: HashMap<i64, usize> = HashMap::new();
    for at in due {
        let after = at.duration_since(now());
        assert!(
            !after.is_negative() && after <= SignedDuration::try_from(length).unwrap(),
            "{after}"
        );
        *bins
            .entry(after.as_millis() as i64 * 100 / length.as_millis() as i64)
            .or_default() += 1;
    }
    (bins.values().max().copied().unwrap(), bins.values().sum())
}

#[test]
fn nothing_comes_all_at_once() {
    let hours_ago = now().checked_sub(SignedDuration::from_hours(2)).unwrap();
    let after_a_stop = lists().map(|list| due::first(&list, EVERY, Some(hours_ago), now()));
    let (most, all) = fullest(after_a_stop, Duration::from_secs(10));
    assert!(most * 20 < all, "{most} of {all} in one tenth of a second");
    let any_day = lists().map(|list| due::next(&list, EVERY, now()));
    let (most, all) = fullest(any_day, EVERY);
    assert!(most * 20 < all, "{most} of {all} in three seconds");
}

#[test]
fn a_list_keeps_its_times() {
    for list in lists().step_by(97) {
        let first = due::next(&list, EVERY, now());
        let second = due::next(&list, EVERY, first);
        assert_eq!(second.duration_since(first), SignedDuration::from_secs(300));
        // A short stop changes nothing; a clock that was set back makes it wait no longer than ever.
        let between = first.checked_add(SignedDuration::from_secs(20)).unwrap();
        assert_eq!(due::first(&list, EVERY, Some(first), between), second);
        let tomorrow = now().checked_add(SignedDuration::from_hours(24)).unwrap();
        assert!(
            due::first(&list, EVERY, Some(tomorrow), now()).duration_since(now())
                <= SignedDuration::from_secs(300)
        );
    }
}

#[test]
fn what_fails_is_left_alone_for_longer_and_longer_and_never_for_good() {
    let pause = |failures: u32, every: Duration| {
        let at = due::after_failure("list", every, failures, now());
        Duration::try_from(at.duration_since(now())).unwrap()
    };
    let mut last = Duration::ZERO;
    for failures in [1, 3, 5, 7] {
        let now = pause(failures, Duration::from_secs(10));
        assert!(now > last, "after {failures} failures {now:?}");
        last = now;
    }
    for failures in [20, 1000, u32::MAX] {
        assert!(pause(failures, Duration::from_secs(10)) <= Duration::from_secs(900));
    }
    let week = Duration::from_secs(7 * 86400);
    assert!(pause(1000, week) <= week);
}

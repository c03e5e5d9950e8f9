//! What a budget lets through.

use super::*;

fn limit(requests: u64, per: u64) -> Limits {
    Limits {
        requests,
        per: Duration::from_secs(per),
    }
}

/// A budget whose account has answered before.
fn known(limits: &[Limits]) -> Budget {
    let mut budget = Budget::new(limits);
    budget.hears(Instant::now(), None);
    budget
}

/// One request that is sent and answered at once.
fn one(budget: &mut Budget, now: Instant, gives_way: bool) -> Result<(), Duration> {
    let number = budget.take(now, gives_way).map_err(Full::wait)?;
    budget.sends(now, number);
    budget.ends(now, number);
    Ok(())
}

/// How many of two hundred are let through at one moment.
fn many(budget: &mut Budget, now: Instant, gives_way: bool) -> usize {
    (0..200).filter(|_| one(budget, now, gives_way).is_ok()).count()
}

#[test]
fn what_the_account_says_of_its_limit_holds() {
    let told = |most, left| {
        Some(Told {
            most,
            per: Duration::from_secs(10),
            left,
        })
    };
    let now = Instant::now();
    let mut budget = Budget::new(&[limit(100, 10), limit(2000, 60)]);
    assert_eq!(one(&mut budget, now, false), Ok(()));
    // Less than is published, and somebody else has used nine.
    budget.hears(now, told(60, Some(50)));
    assert_eq!(many(&mut budget, now, false), 50);
    // Never more than is published.
    let later = now + Duration::from_secs(11);
    budget.hears(later, told(5000, None));
    assert_eq!(many(&mut budget, later, false), 100);
    // Another window's limit says nothing of this one.
    let later = later + Duration::from_secs(11);
    let other = told(1, Some(0)).map(|told| Told {
        per: Duration::from_secs(7),
        ..told
    });
    budget.hears(later, other);
    assert_eq!(many(&mut budget, later, false), 100);
}

/// Some come as fast as the budget lets them, each with another length of time between its sending and its answer, and
/// arrive somewhere in between. Gives the moments when they arrived.
fn rush(budget: &mut Budget, count: usize, gap: u64, latency: u64) -> Vec<Duration> {
    let start = Instant::now();
    let mut now = start;
    let mut arrived = Vec::new();
    let mut under_way: Vec<(Instant, u64)> = Vec::new();
    let mut chance = gap * 31 + latency;
    while arrived.len() < count {
        under_way.retain(|(answer, number)| {
            if *answer <= now {
                budget.ends(*answer, *number);
            }
            *answer > now
        });
        match budget.take(now, false) {
            Ok(number) => {
                budget.sends(now, number);
                chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let takes = latency * (chance >> 40 & 0xff) / 0xff;
                let arrives = takes * (chance >> 50 & 0xff) / 0xff;
                arrived.push(now + Duration::from_millis(arrives) - start);
                under_way.push((now + Duration::from_millis(takes), number));
                now += Duration::from_millis(gap);
            }
            Err(full) => {
                assert!(full.wait() > Duration::ZERO, "a wait of nothing would spin");
                now += full.wait();
            }
        }
    }
    arrived.sort();
    arrived
}

#[test]
fn no_window_ever_sees_more_than_its_limit() {
    for (gap, latency) in [
        (0, 0),
        (7, 0),
        (60, 0),
        (130, 0),
        (0, 300),
        (7, 900),
        (60, 900),
        (3, 990),
    ] {
        let mut budget = known(&[limit(100, 10), limit(350, 60)]);
        let arrived = rush(&mut budget, 1000, gap, latency);
        for (per, most) in [(10, 100), (60, 350)] {
            for (index, from) in arrived.iter().enumerate() {
                let inside = arrived
                    .iter()
                    .skip(index)
                    .filter(|at| **at - *from <= Duration::from_secs(per));
                assert!(
                    inside.count() <= most,
                    "more than {most} in {per} s from {from:?}, gap {gap}, latency {latency}"
                );
            }
        }
        // And what is allowed is nearly used up: the third minute of 350 begins at 121.2 s; its 300 take twice ten seconds
        // or as long as their gaps, and the last hundred of them their gaps. Each window waits for answers too.
        let most = 121_500 + (20_500).max(300 * gap) + 100 * gap + 6 * latency;
        let last = arrived.last().copied().unwrap_or_default();
        assert!(
            last <= Duration::from_millis(most),
            "{last:?}, gap {gap}, latency {latency}"
        );
    }
}

#[test]
fn what_is_never_answered_has_arrived_all_the_same() {
    let mut budget = known(&[limit(3, 10)]);
    let now = Instant::now();
    for _ in 0..3 {
        let number = budget.take(now, false);
        budget.sends(now, number.unwrap());
    }
    let wait = budget.take(now, false).map_err(Full::wait).unwrap_err();
    assert!(wait >= Duration::from_secs(10), "{wait:?}");
    let later = now + ARRIVES + Duration::from_millis(10_100);
    assert_eq!(many(&mut budget, later, false), 3, "none of them has ended");
}

#[test]
fn what_was_not_sent_is_given_back() {
    let mut budget = known(&[limit(1, 10)]);
    let now = Instant::now();
    let number = budget.take(now, false).unwrap();
    let wait = budget.take(now, false).map_err(Full::wait).unwrap_err();
    assert!(
        wait < Duration::from_secs(1),
        "it is worth a look again soon: {wait:?}"
    );
    budget.ends(now, number);
    assert_eq!(one(&mut budget, now, false), Ok(()));
}

#[test]
fn an_account_that_has_never_answered_is_sent_few() {
    let now = Instant::now();
    let mut budget = Budget::new(&[limit(100, 10)]);
    let taken: Vec<u64> = (0..200).filter_map(|_| budget.take(now, false).ok()).collect();
    assert_eq!(taken.len(), FIRST);
    assert!(matches!(budget.take(now, true), Err(Full::NoAnswerYet(_))));
    for number in &taken {
        budget.sends(now, *number);
    }
    // One that ends without an answer makes room for another.
    let later = now + Duration::from_millis(30);
    budget.ends(later, taken[0]);
    assert!(budget.take(later, false).is_ok());
    assert!(budget.take(later, false).is_err());
    // The first answer says that this service, before it was started again, has used forty.
    budget.ends(later, taken[1]);
    let told = Told {
        most: 100,
        per: Duration::from_secs(10),
        left: Some(55),
    };
    budget.hears(later, Some(told));
    let taken = (0..200).filter(|_| budget.take(later, false).is_ok()).count();
    assert_eq!(taken, 55);
}

#[test]
fn what_gives_way_leaves_room_for_the_rest() {
    let mut budget = known(&[limit(100, 10)]);
    let now = Instant::now();
    let polls = many(&mut budget, now, true);
    let runs = many(&mut budget, now, false);
    assert_eq!((polls, runs), (75, 25));
    let wait = one(&mut budget, now, true).err().unwrap_or_default();
    assert_eq!(
        one(&mut budget, now + wait, true),
        Ok(()),
        "and it is not starved"
    );
    let mut small = known(&[limit(1, 10)]);
    assert_eq!(one(&mut small, now, true), Ok(()));
}

#[test]
fn what_gives_way_is_not_starved() {
    // Forty runs want a request at every moment, and one poll does: each comes again when it was told to.
    let start = Instant::now();
    let mut budget = known(&[limit(100, 10)]);
    let mut due = vec![(start, false); 40];
    due.push((start + Duration::from_millis(1), true));
    let (mut polls, mut runs) = (0, 0);
    for _ in 0..2_000_000 {
        // Of those that are due at one moment, the runs come first.
        let (now, gives_way) = due.iter().copied().min().unwrap();
        if now > start + Duration::from_secs(100) {
            break;
        }
        let mine = due.iter_mut().find(|one| **one == (now, gives_way)).unwrap();
        match one(&mut budget, now, gives_way) {
            Ok(()) => {
                *(if gives_way { &mut polls } else { &mut runs }) += 1;
                mine.0 = now + Duration::from_millis(20);
            }
            Err(wait) => mine.0 = now + wait,
        }
    }
    assert!((70..=110).contains(&polls), "{polls} polls, {runs} runs");
    assert!(runs >= 850, "{polls} polls, {runs} runs");
}

#[test]
fn a_share_that_nobody_wants_is_not_kept_free() {
    let mut budget = known(&[limit(100, 10)]);
    let now = Instant::now();
    assert_eq!(many(&mut budget, now, false), 100);
    assert!(one(&mut budget, now, true).is_err());
    let later = now + Duration::from_secs(11);
    assert_eq!(many(&mut budget, later, false), 90, "one waits");
    let later = later + Duration::from_secs(22);
    assert_eq!(many(&mut budget, later, false), 100, "it never came");
}

#[test]
fn a_closed_account_opens_again() {
    let mut budget = Budget::new(&[]);
    let now = Instant::now();
    budget.close(now, Duration::from_secs(60));
    budget.close(now, Duration::from_secs(5));
    assert_eq!(one(&mut budget, now, false), Err(Duration::from_secs(60)));
    assert_eq!(one(&mut budget, now + Duration::from_secs(61), false), Ok(()));
}

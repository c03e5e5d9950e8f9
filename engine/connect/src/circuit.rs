//! Circuits: an operation whose other side fails again and again is left alone for a while, by one connection, so that an
//! outage is waited out and not stormed. Pure: now and chance are told.

use std::time::{Duration, Instant};

use souschef_catalog::Circuit as Rule;

/// What a call may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pass {
    /// Be sent; `probe`: alone, to find out whether the other side works again.
    Go { probe: bool },
    /// Wait so long and ask again.
    Wait(Duration),
}

/// The failures of one operation by one connection. There is none where the last request got a proper answer.
#[derive(Clone, Debug)]
pub(crate) struct Circuit {
    /// How many requests in a row failed.
    pub(crate) failures: u32,
    /// When the first of them did.
    pub(crate) since: Instant,
    /// What was said of the last one.
    pub(crate) why: String,
    pub(crate) gate: Gate,
}

/// Whether calls are let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gate {
    /// All of them.
    Closed,
    /// None until this moment; then one.
    Open { until: Instant, round: u32 },
    /// One is out. Nobody hears of it any more after this moment.
    Probing { until: Instant, round: u32 },
}

impl Circuit {
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            failures: 0,
            since: now,
            why: String::new(),
            gate: Gate::Closed,
        }
    }

    /// Whether a call may be sent. A probe is out for `longest` at most. `chance` gives a random length up to the one that
    /// it is given: those who wait do not come at the same moment.
    pub(crate) fn ask(
        &mut self,
        now: Instant,
        rule: &Rule,
        longest: Duration,
        chance: impl Fn(Duration) -> Duration,
    ) -> Pass {
        match self.gate {
            Gate::Closed => Pass::Go { probe: false },
            Gate::Open { until, round } if until > now => {
                Pass::Wait(until - now + chance(pause(rule, round) / 4))
            }
            // The next moment is not known before the probe's answer: they come again after a first pause.
            Gate::Probing { until, .. } if until > now => Pass::Wait(rule.pause / 2 + chance(rule.pause / 2)),
            Gate::Open { round, .. } | Gate::Probing { round, .. } => {
                self.gate = Gate::Probing {
                    until: now + longest,
                    round,
                };
                Pass::Go { probe: true }
            }
        }
    }

    /// A request failed for a reason that lies with the other side. Answers how long calls are held back from now on,
    /// where that is news.
    pub(crate) fn failed(
        &mut self,
        now: Instant,
        probe: bool,
        rule: &Rule,
        chance: impl Fn(Duration) -> Duration,
    ) -> Option<Duration> {
        if self.failures == 0 {
            self.since = now;
        }
        self.failures = self.failures.saturating_add(1);
        let round = match self.gate {
            Gate::Closed if rule.failures > 0 && self.failures >= rule.failures => 1,
            Gate::Open { round, .. } | Gate::Probing { round, .. } if probe => round.saturating_add(1),
            // Requests that were under way when it opened tell nothing new.
            Gate::Closed | Gate::Open { .. } | Gate::Probing { .. } => return None,
        };
        let most = pause(rule, round);
        let wait = most / 2 + chance(most / 2);
        self.gate = Gate::Open {
            until: now + wait,
            round,
        };
        Some(wait)
    }

    /// Whether a call that has used up its tries is to wait with the others: the other side as a whole fails, and not for
    /// too long.
    pub(crate) fn bears(&self, now: Instant, rule: &Rule) -> bool {
        self.gate != Gate::Closed && now.saturating_duration_since(self.since) < rule.patience
    }
}

/// The longest that it stays open the n-th time.
fn pause(rule: &Rule, round: u32) -> Duration {
    let times = 1_u32.checked_shl(round.saturating_sub(1)).unwrap_or(u32::MAX);
    rule.pause.saturating_mul(times).min(rule.longest_pause)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROBE: Duration = Duration::from_secs(60);

    fn rule() -> Rule {
        Rule {
            failures: 3,
            pause: Duration::from_secs(20),
            longest_pause: Duration::from_secs(100),
            patience: Duration::from_secs(1000),
        }
    }

    /// The whole of what may be random, or nothing of it.
    fn most(length: Duration) -> Duration {
        length
    }
    fn least(_: Duration) -> Duration {
        Duration::ZERO
    }

    fn opened(now: Instant) -> Circuit {
        let mut circuit = Circuit::new(now);
        assert_eq!(circuit.failed(now, false, &rule(), most), None);
        assert_eq!(circuit.failed(now, false, &rule(), most), None);
        assert!(!circuit.bears(now, &rule()));
        assert_eq!(
            circuit.failed(now, false, &rule(), most),
            Some(Duration::from_secs(20))
        );
        circuit
    }

    #[test]
    fn it_opens_after_so_many_failures_and_lets_one_call_try() {
        let start = Instant::now();
        let mut circuit = opened(start);
        assert_eq!(
            circuit.ask(start, &rule(), PROBE, least),
            Pass::Wait(Duration::from_secs(20))
        );
        assert_eq!(
            circuit.ask(start, &rule(), PROBE, most),
            Pass::Wait(Duration::from_secs(25)),
            "those who wait are spread"
        );
        let due = start + Duration::from_secs(20);
        assert_eq!(circuit.ask(due, &rule(), PROBE, least), Pass::Go { probe: true });
        for _ in 0..100 {
            assert_eq!(
                circuit.ask(due, &rule(), PROBE, least),
                Pass::Wait(Duration::from_secs(10)),
                "one, and no other meanwhile"
            );
        }
        let lost = due + PROBE;
        assert_eq!(
            circuit.ask(lost, &rule(), PROBE, least),
            Pass::Go { probe: true },
            "a probe that nobody hears of any more bars none for ever"
        );
    }

    #[test]
    fn each_failed_probe_doubles_the_pause_and_nothing_else_does() {
        let mut now = Instant::now();
        let mut circuit = opened(now);
        assert_eq!(
            circuit.failed(now, false, &rule(), most),
            None,
            "under way when it opened"
        );
        for seconds in [40, 80, 100, 100] {
            now += Duration::from_secs(200);
            assert_eq!(circuit.ask(now, &rule(), PROBE, least), Pass::Go { probe: true });
            assert_eq!(circuit.failed(now, false, &rule(), most), None);
            assert_eq!(
                circuit.failed(now, true, &rule(), most),
                Some(Duration::from_secs(seconds))
            );
            assert_eq!(
                circuit.ask(now, &rule(), PROBE, least),
                Pass::Wait(Duration::from_secs(seconds))
            );
        }
        assert!(circuit.bears(now, &rule()));
        assert!(
            !circuit.bears(now + Duration::from_secs(200), &rule()),
            "not for ever"
        );
    }

    #[test]
    fn a_rule_of_no_failures_never_opens() {
        let now = Instant::now();
        let mut circuit = Circuit::new(now);
        let never = Rule {
            failures: 0,
            ..rule()
        };
        for _ in 0..1000 {
            assert_eq!(circuit.failed(now, false, &never, most), None);
        }
        assert_eq!(circuit.ask(now, &never, PROBE, least), Pass::Go { probe: false });
    }

    #[test]
    fn pauses_stay_within_their_bounds_however_often_it_fails() {
        let now = Instant::now();
        let mut circuit = opened(now);
        for _ in 0..1000 {
            let wait = circuit.failed(now, true, &rule(), least).unwrap_or_default();
            assert!(
                (Duration::from_secs(20)..=Duration::from_secs(50)).contains(&wait),
                "{wait:?}"
            );
        }
    }
}

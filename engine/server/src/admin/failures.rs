//! Requests without a good token, counted for each address that they come from: more than so many a minute are told to come
//! later, and are not told of one by one in the log.
//!
//! A good token opens at all times: tokens are too long to be guessed, and behind a proxy all have one address, so that
//! nobody can shut others out by failing. The memory is the same however many addresses fail.

use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Addresses share this many counts; which shares with which, nobody can know.
const COUNTS: usize = 1024;
/// How long failures count.
const WINDOW: Duration = Duration::from_secs(60);

/// Where a request comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// What became of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Noted {
    /// It is one of few.
    Few,
    /// It is one too many; the address is to come again after so many seconds. `first`: of this minute.
    Many { wait: u32, first: bool },
}

/// The counts.
#[derive(Debug)]
pub(crate) struct Failures {
    most: u32,
    seed: RandomState,
    counts: Mutex<Vec<(Option<Instant>, u32)>>,
}

impl Failures {
    /// So many failures a minute are borne of an address.
    pub(crate) fn new(most: u32) -> Self {
        Self {
            most,
            seed: RandomState::new(),
            counts: Mutex::new(vec![(None, 0); COUNTS]),
        }
    }

    /// An address has failed.
    pub(crate) fn note(&self, peer: Peer, now: Instant) -> Noted {
        let place = self.place(peer);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((began, count)) = counts.get_mut(place) else {
            return Noted::Few;
        };
        let gone = began.map(|began| now.saturating_duration_since(began));
        let gone = gone.filter(|gone| *gone < WINDOW).unwrap_or_else(|| {
            *began = Some(now);
            *count = 0;
            Duration::ZERO
        });
        *count = count.saturating_add(1);
        if *count <= self.most {
            return Noted::Few;
        }
        let left = (WINDOW - gone).as_secs_f64().ceil();
        Noted::Many {
            // A minute at most.
            wait: left as u32,
            first: *count == self.most.saturating_add(1),
        }
    }

    fn place(&self, Peer(address): Peer) -> usize {
        // Who has one IPv6 address has a whole network of them.
        let whose = match address.to_canonical() {
            IpAddr::V4(address) => u128::from(u32::from(address)),
            IpAddr::V6(address) => u128::from(address) >> 64 << 64,
        };
        let hash = self.seed.hash_one(whose) % COUNTS as u64;
        usize::try_from(hash).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(text: &str) -> Peer {
        Peer(text.parse().unwrap_or(IpAddr::from([0, 0, 0, 0])))
    }

    #[test]
    fn an_address_is_told_to_wait_for_the_rest_of_a_minute() {
        let failures = Failures::new(3);
        let now = Instant::now();
        let one = peer("192.0.2.1");
        let noted: Vec<Noted> = (0..5_u64)
            .map(|second| failures.note(one, now + Duration::from_secs(second)))
            .collect();
        let (few, many) = (Noted::Few, |wait, first| Noted::Many { wait, first });
        assert_eq!(noted, [few, few, few, many(57, true), many(56, false)]);
        assert_eq!(failures.note(one, now + WINDOW), few, "and then it is forgotten");
    }

    #[test]
    fn others_are_not_meant_and_nothing_grows() {
        let failures = Failures::new(1);
        let now = Instant::now();
        let mut borne = 0;
        for number in 0..=u16::MAX {
            let [a, b] = number.to_be_bytes();
            borne += u32::from(failures.note(Peer(IpAddr::from([10, 1, a, b])), now) == Noted::Few);
        }
        assert_eq!(borne, 1024, "each count bears one");
        let counts = failures.counts.lock().unwrap_or_else(PoisonError::into_inner);
        assert_eq!(counts.len(), COUNTS);
    }

    #[test]
    fn a_network_of_addresses_is_one() {
        let failures = Failures::new(1);
        let now = Instant::now();
        assert_eq!(failures.note(peer("2001:db8::1"), now), Noted::Few);
        assert_ne!(failures.note(peer("2001:db8::ffff:2"), now), Noted::Few);
        assert_eq!(failures.note(peer("192.0.2.7"), now), Noted::Few);
        assert_ne!(failures.note(peer("::ffff:192.0.2.7"), now), Noted::Few);
    }
}

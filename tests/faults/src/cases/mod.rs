//! What is tried. Each case has a name, which `--only` takes and which the seeded mistakes are told to be caught by.

mod crowd;
mod damage;
mod disk;
mod journal;
mod kill;
mod network;
mod old;
mod person;
mod power;
mod senders;
mod signed;
mod soak;
mod tokens;

pub use old::freeze;
pub use soak::soak;

use std::future::Future;
use std::pin::Pin;

use crate::error::Error;
use crate::trial::{Report, Setting};

/// A case at work.
pub type Trying<'a> = Pin<Box<dyn Future<Output = Result<Report, Error>> + Send + 'a>>;

/// A case.
#[derive(Clone, Copy)]
pub struct Case {
    /// Its name.
    pub name: &'static str,
    /// What is done to the service, in words.
    pub about: &'static str,
    /// Only where there is time.
    pub long: bool,
    /// Tries it.
    pub run: fn(&Setting) -> Trying<'_>,
}

impl std::fmt::Debug for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Case")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// All of them.
pub const CASES: &[Case] = &[
    Case {
        name: "kill-at-random",
        about: "kill -9 at random moments, also while it starts again",
        long: false,
        run: |setting| Box::pin(kill::at_random(setting)),
    },
    Case {
        name: "kill-at-points",
        about: "kill -9 at every named place of the journal and the drivers",
        long: false,
        run: |setting| Box::pin(kill::at_points(setting)),
    },
    Case {
        name: "duplicates",
        about: "every webhook many times at once",
        long: false,
        run: |setting| Box::pin(senders::duplicates(setting)),
    },
    Case {
        name: "lost-answers",
        about: "the other side acts and its answer is lost, cut or never comes",
        long: false,
        run: |setting| Box::pin(network::lost_answers(setting)),
    },
    Case {
        name: "refusals",
        about: "429, 500, 503 and resets before anything was done",
        long: false,
        run: |setting| Box::pin(network::refusals(setting)),
    },
    Case {
        name: "storm",
        about: "an account that allows little, and more events than that",
        long: true,
        run: |setting| Box::pin(network::storm(setting)),
    },
    Case {
        name: "retry-after",
        about: "twenty accounts are told to come again, in each form that there is of it",
        long: true,
        run: |setting| Box::pin(network::retry_after(setting)),
    },
    Case {
        name: "killed-while-sending",
        about: "kill -9 while slow requests are under way",
        long: false,
        run: |setting| Box::pin(kill::while_sending(setting)),
    },
    Case {
        name: "failed-sync",
        about: "the disk refuses to keep what was written",
        long: false,
        run: |setting| Box::pin(disk::failed_sync(setting)),
    },
    Case {
        name: "killed-in-a-write",
        about: "kill -9 at the n-th write, sync, message sent and file opened",
        long: true,
        run: |setting| Box::pin(disk::killed_in_a_write(setting)),
    },
    Case {
        name: "slow-disk",
        about: "kill -9 while each write to the disk takes its time",
        long: false,
        run: |setting| Box::pin(disk::slow(setting)),
    },
    Case {
        name: "power-loss",
        about: "the power goes: what was not synced is lost, torn or out of order",
        long: false,
        run: |setting| Box::pin(power::loss(setting)),
    },
    Case {
        name: "full-disk",
        about: "no room is left for a while",
        long: false,
        run: |setting| Box::pin(disk::full(setting)),
    },
    Case {
        name: "second-service",
        about: "another service is started on the same folder",
        long: false,
        run: |setting| Box::pin(journal::second_service(setting)),
    },
    Case {
        name: "locked-file",
        about: "another program holds the journal's file locked, for up to a minute",
        long: true,
        run: |setting| Box::pin(journal::locked_file(setting)),
    },
    Case {
        name: "edited-recipe",
        about: "a recipe is changed, broken, deleted, renamed and doubled while its runs wait",
        long: false,
        run: |setting| Box::pin(journal::edited_recipe(setting)),
    },
    Case {
        name: "stopped-laptop",
        about: "the process stands still for a while, in the middle of everything",
        long: false,
        run: |setting| Box::pin(person::stopped_laptop(setting)),
    },
    Case {
        name: "outage",
        about: "nobody answers at the other side for a while",
        long: false,
        run: |setting| Box::pin(person::outage(setting)),
    },
    Case {
        name: "never-answered",
        about: "the other side takes calls and never answers",
        long: true,
        run: |setting| Box::pin(person::never_answered(setting)),
    },
    Case {
        name: "clock",
        about: "the clock is set ahead and back by up to days",
        long: false,
        run: |setting| Box::pin(person::clock(setting)),
    },
    Case {
        name: "signed",
        about: "signed webhooks, forged ones, old ones, and those of accounts that are not ours",
        long: false,
        run: |setting| Box::pin(signed::events(setting)),
    },
    Case {
        name: "flood",
        about: "far more events at once than a slow disk and a slow account take",
        long: false,
        run: |setting| Box::pin(crowd::flood(setting)),
    },
    Case {
        name: "herd",
        about: "everything is due at once after it was down",
        long: false,
        run: |setting| Box::pin(crowd::herd(setting)),
    },
    Case {
        name: "tokens",
        about: "tokens that live for seconds, renewed while calls wait and the service is killed",
        long: false,
        run: |setting| Box::pin(tokens::short_lived(setting)),
    },
    Case {
        name: "dead-token",
        about: "the provider takes an account's token no more, until it is connected again",
        long: false,
        run: |setting| Box::pin(tokens::dead(setting)),
    },
    Case {
        name: "damaged",
        about: "the journal lies damaged, cut, foreign, or on a disk that nothing can be written to",
        long: false,
        run: |setting| Box::pin(damage::journal(setting)),
    },
    Case {
        name: "old-journal",
        about: "a journal that an earlier release has left in the middle of its work",
        long: false,
        run: |setting| Box::pin(old::journals(setting)),
    },
    Case {
        name: "poison",
        about: "events that their recipe can make nothing of, among others",
        long: false,
        run: |setting| Box::pin(senders::poison(setting)),
    },
];

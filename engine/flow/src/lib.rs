//! The interpreter: a plan and an event in, effects wanted; an outcome fed back, the next effects, or the end.
//!
//! A pure state machine. The same plan, event and outcomes (with their times) always give the same effects: that is the
//! whole of recovery, replay and dry run. It must never touch a clock, randomness, a socket, a disk or async.
//!
//! # How it works
//!
//! A run is a tree of **lanes**. A lane is a list of steps that is walked through one after another: the recipe's own
//! steps are one, and so are each item of a loop, each branch, and the steps that handle a failure. A lane stands at one
//! step, and that step is in one of five states (`lane.rs`):
//!
//! ```text
//!            begins               an effect is wanted        its outcome is fed
//!   Ready ───────────┬──────────▶ Asked ──────────────────┬─────────────────────▶ ended ──▶ Ready, one step on
//!                    │                └─ Unknown ▶ Resting ┘ (a person's decision)    │
//!                    ├──────────▶ Inside, until its lanes have ended ────────────────▶│
//!                    └─ takes no time ───────────────────────────────────────────────▶│
//!                                                                                     └─ failed, and `on_error` has
//!                                                                     steps: Handling, until their lane has ended
//! ```
//!
//! A lane whose steps are through, or whose step failed without being handled, ends, and the step that opened it takes
//! what it leaves: `begin` (settings, `if`, mappings) opens the first lane, `step` is a step's life, `lanes` opens and
//! ends lanes, `halt` asks for effects and calls them off, `kind` has one small file for what each kind of step does.
//! Lanes wait on an agenda, never on the stack, so a list may be as long as it likes.
//!
//! # What `steps.ID` holds
//!
//! | step | result |
//! |---|---|
//! | `action` | the call's answer |
//! | `choose` | the results by step id of the branch that was taken; an empty map where none was |
//! | `for_each` | a list with the results by step id of each item, in the order of the items |
//! | `parallel` | a list with the results by step id of each branch |
//! | `wait`, `wait_until` | null |
//! | `wait_for` | the event |
//! | `run_recipe` | what the driver gives of the other run: `{ outcome, fields, steps }` |
//! | `set` | the map of its values; none of them sees another |
//!
//! A step that was skipped by its `if`, or failed while the run goes on, has no result: `steps.ID` leads nowhere. A step
//! that a person went past has the result null.
//!
//! # What a step sees
//!
//! A lane sees what the lanes around it had made when it was opened, and what its own steps make. When it ends, what the
//! steps of a `choose`, a `parallel` or an `on_error` made is seen by all that follows, also where the block failed; what
//! the steps of a loop made is seen by the later steps of the same item only. Branches of a `parallel` don't see each
//! other. `error` (`message`, `step`, `status`, `code`, `help`) is seen by the steps of `on_error:` and `on_failure:`. This is what
//! `souschef check` takes for granted. `now` is the latest moment that the machine was told of.
//!
//! # When something goes wrong
//!
//! - A value that can't be evaluated fails its step, as a refused call does. A step that has failed is handled by its own
//!   `on_error`, otherwise it fails the block around it, whose `on_error` is asked next, and so on; at the end `on_failure`
//!   runs, and the run has failed. A `fail:` is such a failure too; a `stop:` is not, and ends the run from anywhere.
//! - When a branch or item fails, or stops the run, nothing more is begun beside it. Waits and other recipes' runs are
//!   called off at once. **A call under way is let finish**: it is told [`EffectKind::Cancel`], which means that it is not to be
//!   tried again, and its outcome is still awaited, so that a run shows all that has happened. The block ends with the last
//!   of them. The same holds when a block's `timeout` is up, and when the run is cancelled.
//! - A call whose outcome nobody knows makes its step rest, and only it: what stands beside it goes on. The run needs
//!   attention when all that is left waits for a person. A later outcome for the same path takes the step on. The limits of
//!   time around a resting step are lifted, for a person's time is not the recipe's.
//! - A `timeout` of a call is part of the [`Call`]; that of a `wait_for` is part of its [`EffectKind::Signal`]; that of any other step is a
//!   [`EffectKind::Sleep`] with the step's path and `!timeout`.
//!
//! # Paths
//!
//! ```text
//! effect = step | step "!timeout"
//! step   = place { "#" item }              one item number, from 0, for each loop around it, the outermost first
//! place  = list "[" n "]" { "." inner "[" n "]" }
//! list   = "actions" | "on_failure"
//! inner  = "do" | "choose[" n "].do" | "otherwise" | "parallel[" n "]" | "on_error"
//! ```
//!
//! `actions[3].do[0]#2` is the first step of the third item; `actions[0].do[1].do[0]#4#0` the fifth item's inner loop's first. A
//! path names one step of a run, and is asked for once.

mod begin;
pub mod effect;
mod failure;
mod halt;
mod kind;
mod label;
mod lane;
mod lanes;
pub mod machine;
mod report;
mod step;

pub use effect::{
    Call, Effect, EffectKind, EffectOutcome, Failure, RunEnd, RunOutcome, StepOutcome, StepReport,
};
pub use machine::{Machine, Start};

//! The interpreter: a plan and an event in, effects wanted; an outcome fed back, the next effects, or the end.
//!
//! A pure state machine. The same plan, event and outcomes (with their times) always give the same effects: that is the
//! whole of recovery, replay and dry run. It must never touch a clock, randomness, a socket, a disk or async.

pub mod effect;
pub mod machine;

pub use effect::{
    Call, Effect, EffectKind, EffectOutcome, Failure, RunEnd, RunOutcome, StepOutcome, StepReport,
};
pub use machine::{Machine, Start};

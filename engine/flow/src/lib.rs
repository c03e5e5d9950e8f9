//! The interpreter: a plan and an event in, effects wanted; an outcome fed back, the next effects, or the end.

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

//! Accounts against the sandbox's provider of tokens: connecting, renewing, races, faults, and what is never shown.

mod connecting;
mod desk;
mod faults;
mod races;
mod secrets;

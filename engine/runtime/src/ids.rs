//! Ids of runs.

/// A new run's id: sorts by time, unique without asking anyone (UUID version 7 in hex, RFC 9562).
pub fn run_id() -> String {
    uuid::Uuid::now_v7().simple().to_string()
}

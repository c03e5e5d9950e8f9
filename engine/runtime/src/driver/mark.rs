//! Marks: outcomes of paths that are no step's, for what changes a run beside its steps. The grammar of a run's paths
//! (`souschef_flow`) uses `!` for nothing but `!timeout`.

/// Somebody cancelled the run.
pub(super) const CANCEL: &str = "!cancel";
const PARKED: &str = "!parked";
const ASKED: &str = "!asked";
const HELD: &str = "!held";

/// A step's call is asked about for the n-th time.
pub(super) fn asked(step: &str, number: u32) -> String {
    format!("{step}{ASKED}{number}")
}

/// The run is parked; no claim's number comes twice.
pub(super) fn parked(claim: i64) -> String {
    format!("{PARKED}{claim}")
}

/// Whether a path is that of a parking.
pub(super) fn is_parked(path: &str) -> bool {
    path.starts_with(PARKED)
}

/// The step that is asked about.
pub(super) fn step_asked(path: &str) -> Option<&str> {
    path.rsplit_once(ASKED).map(|(step, _)| step)
}

/// A step's call is held back for the n-th time.
pub(super) fn held(step: &str, number: u32) -> String {
    format!("{step}{HELD}{number}")
}

/// The step whose call is held back.
pub(super) fn step_held(path: &str) -> Option<&str> {
    path.rsplit_once(HELD).map(|(step, _)| step)
}

/// Whether a path is that of a limit of time, which nobody needs to be told of.
pub(super) fn is_limit(path: &str) -> bool {
    path.ends_with("!timeout")
}

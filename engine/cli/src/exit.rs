//! Exit codes, which are documented API.

use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// 0: all is well.
    Fine,
    /// 1: the user's files or runs have a problem.
    Problem,
    /// 2: the command was used wrongly.
    Usage,
    /// 3: the outside world failed.
    World,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Fine => 0,
            Exit::Problem => 1,
            Exit::Usage => 2,
            Exit::World => 3,
        })
    }
}

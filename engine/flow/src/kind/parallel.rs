//! `parallel:`.

use std::sync::Arc;

use souschef_plan::StepPlan;

use super::block::{Block, Branch};

/// All branches at once. Its result is the list of the branches' results by step id.
pub(super) fn begin(branches: &[Arc<[StepPlan]>]) -> Block {
    Block::branches(
        branches
            .iter()
            .enumerate()
            .map(|(number, steps)| Branch {
                steps: Arc::clone(steps),
                label: format!("branch {}", number + 1),
            })
            .collect(),
    )
}

//! Polls: lists that are looked at on a timetable, for items that are new or changed.
//!
//! Pure: [`walk`] (which page next), [`sight`] (what is remembered of an item), [`ledger`] (what is news for whom),
//! [`due`] (when). Edges: [`mod@list`] (which lists there are), [`mod@scan`] (pages read, news committed), [`mod@keeper`] (the
//! lists' clock and health).
//!
//! # What is kept
//!
//! A list is an account, an operation and its inputs; recipes that ask the same share one walk through it and one memory.
//! Each scan goes through the whole list and asks a set of what was seen, not a cursor: an item that shows up late (the
//! API's index lags), moves between pages, or has the same time as another, is met by the next scan at the latest. Scans are
//! numbered; an item's row says in which it was first met and changed, and each trigger has its place in that order. So a
//! recipe that is edited, renamed, or away for a while goes on where it stood, and one that is new begins with what comes
//! after its first look (`backfill: true`: with everything). Other inputs, or another `id`, are another list.
//!
//! The place, what was seen, and the runs are one commit. A scan that fails commits nothing, but where there is much news:
//! then it is committed in pieces, and each run is named by item and scan, so that the scan's repeat starts none twice.

pub mod due;
pub mod keeper;
pub mod ledger;
pub mod list;
pub mod scan;
pub mod sight;
pub mod walk;

pub use keeper::{Keeper, PollHealth};
pub use ledger::{Hearer, Ledger, News, Piece, Place};
pub use list::{List, NoList, Watcher};
pub use sight::Sight;
pub use walk::{Walk, WalkError};

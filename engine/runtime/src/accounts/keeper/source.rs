//! A keeper as calls know it.

use std::sync::Arc;

use souschef_connect::{Asking, Client, Held, Secret, TokenSource};

use super::{Keeper, Way};

/// A keeper as calls know it.
#[derive(Clone, Debug)]
pub(crate) struct KeptToken(pub(crate) Arc<Keeper>);

impl TokenSource for KeptToken {
    fn token<'a>(
        &'a self,
        client: &'a Client,
        refused: Option<&'a Secret>,
    ) -> Asking<'a, Result<Option<Secret>, Held>> {
        Box::pin(async move {
            let keeper = Arc::clone(&self.0);
            // An API that nobody was connected to may be one that needs no token; one with OAuth needs one.
            let bare = matches!(keeper.way, Way::Given) && keeper.connector.oauth.is_none();
            if bare && keeper.newest().await.is_ok_and(|kept| kept.is_none()) {
                return Ok(None);
            }
            keeper.give(client, refused).await.map(Some)
        })
    }

    fn worked<'a>(&'a self, token: &'a Secret) -> Asking<'a, ()> {
        Box::pin(self.0.note_worked(token))
    }
}

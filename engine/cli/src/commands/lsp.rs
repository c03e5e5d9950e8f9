//! `souschef lsp`.

use crate::exit::Exit;
use crate::show::terminal;

/// Serves one editor, until it is done.
pub(crate) fn lsp() -> Exit {
    match souschef_lsp::serve() {
        Ok(()) => Exit::Fine,
        Err(why) => {
            terminal::error(
                &why.to_string(),
                Some("editors start this command; docs/editor.md says how"),
            );
            Exit::World
        }
    }
}

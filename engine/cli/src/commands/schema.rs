//! `souschef schema`.

use souschef_catalog::schema as catalog_schema;
use souschef_plan::Project;

use super::support;
use crate::args::{Common, SchemaArgs, SchemaName};
use crate::exit::Exit;
use crate::show::terminal;

/// Prints a schema. A recipe's knows the project's own connectors too.
pub(crate) fn schema(common: &Common, args: &SchemaArgs) -> Exit {
    let schema = match args.name {
        SchemaName::Recipe => match support::open_sound(common) {
            Ok(project) => catalog_schema::recipe(&project.catalog),
            Err(exit) => return exit,
        },
        SchemaName::Project => Project::schema(),
        SchemaName::Connector => catalog_schema::connector(),
        SchemaName::Test => souschef_runtime::testing::schema(),
    };
    terminal::json(&schema);
    Exit::Fine
}

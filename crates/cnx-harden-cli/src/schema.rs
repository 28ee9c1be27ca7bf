//! `cnx-harden schema`.

use cnx_harden_core::audit::document::AuditDocument;
use cnx_harden_core::config::Config;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};

use crate::args::SchemaOf;
use crate::certs::{InspectDocument, VerifyDocument};
use crate::show::pretty;
use crate::summary::RunDocument;

/// The JSON Schema of a document, by which editors and programs check it.
pub(crate) fn schema(of: SchemaOf) -> String {
    pretty(&match of {
        SchemaOf::Config => Config::schema(),
        SchemaOf::Check => printed::<AuditDocument>(),
        SchemaOf::Run => printed::<RunDocument<'_>>(),
        SchemaOf::Inspect => printed::<InspectDocument<'_>>(),
        SchemaOf::Verify => printed::<VerifyDocument<'_>>(),
    })
}

/// As it is written: a field that may be left out is none that must be there.
fn printed<T: JsonSchema>() -> Schema {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    settings.into_generator().into_root_schema_for::<T>()
}

//! `cnx-harden explain`: the pages of the findings.

use std::fmt::Write as _;

use cnx_harden_core::{Code, nearest};

use crate::args::ExplainArgs;
use crate::error::{Error, Errors};

/// The page of a code, or the list of all of them.
pub(crate) fn run(args: &ExplainArgs) -> Result<String, Errors> {
    let Some(name) = &args.code else {
        return Ok(list());
    };
    match name.to_lowercase().parse::<Code>() {
        Ok(code) => Ok(code.page().to_owned()),
        Err(_) => {
            let near = nearest(name, Code::all().map(Code::as_str));
            let (name, near) = (name.clone(), near.map(str::to_owned));
            Err(Error::NoCode { name, near }.into())
        }
    }
}

fn list() -> String {
    let width = Code::all().map(|code| code.as_str().len()).max();
    let width = width.unwrap_or_default();
    let mut out = String::new();
    for (title, codes) in [
        ("Of manifests:", Code::MANIFEST.to_vec()),
        (
            "Of certificates, keys and their files:",
            Code::all()
                .filter(|code| matches!(code, Code::Certificate(_)))
                .collect(),
        ),
    ] {
        let _ = writeln!(out, "{title}");
        for code in codes {
            let _ = writeln!(out, "  {:width$}  {}", code.as_str(), code.summary());
        }
    }
    out
}

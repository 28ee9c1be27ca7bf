//! The texts that are measured.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::Path;

use crate::run::Result;

pub(super) fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}

/// A manifest so often, one behind the other.
pub(super) fn stream(manifest: &str, count: usize) -> String {
    let one = format!("{}\n---\n", manifest.trim_end());
    let mut text = one.repeat(count);
    text.truncate(text.len() - "---\n".len());
    text
}

/// A file of documents of which none is one to harden. Its size.
pub(super) fn unrelated(path: &Path, bytes: usize) -> Result<usize> {
    let fail = |error: std::io::Error| format!("{}: {error}", path.display());
    let mut file = BufWriter::new(File::create(path).map_err(fail)?);
    let mut written = 0;
    for number in 0.. {
        let text = document(number);
        file.write_all(text.as_bytes()).map_err(fail)?;
        written += text.len();
        if written >= bytes {
            break;
        }
    }
    file.flush().map_err(fail)?;
    Ok(written)
}

fn document(number: usize) -> String {
    let kind = ["ConfigMap", "Namespace", "Secret", "Ingress"];
    let kind = kind.get(number % 4).copied().unwrap_or_default();
    let mut text = format!(
        "---\napiVersion: v1\nkind: {kind}\nmetadata:\n  name: object-{number}\n  namespace: ns-{}\ndata:\n",
        number % 97
    );
    for key in 0..20 {
        let _ = writeln!(text, "  key-{key}: value number {key} of {number}");
    }
    text + "  server.toml: |\n    [server]\n    port = 8080\n\n    # a comment\n    level = \"info\"\n"
}

type Shape = (&'static str, fn(usize) -> String);

/// Inputs of about so many bytes, in each of which another thing is large.
pub(super) const SHAPES: [Shape; 7] = [
    ("many documents", many_documents),
    ("one document", |bytes| {
        let entries = lines(bytes, |n| {
            format!("  key{n}: |\n    one line\n    another line\n")
        });
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: large\ndata:\n{entries}")
    }),
    ("one line", |bytes| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: large\ndata:\n  a: {}\n",
            "x".repeat(bytes)
        )
    }),
    ("one comment", |bytes| {
        format!(
            "# {}\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: large\n",
            "x".repeat(bytes)
        )
    }),
    ("deep nesting", |bytes| {
        let deep: String = (0..60)
            .map(|n| format!("{}k:\n", " ".repeat(n + 2)))
            .collect();
        let one =
            format!("---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: deep\ndata:\n{deep}");
        one.repeat(1 + bytes / one.len())
    }),
    ("many objects of a list", |bytes| {
        let items = lines(bytes, |n| {
            format!(
                "- apiVersion: v1\n  kind: ConfigMap\n  metadata:\n    name: n{n}\n  data:\n    a: text\n"
            )
        });
        format!("apiVersion: v1\nkind: List\nitems:\n{items}")
    }),
    ("many keys", |bytes| {
        let entries = lines(bytes, |n| format!("  key{n}: a\n"));
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: large\ndata:\n{entries}")
    }),
];

fn many_documents(bytes: usize) -> String {
    lines(bytes, document)
}

fn lines(bytes: usize, one: impl Fn(usize) -> String) -> String {
    let mut text = String::new();
    for number in 0.. {
        text += &one(number);
        if text.len() >= bytes {
            break;
        }
    }
    text
}

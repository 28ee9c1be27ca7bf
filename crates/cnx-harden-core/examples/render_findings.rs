//! Shows findings: to people, as SARIF, as annotations of GitHub, as Markdown, as JSON.

use std::error::Error;

use cnx_harden_core::audit::document::AuditDocument;
use cnx_harden_core::audit::{AuditOptions, audit};
use cnx_harden_core::render::{TextOptions, github, markdown, sarif, text};
use cnx_harden_core::{Door, Source};

const MANIFEST: &str = "\
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1beta1.metrics.k8s.io}
spec:
  service: {name: metrics-server, namespace: kube-system}
  insecureSkipTLSVerify: true
";

/// Returns all forms, one behind the other.
pub(crate) fn run() -> Result<String, Box<dyn Error>> {
    let sources = [Source {
        name: "components.yaml",
        text: MANIFEST,
    }];
    let options = AuditOptions {
        // SARIF has them.
        fixes: true,
        ..AuditOptions::default()
    };
    // Help names flags, or fields of a config, or what a library's caller sets.
    let audit = audit(&sources, &options).worded(Door::Library);
    let shown = TextOptions {
        width: 100,
        accepted: false,
        door: Door::Library,
    };
    let forms = [
        text(&audit, &sources, &shown),
        serde_json::to_string_pretty(&sarif(&audit, &sources))?,
        github(&audit, &sources),
        markdown(&audit),
        serde_json::to_string_pretty(&AuditDocument::new(&audit, &sources))?,
    ];
    Ok(forms.join("\n"))
}

#[allow(
    clippy::print_stdout,
    dead_code,
    reason = "an example, and a test of it"
)]
fn main() -> Result<(), Box<dyn Error>> {
    println!("{}", run()?);
    Ok(())
}

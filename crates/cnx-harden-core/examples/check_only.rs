//! Finds what is not secured, and changes nothing.

use cnx_harden_core::audit::{AuditOptions, audit};
use cnx_harden_core::{Severity, Source};

const MANIFEST: &str = "\
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1beta1.metrics.k8s.io}
spec:
  service: {name: metrics-server, namespace: kube-system}
  insecureSkipTLSVerify: true
";

/// Returns a line for each finding, and whether one is an error.
pub(crate) fn run() -> (String, bool) {
    let sources = [Source {
        name: "components.yaml",
        text: MANIFEST,
    }];
    // A program that knows the time has the certificates checked as well:
    // `options.certificates = Some(Policy::at(UnixTime::now()))`.
    let audit = audit(&sources, &AuditOptions::default());
    let mut said = String::new();
    let mut failed = false;
    for found in &audit.findings {
        let finding = &found.finding;
        let (place, code) = (&finding.place, finding.code);
        failed |= finding.severity == Severity::Error;
        said.push_str(&format!(
            "{}:{}:{}: {code}\n",
            place.file, place.line, place.column
        ));
    }
    (said, failed)
}

#[allow(
    clippy::print_stdout,
    dead_code,
    reason = "an example, and a test of it"
)]
fn main() {
    let (said, failed) = run();
    print!("{said}");
    println!("{}", if failed { "not secured" } else { "fine" });
}

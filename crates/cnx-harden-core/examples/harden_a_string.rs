//! Hardens a manifest that is in memory: a string comes in, a string comes out.

use std::error::Error;

use cnx_harden_core::{
    CaBundle, Certificate, Hardening, KubeApiserver, PrivateKey, Source, harden,
};

/// What metrics of the vendor's manifest there is for this: the objects of the one
/// connection.
pub(crate) const MANIFEST: &str = "\
apiVersion: v1
kind: Secret
metadata: {name: cnx-apiserver-certs, namespace: kube-system}
data:
  #apiserver.key:
  #apiserver.crt:
---
apiVersion: apiregistration.k8s.io/v1beta1
kind: APIService
metadata:
  name: v3.projectcalico.org
spec:
  group: projectcalico.org
  version: v3
  service: {name: cnx-api, namespace: kube-system}
  insecureSkipTLSVerify: true  # as published
  #caBundle:
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: cnx-apiserver, namespace: kube-system}
spec:
  template:
    spec:
      containers:
      - name: cnx-apiserver
        volumeMounts:
        #- name: apiserver-certs
        #  mountPath: /code/apiserver.local.config/certificates
      volumes:
      #- name: apiserver-certs
      #  secret:
      #    secretName: cnx-apiserver-certs
";

/// PEM, as a program gets it from wherever its certificates are.
pub(crate) fn material() -> KubeApiserver {
    let pem = |label: &str| format!("-----BEGIN {label}-----\nQUJD\n-----END {label}-----\n");
    KubeApiserver::new(
        CaBundle::new(pem("CERTIFICATE")),
        Certificate::new(pem("CERTIFICATE")),
        PrivateKey::new(pem("PRIVATE KEY")),
    )
}

/// Returns the hardened text, and what became of each edit.
pub(crate) fn run() -> Result<String, Box<dyn Error>> {
    let hardening = Hardening {
        api_server: Some(material()),
        // These are no certificates. A program checks its own:
        // Some(CertificateChecks::at(UnixTime::now()))
        certificate_checks: None,
        ..Hardening::default()
    };
    let source = Source {
        name: "cnx.yaml",
        text: MANIFEST,
    };
    let run = harden(&[source], &hardening)?;
    let mut said = String::new();
    for file in &run.report.files {
        for edit in &file.edits {
            let (line, title) = (edit.line, edit.edit.title());
            said.push_str(&format!(
                "{}:{line}: {title}: {:?}\n",
                file.file, edit.outcome
            ));
        }
    }
    let hardened = run.outputs.into_iter().next().ok_or("no output")?;
    Ok(said + &hardened.into_text())
}

#[allow(
    clippy::print_stdout,
    dead_code,
    reason = "an example, and a test of it"
)]
fn main() -> Result<(), Box<dyn Error>> {
    print!("{}", run()?);
    Ok(())
}

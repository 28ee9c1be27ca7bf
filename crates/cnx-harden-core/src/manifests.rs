//! Manifests that are read once, for all that is asked of them.

use std::fmt;

use crate::audit::{self, Audit, AuditFinding, AuditOptions};
use crate::finding::Error;
use crate::harden::{self, Hardening, Run};
use crate::inventory::Inventory;
use crate::names::Names;
use crate::needs::{self, Needs};
use crate::reading::Reading;
use crate::source::Source;
use crate::traffic::{self, Traffic, TrafficOptions};
use crate::wired::{self, Wired};

/// Manifests that are read: each document that can matter is parsed once, whatever
/// is asked of them then.
///
/// ```
/// use cnx_harden_core::{Manifests, Source};
/// use cnx_harden_core::traffic::TrafficOptions;
/// # let text = "kind: Namespace\n";
/// # let now = cnx_certs::UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_767_225_600));
/// let manifests = Manifests::read(&[Source { name: "cnx-etcd.yaml", text }]);
/// let options = TrafficOptions::at(now);
/// let audit = manifests.audit(&options.audit());
/// let traffic = manifests.traffic(&options, &audit.findings);
/// # assert_eq!(traffic.present().count(), 0);
/// ```
pub struct Manifests<'t>(Inventory<'t>);

// The texts hold private keys.
impl fmt::Debug for Manifests<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Manifests").field(&self.0.sources).finish()
    }
}

impl<'t> Manifests<'t> {
    /// Reads `sources`. What cannot be read is told by what is asked next.
    #[must_use]
    pub fn read(sources: &[Source<'t>]) -> Self {
        Self(Inventory::read(sources))
    }

    /// What was read, and what was passed by.
    #[must_use]
    pub fn reading(&self) -> Reading {
        self.0.reading()
    }

    /// As [`harden`](crate::harden).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn harden(&self, hardening: &Hardening) -> Result<Run, Error> {
        harden::run(&self.0, hardening)
    }

    /// As [`audit`](audit::audit).
    #[must_use]
    pub fn audit(&self, options: &AuditOptions) -> Audit {
        audit::run(&self.0, options)
    }

    /// As [`traffic`](traffic::traffic).
    #[must_use]
    pub fn traffic(&self, options: &TrafficOptions, findings: &[AuditFinding]) -> Traffic {
        traffic::run(&self.0, options, findings)
    }

    /// Which certificates the manifests need, and what is to be in them.
    ///
    /// ```
    /// use cnx_harden_core::{Manifests, Names, Source};
    /// let text = "\
    /// kind: Service
    /// metadata: {name: parts, namespace: shop}
    /// spec: {selector: {app: parts}}
    /// ---
    /// kind: Deployment
    /// metadata: {name: parts, namespace: shop}
    /// spec:
    ///   template:
    ///     metadata: {labels: {app: parts}}
    ///     spec: {containers: [{name: parts, args: [--secure-port=443]}]}
    /// ---
    /// apiVersion: apiregistration.k8s.io/v1
    /// kind: APIService
    /// metadata: {name: v1.parts.example.com}
    /// spec: {group: parts.example.com, service: {name: parts, namespace: shop}}
    /// ";
    /// let manifests = Manifests::read(&[Source { name: "parts.yaml", text }]);
    /// let needs = manifests.needs(&Names::default());
    /// assert_eq!(needs.api_services[0].names, ["parts.shop.svc"]);
    /// ```
    #[must_use]
    pub fn needs(&self, names: &Names) -> Needs {
        needs::run(&self.0, names)
    }

    /// As [`wired`](wired::wired).
    #[must_use]
    pub fn wired(&self, names: &Names) -> Wired {
        wired::run(&self.0, names)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::lazy::PARSED;

    /// Documents of each kind that is looked at, and two that say nothing.
    const TEXT: &str = "\
kind: ConfigMap
metadata: {name: calico-config}
data: {etcd_endpoints: 'https://a:1', etcd_ca: /s/etcd-ca, etcd_cert: /s/c, etcd_key: /s/k}
---
kind: Secret
metadata:
  name: calico-etcd-secrets
data:
  etcd-ca: YQ==
---
kind: Namespace
metadata: {name: calico}
---
kind: DaemonSet
metadata: {name: calico-node}
spec:
  template:
    spec:
      containers:
      - name: calico-node
        env:
        - {name: ETCD_ENDPOINTS, valueFrom: {configMapKeyRef: {name: calico-config, key: etcd_endpoints}}}
        - {name: FELIX_TYPHAK8SSERVICENAME, value: calico-typha}
---
kind: PersistentVolume
metadata: {name: calico}
---
kind: APIService
metadata:
  name: v3.projectcalico.org
";

    #[test]
    fn each_document_that_matters_is_parsed_once_whatever_is_asked() {
        let sources = [
            ("a.yaml", TEXT),
            ("b.yaml", "kind: Namespace\n"),
            ("c.yaml", TEXT),
        ];
        let sources = sources.map(|(name, text)| Source { name, text });
        let before = PARSED.get();
        let manifests = Manifests::read(&sources);
        assert_eq!(
            PARSED.get() - before,
            4,
            "what has pods, and what is not plain"
        );
        let now = crate::UnixTime::since_unix_epoch(Duration::from_secs(1_767_225_600));
        let options = TrafficOptions::at(now);
        let audit = manifests.audit(&options.audit());
        assert!(!audit.findings.is_empty());
        let traffic = manifests.traffic(&options, &audit.findings);
        assert!(traffic.present().count() > 0);
        assert!(!manifests.wired(&Names::default()).findings.is_empty());
        let etcd = crate::Etcd::new(
            crate::CaBundle::new("ca"),
            crate::Certificate::new("crt"),
            crate::PrivateKey::new("key"),
        );
        let hardening = Hardening {
            etcd: Some(etcd),
            ..Hardening::default()
        };
        let _ = manifests.harden(&hardening);
        assert_eq!(
            PARSED.get() - before,
            8,
            "neither a Namespace nor a volume, nothing twice"
        );
    }

    /// The texts are parsed in the inventory alone: what is no manifest is not counted.
    #[test]
    fn nobody_else_parses_manifests() {
        // A stream is sifted without parsing it.
        let others = ["config/", "inventory/", "krm/", "resource.rs", "sift.rs"];
        let mut open = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
        let root = open[0].clone();
        let mut found = 0;
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let name = path
                    .strip_prefix(&root)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned();
                if path.is_dir() {
                    open.push(path);
                } else if !others.iter().any(|other| name.starts_with(other)) {
                    found += 1;
                    let text = std::fs::read_to_string(&path).unwrap();
                    let code = text.split("#[cfg(test)]").next().unwrap();
                    let parses = ["documents(", "Document::parse", "Tree::parse"];
                    let parse = parses.iter().find(|call| code.contains(*call));
                    assert_eq!(parse, None, "{name}");
                }
            }
        }
        assert!(found > 80, "{found}");
    }
}

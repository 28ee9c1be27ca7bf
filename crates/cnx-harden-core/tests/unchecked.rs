//! The library without its feature `certificates`: everything but the checks.

#![cfg(not(feature = "certificates"))]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use std::time::Duration;

use cnx_harden_core::config::{ConfigText, Loaded, Materials};
use cnx_harden_core::traffic::{Link, State, TrafficOptions};
use cnx_harden_core::{
    CaBundle, Certificate, Hardening, KubeApiserver, Manifests, PrivateKey, Source, UnixTime,
};

macro_rules! file {
    ($name:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../", $name))
    };
}

const MANIFEST: &str = file!("manifests/upstream/cnx-etcd.yaml");
const NOW: UnixTime = UnixTime::since_unix_epoch(Duration::from_secs(1_767_225_600));

fn read(text: &str) -> Manifests<'_> {
    Manifests::read(&[Source {
        name: "cnx-etcd.yaml",
        text,
    }])
}

#[test]
fn manifests_are_hardened_audited_and_drawn() {
    let (ca, certificate) = (file!("testdata/pki/ca.crt"), file!("testdata/pki/tls.crt"));
    let key = PrivateKey::new(file!("testdata/pki/tls.key"));
    let material = KubeApiserver::new(CaBundle::new(ca), Certificate::new(certificate), key);
    let hardening = Hardening {
        api_server: Some(material),
        ..Hardening::default()
    };
    let state = |text: &str| {
        let (manifests, options) = (read(text), TrafficOptions::at(NOW));
        let audit = manifests.audit(&options.audit());
        let traffic = manifests.traffic(&options, &audit.findings);
        let connection = traffic.connection(Link::KubeApiserverApiServer).unwrap();
        let way = connection.ways[0].clone();
        (audit.findings.len(), way.state, way.reason)
    };
    let (before, insecure, _) = state(MANIFEST);
    assert_eq!(insecure, State::NotVerified);
    let run = read(MANIFEST).harden(&hardening).unwrap();
    let (after, unknown, reason) = state(&run.outputs[0].text);
    assert!(after < before, "{after} of {before}");
    assert_eq!(unknown, State::Unknown);
    assert_eq!(reason, "certificates are not checked by this program");
}

struct Test;

impl Materials for Test {
    fn file(&self, path: &str) -> Result<Loaded, String> {
        let (pem, name) = (path.as_bytes().to_vec().into(), path.to_owned());
        Ok(Loaded { pem, name })
    }

    fn variable(&self, name: &str) -> Result<Loaded, String> {
        self.file(name)
    }
}

#[test]
fn a_config_that_asks_for_checks_is_refused() {
    let config = "\
apiVersion: cnx-harden.dev/v1alpha1
kind: Hardening
spec:
  manager: {certFile: tls.crt, keyFile: tls.key}
";
    let resolve = |text: &str| {
        let config = ConfigText::parse(Source {
            name: "hardening.yaml",
            text,
        })
        .unwrap();
        config.resolve(&Test, NOW)
    };
    assert_eq!(resolve(config).unwrap().hardening.certificate_checks, None);
    let error = resolve(&format!("{config}  checks: {{expiresWithin: 30d}}\n")).unwrap_err();
    assert_eq!(error.findings.len(), 1);
    let place = &error.findings[0].place;
    assert_eq!((place.line, place.column), (5, 3));
}

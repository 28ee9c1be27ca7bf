//! What kube-apiserver verifies a server with, and where the server's certificate
//! comes from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use yaml_splice::{Op, Value};

use crate::edits;
use crate::finding::{Code, Finding};
use crate::inventory::Node;
use crate::material::{CaBundle, Certificate, PrivateKey};
use crate::transform::{Outcome, Target};

/// Where a server's certificate comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    /// PEM files, which come into the manifest.
    Own(Pair),
    /// cert-manager: it issues the certificate, and writes the caBundle.
    CertManager(IssuerRef),
}

impl Trust {
    /// Whether a server gets the same by the other one, whatever the files are called.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Own(own), Self::Own(other)) => {
                own.ca.pem() == other.ca.pem()
                    && own.certificate.pem() == other.certificate.pem()
                    && own.key.pem() == other.key.pem()
            }
            (Self::CertManager(own), Self::CertManager(other)) => own == other,
            _ => false,
        }
    }
}

/// A certificate with its key and its CA.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// What kube-apiserver verifies the server with.
    pub ca: CaBundle,
    /// What the server presents.
    pub certificate: Certificate,
    /// Its key.
    pub key: PrivateKey,
}

/// The issuer of cert-manager that issues a certificate.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IssuerRef {
    /// Its name.
    pub name: String,
    /// Its kind, `Issuer` by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Its API group, `cert-manager.io` by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
}

/// What cert-manager calls a certificate and its key in a Secret.
pub(crate) const TLS: [&str; 2] = ["tls.crt", "tls.key"];

/// The annotation by which cert-manager writes the caBundle.
pub(crate) const INJECT: &str = "cert-manager.io/inject-ca-from";

/// Gives the APIService the annotation, and takes away a caBundle, which
/// cert-manager writes into the cluster.
///
/// ```text
///   name: v1beta1.metrics.k8s.io      name: v1beta1.metrics.k8s.io
///                               ->    annotations:
///                                       cert-manager.io/inject-ca-from: kube-system/metrics-server-tls
/// ```
pub(super) fn inject(target: &Target<'_, '_>, certificate: &str) -> Result<Outcome, Finding> {
    let annotations = target.resource.route(&["metadata", "annotations"]);
    edits::set_entry(target, &annotations, INJECT, certificate)
}

/// Takes the caBundle away.
pub(super) fn no_ca_bundle(target: &Target<'_, '_>) -> Result<Outcome, Finding> {
    let at = target.resource.route(&["spec", "caBundle"]);
    let found = target.resource.tree().find(&at);
    Ok(match found.map_err(|error| target.yaml(&error))? {
        Some(_) => Outcome::Change(vec![Op::remove(at)]),
        None => Outcome::AlreadyHardened,
    })
}

/// A `Certificate` for cert-manager, in a namespace.
pub(super) fn certificate(
    namespace: &str,
    name: &str,
    secret: &str,
    names: &[String],
    issuer: &IssuerRef,
) -> Value {
    let texts =
        |texts: &[&str]| Value::Sequence(texts.iter().copied().map(Value::string).collect());
    let metadata = [("name", name), ("namespace", namespace)];
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let issuer = [
        Some(("name", issuer.name.as_str())),
        issuer.kind.as_deref().map(|kind| ("kind", kind)),
        issuer.group.as_deref().map(|group| ("group", group)),
    ];
    let strings = |(key, text)| (key, Value::string(text));
    let spec = [
        ("secretName", Value::string(secret)),
        ("dnsNames", texts(&names)),
        (
            "usages",
            texts(&["digital signature", "key encipherment", "server auth"]),
        ),
        (
            "issuerRef",
            Value::mapping(issuer.into_iter().flatten().map(strings)),
        ),
    ];
    Value::mapping([
        ("apiVersion", Value::string("cert-manager.io/v1")),
        ("kind", Value::string("Certificate")),
        ("metadata", Value::mapping(metadata.map(strings))),
        ("spec", Value::mapping(spec)),
    ])
}

/// Adds the names that a `Certificate` lacks.
pub(super) fn complete(target: &Target<'_, '_>, names: &[String]) -> Result<Outcome, Finding> {
    let resource = target.resource;
    let at = resource.route(&["spec", "dnsNames"]);
    let yaml = |error| target.yaml(&error);
    let there = match resource.tree().find(&at).map_err(yaml)? {
        Some(id) => resource.tree().read(id).map_err(yaml)?,
        None => Value::null(),
    };
    let there = match &there {
        Value::Sequence(items) => items.as_slice(),
        other if other.is_null() => &[],
        _ => {
            let message = "dnsNames is not a list";
            let help = "make it a list of names";
            return Err(target.conflict(Code::UnexpectedValue, &at, message, help));
        }
    };
    let has = |name: &&String| there.iter().any(|own| own.as_text() == Some(name.as_str()));
    let missing = names.iter().filter(|name| !has(name));
    let ops: Vec<Op> = missing
        .map(|name| Op::insert_item(at.clone(), name.as_str()))
        .collect();
    Ok(match ops.is_empty() {
        true => Outcome::AlreadyHardened,
        false => Outcome::Change(ops),
    })
}

/// Whether the certificate that a `Certificate` asks for is valid for a host.
pub(crate) fn covers(certificate: Node<'_, '_>, host: &str) -> bool {
    let names = certificate
        .get("spec")
        .map(|spec| spec.items_of("dnsNames"));
    let mut names = names.iter().flatten().filter_map(|name| name.text());
    names.any(|name| match name.strip_prefix("*.") {
        Some(parent) => host.split_once('.').is_some_and(|(_, rest)| rest == parent),
        None => name.eq_ignore_ascii_case(host),
    })
}

//! The Secrets and the ConfigMap that the Tigera operator is given: each as it should be,
//! and with each fault.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cnx_certs::Role;
use cnx_harden_core::audit::{AuditOptions, audit};
use cnx_harden_core::{Certificate, PrivateKey, Severity, Source};

use crate::material;
use crate::parity::now;

const TODAY: &str = "calico-api.calico-system.svc";
const BEFORE: &str = "calico-api.calico-apiserver.svc";

fn secret(name: &str, namespace: &str, pair: (&Certificate, &PrivateKey), more: &str) -> String {
    let (certificate, key) = (STANDARD.encode(pair.0.pem()), STANDARD.encode(pair.1.pem()));
    format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: {name}, namespace: {namespace}}}\ndata:\n  \
         tls.crt: {certificate}\n  tls.key: {key}\n{more}---\n"
    )
}

fn api_server(names: &[&str]) -> String {
    let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
    let pair = material::serving(&names);
    let pair = (&pair.certificate, &pair.key);
    secret("calico-apiserver-certs", "tigera-operator", pair, "")
}

fn typha(name: &str, role: Role, common_name: &str) -> String {
    let (certificate, key) = material::pair(role);
    let more = format!("stringData:\n  common-name: {common_name}\n");
    secret(name, "tigera-operator", (&certificate, &key), &more)
}

fn ca(pem: &str) -> String {
    let lines = pem.lines().map(|line| format!("    {line}\n"));
    let lines: String = lines.collect();
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: typha-ca, namespace: \
         tigera-operator}}\ndata:\n  caBundle: |\n{lines}---\n"
    )
}

fn own_ca() -> String {
    let pair = material::serving(&[TODAY.to_owned()]);
    ca(std::str::from_utf8(pair.ca.pem()).unwrap())
}

/// The codes of what is wrong, each with its object.
fn found(text: &str) -> Vec<String> {
    let options = AuditOptions {
        certificates: Some(cnx_certs::Policy::at(now())),
        ..AuditOptions::default()
    };
    let name = "operator.yaml";
    let audit = audit(&[Source { name, text }], &options);
    let matters = audit.findings.into_iter().map(|found| found.finding);
    let matters = matters.filter(|finding| finding.severity <= Severity::Warning);
    let shown = matters.map(|f| {
        let object = f.resource.map_or_else(String::new, |id| id.name);
        format!("{object} {} {}", f.severity, f.code)
    });
    shown.collect()
}

#[test]
fn what_is_as_it_should_be_is_passed() {
    let good = [
        own_ca(),
        api_server(&[TODAY, BEFORE]),
        typha("typha-certs", Role::TyphaServer, "typha-server"),
        typha("node-certs", Role::TyphaClient, "typha-client"),
    ];
    assert_eq!(found(&good.concat()), Vec::<String>::new());
    // Objects of these names elsewhere are others'.
    let elsewhere = api_server(&["example.com"]).replace("tigera-operator", "default");
    assert_eq!(found(&elsewhere), Vec::<String>::new());
}

#[test]
fn each_fault_is_found() {
    let other = include_str!("../../../../testdata/pki/other-ca.crt");
    let typha_good = typha("typha-certs", Role::TyphaServer, "typha-server");
    let is = |text: String, wanted: &str| {
        let found = found(&text);
        assert!(found.iter().any(|one| one == wanted), "{wanted}: {found:?}");
    };
    is(
        api_server(&["cnx-api.kube-system.svc"]),
        "calico-apiserver-certs error name-mismatch",
    );
    is(
        api_server(&[BEFORE]),
        "calico-apiserver-certs warning name-mismatch",
    );
    is(
        typha("typha-certs", Role::TyphaServer, "another") + &own_ca(),
        "typha-certs error identity-mismatch",
    );
    is(
        typha("node-certs", Role::TyphaServer, "typha-server") + &own_ca(),
        "node-certs error missing-client-auth",
    );
    is(
        typha_good.clone() + &ca(other),
        "typha-certs error unknown-issuer",
    );
    is(ca("no PEM"), "typha-ca error not-pem");
    let good = typha("node-certs", Role::TyphaClient, "typha-client");
    let key = typha_good
        .lines()
        .find(|line| line.contains("tls.key"))
        .unwrap();
    let own = good.lines().find(|line| line.contains("tls.key")).unwrap();
    is(
        good.replace(own, key) + &own_ca(),
        "node-certs error key-mismatch",
    );
}

/// An APIService in the input says which namespace it is.
#[test]
fn the_api_service_says_the_name() {
    let service = |namespace: &str| {
        format!(
            "apiVersion: apiregistration.k8s.io/v1\nkind: APIService\nmetadata: {{name: \
             v3.projectcalico.org}}\nspec:\n  group: projectcalico.org\n  version: v3\n  \
             insecureSkipTLSVerify: false\n  service: {{name: calico-api, namespace: \
             {namespace}}}\n---\n"
        )
    };
    let of = |namespace| {
        let found = found(&(service(namespace) + &api_server(&[BEFORE])));
        let certificate = found.into_iter().filter(|one| one.contains("certs"));
        certificate.collect::<Vec<_>>()
    };
    assert_eq!(of("calico-apiserver"), Vec::<String>::new());
    assert_eq!(
        of("calico-system"),
        ["calico-apiserver-certs error name-mismatch"]
    );
}

//! A thousand manifests that have nothing to do with CNX: not one error.

use cnx_harden_core::audit::audit;
use cnx_harden_core::{Severity, Source};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::audit::options;
use crate::common::b64;

const NAMES: [&str; 12] = [
    "web",
    "db",
    "manager",
    "api",
    "secrets",
    "certs",
    "metrics-server",
    "etcd",
    "calico-docs",
    "typha",
    "apiserver",
    "node-exporter",
];

fn name() -> impl Strategy<Value = &'static str> {
    prop::sample::select(&NAMES[..])
}

/// Values that look like something: base64, paths, PEM, templates, placeholders.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Z0-9 ./:_-]{0,30}".prop_map(|text| format!("{text:?}")),
        "[A-Za-z0-9+/]{40,80}={0,2}",
        Just("LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg==".to_owned()),
        Just("<replace with something>".to_owned()),
        Just("'${SECRET}'".to_owned()),
        Just("\"-----BEGIN CERTIFICATE-----\\n...\\n-----END CERTIFICATE-----\"".to_owned()),
        Just(
            "\"how to make a PRIVATE KEY: -----BEGIN PRIVATE KEY----- (yours) -----END\""
                .to_owned()
        ),
        Just("\"http://etcd.example.com:2379\"".to_owned()),
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("[a, {b: c}]".to_owned()),
        Just("|\n    several\n    # lines\n    of text".to_owned()),
    ]
}

fn data() -> impl Strategy<Value = String> {
    let keys = prop::sample::select(vec![
        "tls.crt",
        "tls.key",
        "ca",
        "cert",
        "key",
        "caBundle",
        "etcd_ca",
        "config",
        "apiserver.crt",
    ]);
    let entries = prop::collection::btree_map(keys, value(), 0..5);
    entries.prop_map(|entries| {
        let lines = entries
            .iter()
            .map(|(key, value)| format!("  {key}: {value}\n"));
        lines.collect()
    })
}

fn object() -> impl Strategy<Value = String> {
    let head = |version: &str, kind: &str, name: &str| {
        format!(
            "apiVersion: {version}\nkind: {kind}\nmetadata:\n  name: {name}\n  namespace: example\n"
        )
    };
    let carrier = (prop::bool::ANY, name(), data()).prop_map(move |(secret, name, data)| {
        let kind = if secret { "Secret" } else { "ConfigMap" };
        format!("{}data:\n{data}", head("v1", kind, name))
    });
    let workload = (name(), name(), value(), prop::bool::ANY).prop_map(
        move |(name, volume, value, comment)| {
            let hash = if comment { "# " } else { "" };
            format!(
                "{}spec:\n  template:\n    spec:\n      containers:\n      - name: {name}\n        \
                 env:\n        - name: SETTING\n          value: {}\n        volumeMounts:\n        \
                 {hash}- mountPath: /certs\n        {hash}  name: {volume}\n      volumes:\n      \
                 {hash}- name: {volume}\n      {hash}  secret:\n      {hash}    secretName: {volume}\n",
                head("apps/v1", "Deployment", name),
                value.replace("\n    ", "\n            "),
            )
        },
    );
    let service = (name(), prop::bool::ANY).prop_map(move |(name, local)| {
        let service = match local {
            true => String::new(),
            false => format!(
                "  service: {{name: {name}, namespace: example}}\n  caBundle: {}\n",
                b64(include_str!("../../../../testdata/pki/ca.crt"))
            ),
        };
        format!(
            "apiVersion: apiregistration.k8s.io/v1\nkind: APIService\nmetadata:\n  name: \
             v1.{name}.example.com\nspec:\n  group: {name}.example.com\n  version: v1\n{service}  \
             groupPriorityMinimum: 1\n  versionPriority: 1\n"
        )
    });
    let other = (name(), value()).prop_map(move |(name, value)| {
        format!(
            "{}spec:\n  tls: {}\n",
            head("example.com/v1", "Gateway", name),
            value
        )
    });
    let template = name().prop_map(|name| {
        format!("{{{{- if .Values.{name} }}}}\nkind: Deployment\n  bad: [indent\n{{{{- end }}}}\n")
    });
    prop_oneof![4 => carrier, 3 => workload, 1 => other, 1 => template, 1 => service]
}

#[test]
fn not_one_error_on_a_thousand_unrelated_manifests() {
    let config = Config {
        cases: 1000,
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let manifests = prop::collection::vec(object(), 1..5).prop_map(|list| list.join("---\n"));
    let result = runner.run(&manifests, |text| {
        let name = "unrelated.yaml";
        let found = audit(&[Source { name, text: &text }], &options()).findings;
        let error = found.iter().find(|f| f.finding.severity == Severity::Error);
        prop_assert!(error.is_none(), "{}", error.unwrap().finding);
        Ok(())
    });
    result.unwrap();
}

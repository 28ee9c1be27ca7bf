//! Time and words grow with the manifests, not with their square.

use std::time::{Duration, Instant};

use cnx_harden_core::etcd::MissingSecret;
use cnx_harden_core::traffic::TrafficOptions;
use cnx_harden_core::{Hardening, Manifests, Source, UnixTime, kube_apiserver};

use crate::{audit, material};

/// A manifest of `n` of something, and what it is.
type Many = (&'static str, usize, fn(usize) -> String);

fn documents(n: usize, one: impl Fn(usize) -> String) -> String {
    let all: Vec<_> = (0..n).map(one).collect();
    all.join("---\n")
}

fn keys(n: usize, kind: &str, name: &str) -> String {
    let keys: String = (0..n).map(|key| format!("  k{key}: YQ==\n")).collect();
    format!("apiVersion: v1\nkind: {kind}\nmetadata: {{name: {name}}}\ndata:\n{keys}")
}

fn pod(kind: &str, name: &str, rest: &str, container: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: {name}{rest}}}\nspec:\n  template:\n    \
         spec:\n      containers:\n      - name: {container}\n"
    )
}

fn api_servers(n: usize) -> String {
    documents(n, |n| {
        format!(
            "apiVersion: apiregistration.k8s.io/v1\nkind: APIService\nmetadata: {{name: \
             v3.projectcalico.org}}\nspec:\n  group: projectcalico.org\n  insecureSkipTLSVerify: \
             true\n  service: {{name: cnx-api, namespace: ns{n}}}\n---\n{}---\napiVersion: v1\nkind: \
             Secret\nmetadata: {{name: cnx-apiserver-certs, namespace: ns{n}}}\ndata: {{}}\n",
            pod(
                "Deployment",
                "cnx-apiserver",
                &format!(", namespace: ns{n}"),
                "cnx-apiserver"
            )
        )
    })
}

/// Servers of groups of their own, each found by the labels that its Service selects, which
/// are the same everywhere.
fn aggregated(n: usize) -> String {
    documents(n, |n| {
        format!(
            "apiVersion: apiregistration.k8s.io/v1\nkind: APIService\nmetadata: {{name: \
             v1.g{n}.example.com}}\nspec:\n  group: g{n}.example.com\n  version: v1\n  service: \
             {{name: api, namespace: ns{n}}}\n---\napiVersion: v1\nkind: Service\nmetadata: {{name: \
             api, namespace: ns{n}}}\nspec: {{selector: {{app: api}}}}\n---\napiVersion: \
             apps/v1\nkind: Deployment\nmetadata: {{name: api, namespace: ns{n}}}\nspec:\n  \
             template:\n    metadata: {{labels: {{app: api}}}}\n    spec: {{containers: [{{name: api}}]}}\n"
        )
    })
}

fn clients(n: usize) -> String {
    documents(n, |n| {
        let namespace = format!(", namespace: ns{n}");
        format!(
            "{}        env:\n        - name: ETCD_ENDPOINTS\n          valueFrom: {{configMapKeyRef: \
             {{name: calico-config, key: etcd_endpoints}}}}\n---\napiVersion: v1\nkind: \
             ConfigMap\nmetadata: {{name: calico-config{namespace}}}\ndata: {{etcd_endpoints: \
             'http://10.0.0.1:2379'}}\n",
            pod("Deployment", "calico-kube-controllers", &namespace, "c")
        )
    })
}

/// Clients that are containers of one pod.
fn containers(n: usize) -> String {
    let env = "env: [{name: ETCD_ENDPOINTS, value: 'http://10.0.0.1:2379'}]";
    let more: String = (0..n)
        .map(|n| format!("        {env}\n      - name: c{n}\n"))
        .collect();
    let pod = pod("Deployment", "calico-kube-controllers", "", "c");
    format!("{pod}{more}        {env}\n")
}

fn typhas(n: usize, namespace: impl Fn(usize) -> String) -> String {
    documents(n, |n| {
        let typha = pod("Deployment", "calico-typha", &namespace(n), "calico-typha");
        let node = pod("DaemonSet", "calico-node", &namespace(n), "calico-node");
        let variable = "{name: FELIX_TYPHAK8SSERVICENAME, value: calico-typha}";
        format!("{typha}---\n{node}        env: [{variable}]\n")
    })
}

fn managers(n: usize) -> String {
    documents(n, |n| {
        let namespace = format!(", namespace: ns{n}");
        let mount = "{mountPath: /etc/cnx-manager-web-tls, name: tls}";
        let volume = "{name: tls, secret: {secretName: cnx-manager-tls}}";
        let manager = pod("Deployment", "cnx-manager", &namespace, "cnx-manager");
        format!("{manager}        volumeMounts: [{mount}]\n      volumes: [{volume}]\n")
    })
}

const MANY: [Many; 9] = [
    ("API servers", 40, api_servers),
    ("aggregated API servers", 100, aggregated),
    ("clients of etcd", 40, clients),
    ("clients in one pod", 20, containers),
    ("Typhas", 40, |n| {
        typhas(n, |n| format!(", namespace: ns{n}"))
    }),
    // One stream of several manifests.
    ("Typhas of no namespace", 40, |n| {
        typhas(n, |_| String::new())
    }),
    ("Managers", 40, managers),
    ("keys of a Secret", 2_000, |n| {
        keys(n, "Secret", "calico-etcd-secrets")
    }),
    ("keys of a ConfigMap", 2_000, |n| {
        keys(n, "ConfigMap", "calico-typha-ca")
    }),
];

fn hardening() -> Hardening {
    let mut all = material::all();
    if let Some(api_server) = &mut all.api_server {
        api_server.missing_secret = kube_apiserver::MissingSecret::Add;
    }
    if let Some(etcd) = &mut all.etcd {
        etcd.missing_secret = MissingSecret::Assume;
    }
    all
}

/// How long all doors take, and how much they say.
fn measure(text: &str) -> (Duration, usize) {
    let hardening = hardening();
    let now = UnixTime::since_unix_epoch(Duration::from_secs(1_796_083_200));
    let options = TrafficOptions::at(now);
    let start = Instant::now();
    let sources = [Source {
        name: "a.yaml",
        text,
    }];
    let manifests = Manifests::read(&sources);
    let found = manifests.audit(&audit::options()).findings;
    let traffic = manifests.traffic(&options, &found);
    let wired = manifests.wired(&options.names).findings;
    let needs = manifests.needs(&options.names).left_out;
    let said: usize = match manifests.harden(&hardening) {
        Ok(run) => run
            .report
            .findings
            .iter()
            .map(|f| f.to_string().len())
            .sum(),
        Err(error) => error.to_string().len(),
    };
    let time = start.elapsed();
    let found = found.iter().map(|f| f.finding.to_string().len());
    let wired = wired.iter().chain(&needs);
    let wired = wired.map(|f| f.to_string().len());
    let drawn = traffic.connections.iter().flat_map(|c| &c.ways);
    let drawn = drawn.map(|way| way.reason.len());
    (time, said + found.chain(wired).chain(drawn).sum::<usize>())
}

#[test]
fn nothing_grows_with_the_square_of_the_manifests() {
    let mut failures = Vec::new();
    for (what, n, many) in MANY {
        let (few, more) = (many(n), many(8 * n));
        // The machine may have other things to do.
        let least = |text: &str| (0..2).map(|_| measure(text)).min().unwrap();
        let (few, more) = (least(&few), least(&more));
        let slack = Duration::from_millis(150);
        if more.0 > few.0 * 24 + slack || more.1 > few.1 * 12 + 1_000 {
            failures.push(format!("{n} {what}: {few:?}, 8 times as many: {more:?}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

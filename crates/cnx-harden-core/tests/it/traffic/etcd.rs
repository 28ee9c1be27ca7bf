//! The clients of etcd in a picture.

use super::*;

const CONFIG: &str = "\
apiVersion: v1
kind: ConfigMap
metadata: {name: calico-config, namespace: kube-system}
data:
  etcd_endpoints: https://10.0.0.1:2379
  etcd_ca: /calico-secrets/etcd-ca
  etcd_cert: /calico-secrets/etcd-cert
  etcd_key: /calico-secrets/etcd-key
";

fn client(name: &str, variables: &[(&str, &str)]) -> String {
    let env: String = variables
        .iter()
        .map(|(name, key)| {
            format!(
                "        - {{name: {name}, valueFrom: {{configMapKeyRef: {{name: calico-config, \
                 key: {key}}}}}}}\n"
            )
        })
        .collect();
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: \
         kube-system}}\nspec:\n  template:\n    spec:\n      containers:\n      - name: {name}\n        \
         env:\n{env}        volumeMounts:\n        - {{name: etcd-certs, mountPath: \
         /calico-secrets}}\n      volumes:\n      - {{name: etcd-certs, secret: {{secretName: \
         calico-etcd-secrets}}}}\n"
    )
}

const ALL: [(&str, &str); 4] = [
    ("ETCD_ENDPOINTS", "etcd_endpoints"),
    ("ETCD_CA_CERT_FILE", "etcd_ca"),
    ("ETCD_KEY_FILE", "etcd_key"),
    ("ETCD_CERT_FILE", "etcd_cert"),
];

#[test]
fn each_client_of_etcd_is_on_its_own() {
    let link = Link::KubeControllersEtcd;
    let check = |texts: &[&str], state, reason: &str| assert_state(texts, link, state, reason);
    let whole = client("calico-kube-controllers", &ALL);
    check(
        &[&whole],
        State::Unknown,
        "in ConfigMap calico-config, which is not",
    );
    check(
        &[&whole, CONFIG],
        State::Mutual,
        "presents a client certificate",
    );
    let plain = CONFIG.replace("https:", "http:");
    let found = check(&[&whole, &plain], State::Plain, "http://");
    assert_eq!(found.ways[0].place.to_string(), "b.yaml:5");
    for (endpoints, reason) in [("<ETCD>", "placeholder"), ("10.0.0.1:2379", "no scheme")] {
        let config = CONFIG.replace("https://10.0.0.1:2379", endpoints);
        check(&[&whole, &config], State::Unknown, reason);
    }
    // An empty path is none.
    let unset = CONFIG.replace("/calico-secrets/etcd-key", "\"\"");
    check(&[&whole, &unset], State::Broken, "without its key");
    let one_sided = unset.replace("/calico-secrets/etcd-cert", "\"\"");
    let found = check(
        &[&whole, &one_sided],
        State::Verified,
        "presents no certificate",
    );
    assert!(!found.findings.is_empty(), "the audit wants more than that");
    let elsewhere = CONFIG.replace("/calico-secrets/etcd-ca", "/elsewhere/etcd-ca");
    check(&[&whole, &elsewhere], State::Broken, "no volume is mounted");
    let lacking = "apiVersion: v1\nkind: Secret\nmetadata: {name: calico-etcd-secrets, namespace: \
                   kube-system}\ndata: {etcd-ca: YQ==, etcd-key: YQ==}\n";
    check(
        &[&whole, CONFIG, lacking],
        State::Broken,
        "has no etcd-cert",
    );
    // The ConfigMap may have any name, and keys of any.
    let other = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: mine, namespace: \
                 kube-system}\ndata: {where: http://a:2379}\n";
    let renamed = whole.replace(
        "{name: calico-config, key: etcd_endpoints}",
        "{name: mine, key: where}",
    );
    check(&[other, &renamed], State::Plain, "http://");
    // The Kubernetes datastore is not etcd.
    let kubernetes = whole.replace(
        "        env:\n",
        "        env:\n        - {name: DATASTORE_TYPE, value: kubernetes}\n",
    );
    let traffic = read(&[&kubernetes, CONFIG]);
    assert_eq!(traffic.connection(link).unwrap().state, State::Absent);
    // By name they are who they are; an unknown one is told as well.
    for (name, link) in [
        ("cnx-apiserver", Link::ApiServerEtcd),
        ("cnx-queryserver", Link::QueryServerEtcd),
        ("calicoq", Link::CalicoctlEtcd),
        ("my-own", Link::OthersEtcd),
    ] {
        assert_state(
            &[&client(name, &ALL), CONFIG],
            link,
            State::Mutual,
            "verifies etcd",
        );
    }
}

#[test]
fn files_of_the_host_are_there() {
    let link = Link::KubeControllersEtcd;
    let host = client("calico-kube-controllers", &ALL).replace(
        "secret: {secretName: calico-etcd-secrets}",
        "hostPath: {path: /etc/calico}",
    );
    assert_ne!(host, client("calico-kube-controllers", &ALL));
    let config = CONFIG.replace("/calico-secrets/etcd-cert", "/calico-secrets/cert.crt");
    let found = assert_state(&[&host, &config], link, State::Mutual, "presents a client");
    assert_eq!((found.findings, found.certificates), (vec![], vec![]));
    // A folder whose name only begins like the mounted one is another.
    let beside = config.replace("/calico-secrets/cert", "/calico-secrets2/cert");
    assert_state(
        &[&host, &beside],
        link,
        State::Broken,
        "no volume is mounted",
    );
}

#[test]
fn an_etcd_without_tls_takes_no_client_that_speaks_it() {
    let link = Link::KubeControllersEtcd;
    let etcd = |url: &str| {
        format!(
            "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {{name: calico-etcd, namespace: \
             kube-system}}\nspec:\n  template:\n    spec:\n      containers:\n      - name: etcd\n        \
             command: [/bin/sh, -c]\n        args: ['etcd --listen-client-urls={url} --name=a']\n"
        )
    };
    let whole = client("calico-kube-controllers", &ALL);
    for (url, state, reason) in [
        (
            "http://0.0.0.0:2379",
            State::Broken,
            "DaemonSet calico-etcd",
        ),
        (
            "https://0.0.0.0:2379,http://127.0.0.1:2379",
            State::Mutual,
            "",
        ),
        ("http://0.0.0.0:6666", State::Mutual, ""),
    ] {
        assert_state(&[&whole, CONFIG, &etcd(url)], link, state, reason);
    }
}

#[test]
fn placeholders_are_no_endpoints() {
    let whole = client("calico-kube-controllers", &ALL);
    for endpoints in [
        "https://${ETCD_1}:2379,https://${ETCD_2}:2379",
        "https://<ETCD_IP>:<ETCD_PORT>",
        "https://__ETCD__:2379",
        "https://{{ etcd }}:2379",
        "https://10.0.0.1:2379,https://$(IP):2379",
    ] {
        let config = CONFIG.replace("https://10.0.0.1:2379", &format!("'{endpoints}'"));
        let link = Link::KubeControllersEtcd;
        let found = assert_state(&[&whole, &config], link, State::Unknown, "placeholder");
        let mut findings = found.findings.iter();
        assert!(
            findings.any(|f| f.code == Code::EndpointsUnset),
            "{endpoints}"
        );
        // That it is plain is certain, whatever stands behind the scheme.
        let plain = config.replace("https:", "http:");
        assert_state(&[&whole, &plain], link, State::Plain, "http://");
    }
    // What Kubernetes replaces itself is none.
    let env = "        env:\n        - {name: IP, value: 10.0.0.7}\n        - {name: ETCD_ENDPOINTS, \
               value: 'https://$(IP):2379'}\n";
    let own = client("calico-kube-controllers", &ALL[1..]).replace("        env:\n", env);
    assert_state(
        &[&own, CONFIG],
        Link::KubeControllersEtcd,
        State::Mutual,
        "",
    );
}

#[test]
fn arguments_and_whole_config_maps_tell_a_client_too() {
    let args = |scheme: &str| {
        client("cnx-apiserver", &ALL).replace(
            "        env:\n",
            &format!(
                "        args: ['--etcd-servers={scheme}://10.0.0.1:2379', \
                 --etcd-cafile=/calico-secrets/etcd-ca, --etcd-certfile, \
                 /calico-secrets/etcd-cert, --etcd-keyfile=/calico-secrets/etcd-key]\n        env:\n"
            ),
        )
    };
    let link = Link::ApiServerEtcd;
    let found = assert_state(&[&args("http"), CONFIG], link, State::Plain, "http://");
    assert_eq!(
        found.ways.len(),
        2,
        "by its variables it is a client as well"
    );
    // `check` says so too.
    let said = found.findings.iter().find(|f| f.code == Code::PlainEtcd);
    let said = said.map(|finding| (finding.place.line, finding.severity));
    assert_eq!(said, Some((9, Severity::Error)));
    assert_state(&[&args("https"), CONFIG], link, State::Mutual, "");
    // Other people's API servers are theirs.
    let other = args("http").replace("cnx-apiserver", "kube-apiserver");
    let other = other.replace("calico", "my").replace("ETCD_", "MY_");
    assert_eq!(read(&[&other]).present().count(), 0);
    let by_map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: all, namespace: \
                  kube-system}\ndata:\n  ETCD_ENDPOINTS: http://10.0.0.1:2379\n";
    let whole = client("calico-kube-controllers", &ALL[1..]).replace(
        "        env:\n",
        "        envFrom: [{configMapRef: {name: all}}]\n        env:\n",
    );
    let link = Link::KubeControllersEtcd;
    let found = assert_state(&[&whole, CONFIG, by_map], link, State::Plain, "http://");
    assert_eq!(found.ways[0].place.to_string(), "c.yaml:5");
    let secure = by_map.replace("http:", "https:");
    assert_state(&[&whole, CONFIG, &secure], link, State::Mutual, "");
}

#[test]
fn no_path_is_told_that_may_be_a_key() {
    let body: String = pki("tls.key")
        .lines()
        .filter(|l| !l.contains("---"))
        .collect();
    for path in [body.clone(), format!("/calico-secrets/{body}")] {
        let config = CONFIG.replace("/calico-secrets/etcd-key", &path);
        let whole = client("calico-kube-controllers", &ALL);
        let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: calico-etcd-secrets, \
                      namespace: kube-system}\ndata: {etcd-ca: YQ==}\n";
        let traffic = read(&[&whole, &config, secret]);
        let connection = traffic.connection(Link::KubeControllersEtcd).unwrap();
        assert_eq!(connection.state, State::Broken);
        let json = serde_json::to_string(&traffic).unwrap();
        assert!(!json.contains(&body[..30]), "{json}");
    }
}

//! What is taken back out of manifests.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cnx_harden_core::{Channel, Code, Credentials, Names, Severity, Source, Wired, held, wired};

fn read(texts: &[&str]) -> Wired {
    let sources: Vec<_> = texts
        .iter()
        .zip(["a.yaml", "b.yaml", "c.yaml"])
        .map(|(text, name)| Source { name, text })
        .collect();
    wired(&sources, &Names::default())
}

/// The roles of a connection's sets.
fn roles(wired: &Wired, channel: Channel) -> Vec<&Credentials> {
    wired.of(channel).flat_map(|set| &set.roles).collect()
}

fn file(name: &str) -> String {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    std::fs::read_to_string(format!("{root}/{name}")).unwrap()
}

#[test]
fn the_hardened_manifests_hold_the_files_they_were_made_of() {
    for name in ["cnx-etcd.yaml", "cnx-kdd.yaml"] {
        let text = file(&format!("manifests/hardened/{name}"));
        let wired = read(&[&text]);
        assert_eq!(wired.findings, []);
        let [server] = roles(&wired, Channel::KubeApiserver)[..] else {
            panic!("{wired:?}")
        };
        assert_eq!(server.names, ["cnx-api.kube-system.svc"]);
        for (held, path) in [
            (server.ca(), "ca.crt"),
            (server.certificate(), "tls.crt"),
            (server.key(), "tls.key"),
        ] {
            let held = held.unwrap();
            assert!(held.bytes() == file(&format!("testdata/pki/{path}")).as_bytes());
            // The place is that of the value.
            let line = text.lines().nth(held.place.line - 1).unwrap();
            let value: String = line.chars().skip(held.place.column - 1).collect();
            assert!(value == STANDARD.encode(held.bytes()));
        }
        assert_eq!(server.key().unwrap().field, "data.apiserver.key");
        assert!(!format!("{wired:?}").contains("PRIVATE"));
    }
}

#[test]
fn the_published_manifests_hold_nothing() {
    for name in ["cnx-etcd.yaml", "cnx-kdd.yaml"] {
        let wired = read(&[&file(&format!("manifests/upstream/{name}"))]);
        assert_eq!(wired, Wired::default());
    }
}

const SERVICE: &str = "\
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v3.projectcalico.org}
spec:
  group: projectcalico.org
  service: {name: api, namespace: kube-system}
  caBundle: Y2E=
";
const SECRET: &str = "\
kind: Secret
metadata: {name: cnx-apiserver-certs, namespace: kube-system}
data: {apiserver.crt: Y3J0}
stringData: {apiserver.key: key}
";

#[test]
fn the_objects_may_be_spread_over_files_and_lists() {
    let list = format!(
        "kind: List\nitems:\n- {}",
        SECRET.trim_end().replace('\n', "\n  ")
    );
    for secret in [SECRET, &list] {
        let wired = read(&[SERVICE, secret]);
        assert_eq!(wired.findings, []);
        let server = roles(&wired, Channel::KubeApiserver)[0];
        assert_eq!(server.names, ["api.kube-system.svc"]);
        assert_eq!(server.certificate().unwrap().bytes(), b"crt");
        let key = server.key().unwrap();
        assert_eq!(
            (key.bytes(), key.place.file.as_str()),
            (&b"key"[..], "b.yaml")
        );
    }
    // Another namespace's Secret is another's.
    let other = SECRET.replace("kube-system", "default");
    let wired = read(&[SERVICE, &other]);
    assert!(wired.sets.is_empty());
    assert_eq!(wired.findings.len(), 2);
}

#[test]
fn half_of_a_connection_is_told() {
    let wired = read(&[SERVICE]);
    let said: Vec<_> = wired.findings.iter().map(ToString::to_string).collect();
    assert_eq!(wired.findings[0].code, Code::MissingValue);
    assert!(said[0].starts_with(
        "a.yaml:1:1: error[missing-value]: APIService v3.projectcalico.org: apiserver.crt of \
         Secret cnx-apiserver-certs is not set"
    ));
    assert_eq!(said.len(), 2);
    let etcd = "kind: Secret\nmetadata: {name: calico-etcd-secrets}\ndata: {etcd-ca: Y2E=}\n";
    let wired = read(&[etcd]);
    assert_eq!(wired.findings.len(), 2);
    assert!(wired.sets.is_empty());
}

#[test]
fn what_is_not_base64_is_told_at_its_place() {
    let broken = SERVICE.replace("Y2E=", "<replace with the CA>");
    let wired = read(&[&broken, SECRET]);
    let finding = &wired.findings[0];
    assert_eq!(
        (finding.code, finding.place.line, finding.place.column),
        (Code::NotBase64, 7, 13)
    );
    // Line breaks are skipped, as Go does; blanks are not.
    let folded = SERVICE.replace("Y2E=", "|-\n    Y2\n    E=");
    let wired = read(&[&folded, SECRET]);
    let server = roles(&wired, Channel::KubeApiserver)[0];
    assert_eq!(server.ca().unwrap().bytes(), b"ca");
    let blank = SERVICE.replace("Y2E=", "Y2 E=");
    assert_eq!(read(&[&blank, SECRET]).findings[0].code, Code::NotBase64);
    // Another's Secret is not our concern.
    let other = "kind: Secret\nmetadata: {name: other}\ndata: {a: '?'}\n";
    assert_eq!(read(&[SERVICE, SECRET, other]).findings, []);
    let (values, findings) = held(&[Source {
        name: "-",
        text: other,
    }]);
    assert_eq!((values.len(), findings.len()), (0, 1));
}

#[test]
fn other_products_are_left_alone() {
    for namespace in ["calico-system", "calico-apiserver"] {
        let text = SERVICE.replace("kube-system", namespace);
        assert_eq!(read(&[&text]), Wired::default());
    }
    let other = SERVICE.replace("projectcalico", "example");
    assert_eq!(read(&[&other, SECRET]).sets, []);
}

const TYPHA: &str = "\
kind: ConfigMap
metadata: {name: calico-typha-ca, namespace: kube-system}
data: {typhaca.crt: ca}
---
kind: Secret
metadata: {name: calico-typha-certs, namespace: kube-system}
data: {typha.crt: c2M=, typha.key: c2s=}
---
kind: Secret
metadata: {name: calico-node-certs, namespace: kube-system}
data: {calico-node.crt: Y2M=, calico-node.key: Y2s=}
---
kind: Deployment
metadata: {name: calico-typha, namespace: kube-system}
spec:
  template:
    spec:
      containers:
      - name: calico-typha
        env:
        - {name: TYPHA_CAFILE, value: /files/f}
        - {name: TYPHA_SERVERCERTFILE, value: /files/f}
        - {name: TYPHA_SERVERKEYFILE, value: /files/f}
        - {name: TYPHA_CLIENTCN, value: typha-client}
        - {name: TYPHA_CLIENTURISAN, value: none}
        volumeMounts: [{name: files, mountPath: /files}]
      volumes: [{name: files, hostPath: {path: /files}}]
---
kind: DaemonSet
metadata: {name: calico-node, namespace: kube-system}
spec:
  template:
    spec:
      containers:
      - name: calico-node
        env:
        - {name: FELIX_TYPHACAFILE, value: /files/f}
        - {name: FELIX_TYPHACERTFILE, value: /files/f}
        - {name: FELIX_TYPHAKEYFILE, value: /files/f}
        - {name: FELIX_TYPHACN, value: typha-server}
        - {name: FELIX_TYPHAURISAN, value: 'spiffe://x/typha'}
        volumeMounts: [{name: files, mountPath: /files}]
      volumes: [{name: files, hostPath: {path: /files}}]
";

#[test]
fn typha_and_felix_say_whom_they_expect() {
    let wired = read(&[TYPHA]);
    assert_eq!(wired.findings, []);
    let [server, client] = roles(&wired, Channel::Typha)[..] else {
        panic!("{wired:?}")
    };
    assert_eq!(server.ca().unwrap().bytes(), b"ca");
    assert_eq!(server.key().unwrap().bytes(), b"sk");
    assert_eq!(client.certificate().unwrap().bytes(), b"cc");
    let names = |role: &Credentials| {
        (
            role.identity.common_name.clone(),
            role.identity.uri_san.clone(),
        )
    };
    let some = |name: &str| Some(name.to_owned());
    assert_eq!(
        names(server),
        (some("typha-server"), some("spiffe://x/typha"))
    );
    assert_eq!(names(client), (some("typha-client"), None));
}

#[test]
fn each_set_has_its_own_identities() {
    let other = TYPHA.replace("value: typha-server", "value: typha-2");
    let other = other.replace("c2M=", "c2Mz");
    let wired = read(&[TYPHA, &other]);
    assert_eq!(names_of(&wired), ["typha-server", "typha-2"]);
    // The workloads may be in files of their own.
    let (values, workloads) = TYPHA.split_at(TYPHA.find("---\nkind: Deployment").unwrap());
    let wired = read(&[values, workloads]);
    assert_eq!(wired.findings, []);
    assert_eq!(names_of(&wired), ["typha-server"]);
}

fn names_of(wired: &Wired) -> Vec<String> {
    let typha = wired.of(Channel::Typha);
    let server = typha.map(|set| &set.roles[0].identity);
    server
        .filter_map(|identity| identity.common_name.clone())
        .collect()
}

#[test]
fn whom_a_side_accepts_is_missed() {
    let text = TYPHA.replace("value: typha-client", "value: ''");
    let wired = read(&[&text]);
    let [finding] = wired.findings.as_slice() else {
        panic!("{wired:?}")
    };
    assert_eq!(finding.code, Code::TyphaIncomplete);
    assert_eq!(finding.severity, Severity::Error);
    // Without its workload, it is not known.
    let wired = read(&[&text.replace("kind: Deployment", "kind: Pod")]);
    let [finding] = wired.findings.as_slice() else {
        panic!("{wired:?}")
    };
    assert_eq!(finding.severity, Severity::Warning);
    assert!(
        finding
            .message
            .starts_with("whom Typha accepts is not to be read here")
    );
}

#[test]
fn two_whole_manifests_are_two_sets() {
    let manager =
        "kind: Secret\nmetadata: {name: cnx-manager-tls}\ndata: {cert: YQ==, key: Yg==}\n";
    let other = manager.replace("YQ==", "Yw==");
    assert_eq!(read(&[manager, &other]).sets.len(), 2);
    assert_eq!(read(&[manager]).sets.len(), 1);
}

const CLIENT: &str = "\
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: kube-system}
data: {etcd_ca: /tls/ca.pem, etcd_cert: /tls/cert.pem, etcd_key: /tls/key.pem}
---
apiVersion: v1
kind: Secret
metadata: {name: mine, namespace: kube-system}
data: {root: Y2E=, leaf: Y3J0, secret: a2V5}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: calico-kube-controllers, namespace: kube-system}
spec:
  template:
    spec:
      containers:
      - name: calico-kube-controllers
        env:
        - {name: ETCD_ENDPOINTS, value: 'https://10.0.0.1:2379'}
        - {name: ETCD_CA_CERT_FILE, valueFrom: {configMapKeyRef: {name: settings, key: etcd_ca}}}
        - {name: ETCD_CERT_FILE, valueFrom: {configMapKeyRef: {name: settings, key: etcd_cert}}}
        - {name: ETCD_KEY_FILE, valueFrom: {configMapKeyRef: {name: settings, key: etcd_key}}}
        volumeMounts: [{name: tls, mountPath: /tls}]
      volumes:
      - name: tls
        secret:
          secretName: mine
          items: [{key: root, path: ca.pem}, {key: leaf, path: cert.pem}, {key: secret, path: key.pem}]
";

#[test]
fn files_are_followed_whatever_their_objects_are_called() {
    let wired = read(&[CLIENT]);
    assert_eq!(wired.findings, []);
    let [client] = roles(&wired, Channel::Etcd)[..] else {
        panic!("{wired:?}")
    };
    let bytes = [client.ca(), client.certificate(), client.key()].map(|h| h.unwrap().bytes());
    assert_eq!(bytes, [&b"ca"[..], b"crt", b"key"]);
    // A Secret of the default name that nobody reads is looked at by itself.
    let alone = "kind: Secret\nmetadata: {name: calico-etcd-secrets, namespace: kube-system}\ndata: \
                 {etcd-ca: YQ==, etcd-cert: Yg==, etcd-key: Yw==}\n";
    assert_eq!(read(&[CLIENT, alone]).sets.len(), 2);
}

#[test]
fn a_path_to_the_other_file_is_told_at_its_place() {
    let swapped = CLIENT.replace("etcd_cert: /tls/cert.pem", "etcd_cert: /tls/key.pem");
    let wired = read(&[&swapped]);
    let [finding] = wired.findings.as_slice() else {
        panic!("{wired:?}")
    };
    assert_eq!(
        (finding.code, finding.severity),
        (Code::PathMismatch, Severity::Error)
    );
    assert_eq!((finding.place.line, finding.place.column), (4, 41));
    assert_eq!(
        roles(&wired, Channel::Etcd)[0]
            .certificate()
            .unwrap()
            .bytes(),
        b"key"
    );
}

#[test]
fn a_way_that_breaks_is_told_where_it_is_said() {
    for (from, to, line, told) in [
        (
            "etcd_key: /tls/key.pem",
            "etcd_key: /tls2/key.pem",
            4,
            "no volume is mounted",
        ),
        (
            "etcd_key: /tls/key.pem",
            "etcd_key: /tls/other.pem",
            4,
            "items of its volume",
        ),
        (
            "secret: a2V5",
            "other: a2V5",
            9,
            "secret of Secret mine is not set",
        ),
        (
            "secret: a2V5",
            "secret: ''",
            9,
            "secret of Secret mine is not set",
        ),
        ("secret: a2V5", "secret: '?'", 9, "not base64"),
    ] {
        let text = CLIENT.replace(from, to);
        let wired = read(&[&text]);
        assert_eq!(wired.sets, [], "{to}");
        let [finding] = wired.findings.as_slice() else {
            panic!("{to}: {wired:?}")
        };
        assert!(finding.message.contains(told), "{to}: {finding}");
        assert_eq!(
            (finding.place.line, finding.severity),
            (line, Severity::Error),
            "{to}: {finding}"
        );
    }
    // Files of the host are not in manifests: there is nothing to verify.
    let host = CLIENT.split("        secret:\n").next().unwrap().to_owned();
    let wired = read(&[&(host + "        hostPath: {path: /etc/calico}\n")]);
    assert_eq!((&wired.sets, &wired.findings), (&vec![], &vec![]));
    let [on_host] = wired.on_host.as_slice() else {
        panic!("{wired:?}")
    };
    assert_eq!(on_host.channel, Channel::Etcd);
    assert_eq!(
        on_host.paths,
        [
            "/etc/calico/ca.pem",
            "/etc/calico/cert.pem",
            "/etc/calico/key.pem"
        ]
    );
}

#[test]
fn whom_a_side_accepts_may_stand_in_a_config_map() {
    let map = "kind: ConfigMap\nmetadata: {name: who, namespace: kube-system}\ndata: {felix: \
               felix-7, TYPHA_CLIENTURISAN: 'spiffe://x/felix'}\n---\n";
    let text = TYPHA.replace(
        "- {name: TYPHA_CLIENTCN, value: typha-client}\n        - {name: TYPHA_CLIENTURISAN, value: \
         none}\n",
        "- {name: TYPHA_CLIENTCN, valueFrom: {configMapKeyRef: {name: who, key: felix}}}\n        \
         envFrom: [{configMapRef: {name: who}}]\n",
    );
    assert_ne!(text, TYPHA);
    let wired = read(&[&format!("{map}{text}")]);
    assert_eq!(wired.findings, []);
    let client = &roles(&wired, Channel::Typha)[1].identity;
    assert_eq!(client.common_name.as_deref(), Some("felix-7"));
    assert_eq!(client.uri_san.as_deref(), Some("spiffe://x/felix"));
}

/// As the manifests of 2019 have it: other names of Secrets, keys and folders.
#[test]
fn each_side_of_typha_is_followed_to_its_own_ca() {
    let side = |kind: &str, name: &str, prefix: &str, cert: [&str; 2], accepts: &str| {
        format!(
            "kind: {kind}\nmetadata: {{name: {name}, namespace: kube-system}}\nspec:\n  template:\n    \
             spec:\n      containers:\n      - name: {name}\n        env:\n        - {{name: \
             {prefix}CAFILE, value: /{name}/root.pem}}\n        - {{name: {prefix}{}, value: \
             /{name}/own.pem}}\n        - {{name: {prefix}{}, value: /{name}/own.key}}\n        - \
             {{name: {accepts}, value: x}}\n        volumeMounts: [{{name: v, mountPath: \
             /{name}}}]\n      volumes: [{{name: v, secret: {{secretName: {name}-2019}}}}]\n---\nkind: \
             Secret\nmetadata: {{name: {name}-2019, namespace: kube-system}}\nstringData: {{root.pem: \
             ca of {name}, own.pem: crt of {name}, own.key: key of {name}}}\n---\n",
            cert[0], cert[1]
        )
    };
    let typha = ["SERVERCERTFILE", "SERVERKEYFILE"];
    let text = side(
        "Deployment",
        "calico-typha",
        "TYPHA_",
        typha,
        "TYPHA_CLIENTCN",
    ) + &side(
        "DaemonSet",
        "calico-node",
        "FELIX_TYPHA",
        ["CERTFILE", "KEYFILE"],
        "FELIX_TYPHACN",
    );
    let wired = read(&[&text]);
    assert_eq!(wired.findings, []);
    let [server, client] = roles(&wired, Channel::Typha)[..] else {
        panic!("{wired:?}")
    };
    // What a side presents, the other one verifies.
    assert_eq!(server.ca().unwrap().bytes(), b"ca of calico-node");
    assert_eq!(
        server.certificate().unwrap().bytes(),
        b"crt of calico-typha"
    );
    assert_eq!(client.ca().unwrap().bytes(), b"ca of calico-typha");
    assert_eq!(client.key().unwrap().bytes(), b"key of calico-node");
}

//! What is taken back out of manifests.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cnx_harden_core::{Code, Names, Severity, Source, Wired, held, wired};

fn read(texts: &[&str]) -> Wired {
    let sources: Vec<_> = texts
        .iter()
        .zip(["a.yaml", "b.yaml", "c.yaml"])
        .map(|(text, name)| Source { name, text })
        .collect();
    wired(&sources, &Names::default())
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
        let [server] = wired.api_server.as_slice() else {
            panic!("{wired:?}")
        };
        assert_eq!(server.server_name, "cnx-api.kube-system.svc");
        for (held, path) in [
            (&server.ca, "ca.crt"),
            (&server.certificate, "tls.crt"),
            (&server.key, "tls.key"),
        ] {
            assert!(held.bytes() == file(&format!("testdata/pki/{path}")).as_bytes());
            // The place is that of the value.
            let line = text.lines().nth(held.line - 1).unwrap();
            let value: String = line.chars().skip(held.column - 1).collect();
            assert!(value == STANDARD.encode(held.bytes()));
        }
        assert_eq!(server.key.field, "data.apiserver.key");
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
        let server = &wired.api_server[0];
        assert_eq!(server.server_name, "api.kube-system.svc");
        assert_eq!(server.certificate.bytes(), b"crt");
        assert_eq!(
            (server.key.bytes(), server.key.file.as_str()),
            (&b"key"[..], "b.yaml")
        );
    }
    // Another namespace's Secret is another's.
    let other = SECRET.replace("kube-system", "default");
    let wired = read(&[SERVICE, &other]);
    assert!(wired.api_server.is_empty());
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
    assert!(wired.etcd.is_empty());
}

#[test]
fn what_is_not_base64_is_told_at_its_place() {
    let broken = SERVICE.replace("Y2E=", "<replace with the CA>");
    let wired = read(&[&broken, SECRET]);
    let finding = &wired.findings[0];
    assert_eq!(
        (finding.code, finding.line, finding.column),
        (Code::NotBase64, 7, 13)
    );
    // Line breaks are skipped, as Go does; blanks are not.
    let folded = SERVICE.replace("Y2E=", "|-\n    Y2\n    E=");
    assert_eq!(read(&[&folded, SECRET]).api_server[0].ca.bytes(), b"ca");
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
    assert_eq!(read(&[&other, SECRET]).api_server, []);
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
    let typha = &wired.typha[0];
    assert_eq!(typha.ca.bytes(), b"ca");
    assert_eq!(typha.server_key.bytes(), b"sk");
    assert_eq!(typha.client_certificate.bytes(), b"cc");
    assert_eq!(
        typha.server_identity.common_name.as_deref(),
        Some("typha-server")
    );
    assert_eq!(
        typha.server_identity.uri_san.as_deref(),
        Some("spiffe://x/typha")
    );
    assert_eq!(
        typha.client_identity.common_name.as_deref(),
        Some("typha-client")
    );
    assert_eq!(typha.client_identity.uri_san, None);
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
    let typha = wired.typha.iter();
    typha
        .filter_map(|typha| typha.server_identity.common_name.clone())
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
    assert_eq!(read(&[manager, &other]).manager.len(), 2);
    assert_eq!(read(&[manager]).manager.len(), 1);
}

//! A real etcd: what is taken back out of the hardened manifest serves mutual
//! TLS and lets its client in, and nobody else.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
};
use serde_yaml::Value;

use crate::common::{object, objects, program, stderr, stdout, tool, upstream};

/// An authority, and what it signs, as PEM.
struct Authority(Issuer<'static, KeyPair>, String);

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
            .distinguished_name
            .push(DnType::CommonName, "etcd TEST CA");
        let pem = params.self_signed(&key).unwrap().pem();
        Self(Issuer::new(params, key), pem)
    }

    /// The certificate and its key.
    fn sign(&self, name: &str, usage: ExtendedKeyUsagePurpose) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.extended_key_usages = vec![usage];
        let certificate = params.signed_by(&key, &self.0).unwrap();
        (certificate.pem(), key.serialize_pem())
    }
}

/// Killed with the test, however it ends.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn write(folder: &Path, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path
}

fn harden(material: [&PathBuf; 3], url: &str, manifest: &Path) -> Vec<Value> {
    let [ca, cert, key] = material;
    let mut run = program();
    run.arg("apply")
        .arg("--etcd-ca")
        .arg(ca)
        .arg("--etcd-cert")
        .arg(cert);
    run.arg("--etcd-key")
        .arg(key)
        .args(["--etcd-endpoints", url]);
    let output = run.arg(manifest).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    objects(&stdout(&output))
}

/// What is given to a client: its endpoints, and the files as its container finds them.
struct Given {
    who: String,
    endpoints: String,
    /// CA, certificate and key.
    files: [String; 3],
}

impl Given {
    fn endpoints(&self) -> String {
        format!("--endpoints={}", self.endpoints)
    }

    /// In etcdctl's flags.
    fn arguments(&self) -> [String; 4] {
        let [ca, cert, key] = &self.files;
        let files = [("cacert", ca), ("cert", cert), ("key", key)];
        let [ca, cert, key] = files.map(|(flag, path)| format!("--{flag}={path}"));
        [self.endpoints(), ca, cert, key]
    }
}

/// The names of the settings, with those of CA, certificate and key.
const FAMILIES: [[&str; 4]; 9] = [
    [
        "ETCD_ENDPOINTS",
        "ETCD_CA_CERT_FILE",
        "ETCD_CERT_FILE",
        "ETCD_KEY_FILE",
    ],
    [
        "TYPHA_ETCDENDPOINTS",
        "TYPHA_ETCDCAFILE",
        "TYPHA_ETCDCERTFILE",
        "TYPHA_ETCDKEYFILE",
    ],
    [
        "FELIX_ETCDENDPOINTS",
        "FELIX_ETCDCAFILE",
        "FELIX_ETCDCERTFILE",
        "FELIX_ETCDKEYFILE",
    ],
    [
        "FLANNELD_ETCD_ENDPOINTS",
        "FLANNELD_ETCD_CAFILE",
        "FLANNELD_ETCD_CERTFILE",
        "FLANNELD_ETCD_KEYFILE",
    ],
    [
        "ETCDCTL_ENDPOINTS",
        "ETCDCTL_CACERT",
        "ETCDCTL_CERT",
        "ETCDCTL_KEY",
    ],
    [
        "ETCDCTL_PEERS",
        "ETCDCTL_CA_FILE",
        "ETCDCTL_CERT_FILE",
        "ETCDCTL_KEY_FILE",
    ],
    [
        "--etcd-endpoints",
        "--etcd-cafile",
        "--etcd-certfile",
        "--etcd-keyfile",
    ],
    [
        "--etcd-servers",
        "--etcd-cafile",
        "--etcd-certfile",
        "--etcd-keyfile",
    ],
    [
        "-etcd-endpoints",
        "-etcd-cafile",
        "-etcd-certfile",
        "-etcd-keyfile",
    ],
];

fn items<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    value
        .get(key)
        .and_then(Value::as_sequence)
        .into_iter()
        .flatten()
}

/// A setting of a container: a flag, a variable, or what `envFrom` brings.
fn setting(objects: &[Value], container: &Value, name: &str) -> Option<String> {
    let data = |reference: &Value, key: &str| {
        let name = reference["name"].as_str().unwrap();
        let config = object(objects, "ConfigMap", name);
        config["data"]
            .get(key)
            .map(|value| value.as_str().unwrap().to_owned())
    };
    if name.starts_with('-') {
        let lists = ["command", "args"].into_iter();
        let words: Vec<_> = lists
            .flat_map(|list| items(container, list))
            .map(|word| word.as_str().unwrap())
            .collect();
        let joined = |word: &&str| {
            word.strip_prefix(name)?
                .strip_prefix('=')
                .map(str::to_owned)
        };
        let apart = || {
            words
                .windows(2)
                .find(|pair| pair[0] == name)
                .map(|pair| pair[1].to_owned())
        };
        return words.iter().find_map(joined).or_else(apart);
    }
    if let Some(item) = items(container, "env").find(|item| item["name"] == name) {
        let reference = &item["valueFrom"]["configMapKeyRef"];
        return match item.get("value") {
            Some(value) => value.as_str().map(str::to_owned),
            None => data(reference, reference["key"].as_str()?),
        };
    }
    items(container, "envFrom").find_map(|from| data(&from["configMapRef"], name))
}

/// The file of a path: the mount's volume, the Secret, its key.
fn file(folder: &Path, objects: &[Value], pod: &Value, container: &Value, path: &str) -> String {
    let mounts = items(container, "volumeMounts");
    let mut under = mounts.filter_map(|mount| {
        let rest = path
            .strip_prefix(mount["mountPath"].as_str()?)?
            .strip_prefix('/')?;
        Some((&mount["name"], rest))
    });
    let (volume, key) = under
        .next()
        .unwrap_or_else(|| panic!("{path} is not mounted"));
    let volume = items(pod, "volumes")
        .find(|v| v["name"] == *volume)
        .unwrap();
    let secret = object(
        objects,
        "Secret",
        volume["secret"]["secretName"].as_str().unwrap(),
    );
    let bytes = STANDARD
        .decode(secret["data"][key].as_str().unwrap())
        .unwrap();
    write(folder, key, bytes).display().to_string()
}

/// All clients of etcd in the manifest, each as its own program reads it.
fn clients(folder: &Path, objects: &[Value]) -> Vec<Given> {
    let mut found = Vec::new();
    let pods = objects
        .iter()
        .map(|object| &object["spec"]["template"]["spec"]);
    for pod in pods.filter(|pod| pod.is_mapping()) {
        for container in ["initContainers", "containers"]
            .iter()
            .flat_map(|list| items(pod, list))
        {
            for family in FAMILIES {
                let said = |name: &str| setting(objects, container, name);
                let [endpoints, ca, cert, key] = family.map(said);
                let (Some(endpoints), Some(ca)) = (endpoints, ca) else {
                    continue;
                };
                let files = [ca, cert.unwrap(), key.unwrap()];
                found.push(Given {
                    who: format!("{} by {}", container["name"].as_str().unwrap(), family[0]),
                    endpoints,
                    files: files.map(|path| file(folder, objects, pod, container, &path)),
                });
            }
        }
    }
    found
}

/// The CNI plugin: the installer writes its endpoints and the files that it has copied to
/// the host for the words between underscores.
fn plugin(folder: &Path, objects: &[Value]) -> Given {
    let config = object(objects, "ConfigMap", "calico-config");
    let text = config["data"]["cni_network_config"].as_str().unwrap();
    // Numbers stand without quotes: `__CNI_MTU__`.
    let json = text.replace(": __CNI_MTU__", ": 1440");
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let plugin = &json["plugins"][0];
    let field = |name: &str| plugin[name].as_str().unwrap().to_owned();
    assert_eq!(field("etcd_endpoints"), "__ETCD_ENDPOINTS__");
    let endpoints = config["data"]["etcd_endpoints"].as_str().unwrap();
    let secret = object(objects, "Secret", "calico-etcd-secrets");
    let files = ["etcd_ca_cert_file", "etcd_cert_file", "etcd_key_file"].map(field);
    let files = files.map(|word| {
        let key = match word.as_str() {
            "__ETCD_CA_CERT_FILE__" => "etcd-ca",
            "__ETCD_CERT_FILE__" => "etcd-cert",
            "__ETCD_KEY_FILE__" => "etcd-key",
            _ => panic!("{word}"),
        };
        let bytes = STANDARD
            .decode(secret["data"][key].as_str().unwrap())
            .unwrap();
        write(folder, key, bytes).display().to_string()
    });
    Given {
        who: "the CNI plugin".to_owned(),
        endpoints: endpoints.to_owned(),
        files,
    }
}

/// All that are looked at.
const WHO: [&str; 12] = [
    "calico-node by ETCD_ENDPOINTS",
    "calico-kube-controllers by ETCD_ENDPOINTS",
    "the CNI plugin",
    "typha by TYPHA_ETCDENDPOINTS",
    "felix by FELIX_ETCDENDPOINTS",
    "flannel by FLANNELD_ETCD_ENDPOINTS",
    "etcdctl2 by ETCDCTL_PEERS",
    "etcdctl by ETCDCTL_ENDPOINTS",
    "controllers by ETCD_ENDPOINTS",
    "api-server by --etcd-servers",
    "flanneld by -etcd-endpoints",
    "flanneld-of-canal by --etcd-endpoints",
];

/// Clients of each family that the shipped manifest lacks.
const OTHERS: &str = "\
apiVersion: v1
kind: Secret
metadata: {name: calico-etcd-secrets, namespace: kube-system}
data: {}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: whole, namespace: kube-system}
data:
  ETCD_ENDPOINTS: http://10.0.0.1:2379
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: calico-others, namespace: kube-system}
spec:
  selector: {matchLabels: {app: others}}
  template:
    metadata: {labels: {app: others}}
    spec:
      containers:
      - name: typha
        image: calico/typha
        env:
        - {name: TYPHA_ETCDENDPOINTS, value: 'http://10.0.0.1:2379'}
      - name: felix
        image: calico/node
        env:
        - {name: FELIX_ETCDENDPOINTS, value: 'http://10.0.0.1:2379'}
      - name: flannel
        image: flannel
        env:
        - {name: FLANNELD_ETCD_ENDPOINTS, value: 'http://10.0.0.1:2379'}
      - name: etcdctl2
        image: etcd
        env:
        - {name: ETCDCTL_PEERS, value: 'http://10.0.0.1:2379'}
      - name: etcdctl
        image: etcd
        env:
        - {name: ETCDCTL_ENDPOINTS, value: 'http://10.0.0.1:2379'}
      - name: controllers
        image: calico/kube-controllers
        envFrom:
        - configMapRef: {name: whole}
      - name: api-server
        image: calico/apiserver
        args: [--secure-port=5443, '--etcd-servers=http://10.0.0.1:2379']
      - name: flanneld
        image: flannel
        args:
        - -etcd-endpoints
        - http://10.0.0.1:2379
      - name: flanneld-of-canal
        image: flannel
        command: [flanneld, '--etcd-endpoints=http://10.0.0.1:2379']
";

fn etcdctl(arguments: &[String]) -> Output {
    let mut etcdctl = Command::new(tool("etcdctl"));
    etcdctl
        .env("ETCDCTL_API", "3")
        .args(["--dial-timeout=2s", "--command-timeout=3s"]);
    etcdctl
        .args(arguments)
        .args(["put", "key", "value"])
        .output()
        .unwrap()
}

#[test]
fn etcd_lets_the_hardened_client_in_and_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let authority = Authority::new();
    let (server_cert, server_key) =
        authority.sign("127.0.0.1", ExtendedKeyUsagePurpose::ServerAuth);
    let (cert, key) = authority.sign("calico", ExtendedKeyUsagePurpose::ClientAuth);
    let material = [
        &write(folder, "ca.crt", &authority.1),
        &write(folder, "client.crt", cert),
        &write(folder, "client.key", key),
    ];
    let (url, peer) = (
        format!("https://127.0.0.1:{}", free_port()),
        format!("http://127.0.0.1:{}", free_port()),
    );
    let mounted = folder.join("calico-secrets");
    fs::create_dir(&mounted).unwrap();
    let objects = harden(material, &url, &upstream("calico-etcd.yaml"));
    let mut all = clients(&mounted, &objects);
    all.push(plugin(&mounted, &objects));
    let others = harden(material, &url, &write(folder, "others.yaml", OTHERS));
    all.extend(clients(&mounted, &others));
    let who: Vec<_> = all.iter().map(|client| client.who.as_str()).collect();
    assert_eq!(who, WHO);
    let first = &all[0];
    assert_eq!(first.endpoints, url);
    let [endpoints, ca, cert, key] = first.arguments();

    let mut etcd = Command::new(tool("etcd"));
    etcd.arg("--data-dir").arg(folder.join("data"));
    etcd.args(["--client-cert-auth", "--logger=zap", "--log-level=error"]);
    etcd.arg("--trusted-ca-file").arg(&first.files[0]);
    etcd.arg("--cert-file")
        .arg(write(folder, "server.crt", server_cert));
    etcd.arg("--key-file")
        .arg(write(folder, "server.key", server_key));
    for flag in ["--listen-client-urls", "--advertise-client-urls"] {
        etcd.args([flag, &url]);
    }
    for flag in ["--listen-peer-urls", "--initial-advertise-peer-urls"] {
        etcd.args([flag, &peer]);
    }
    etcd.arg("--initial-cluster").arg(format!("default={peer}"));
    let log = fs::File::create(folder.join("log")).unwrap();
    let server = etcd.stdout(Stdio::null()).stderr(log).spawn().unwrap();
    let _server = Server(server);

    // The client that the manifest describes, as soon as etcd is up.
    let client = [endpoints.clone(), ca.clone(), cert.clone(), key.clone()];
    let start = Instant::now();
    let output = loop {
        let output = etcdctl(&client);
        if output.status.success() || start.elapsed() > Duration::from_secs(40) {
            break output;
        }
        std::thread::sleep(Duration::from_millis(200));
    };
    let log = fs::read_to_string(folder.join("log")).unwrap();
    assert!(output.status.success(), "{} {log}", stderr(&output));
    assert_eq!(stdout(&output), "OK\n");

    // All others, and none of them without its files.
    for client in &all {
        let output = etcdctl(&client.arguments());
        assert!(
            output.status.success(),
            "{}: {}",
            client.who,
            stderr(&output)
        );
        assert!(
            !etcdctl(&[client.endpoints()]).status.success(),
            "{}",
            client.who
        );
    }

    // At the label and the headers of a CA's block nobody of etcd looks.
    for (name, to) in [
        ("headers.crt", "BEGIN CERTIFICATE-----\nX-Origin: here"),
        ("label.crt", "BEGIN AUTHORITY-----"),
    ] {
        let text = authority.1.replace("BEGIN CERTIFICATE-----", to);
        let text = match name {
            "label.crt" => text.replace("END CERTIFICATE", "END AUTHORITY"),
            _ => text,
        };
        let ca = format!("--cacert={}", write(folder, name, text).display());
        let client = [endpoints.clone(), ca, cert.clone(), key.clone()];
        let output = etcdctl(&client);
        assert!(output.status.success(), "{name}: {}", stderr(&output));
    }

    // Without a certificate, with another authority's, and without TLS.
    let other = Authority::new();
    let (other_cert, other_key) = other.sign("calico", ExtendedKeyUsagePurpose::ClientAuth);
    let other_cert = write(folder, "other.crt", other_cert);
    let other_key = write(folder, "other.key", other_key);
    let other_ca = write(folder, "other-ca.crt", &other.1);
    let refused: [&[String]; 4] = [
        &[endpoints.clone(), ca.clone()],
        &[
            endpoints.clone(),
            ca.clone(),
            format!("--cert={}", other_cert.display()),
            format!("--key={}", other_key.display()),
        ],
        &[
            endpoints.clone(),
            format!("--cacert={}", other_ca.display()),
            cert,
            key,
        ],
        &[endpoints.replace("https://", "http://")],
    ];
    for arguments in refused {
        assert!(!etcdctl(arguments).status.success(), "{arguments:?}");
    }
    assert!(etcdctl(&client).status.success(), "it is still there");
}

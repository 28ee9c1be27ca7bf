//! The hardened manifests before real programs: kustomize, Kubernetes' schemas,
//! and a TLS client that is Go's, as kube-apiserver's is.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use crate::common::{
    ETCD_MANIFESTS, MANIFESTS, TYPHA_MANIFEST, hardened, object, objects, pki, read, stderr,
    stdout, tool, upstream, with_material,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

#[test]
fn kustomize_loads_the_hardened_manifests() {
    for name in MANIFESTS {
        let folder = tempfile::tempdir().unwrap();
        fs::copy(hardened(name), folder.path().join(name)).unwrap();
        let kustomization = format!("resources: [{name}]\n");
        fs::write(folder.path().join("kustomization.yaml"), kustomization).unwrap();
        let mut kubectl = Command::new(tool("kubectl"));
        let output = kubectl
            .arg("kustomize")
            .arg(folder.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        let built = objects(&stdout(&output));
        assert_eq!(built.len(), objects(&read(upstream(name))).len());
        let service = object(&built, "APIService", "v3.projectcalico.org");
        assert!(service["spec"]["caBundle"].is_string());
        assert!(service["spec"].get("insecureSkipTLSVerify").is_none());
        let secret = object(&built, "Secret", "cnx-apiserver-certs");
        assert!(secret["data"]["apiserver.key"].is_string());
        assert!(secret["data"]["apiserver.crt"].is_string());
    }
}

/// Kustomize loses the comments and sorts the keys: the same objects come out.
#[test]
fn what_kustomize_built_is_hardened_to_the_same_objects() {
    for name in MANIFESTS {
        let folder = tempfile::tempdir().unwrap();
        fs::copy(upstream(name), folder.path().join(name)).unwrap();
        fs::write(
            folder.path().join("kustomization.yaml"),
            format!("resources: [{name}]\n"),
        )
        .unwrap();
        let mut kubectl = Command::new(tool("kubectl"));
        let built = stdout(
            &kubectl
                .arg("kustomize")
                .arg(folder.path())
                .output()
                .unwrap(),
        );
        let path = folder.path().join("built.yaml");
        fs::write(&path, &built).unwrap();
        let output = with_material("apply", "tls").arg(&path).output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        let (built, wanted) = (objects(&stdout(&output)), objects(&read(hardened(name))));
        assert_eq!(built.len(), wanted.len());
        for wanted in &wanted {
            let name = wanted["metadata"]["name"].as_str().unwrap();
            assert!(
                object(&built, wanted["kind"].as_str().unwrap(), name) == wanted,
                "{name}"
            );
        }
    }
}

#[test]
fn each_object_validates_against_kubernetes_1_13() {
    let validate = |paths: &[std::path::PathBuf]| -> Output {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/validate.py");
        let mut validate = Command::new(tool("python"));
        validate
            .arg(script)
            .arg("1.13")
            .args(paths)
            .output()
            .unwrap()
    };
    let names = MANIFESTS.iter().chain(&ETCD_MANIFESTS);
    for name in names.chain([&TYPHA_MANIFEST]) {
        for path in [upstream(name), hardened(name)] {
            let count = objects(&read(&path)).len();
            let output = validate(&[path]);
            let said = stdout(&output) + &stderr(&output);
            assert!(output.status.success(), "{said}");
            assert!(
                said.contains(&format!("{count} objects, 0 not valid")),
                "{said}"
            );
        }
    }
    // The validator does refuse.
    let folder = tempfile::tempdir().unwrap();
    let broken = folder.path().join("broken.yaml");
    let text = read(hardened(MANIFESTS[0]));
    fs::write(
        &broken,
        text.replace("versionPriority: 200", "versionPriority: high"),
    )
    .unwrap();
    let output = validate(&[broken]);
    assert!(
        stdout(&output).contains("1 not valid"),
        "{}",
        stdout(&output)
    );
}

/// What kube-apiserver and the API server take from a manifest.
pub(crate) struct Taken {
    pub(crate) ca: Vec<u8>,
    pub(crate) certificate: Vec<u8>,
    pub(crate) key: Vec<u8>,
    pub(crate) server_name: String,
}

pub(crate) fn take(manifest: &str) -> Taken {
    let objects = objects(manifest);
    let spec = &object(&objects, "APIService", "v3.projectcalico.org")["spec"];
    let data = &object(&objects, "Secret", "cnx-apiserver-certs")["data"];
    let decode = |value: &serde_yaml::Value| STANDARD.decode(value.as_str().unwrap()).unwrap();
    let service = |key: &str| spec["service"][key].as_str().unwrap().to_owned();
    Taken {
        ca: decode(&spec["caBundle"]),
        certificate: decode(&data["apiserver.crt"]),
        key: decode(&data["apiserver.key"]),
        server_name: format!("{}.{}.svc", service("name"), service("namespace")),
    }
}

/// Serves one connection with TLS, and connects with kubectl.
pub(crate) fn connect(
    certificate: &[u8],
    key: &[u8],
    ca: Option<&[u8]>,
    server_name: &str,
) -> Output {
    let chain = CertificateDer::pem_slice_iter(certificate)
        .collect::<Result<Vec<_>, _>>()
        .unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider);
    let config = config
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth();
    let config = config
        .with_single_cert(chain, PrivateKeyDer::from_pem_slice(key).unwrap())
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        // kubectl tries more than once.
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut tls = rustls::ServerConnection::new(config.clone()).unwrap();
            let mut tls = rustls::Stream::new(&mut tls, &mut stream);
            let mut request = [0; 4096];
            if tls.read(&mut request).is_ok() {
                let body = r#"{"major":"1","minor":"13","gitVersion":"v1.13.0"}"#;
                let _ = write!(
                    tls,
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
                     Connection: close\r\n\r\n{body}",
                    body.len()
                );
                tls.conn.send_close_notify();
                let _ = tls.flush();
            }
        }
    });
    let home = tempfile::tempdir().unwrap();
    let mut kubectl = Command::new(tool("kubectl"));
    kubectl
        .env("HOME", home.path())
        .args(["--kubeconfig=/dev/null", "--token=x"]);
    kubectl
        .args(["get", "--raw=/version"])
        .arg(format!("--server=https://127.0.0.1:{port}"));
    kubectl.arg(format!("--tls-server-name={server_name}"));
    if let Some(ca) = ca {
        let path = home.path().join("ca.crt");
        fs::write(&path, ca).unwrap();
        kubectl.arg("--certificate-authority").arg(path);
    }
    kubectl.output().unwrap()
}

#[test]
fn go_verifies_the_hardened_manifests_certificate() {
    let mut manifests: Vec<_> = MANIFESTS.map(|name| read(hardened(name))).into();
    for pair in ["rotated", "rsa"] {
        manifests.push(stdout(
            &with_material("apply", pair)
                .arg(hardened(MANIFESTS[0]))
                .output()
                .unwrap(),
        ));
    }
    for manifest in &manifests {
        let taken = take(manifest);
        let output = connect(
            &taken.certificate,
            &taken.key,
            Some(&taken.ca),
            &taken.server_name,
        );
        assert!(output.status.success(), "{}", stderr(&output));
        assert!(stdout(&output).contains("v1.13.0"));
    }
}

#[test]
fn go_refuses_what_would_not_work_in_a_cluster() {
    let taken = take(&read(hardened(MANIFESTS[0])));
    let refused = |output: Output, reason: &str| {
        assert!(!output.status.success(), "{reason}");
        assert!(
            stderr(&output).contains(reason),
            "{reason}: {}",
            stderr(&output)
        );
    };
    let Taken {
        ca,
        certificate,
        key,
        server_name,
    } = &taken;
    // As published: no caBundle. Once nobody skips the verification, it fails.
    assert!(
        object(
            &objects(&read(upstream(MANIFESTS[0]))),
            "APIService",
            "v3.projectcalico.org"
        )["spec"]
            .get("caBundle")
            .is_none()
    );
    refused(
        connect(certificate, key, None, server_name),
        "signed by unknown authority",
    );
    let other = fs::read(pki("other-ca.crt")).unwrap();
    refused(
        connect(certificate, key, Some(&other), server_name),
        "signed by unknown authority",
    );
    refused(
        connect(certificate, key, Some(ca), "cnx-api.default.svc"),
        "certificate is valid for cnx-api.kube-system.svc",
    );
    let manifest = stdout(
        &with_material("apply", "cn-only")
            .args(["--allow", "common-name-only"])
            .arg(upstream(MANIFESTS[0]))
            .output()
            .unwrap(),
    );
    let taken = take(&manifest);
    refused(
        connect(
            &taken.certificate,
            &taken.key,
            Some(&taken.ca),
            &taken.server_name,
        ),
        "legacy Common Name",
    );
}

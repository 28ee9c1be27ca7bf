//! Three sets of manifests with every party in them: as published, half
//! hardened, and hardened.

use std::fs;
use std::path::Path;

use crate::common::{program, read, root, stderr, stdout, upstream};

const CALICO: &str = "testdata/traffic/calico.yaml";
const CNX: &str = "manifests/upstream/cnx-etcd.yaml";

/// Writes the folders `upstream`, `half` and `hardened` into `folder`.
pub(crate) fn write(folder: &Path) {
    let upstream = folder.join("upstream");
    fs::create_dir_all(&upstream).unwrap();
    for path in [CALICO, CNX] {
        let name = Path::new(path).file_name().unwrap();
        fs::write(upstream.join(name), read(root().join(path))).unwrap();
    }
    let pki = [
        ("--apiserver-ca", "ca.crt"),
        ("--apiserver-cert", "tls.crt"),
        ("--apiserver-key", "tls.key"),
        ("--etcd-ca", "etcd/ca.crt"),
        ("--etcd-cert", "etcd/client.crt"),
        ("--etcd-key", "etcd/client.key"),
        ("--typha-ca", "typha/ca.crt"),
        ("--typha-server-cert", "typha/server.crt"),
        ("--typha-server-key", "typha/server.key"),
        ("--typha-client-cert", "typha/client.crt"),
        ("--typha-client-key", "typha/client.key"),
        ("--manager-cert", "manager/tls.crt"),
        ("--manager-key", "manager/tls.key"),
    ];
    let mut apply = program();
    apply.args(["apply", "--quiet", "--manager-host", "cnx.example.com"]);
    for (flag, file) in pki {
        apply.arg(flag).arg(format!("testdata/pki/{file}"));
    }
    let hardened = folder.join("hardened");
    let output = apply
        .arg("--output-dir")
        .arg(&hardened)
        .arg(&upstream)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    half(&hardened, &folder.join("half"));
}

/// What people forget: a mount, a variable on one side, half of a pair.
fn half(hardened: &Path, half: &Path) {
    fs::create_dir_all(half).unwrap();
    let cnx = read(hardened.join("cnx-etcd.yaml"));
    let cnx = without(
        &cnx,
        "          - mountPath: /code/apiserver.local.config/certificates\n            \
         name: apiserver-certs\n",
    );
    fs::write(half.join("cnx-etcd.yaml"), cnx).unwrap();
    let calico = read(hardened.join("calico.yaml"));
    let calico = without(
        &calico,
        "            - name: FELIX_TYPHAKEYFILE\n              \
         value: /calico-node-certs/calico-node.key\n",
    );
    let (before, calicoctl) = calico.split_once("  name: calicoctl\n").unwrap();
    let calicoctl = without(
        calicoctl,
        "        - name: ETCD_KEY_FILE\n          valueFrom:\n            \
         configMapKeyRef: {name: calico-config, key: etcd_key}\n",
    );
    let calico = format!("{before}  name: calicoctl\n{calicoctl}");
    fs::write(half.join("calico.yaml"), calico).unwrap();
}

fn without(text: &str, part: &str) -> String {
    assert!(text.contains(part), "{part:?} is not in the manifest");
    text.replacen(part, "", 1)
}

/// etcd's own certificate is in no manifest, and has the names that its clients ask for.
#[test]
fn etcds_certificate_is_compared_with_the_endpoints() {
    let folder = tempfile::tempdir().unwrap();
    let run = |line: &str| {
        let mut command = program();
        command.current_dir(folder.path()).args(line.split(' '));
        command.output().unwrap()
    };
    fs::copy(
        upstream("calico-etcd.yaml"),
        folder.path().join("calico.yaml"),
    )
    .unwrap();
    assert!(
        run("certs generate --pki pki --etcd-host etcd.example.com --manager-host m.example.com")
            .status
            .success()
    );
    let apply =
        "apply --pki pki --except manager,typha,apiserver -i calico.yaml --etcd-endpoints https://";
    let before = read(folder.path().join("calico.yaml"));
    let refused = run(&format!("{apply}10.0.0.7:2379"));
    assert_eq!(refused.status.code(), Some(2));
    let said = stderr(&refused);
    assert!(
        said.contains("pki/etcd/server.crt:1:1: error[name-mismatch]") && said.contains("10.0.0.7"),
        "{said}"
    );
    assert_eq!(read(folder.path().join("calico.yaml")), before);
    let done = run(&format!("{apply}etcd.example.com:2379"));
    assert!(done.status.success(), "{}", stderr(&done));
    let verify = run("certs verify --pki pki calico.yaml");
    assert!(verify.status.success(), "{}", stdout(&verify));
    let moved =
        read(folder.path().join("calico.yaml")).replace("etcd.example.com", "etcd.example.org");
    fs::write(folder.path().join("calico.yaml"), moved).unwrap();
    let verify = run("certs verify --pki pki calico.yaml");
    assert_eq!(verify.status.code(), Some(2));
    assert!(
        stdout(&verify).contains("covers etcd.example.org"),
        "{}",
        stdout(&verify)
    );
    // A manifest without etcd asks for nothing.
    fs::copy(upstream("cnx-kdd.yaml"), folder.path().join("kdd.yaml")).unwrap();
    let line = "apply --pki pki --except manager,typha,apiserver kdd.yaml --etcd-endpoints https://10.0.0.7:2379";
    assert!(run(line).status.success());
}

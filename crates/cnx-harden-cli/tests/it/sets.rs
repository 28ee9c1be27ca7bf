//! Three sets of manifests with every party in them: as published, half
//! hardened, and hardened.

use std::fs;
use std::path::Path;

use crate::common::{program, read, root, stderr};

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

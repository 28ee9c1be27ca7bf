//! The configuration files of etcd's clients.

use cnx_harden_core::client_config::{
    Credentials, FilePath, FilePathError, FilePaths, calicoctl, cni, felix,
};
use cnx_harden_core::etcd::{EndpointFault, Endpoints, EndpointsError};
use cnx_harden_core::{CaBundle, Certificate, Etcd, PrivateKey};

fn files() -> FilePaths {
    let path = |name: &str| FilePath::new(format!("/etc/calico/{name}")).unwrap();
    FilePaths {
        ca: path("etcd-ca.crt"),
        cert: path("etcd.crt"),
        key: path("etcd.key"),
    }
}

fn endpoints() -> Endpoints {
    Endpoints::parse("https://10.0.0.1:2379, https://[fd00::1]:2379").unwrap()
}

#[test]
fn files_are_named() {
    let credentials = Credentials::Files(&files());
    insta::assert_snapshot!("calicoctl", calicoctl(&endpoints(), credentials).as_str());
    insta::assert_snapshot!("felix", felix(&endpoints(), &files()));
    insta::assert_snapshot!("cni", cni(&endpoints(), &files()));
}

#[test]
fn other_readers_read_them() {
    let text = calicoctl(&endpoints(), Credentials::Files(&files()));
    let value: serde_yaml::Value = serde_yaml::from_str(&text).unwrap();
    assert_eq!(value["kind"], "CalicoAPIConfig");
    assert_eq!(value["spec"]["etcdKeyFile"], "/etc/calico/etcd.key");
    assert_eq!(
        value["spec"]["etcdEndpoints"],
        "https://10.0.0.1:2379,https://[fd00::1]:2379"
    );
    let value: serde_json::Value = serde_json::from_str(&cni(&endpoints(), &files())).unwrap();
    assert_eq!(value["etcd_ca_cert_file"], "/etc/calico/etcd-ca.crt");
    assert_eq!(value.as_object().unwrap().len(), 4);
}

/// Prose around a block, and the line breaks of Windows, stay out of the file.
#[test]
fn inline_material_is_the_pem_blocks_and_never_mixed_with_files() {
    let pem = |label: &str| format!("-----BEGIN {label}-----\nQUJD\n-----END {label}-----\n");
    let material = Etcd::new(
        CaBundle::new(pem("CERTIFICATE") + "\n" + &pem("CERTIFICATE")),
        Certificate::new("subject=CN = x\n: {\n".to_owned() + &pem("CERTIFICATE")),
        PrivateKey::new(pem("PRIVATE KEY").replace('\n', "\r\n")),
    );
    let text = calicoctl(&endpoints(), Credentials::Inline(&material));
    let value: serde_yaml::Value = serde_yaml::from_str(&text).unwrap();
    let field = |key: &str| value["spec"][key].as_str().unwrap_or_default().to_owned();
    assert_eq!(field("etcdKey"), pem("PRIVATE KEY"));
    assert_eq!(field("etcdCert"), pem("CERTIFICATE"));
    assert_eq!(field("etcdCACert"), pem("CERTIFICATE").repeat(2));
    assert!(!text.contains("File"));
}

#[test]
fn paths_that_would_mean_something_else_are_refused() {
    let refused = |path: &str| FilePath::new(path).unwrap_err();
    let relative = FilePathError::Relative("etcd.key".into());
    assert_eq!(refused("etcd.key"), relative);
    for character in ['\n', '"', '\\', '#', ';', '\''] {
        let path = format!("/a{character}b");
        assert_eq!(refused(&path), FilePathError::Character(path, character));
    }
    assert!(FilePath::new("/with space/é").is_ok());
}

#[test]
fn endpoints_that_are_none_are_refused() {
    let refused = |text: &str| Endpoints::parse(text).unwrap_err();
    for (text, number, fault) in [
        ("", 1, EndpointFault::Empty),
        ("https://a:1,", 2, EndpointFault::Empty),
        ("a:1", 1, EndpointFault::NotHttps),
        ("https://a:1,http://b:1", 2, EndpointFault::NotHttps),
        ("https://:1", 1, EndpointFault::Host),
        ("https://a", 1, EndpointFault::Port),
        ("https://fd00::1:2379", 1, EndpointFault::Brackets),
        ("https://<IP>:1", 1, EndpointFault::Placeholder),
    ] {
        assert_eq!(refused(text), EndpointsError { number, fault }, "{text}");
    }
    assert_eq!(refused("https://a\":1").fault, EndpointFault::Host);
}

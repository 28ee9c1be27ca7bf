//! Which pairs connect, and who refuses whom, with the reason.

use cnx_certs::{
    Code, ConnectionKind, Handshake, HandshakeOutcome, Identity, Material, Policy, Role, Severity,
    Version, check, connect,
};
use rcgen::ExtendedKeyUsagePurpose::{ClientAuth, ServerAuth};

use crate::authority::{Authority, Leaf, NOW, Wanted};

const SERVICE: &str = "cnx-api.kube-system.svc";

fn identity(cn: Option<&str>, uri: Option<&str>) -> Identity {
    Identity {
        common_name: cn.map(str::to_owned),
        uri_san: uri.map(str::to_owned),
    }
}

fn server(names: &[&'static str]) -> Wanted {
    Wanted {
        names: names.to_vec(),
        usages: vec![ServerAuth],
        ..Wanted::default()
    }
}

/// A role's material for one call of [`connect`].
struct Files {
    role: Role,
    ca: Option<String>,
    leaf: Leaf,
    names: Vec<String>,
    identity: Identity,
}

impl Files {
    fn new(role: Role, ca: &Authority, leaf: &Leaf) -> Self {
        Self {
            role,
            ca: Some(ca.pem.clone()),
            leaf: leaf.clone(),
            names: Vec::new(),
            identity: Identity::default(),
        }
    }

    fn named(mut self, names: &[&str]) -> Self {
        self.names = names.iter().map(|n| (*n).to_owned()).collect();
        self
    }

    fn known_as(mut self, identity: Identity) -> Self {
        self.identity = identity;
        self
    }

    fn material(&self) -> Material<'_> {
        Material {
            role: self.role,
            ca: self.ca.as_deref().map(str::as_bytes),
            certificate: self.leaf.certificate.as_bytes(),
            key: Some(self.leaf.key.as_bytes()),
            names: &self.names,
            identity: &self.identity,
        }
    }
}

fn run(files: &[Files]) -> Vec<Handshake> {
    let materials: Vec<_> = files.iter().map(Files::material).collect();
    let policy = Policy::at(NOW);
    let done = connect(&materials, &policy);
    // The checks and the handshake are of one mind.
    let errors = check(&materials, &policy);
    let mut errors = errors.iter().filter(|f| f.severity == Severity::Error);
    assert_eq!(
        errors.next().is_none(),
        done.iter().all(Handshake::connected)
    );
    done
}

/// All connect, with both versions.
#[track_caller]
fn connects(files: &[Files]) -> Vec<Handshake> {
    let done = run(files);
    for version in [Version::Tls12, Version::Tls13] {
        assert!(done.iter().any(|h| h.version == version));
    }
    for handshake in &done {
        assert!(handshake.connected(), "{handshake:?}");
    }
    done
}

/// All are refused, with both versions, and say this.
#[track_caller]
fn refused(files: &[Files], role: Role, why: &str) {
    let done = run(files);
    assert!(done.len() >= 2);
    for handshake in done {
        let HandshakeOutcome::Failed(finding) = &handshake.outcome else {
            panic!("{handshake:?}")
        };
        assert_eq!(finding.code, Code::HandshakeFailed);
        assert_eq!(finding.role, role, "{finding:?}");
        assert!(finding.message.contains(why), "{}", finding.message);
    }
}

#[test]
fn the_aggregator_connects_to_the_api_server() {
    let ca = Authority::new("ca");
    let leaf = ca.leaf(&server(&[SERVICE]));
    let done = connects(&[Files::new(Role::ApiServer, &ca, &leaf).named(&[SERVICE])]);
    assert_eq!(done.len(), 2);
    let HandshakeOutcome::Connected(session) = &done[0].outcome else {
        panic!()
    };
    assert_eq!(done[0].connection, ConnectionKind::ApiServer);
    assert_eq!(done[0].server_name.as_deref(), Some(SERVICE));
    assert_eq!(session.cipher, "TLS13_AES_256_GCM_SHA384");
    assert_eq!(session.server_chain, [SERVICE, "CN=ca"]);
    assert!(session.trusted && session.client_chain.is_empty());
}

#[test]
fn the_aggregator_refuses_what_go_refuses() {
    let (ca, other) = (Authority::new("ca"), Authority::new("other"));
    let leaf = ca.leaf(&server(&[SERVICE]));
    let files =
        |ca: &Authority, leaf: &Leaf| Files::new(Role::ApiServer, ca, leaf).named(&[SERVICE]);
    let why = "kube-apiserver refuses the certificate of API server: ";
    let refused = |files: Files, clause: &str| {
        refused(&[files], Role::ApiServer, &format!("{why}{clause}"));
    };
    refused(
        files(&other, &leaf),
        "its issuer CN=ca is in neither the certificate file nor the CA file",
    );
    let named = files(&ca, &leaf).named(&["cnx-api.default.svc"]);
    refused(named, "no subject alternative name covers");
    let mut cn_only = server(&[]);
    cn_only.cn = Some(SERVICE);
    refused(
        files(&ca, &ca.leaf(&cn_only)),
        "it has the Common Name cnx-api.kube-system.svc and no",
    );
    let mut past = server(&[SERVICE]);
    past.years = Some((2020, 2024));
    refused(files(&ca, &ca.leaf(&past)), "it expired on 2024-12-31");
    let mut future = server(&[SERVICE]);
    future.years = Some((2040, 2044));
    refused(
        files(&ca, &ca.leaf(&future)),
        "it is not valid before 2040-01-01",
    );
    let mut client = server(&[SERVICE]);
    client.usages = vec![ClientAuth];
    refused(
        files(&ca, &ca.leaf(&client)),
        "its extended key usage lacks serverAuth",
    );
}

#[test]
fn a_server_does_not_start_with_another_key() {
    let ca = Authority::new("ca");
    let mut leaf = ca.leaf(&server(&[SERVICE]));
    leaf.key = ca.leaf(&server(&[SERVICE])).key;
    let files = Files::new(Role::ApiServer, &ca, &leaf).named(&[SERVICE]);
    refused(
        &[files],
        Role::ApiServer,
        "does not start: the private key is not",
    );
}

/// Typha's and Felix's certificates, each with both kinds of identity.
fn typha(ca: &Authority) -> (Leaf, Leaf) {
    let leaf = |cn, uri, usage| {
        ca.leaf(&Wanted {
            cn: Some(cn),
            uri: Some(uri),
            usages: vec![usage],
            ..Wanted::default()
        })
    };
    (
        leaf("typha-server", "spiffe://k8s/typha", ServerAuth),
        leaf("typha-client", "spiffe://k8s/felix", ClientAuth),
    )
}

#[test]
fn typha_and_felix_know_each_other() {
    let ca = Authority::new("ca");
    let (server, client) = typha(&ca);
    let spiffe = Some("spiffe://k8s/typha");
    // CN mode, SPIFFE mode, and the migration mode, in which either will do.
    for of_typha in [
        identity(Some("typha-server"), None),
        identity(None, spiffe),
        identity(Some("typha-server"), Some("spiffe://k8s/other")),
        identity(Some("other"), spiffe),
    ] {
        let of_felix = identity(Some("typha-client"), None);
        let done = connects(&[
            Files::new(Role::TyphaServer, &ca, &server).known_as(of_typha),
            Files::new(Role::TyphaClient, &ca, &client).known_as(of_felix),
        ]);
        let HandshakeOutcome::Connected(session) = &done[0].outcome else {
            panic!()
        };
        assert_eq!(session.server_chain, ["CN=typha-server", "CN=ca"]);
        assert_eq!(session.client_chain, ["CN=typha-client", "CN=ca"]);
    }
}

#[test]
fn typha_and_felix_refuse_whom_they_do_not_know() {
    let (ca, other) = (Authority::new("ca"), Authority::new("other"));
    let (server, client) = typha(&ca);
    let typha = |cn, uri| Files::new(Role::TyphaServer, &ca, &server).known_as(identity(cn, uri));
    let felix = |cn, uri| Files::new(Role::TyphaClient, &ca, &client).known_as(identity(cn, uri));
    let (s, c) = (Some("typha-server"), Some("typha-client"));
    // A name is compared exactly, case and all.
    for cn in ["Typha-Server", "typha-server ", "typha", ""] {
        refused(
            &[typha(Some(cn), None), felix(c, None)],
            Role::TyphaServer,
            "Felix refuses the certificate of Typha: Felix asks for the Common Name",
        );
    }
    refused(
        &[typha(s, None), felix(None, Some("spiffe://k8s/felix/"))],
        Role::TyphaClient,
        "Typha refuses the certificate of Felix: Typha asks for the URI spiffe://k8s/felix/; \
         it has the URI spiffe://k8s/felix [identity-mismatch]",
    );
    refused(
        &[typha(Some("a"), Some("b")), felix(c, None)],
        Role::TyphaServer,
        "Felix asks for the Common Name a or the URI b; it has",
    );
    // Felix with Typha's certificate, and one of another CA.
    let swapped = Files::new(Role::TyphaClient, &ca, &server).known_as(identity(s, None));
    refused(
        &[typha(s, None), swapped],
        Role::TyphaClient,
        "Typha refuses the certificate of Felix: its extended key usage lacks clientAuth",
    );
    let foreign = Files::new(Role::TyphaClient, &other, &client).known_as(identity(c, None));
    refused(
        &[typha(s, None), foreign],
        Role::TyphaClient,
        "Typha refuses the certificate of Felix: its issuer CN=ca is in neither the certificate file nor the CA file",
    );
}

#[test]
fn an_etcd_client_connects_to_a_server_that_asks_for_its_certificate() {
    let ca = Authority::new("ca");
    let client = ca.leaf(&Wanted {
        usages: vec![ClientAuth],
        ..Wanted::default()
    });
    // The server is made up, and said to be.
    let done = connects(&[Files::new(Role::EtcdClient, &ca, &client)]);
    assert!(
        done.iter()
            .all(|h| h.stand_in && h.connection == ConnectionKind::Etcd)
    );
    let etcd = ca.leaf(&server(&["etcd.example.com", "10.0.0.1"]));
    let names = ["etcd.example.com", "10.0.0.1"];
    let done = connects(&[
        Files::new(Role::EtcdServer, &ca, &etcd).named(&names),
        Files::new(Role::EtcdClient, &ca, &client),
    ]);
    assert_eq!(done.len(), 4);
    assert!(done.iter().all(|h| !h.stand_in));
    refused(
        &[Files::new(Role::EtcdClient, &ca, &etcd)],
        Role::EtcdClient,
        "etcd refuses the certificate of Calico: its extended key usage lacks clientAuth",
    );
    let other = Authority::new("other");
    refused(
        &[Files::new(Role::EtcdClient, &other, &client)],
        Role::EtcdClient,
        "its issuer CN=ca is in neither the certificate file nor the CA file",
    );
}

#[test]
fn a_browser_connects_to_each_host_of_the_manager() {
    let ca = Authority::new("ca");
    let leaf = ca.leaf(&server(&["cnx.example.com", "*.example.org", "192.0.2.7"]));
    let hosts = ["cnx.example.com", "a.example.org", "192.0.2.7"];
    let mut files = Files::new(Role::Manager, &ca, &leaf).named(&hosts);
    // Whoever's CA it is: the end of the chain is trusted, and that is said.
    files.ca = None;
    let done = connects(&[files]);
    assert_eq!(done.len(), 6);
    for handshake in &done {
        let HandshakeOutcome::Connected(session) = &handshake.outcome else {
            panic!()
        };
        assert!(!session.trusted);
    }
    for host in ["example.org", "a.b.example.org", "192.0.2.8"] {
        refused(
            &[Files::new(Role::Manager, &ca, &leaf).named(&[host])],
            Role::Manager,
            "browser refuses the certificate of Manager",
        );
    }
    refused(
        &[Files::new(Role::Manager, &ca, &leaf).named(&["two words"])],
        Role::Manager,
        "no subject alternative name covers two words",
    );
}

#[test]
fn a_pinned_certificate_that_signs_itself_works() {
    let key = rcgen::KeyPair::generate().unwrap();
    let params = rcgen::CertificateParams::new([SERVICE.to_owned()]).unwrap();
    let certificate = params.self_signed(&key).unwrap().pem();
    let leaf = Leaf {
        certificate: certificate.clone(),
        key: key.serialize_pem(),
    };
    let mut files = Files::new(Role::ApiServer, &Authority::new("x"), &leaf).named(&[SERVICE]);
    files.ca = Some(certificate);
    connects(&[files]);
}

#[test]
fn what_cannot_be_tried_is_not_called_refused() {
    let ca = Authority::new("ca");
    let leaf = ca.leaf(&server(&[SERVICE]));
    let names = [SERVICE.to_owned()];
    let identity = Identity::default();
    let mut material = Material {
        role: Role::ApiServer,
        ca: Some(ca.pem.as_bytes()),
        certificate: leaf.certificate.as_bytes(),
        key: None,
        names: &names,
        identity: &identity,
    };
    let tried = |material: &Material<'_>| {
        let done = connect(std::slice::from_ref(material), &Policy::at(NOW));
        let HandshakeOutcome::NotTried(finding) = &done[0].outcome else {
            panic!("{done:?}")
        };
        assert_eq!(finding.code, Code::HandshakeNotTried);
        finding.message.clone()
    };
    assert!(tried(&material).contains("there is no private key"));
    material.key = Some(b"");
    assert!(tried(&material).contains("the file cannot be read: the file is empty"));
    material.key = Some(leaf.key.as_bytes());
    material.ca = Some(b"nothing");
    assert!(tried(&material).contains("the CA file cannot be read"));
}

//! Certificates for all channels, for the names that a manifest has.

use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use cnx_certs::generate::{Authority, CertificateProfile, Issued, KeyKind, ValidityPeriod};
use cnx_certs::{Role, UnixTime};
use cnx_harden_core::aggregated::Pair;
use cnx_harden_core::typha::{Client, ClientIdentity, Server, ServerIdentity};
use cnx_harden_core::{
    CaBundle, Certificate, Etcd, Hardening, KubeApiserver, Manager, PrivateKey, Typha, etcd,
};

/// Made once: keys take their time.
struct Pki {
    authority: Authority,
    ca: Vec<u8>,
    servers: Mutex<BTreeMap<Vec<String>, Pair>>,
    roles: Vec<(Role, Issued)>,
}

const NAMES: [&str; 5] = [
    "cnx-api.kube-system.svc",
    "cnx-apiserver.kube-system.svc",
    "api.kube-system.svc",
    "calico-k8sapiserver.kube-system.svc",
    "calico-api.kube-system.svc",
];

fn pki() -> &'static Pki {
    static PKI: OnceLock<Pki> = OnceLock::new();
    PKI.get_or_init(|| {
        let kind = KeyKind::EcdsaP256;
        let now = now();
        let authority = Authority::generate(kind, ValidityPeriod::authority(now)).unwrap();
        let roles = [
            (Role::ApiServer, &NAMES[..]),
            (Role::EtcdClient, &[]),
            (Role::TyphaServer, &[]),
            (Role::TyphaClient, &[]),
            (Role::Manager, &["cnx.example.com"]),
        ];
        let roles = roles.map(|(role, names)| {
            let names: Vec<_> = names.iter().map(|name| name.parse().unwrap()).collect();
            let profile = CertificateProfile::new(role, &names, None).unwrap();
            let issued = authority
                .issue(&profile, kind, ValidityPeriod::leaf(now))
                .unwrap();
            (role, issued)
        });
        Pki {
            ca: authority.bundle().as_pem().to_vec(),
            roles: roles.into_iter().collect(),
            authority,
            servers: Mutex::default(),
        }
    })
}

/// That of an API server of these names.
pub(crate) fn serving(names: &[String]) -> Pair {
    let pki = pki();
    let mut servers = pki.servers.lock().unwrap();
    let made = servers.entry(names.to_vec()).or_insert_with(|| {
        let hosts: Vec<_> = names.iter().map(|name| name.parse().unwrap()).collect();
        let profile = CertificateProfile::new(Role::ApiServer, &hosts, None).unwrap();
        let lifetime = ValidityPeriod::leaf(now());
        let issued = pki.authority.issue(&profile, KeyKind::EcdsaP256, lifetime);
        let issued = issued.unwrap();
        Pair {
            ca: CaBundle::new(pki.ca.clone()),
            certificate: Certificate::new(issued.certificate.as_pem()),
            key: PrivateKey::new(issued.key.as_pem()),
        }
    });
    made.clone()
}

/// The audit's time.
fn now() -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(1_767_225_600))
}

pub(crate) fn pair(role: Role) -> (Certificate, PrivateKey) {
    let (_, issued) = pki()
        .roles
        .iter()
        .find(|(other, _)| *other == role)
        .unwrap();
    let certificate = Certificate::new(issued.certificate.as_pem());
    (certificate, PrivateKey::new(issued.key.as_pem()))
}

/// All channels that the text has something of.
pub(crate) fn hardening(text: &str) -> Hardening {
    let has = |word: &str| text.contains(word);
    let all = all();
    Hardening {
        api_server: all.api_server.filter(|_| has("kind: APIService")),
        etcd: all
            .etcd
            .filter(|_| has("calico-etcd-secrets") || has("etcd_endpoints")),
        typha: all.typha.filter(|_| has("name: calico-typha\n")),
        manager: all.manager.filter(|_| has("cnx-manager-tls")),
        ..Hardening::default()
    }
}

/// All channels.
pub(crate) fn all() -> Hardening {
    let ca = || CaBundle::new(pki().ca.clone());
    let (certificate, key) = pair(Role::ApiServer);
    let api_server = KubeApiserver::new(ca(), certificate, key);
    let (certificate, key) = pair(Role::EtcdClient);
    let mut etcd = Etcd::new(ca(), certificate, key);
    etcd.missing_secret = etcd::MissingSecret::Assume;
    let (certificate, key) = pair(Role::TyphaServer);
    let mut server = Server::new(certificate, key);
    server.identity = Some(ServerIdentity::default());
    let (certificate, key) = pair(Role::TyphaClient);
    let mut client = Client::new(certificate, key);
    client.identity = Some(ClientIdentity::default());
    let typha = Typha::new(ca(), server, client);
    let (certificate, key) = pair(Role::Manager);
    let manager = Manager::new(certificate, key);
    Hardening {
        api_server: Some(api_server),
        etcd: Some(etcd),
        typha: Some(typha),
        manager: Some(manager),
        ..Hardening::default()
    }
}

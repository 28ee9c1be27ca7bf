//! Configs: what they ask for, and `tests/config/*.yaml`, each refused with the
//! words of the `.txt` beside it.

use std::path::Path;

use cnx_certs::UnixTime;
use cnx_harden_core::aggregated::{IssuerRef, Pair, Strategy, Trust};
use cnx_harden_core::audit::AuditOptions;
use cnx_harden_core::config::{Config, ConfigText, Loaded, Materials};
use cnx_harden_core::typha::{AcceptedIdentity, ClientIdentity, PeerName, ServerIdentity};
use cnx_harden_core::{
    ApiServerNames, ApiService, ApiServiceNames, CaBundle, Certificate, Code, Etcd, EtcdNames,
    Hardening, KubeApiserver, Manager, ManagerNames, MissingSecret, PrivateKey, Source, Typha,
    TyphaNames, etcd, manager, typha,
};

/// Files and variables that say their own names; those called `gone` aren't there.
struct Shelf;

impl Materials for Shelf {
    fn file(&self, path: &str) -> Result<Loaded, String> {
        match path.starts_with("gone") {
            true => Err(format!("cannot read {path}: it is not there")),
            false => Ok(Loaded {
                pem: format!("file {path}").into_bytes().into(),
                name: path.to_owned(),
            }),
        }
    }

    fn variable(&self, name: &str) -> Result<Loaded, String> {
        match name {
            "GONE" => Err("the environment variable GONE is not set".to_owned()),
            name => Ok(Loaded {
                pem: format!("variable {name}").into_bytes().into(),
                name: format!("${name}"),
            }),
        }
    }
}

fn now() -> UnixTime {
    UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_800_000_000))
}

fn parse(text: &str) -> ConfigText {
    let name = "hardening.yaml";
    ConfigText::parse(Source { name, text }).unwrap()
}

#[test]
fn each_wrong_config_is_refused_with_its_place_and_words() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/config");
    let update = std::env::var_os("UPDATE_ERRORS").is_some();
    let mut failures = Vec::new();
    let mut count = 0;
    for path in std::fs::read_dir(folder).unwrap() {
        let path = path.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "yaml") {
            continue;
        }
        count += 1;
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        let source = Source { name, text: &text };
        let parsed = ConfigText::parse_leniently(source);
        let error = parsed.and_then(|config| config.resolve(&Shelf, now()));
        if let Err(mistakes) = ConfigText::parse(source) {
            let all = &error.as_ref().unwrap_err().findings;
            assert!(mistakes.findings.iter().all(|found| all.contains(found)));
        }
        let got = error.unwrap_err().to_string() + "\n";
        assert!(!got.contains("hunter2"), "a value is shown: {got}");
        let words = path.with_extension("txt");
        if update {
            std::fs::write(&words, &got).unwrap();
        }
        let wanted = std::fs::read_to_string(&words).unwrap_or_default();
        if got != wanted {
            failures.push(format!("{name}:\n{got}wanted:\n{wanted}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(count > 15, "{count}");
}

const WHOLE: &str = "\
apiVersion: cnx-harden.dev/v1alpha1
kind: Hardening
metadata:
  name: cnx
  namespace: passed-over
  annotations: {config.kubernetes.io/local-config: 'true'}
spec:
  apiServer:
    caFile: ca.crt
    certFromEnv: CERTIFICATE
    keyInline: inline key
    addSecret: true
    names: {group: g, secret: s, deployment: d, container: c, volume: v, mountPath: /m}
  etcd:
    caInline: inline ca
    certFile: etcd.crt
    keyFromEnv: ETCD_KEY
    endpoints: ['https://one:2379', 'https://two:2379']
    assumeSecret: true
    names: {secret: s, configMaps: [a, b], volume: v, mountPath: /m}
  typha:
    caFile: ca.crt
    server: {certFile: server.crt, keyFile: server.key, commonName: typha}
    client: {certFile: client.crt, keyFile: client.key, commonName: felix, uriSan: 'spiffe://felix'}
    names: {deployment: d, container: t, daemonSets: [nodes], nodeContainer: node, caConfigMap: ca, serverSecret: s, clientSecret: c}
  manager:
    certFile: manager.crt
    keyFile: manager.key
    hosts: [cnx.example.com]
    addSecret: false
    names: {deployment: d, secret: s, service: e, mountPath: /m}
  rolloutAnnotation: true
  caOverlap: true
  checks: {expiresWithin: 90d, allow: [common-name-only]}
";

#[test]
fn a_config_asks_for_what_the_types_of_the_library_say() {
    let resolved = parse(WHOLE).resolve(&Shelf, now()).unwrap();
    let mut api_server = KubeApiserver::new(
        CaBundle::new("file ca.crt").named("ca.crt").keeping_old(),
        Certificate::new("variable CERTIFICATE").named("$CERTIFICATE"),
        PrivateKey::new("inline key").named("(spec.apiServer.keyInline in hardening.yaml)"),
    );
    api_server.missing_secret = MissingSecret::Add;
    api_server.names = ApiServerNames {
        group: "g".into(),
        secret: "s".into(),
        deployment: "d".into(),
        container: "c".into(),
        volume: "v".into(),
        mount_path: "/m".into(),
    };
    let ca = CaBundle::new("inline ca").named("(spec.etcd.caInline in hardening.yaml)");
    let mut etcd = Etcd::new(
        ca.keeping_old(),
        Certificate::new("file etcd.crt").named("etcd.crt"),
        PrivateKey::new("variable ETCD_KEY").named("$ETCD_KEY"),
    );
    etcd.endpoints = etcd::Endpoints::parse("https://one:2379,https://two:2379").ok();
    etcd.missing_secret = etcd::MissingSecret::Assume;
    etcd.names = EtcdNames {
        secret: "s".into(),
        config_maps: vec!["a".into(), "b".into()],
        volume: "v".into(),
        mount_path: "/m".into(),
    };
    let pair = |name: &str| {
        let [certificate, key] = ["crt", "key"].map(|kind| format!("{name}.{kind}"));
        (
            Certificate::new(format!("file {certificate}")).named(&certificate),
            PrivateKey::new(format!("file {key}")).named(&key),
        )
    };
    let peer = |name: &str| PeerName::new(name).unwrap();
    let (certificate, key) = pair("server");
    let mut server = typha::Server::new(certificate, key);
    server.identity = Some(ServerIdentity(AcceptedIdentity::CommonName(peer("typha"))));
    let (certificate, key) = pair("client");
    let mut client = typha::Client::new(certificate, key);
    client.identity = Some(ClientIdentity(AcceptedIdentity::Both {
        common_name: peer("felix"),
        uri_san: peer("spiffe://felix"),
    }));
    let ca = CaBundle::new("file ca.crt").named("ca.crt").keeping_old();
    let mut typha = Typha::new(ca, server, client);
    typha.names = TyphaNames {
        deployment: "d".into(),
        daemon_sets: vec!["nodes".into()],
        ca_config_map: "ca".into(),
        server_secret: "s".into(),
        client_secret: "c".into(),
        container: "t".into(),
        node_container: "node".into(),
    };
    let (certificate, key) = pair("manager");
    let mut manager = Manager::new(certificate, key);
    manager.hosts = vec!["cnx.example.com".into()];
    manager.missing_secret = manager::MissingSecret::Apart;
    manager.names = ManagerNames {
        deployment: "d".into(),
        secret: "s".into(),
        service: "e".into(),
        mount_path: "/m".into(),
    };
    let checks = resolved.hardening.certificate_checks.clone().unwrap();
    assert_eq!(checks.policy.expires_within.as_secs(), 90 * 24 * 60 * 60);
    assert!(checks.allow.contains(&cnx_certs::Code::CommonNameOnly));
    let wanted = Hardening {
        api_services: None,
        api_server: Some(api_server),
        etcd: Some(etcd),
        typha: Some(typha),
        manager: Some(manager),
        rollout_annotation: true,
        own: resolved.hardening.own.clone(),
        certificate_checks: Some(checks),
    };
    assert_eq!(resolved.hardening, wanted);
}

#[test]
fn a_key_in_the_config_is_a_warning_and_never_shown() {
    let config = parse(WHOLE);
    let resolved = config.resolve(&Shelf, now()).unwrap();
    let [warning] = resolved.findings.as_slice() else {
        panic!("{:?}", resolved.findings);
    };
    assert_eq!(warning.code, Code::InlineKey);
    assert!(
        warning
            .to_string()
            .starts_with("hardening.yaml:11:5: warning[inline-key]: ")
    );
    let shown = format!("{config:?} {resolved:?}");
    assert!(!shown.contains("inline key") && !shown.contains("ETCD_KEY is"));
}

#[test]
fn what_is_not_said_is_the_vendors() {
    let text = "\
{\"apiVersion\": \"cnx-harden.dev/v1alpha1\", \"kind\": \"Hardening\", \"metadata\": null,
 \"spec\": {\"apiServer\": {\"caFile\": \"a\", \"certFile\": \"b\", \"keyFile\": \"c\", \"keyInline\": null,
  \"names\": {\"secret\": null}},
  \"manager\": {\"certFile\": \"m\", \"keyFile\": \"k\", \"hosts\": null, \"names\": null}, \"checks\": null}}
";
    let hardening = parse(text).resolve(&Shelf, now()).unwrap().hardening;
    let wanted = KubeApiserver::new(
        CaBundle::new("file a").named("a"),
        Certificate::new("file b").named("b"),
        PrivateKey::new("file c").named("c"),
    );
    assert_eq!(hardening.api_server, Some(wanted));
    assert_eq!(hardening.etcd, None);
    let wanted = Manager::new(
        Certificate::new("file m").named("m"),
        PrivateKey::new("file k").named("k"),
    );
    assert_eq!(hardening.manager, Some(wanted));
}

#[test]
fn a_config_without_a_text_has_errors_too() {
    let config: Config = serde_json::from_value(serde_json::json!({
        "apiVersion": "cnx-harden.dev/v1alpha1",
        "kind": "Hardening",
        "spec": { "manager": { "certFile": "gone.crt", "keyFile": "tls.key" } },
    }))
    .unwrap();
    let error = config.resolve(&Shelf, now()).unwrap_err().to_string();
    assert!(
        error.starts_with("(config):1:1: error[invalid-config]: cannot read gone.crt"),
        "{error}"
    );
}

/// What options say already, a config does not change.
#[test]
fn a_config_says_what_an_audit_looks_for() {
    let more =
        "  audit: {allow: [{code: plain-etcd, reason: a lab}, {code: plain-typha, reason: b}]}\n";
    let config = ConfigText::parse(Source {
        name: "hardening.yaml",
        text: &format!("{WHOLE}{more}"),
    })
    .unwrap();
    let mut options = AuditOptions::default();
    let spec = config.config().spec();
    assert_eq!(
        spec.expires_within().map(|time| time.as_secs()),
        Some(90 * 86_400)
    );
    spec.add_to(&mut options);
    let accepted = |options: &AuditOptions| {
        let reasons = options.allowances.iter().map(|one| one.reason.clone());
        reasons.collect::<Vec<_>>()
    };
    assert_eq!(accepted(&options), ["a lab", "b"]);
    assert_eq!(options.manager_hosts, ["cnx.example.com"]);
    let names = (
        &*options.names.manager.deployment,
        &*options.names.typha.container,
    );
    assert_eq!(names, ("d", "t"));
    let mut options = AuditOptions {
        manager_hosts: vec!["other".into()],
        ..AuditOptions::default()
    };
    options.names.manager.deployment = "mine".into();
    config.config().spec().add_to(&mut options);
    config.config().spec().add_to(&mut options);
    assert_eq!(accepted(&options), ["a lab", "b"]);
    assert_eq!(options.manager_hosts, ["other"]);
    assert_eq!(options.names.manager.deployment, "mine");
}

const API_SERVICES: &str = "\
apiVersion: cnx-harden.dev/v1alpha1
kind: Hardening
metadata: {name: apis}
spec:
  apiServices:
  - name: v1.own.example.com
    caFile: ca.crt
    certFromEnv: CERTIFICATE
    keyFile: own.key
    strategy: cert-dir
    names: {secret: s, volume: v, mountPath: /m, workload: w, container: c}
  - name: v1.issued.example.com
    trust: {certManager: {issuerRef: {name: ca, kind: ClusterIssuer}}}
  profiles:
  - {group: own.example.com, folder: /pki, certificate: a.crt, key: a.key}
";

#[test]
fn a_config_asks_for_other_api_servers() {
    let hardening = parse(API_SERVICES)
        .resolve(&Shelf, now())
        .unwrap()
        .hardening;
    let all = hardening.api_services.unwrap();
    let mut own = ApiService::new(
        "v1.own.example.com",
        Trust::Own(Pair {
            ca: CaBundle::new("file ca.crt").named("ca.crt"),
            certificate: Certificate::new("variable CERTIFICATE").named("$CERTIFICATE"),
            key: PrivateKey::new("file own.key").named("own.key"),
        }),
    );
    own.strategy = Some(Strategy::CertDir);
    own.names.secret = "s".into();
    own.names.volume = "v".into();
    own.names.mount_path = "/m".into();
    own.names.workload = "w".into();
    own.names.container = "c".into();
    let issuer = IssuerRef {
        name: "ca".into(),
        kind: Some("ClusterIssuer".into()),
        group: None,
    };
    let issued = ApiService::new("v1.issued.example.com", Trust::CertManager(issuer));
    assert_eq!(all.asked, [own, issued]);
    assert_eq!(all.profiles.len(), 1);
    assert_eq!(all.profiles[0].folder, "/pki");
}

/// Names that were given replace those that differ, and leave each its own.
#[test]
fn names_of_other_api_servers_are_given_at_once() {
    let hardening = parse(API_SERVICES)
        .resolve(&Shelf, now())
        .unwrap()
        .hardening;
    let mut names = hardening.names();
    assert_eq!(names.api_service.secret, "s");
    names.api_service.container = "server".into();
    let all = hardening.with_names(names).api_services.unwrap();
    let called = all.asked.iter().map(|one| {
        let names = &one.names;
        (&*names.secret, &*names.workload, &*names.container)
    });
    let default = ApiServiceNames::default();
    let wanted = [
        ("s", "w", "server"),
        (&*default.secret, &*default.workload, "server"),
    ];
    assert_eq!(called.collect::<Vec<_>>(), wanted);
}

/// Editors check a config by the file, the program by the types.
#[test]
fn the_schema_is_the_one_of_the_types() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/hardening.v1alpha1.json");
    let file = std::fs::read_to_string(path).unwrap();
    let file: serde_json::Value = serde_json::from_str(&file).unwrap();
    let types = serde_json::to_value(Config::schema()).unwrap();
    assert!(file == types, "run `cargo xtask schema`");
    let codes = &file["definitions"]["AllowedCode"]["enum"];
    assert_eq!(codes.as_array().unwrap().len(), cnx_certs::Code::ALL.len());
}

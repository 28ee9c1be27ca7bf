//! The states of connections, each derived from as little as says it.

mod etcd;

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cnx_certs::UnixTime;
use cnx_harden_core::audit::audit;
use cnx_harden_core::traffic::{
    Connection, Lifetime, Link, Party, State, Traffic, TrafficOptions, traffic,
};
use cnx_harden_core::{Code, Severity, Source};

/// 2026-01-01.
fn options() -> TrafficOptions {
    TrafficOptions::at(UnixTime::since_unix_epoch(Duration::from_secs(
        1_767_225_600,
    )))
}

fn read(texts: &[&str]) -> Traffic {
    let sources: Vec<_> = texts
        .iter()
        .zip(["a.yaml", "b.yaml", "c.yaml"])
        .map(|(text, name)| Source { name, text })
        .collect();
    let options = options();
    traffic(
        &sources,
        &options,
        &audit(&sources, &options.audit()).findings,
    )
}

#[track_caller]
fn assert_state(texts: &[&str], link: Link, state: State, reason: &str) -> Connection {
    let traffic = read(texts);
    let connection = traffic.connection(link).unwrap();
    assert_eq!(connection.state, state, "{connection:#?}");
    let said = connection.worst().map_or("", |way| way.reason.as_str());
    assert!(said.contains(reason), "{said}");
    connection.clone()
}

fn pki(name: &str) -> String {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/pki");
    std::fs::read_to_string(format!("{root}/{name}")).unwrap()
}

fn base64(name: &str) -> String {
    STANDARD.encode(pki(name))
}

fn service(fields: &str) -> String {
    format!(
        "apiVersion: apiregistration.k8s.io/v1\nkind: APIService\nmetadata: {{name: \
         v3.projectcalico.org}}\nspec:\n  group: projectcalico.org\n  version: v3\n  service: \
         {{name: cnx-api, namespace: kube-system}}\n{fields}"
    )
}

fn secret(crt: &str, key: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: cnx-apiserver-certs, namespace: \
         kube-system}}\ndata: {{apiserver.crt: {}, apiserver.key: {}}}\n",
        base64(crt),
        base64(key)
    )
}

#[test]
fn kube_apiserver_verifies_or_does_not() {
    let link = Link::KubeApiserverApiServer;
    let check = |texts: &[&str], state, reason: &str| assert_state(texts, link, state, reason);
    let insecure = service("  insecureSkipTLSVerify: true\n");
    let found = check(&[&insecure], State::NotVerified, "takes any certificate");
    assert_eq!(found.ways[0].place.to_string(), "a.yaml:8");
    check(&[&service("")], State::Unknown, "system's roots");
    check(
        &[&service("  insecureSkipTLSVerify: false\n")],
        State::Unknown,
        "system's roots",
    );
    let bundle = format!("  caBundle: {}\n", base64("ca.crt"));
    let both = service(&format!("  insecureSkipTLSVerify: true\n{bundle}"));
    check(&[&both], State::Broken, "rejects");
    let verified = service(&bundle);
    check(&[&verified], State::Verified, "is not in these manifests");
    let good = secret("tls.crt", "tls.key");
    let found = check(
        &[&verified, &good],
        State::Verified,
        "verifies cnx-api.kube-system.svc by caBundle",
    );
    assert_eq!(found.certificates.len(), 2);
    assert_eq!(found.days_left(), Some(35_793));
    // Each of these would not connect, and the reason has the finding's code.
    check(
        &[&verified, &secret("cn-only.crt", "cn-only.key")],
        State::Broken,
        "[common-name-only]",
    );
    check(
        &[&verified, &secret("tls.crt", "rotated.key")],
        State::Broken,
        "[key-mismatch]",
    );
    let other = service(&format!("  caBundle: {}\n", base64("other-ca.crt")));
    check(&[&other, &good], State::Broken, "[");
    check(
        &[&service("  caBundle: <CA>\n"), &good],
        State::Broken,
        "caBundle is not base64",
    );
    let empty = "apiVersion: v1\nkind: Secret\nmetadata: {name: cnx-apiserver-certs, namespace: \
                 kube-system}\ndata:\n";
    check(&[&verified, empty], State::Broken, "lacks its certificate");
    let unmounted = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: cnx-apiserver, \
                     namespace: kube-system}\nspec:\n  template:\n    spec:\n      containers: \
                     [{name: cnx-apiserver}]\n";
    check(
        &[&verified, &good, unmounted],
        State::Broken,
        "mounts no certificate",
    );
}

#[test]
fn of_several_the_worst_counts_and_others_are_others() {
    let bundle = format!("  caBundle: {}\n", base64("ca.crt"));
    let good = service(&bundle);
    let bad = service("  insecureSkipTLSVerify: true\n");
    let found = assert_state(
        &[&good, &bad],
        Link::KubeApiserverApiServer,
        State::NotVerified,
        "takes any",
    );
    assert_eq!(found.ways.len(), 2);
    assert_eq!(found.worst().unwrap().place.file, "b.yaml");
    // Another API's service is a connection to others, each with its own state.
    let link = Link::KubeApiserverOtherApis;
    let other = bad.replace("projectcalico.org", "example.com");
    let found = assert_state(&[&other, &good], link, State::NotVerified, "takes any");
    assert_eq!((found.ways.len(), found.findings.len()), (1, 1));
    let traffic = read(&[&other, &good]);
    assert_eq!(traffic.present().count(), 2);
    assert_eq!(traffic.findings, []);
}

#[test]
fn the_api_server_is_found_by_what_its_service_selects() {
    let text = format!(
        "{}---\napiVersion: v1\nkind: Service\nmetadata: {{name: cnx-api, namespace: \
         kube-system}}\nspec: {{selector: {{app: api}}}}\n---\napiVersion: apps/v1\nkind: \
         Deployment\nmetadata: {{name: api, namespace: kube-system}}\nspec:\n  template:\n    \
         metadata: {{labels: {{app: api, more: x}}}}\n    spec:\n      containers:\n      - name: \
         server\n        args: [--tls-cert-file=/tls/tls.crt, --tls-private-key-file=/tls/tls.key]\n        \
         volumeMounts: [{{name: tls, mountPath: /tls}}]\n      volumes: [{{name: tls, secret: \
         {{secretName: api-tls}}}}]\n",
        service(&format!("  caBundle: {}\n", base64("ca.crt")))
    );
    let secret = |key: &str| {
        secret("tls.crt", key)
            .replace("cnx-apiserver-certs", "api-tls")
            .replace("apiserver.", "tls.")
    };
    let wired = cnx_harden_core::wired(
        &[
            Source {
                name: "a.yaml",
                text: &text,
            },
            Source {
                name: "b.yaml",
                text: &secret("tls.key"),
            },
        ],
        &cnx_harden_core::Names::default(),
    );
    assert_eq!(wired.sets.len(), 1, "{wired:?}");
    let options = options();
    for (key, fault) in [("tls.key", false), ("rotated.key", true)] {
        let secret = secret(key);
        let sources = [
            Source {
                name: "a.yaml",
                text: &text,
            },
            Source {
                name: "b.yaml",
                text: &secret,
            },
        ];
        let found = traffic(&sources, &options, &[]);
        let connection = found.connection(Link::KubeApiserverApiServer).unwrap();
        let said = connection
            .worst()
            .unwrap()
            .reason
            .contains("[key-mismatch]");
        assert_eq!(said, fault, "{connection:?}");
    }
}

fn side(kind: &str, name: &str, variables: &[&str]) -> String {
    let env: String = variables
        .iter()
        .map(|name| format!("        - {{name: {name}, value: some}}\n"))
        .collect();
    format!(
        "apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: {name}, namespace: \
         kube-system}}\nspec:\n  template:\n    spec:\n      containers:\n      - name: {name}\n        \
         env:\n        - {{name: A, value: b}}\n{env}"
    )
}

#[test]
fn typha_takes_five_of_five_on_each_side() {
    let felix = |more: &[&str]| {
        let names = [&["FELIX_TYPHAK8SSERVICENAME"], more].concat();
        side("DaemonSet", "calico-node", &names)
    };
    let typha = |names: &[&str]| side("Deployment", "calico-typha", names);
    let of_felix = [
        "FELIX_TYPHACAFILE",
        "FELIX_TYPHACERTFILE",
        "FELIX_TYPHAKEYFILE",
        "FELIX_TYPHACN",
    ];
    let of_typha = [
        "TYPHA_CAFILE",
        "TYPHA_SERVERCERTFILE",
        "TYPHA_SERVERKEYFILE",
        "TYPHA_CLIENTURISAN",
    ];
    let check = |texts: &[&str], state, reason: &str| {
        assert_state(texts, Link::CalicoNodeTypha, state, reason)
    };
    check(&[&felix(&[]), &typha(&[])], State::Plain, "neither");
    check(
        &[&felix(&of_felix), &typha(&[])],
        State::Broken,
        "Typha has none",
    );
    check(
        &[&felix(&[]), &typha(&of_typha)],
        State::Broken,
        "Felix has none",
    );
    for missing in 0..4 {
        let mut some = of_felix.to_vec();
        let name = some.remove(missing);
        // Of the two names, either will do, and the last one is told.
        let told = name.replace("TYPHACN", "TYPHAURISAN");
        let texts = [felix(&some), typha(&of_typha)];
        check(&[&texts[0], &texts[1]], State::Broken, &told);
    }
    // `none` is nothing: that Typha is off does not secure the two.
    let off = felix(&of_felix).replace("value: some", "value: none");
    let alone = read(&[&off]);
    let connection = alone.connection(Link::CalicoNodeTypha).unwrap();
    assert_eq!(connection.state, State::Absent);
    let told = "no Felix is told of a Typha yet";
    check(&[&off, &typha(&[])], State::Plain, told);
    check(
        &[&felix(&[])],
        State::Unknown,
        "Typha is not in these manifests",
    );
    check(
        &[&typha(&of_typha)],
        State::Unknown,
        "calico-node is not in these manifests",
    );
    let none_runs = typha(&[]).replace("spec:\n  template", "spec:\n  replicas: 0\n  template");
    check(
        &[&felix(&[]), &none_runs],
        State::Plain,
        "no Typha runs yet (replicas: 0)",
    );
}

#[test]
fn the_manager_shows_what_its_secret_holds() {
    let proxy = side("Deployment", "cnx-manager-proxy", &[])
        + "        volumeMounts:\n        - {mountPath: /etc/cnx-manager-web-tls, name: tls}\n      \
           volumes:\n      - {name: tls, secret: {secretName: cnx-manager-tls}}\n";
    let secret = format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: cnx-manager-tls, namespace: \
         kube-system}}\ndata: {{cert: {}, key: {}}}\n",
        base64("manager/tls.crt"),
        base64("manager/tls.key")
    );
    let check = |texts: &[&str], state, reason: &str| {
        assert_state(texts, Link::BrowserManager, state, reason)
    };
    check(&[&proxy], State::Unknown, "which is not in these manifests");
    let verified = check(&[&proxy, &secret], State::Verified, "trusts the issuer");
    let [certificate] = verified.certificates.as_slice() else {
        panic!("{:?}", verified.certificates);
    };
    assert_eq!(
        certificate.names(),
        ["DNS:cnx.example.com", "IP:192.0.2.10"]
    );
    assert_eq!(certificate.purpose(), "the Manager's");
    assert!(certificate.subject().contains("CN=cnx.example.com"));
    assert_eq!(certificate.not_after(), "2124-01-01T00:00:00Z");
    assert_eq!(certificate.lifetime(), Lifetime::Valid);
    assert_eq!(verified.lifetime(), Some(certificate.lifetime()));
    assert_eq!(verified.ends(), (Party::Browser, Party::Manager));
    check(&[&secret], State::Verified, "trusts the issuer");
    let half = secret.replace("key: ", "other: ");
    check(&[&proxy, &half], State::Broken, "lacks cert or key");
    let mismatch = secret.replace(&base64("manager/tls.key"), &base64("tls.key"));
    check(&[&proxy, &mismatch], State::Broken, "[key-mismatch]");
    let source = [Source {
        name: "-",
        text: &secret,
    }];
    let mut options = options();
    options.manager_hosts = vec!["elsewhere.example.com".to_owned()];
    let traffic = traffic(&source, &options, &[]);
    let connection = traffic.connection(Link::BrowserManager).unwrap();
    assert_eq!(connection.state, State::Broken);
    let found = audit(&source, &options.audit());
    let mut codes = found.findings.iter().map(|one| one.finding.code.as_str());
    assert!(codes.any(|code| code == "name-mismatch"), "{found:?}");
}

#[test]
fn the_query_server_is_behind_a_proxy_that_verifies_nothing() {
    let config = |url: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: tigera-cnx-manager-config}}\ndata: \
             {{tigera.cnx-manager.query-api-url: '{url}'}}\n"
        )
    };
    let services = "/api/v1/namespaces/kube-system/services";
    for (url, state) in [
        (
            format!("{services}/https:cnx-api:8080/proxy"),
            State::NotVerified,
        ),
        (format!("{services}/cnx-api:8080/proxy"), State::Plain),
        (format!("{services}/http:cnx-api:8080/proxy"), State::Plain),
        ("https://query.example.com".to_owned(), State::Unknown),
    ] {
        let link = Link::KubeApiserverQueryServer;
        assert_state(&[&config(&url)], link, state, "");
    }
}

#[test]
fn no_key_gets_into_a_picture() {
    let (bundle, good) = (
        format!("  caBundle: {}\n", base64("ca.crt")),
        secret("tls.crt", "tls.key"),
    );
    let traffic = read(&[&service(&bundle), &good]);
    let key = pki("tls.key");
    let body: Vec<_> = key.lines().filter(|line| !line.contains("---")).collect();
    let encoded = base64("tls.key");
    for text in [
        serde_json::to_string(&traffic).unwrap(),
        format!("{traffic:?}"),
        cnx_harden_core::picture::html(&traffic, "T"),
        cnx_harden_core::picture::svg(&traffic, "T"),
        cnx_harden_core::picture::terminal(&traffic, 80, true),
    ] {
        assert!(body.iter().all(|line| !text.contains(line)));
        assert!(!text.contains(&encoded) && !text.contains("PRIVATE KEY"));
    }
}

/// What is wrong with one container of a pod concerns its connection alone.
#[test]
fn a_finding_belongs_to_the_container_that_it_is_in() {
    let variable =
        |name: &str, value: &str| format!("        - {{name: {name}, value: '{value}'}}\n");
    let container = |name: &str, key: &str| {
        let variables = [
            variable("ETCD_ENDPOINTS", "https://etcd.example.com:2379"),
            variable("ETCD_CA_CERT_FILE", "/calico-secrets/etcd-ca"),
            variable("ETCD_CERT_FILE", "/calico-secrets/etcd-cert"),
            variable("ETCD_KEY_FILE", key),
        ];
        format!(
            "      - name: {name}\n        env:\n{}        volumeMounts:\n        - {{name: etcd-certs, \
             mountPath: /calico-secrets}}\n",
            variables.concat()
        )
    };
    let text = format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: cnx-apiserver, namespace: \
         kube-system}}\nspec:\n  template:\n    spec:\n      containers:\n{}{}      volumes:\n      - \
         {{name: etcd-certs, secret: {{secretName: calico-etcd-secrets}}}}\n",
        container("cnx-apiserver", "/calico-secrets/etcd-key"),
        container("cnx-queryserver", "/elsewhere/etcd-key"),
    );
    let traffic = read(&[&text]);
    let found = |link: Link| {
        let connection = traffic.connection(link).unwrap();
        let errors = connection.findings.iter();
        let errors = errors.filter(|found| found.severity == Severity::Error);
        errors.map(|found| found.place.line).collect::<Vec<_>>()
    };
    assert!(found(Link::ApiServerEtcd).is_empty());
    let line = 1 + text
        .lines()
        .position(|line| line.contains("/elsewhere"))
        .unwrap();
    assert_eq!(found(Link::QueryServerEtcd), [line]);
}

/// All that is drawn is inside of the picture, and in it is what the manifests have.
#[test]
fn a_picture_is_as_large_as_what_it_shows() {
    let other = service("").replace("projectcalico.org", "example.com");
    for (text, others) in [
        ("kind: ConfigMap\nmetadata: {name: a}\n", false),
        (&*other, true),
    ] {
        let svg = cnx_harden_core::picture::svg(&read(&[text]), "T");
        let number = |text: &str| text.split('"').next().unwrap().parse::<f32>().unwrap();
        let height = number(svg.split(" height=\"").nth(1).unwrap());
        let lowest = svg.split(" y=\"").skip(1).map(number).fold(0.0, f32::max);
        assert!(
            lowest < height && height < lowest + 60.0,
            "{lowest} of {height}"
        );
        assert_eq!(svg.contains("behind APIServices"), others, "{text}");
        // What is focused has a ring around it.
        let place = |text: &str| {
            ["x", "y"].map(|name| number(text.split(&format!(" {name}=\"")).nth(1).unwrap()))
        };
        for both in svg.split("class=\"ring\"").skip(1) {
            let (ring, pill) = both.split_once("class=\"pill\"").unwrap();
            assert_eq!(place(ring).map(|at| at + 3.0), place(pill));
        }
    }
}

/// Lines for a terminal are as long as it is wide, and no longer.
#[test]
fn lines_fill_a_terminal() {
    let text = include_str!("../../../../manifests/upstream/cnx-etcd.yaml");
    let traffic = read(&[text]);
    for width in [40, 60, 80] {
        let text = cnx_harden_core::picture::terminal(&traffic, width, false);
        let longest = text.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(
            longest <= width && longest + 12 > width,
            "{longest} of {width}"
        );
    }
}

/// No setting tells an installer of the CNI plugin which files to use: it uses those that it
/// mounts.
#[test]
fn an_installer_has_the_files_that_it_mounts() {
    let text = include_str!("../data/etcd-installer-of-another-secret/after.yaml");
    let state = |text: &str| {
        read(&[text])
            .connection(Link::CalicoNodeEtcd)
            .unwrap()
            .state
    };
    // They hold no PEM.
    assert_eq!(state(text), State::Broken);
    let apart = text.replace("mountPath: /calico-secrets", "mountPath: /elsewhere");
    assert_eq!(state(&apart), State::Unknown);
}

//! What each door prints of a text.

use std::time::Duration;

use cnx_certs::{Identity, Material, Policy, Role, check, inspect};
use cnx_harden_core::audit::AuditOptions;
use cnx_harden_core::audit::document::AuditDocument;
use cnx_harden_core::config::{ConfigText, Loaded, Materials};
use cnx_harden_core::krm::respond;
use cnx_harden_core::render::{self, TextOptions};
use cnx_harden_core::traffic::TrafficOptions;
use cnx_harden_core::typha::{Client, Server};
use cnx_harden_core::{
    CaBundle, Certificate, Door, Error, Etcd, Hardening, KubeApiserver, Manager, Manifests, Names,
    PrivateKey, Source, Typha, UnixTime, harden, held, picture, redacted,
};

use crate::input::{Kind, Random};

/// The material, read once.
pub(crate) struct Scene {
    hardening: Hardening,
    now: UnixTime,
}

pub(crate) fn of(kind: Kind) -> &'static [(&'static str, crate::Door)] {
    match kind {
        Kind::Manifest => &[
            ("harden", hardened),
            ("check", checked),
            ("report", reported),
            ("verify", verified),
            ("krm", answered),
            ("redact", shown),
        ],
        Kind::Config => &[("config", configured)],
        Kind::Pem => &[("PEM", pem), ("redact", shown)],
    }
}

struct Files;

fn file(path: &str) -> Result<Vec<u8>, String> {
    let pki = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/pki");
    std::fs::read(format!("{pki}/{path}")).map_err(|error| error.to_string())
}

impl Materials for Files {
    fn file(&self, path: &str) -> Result<Loaded, String> {
        let known = ["ca.crt", "tls.crt", "tls.key"];
        let known = known.iter().find(|known| path.ends_with(**known));
        Ok(Loaded {
            pem: file(known.ok_or("no such file")?)?.into(),
            name: path.to_owned(),
        })
    }

    fn variable(&self, name: &str) -> Result<Loaded, String> {
        self.file("tls.key").map(|loaded| Loaded {
            name: name.to_owned(),
            ..loaded
        })
    }
}

impl Scene {
    pub(crate) fn new() -> Self {
        let ca = |path| CaBundle::new(file(path).unwrap());
        let certificate = |path| Certificate::new(file(path).unwrap());
        let key = |path| PrivateKey::new(file(path).unwrap());
        let typha = Typha::new(
            ca("typha/ca.crt"),
            Server::new(certificate("typha/server.crt"), key("typha/server.key")),
            Client::new(certificate("typha/client.crt"), key("typha/client.key")),
        );
        let hardening = Hardening {
            api_server: Some(KubeApiserver::new(
                ca("ca.crt"),
                certificate("tls.crt"),
                key("tls.key"),
            )),
            etcd: Some(Etcd::new(
                ca("ca.crt"),
                certificate("rotated.crt"),
                key("rotated.key"),
            )),
            typha: Some(typha),
            manager: Some(Manager::new(
                certificate("manager/tls.crt"),
                key("manager/tls.key"),
            )),
            ..Hardening::default()
        };
        let now = UnixTime::since_unix_epoch(Duration::from_secs(1_800_000_000));
        Self { hardening, now }
    }

    fn some(&self, random: &mut Random) -> Hardening {
        let mut some = self.hardening.clone();
        let which = random.below(16);
        // Mostly one, sometimes all.
        if which > 0 {
            let one = which % 4;
            some.api_server = some.api_server.filter(|_| one == 0);
            some.etcd = some.etcd.filter(|_| one == 1);
            some.typha = some.typha.filter(|_| one == 2);
            some.manager = some.manager.filter(|_| one == 3);
        }
        some.rollout_annotation = random.below(4) == 0;
        some
    }
}

/// As the command prints it.
fn printed(text: impl AsRef<str>) -> String {
    redacted(text.as_ref()).into_owned()
}

fn errors(error: Error) -> String {
    let json = serde_json::to_string_pretty(&error.findings).unwrap();
    printed(format!("{}\n", error.worded(Door::Command))) + &printed(json)
}

fn hardened(scene: &Scene, random: &mut Random, text: &str) -> Result<Vec<String>, String> {
    let hardening = scene.some(random);
    let run = match harden(
        &[Source {
            name: "a.yaml",
            text,
        }],
        &hardening,
    ) {
        Ok(run) => run,
        Err(error) => return Ok(vec![errors(error)]),
    };
    let output = &run.outputs[0].text;
    let again = harden(
        &[Source {
            name: "a.yaml",
            text: output,
        }],
        &hardening,
    );
    let again = again.map_err(|error| format!("a second run fails\n{}", errors(error)))?;
    if again.outputs[0].text != *output {
        return Err("a second run changes something".to_owned());
    }
    let reads = |text: &str| {
        let mut documents = serde_yaml::Deserializer::from_str(text);
        documents.all(|one| <serde_yaml::Value as serde::Deserialize>::deserialize(one).is_ok())
    };
    if run.outputs[0].changed && reads(text) && !reads(output) {
        return Err("what was YAML is none any more, or has a key twice".to_owned());
    }
    let report = serde_json::to_string_pretty(&run.report).unwrap();
    let told: Vec<_> = run
        .report
        .findings
        .iter()
        .map(ToString::to_string)
        .collect();
    Ok(vec![
        printed(report),
        printed(told.join("\n")),
        // As a diff shows them.
        printed(run.redacted(text)),
        printed(run.redacted(output)),
    ])
}

fn checked(scene: &Scene, _: &mut Random, text: &str) -> Result<Vec<String>, String> {
    let sources = [Source {
        name: "a.yaml",
        text,
    }];
    let options = AuditOptions {
        certificates: Some(Policy::at(scene.now)),
        fixes: true,
        ..AuditOptions::default()
    };
    let audit = Manifests::read(&sources)
        .audit(&options)
        .worded(Door::Command);
    let document = AuditDocument::new(&audit, &sources);
    let options = TextOptions {
        width: 100,
        accepted: true,
        door: Door::Command,
    };
    Ok(vec![
        printed(render::text(&audit, &sources, &options)),
        printed(render::github(&audit, &sources)),
        printed(render::markdown(&audit)),
        printed(serde_json::to_string_pretty(&render::sarif(&audit, &sources)).unwrap()),
        printed(serde_json::to_string_pretty(&document).unwrap()),
    ])
}

fn reported(scene: &Scene, _: &mut Random, text: &str) -> Result<Vec<String>, String> {
    let manifests = Manifests::read(&[Source {
        name: "a.yaml",
        text,
    }]);
    let options = TrafficOptions::at(scene.now);
    let audit = manifests.audit(&options.audit());
    let traffic = manifests.traffic(&options, &audit.findings);
    Ok(vec![
        printed(picture::html(&traffic, "title")),
        printed(picture::svg(&traffic, "title")),
        printed(picture::terminal(&traffic, 100, false)),
        printed(serde_json::to_string_pretty(&traffic).unwrap()),
    ])
}

fn verified(scene: &Scene, _: &mut Random, text: &str) -> Result<Vec<String>, String> {
    let sources = [Source {
        name: "a.yaml",
        text,
    }];
    let manifests = Manifests::read(&sources);
    let wired = manifests.wired(&Names::default());
    let needs = manifests.needs(&Names::default());
    let (values, mut findings) = held(&sources);
    findings.extend(wired.findings);
    let mut told = vec![errors(Error { findings })];
    told.push(printed(format!("{needs:#?}")));
    for value in values {
        told.push(printed(match inspect(value.bytes(), scene.now) {
            Ok(entries) => serde_json::to_string(&entries).unwrap(),
            Err(error) => error.to_string(),
        }));
    }
    Ok(told)
}

const CONFIG: &str = "{apiVersion: cnx-harden.dev/v1alpha1, kind: Hardening, spec: {apiServer: \
                      {caFile: ca.crt, certFile: tls.crt, keyFile: tls.key}}}";

fn answered(scene: &Scene, _: &mut Random, text: &str) -> Result<Vec<String>, String> {
    let items = text.split("---\n").map(|document| {
        let lines = document.lines().map(|line| format!("    {line}\n"));
        format!("  -\n{}", lines.collect::<String>())
    });
    let list = format!(
        "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nfunctionConfig: {CONFIG}\nitems:\n{}",
        items.collect::<String>()
    );
    let response = respond("-", &list, None, &Files, scene.now);
    let results = response
        .text
        .rfind("\nresults:")
        .map(|at| response.text[at..].to_owned());
    let mut told = vec![printed(
        results
            .filter(|_| !list.contains("\nresults:"))
            .unwrap_or_default(),
    )];
    told.extend(response.outcome.err().map(errors));
    Ok(told)
}

fn configured(scene: &Scene, _: &mut Random, text: &str) -> Result<Vec<String>, String> {
    let resolved = ConfigText::parse(Source {
        name: "hardening.yaml",
        text,
    })
    .and_then(|config| config.resolve(&Files, scene.now));
    Ok(match resolved {
        Ok(resolved) => resolved
            .findings
            .iter()
            .map(|finding| printed(finding.to_string()))
            .collect(),
        Err(error) => vec![errors(error)],
    })
}

fn pem(scene: &Scene, random: &mut Random, text: &str) -> Result<Vec<String>, String> {
    let roles = [
        Role::ApiServer,
        Role::EtcdClient,
        Role::TyphaServer,
        Role::Manager,
    ];
    let (ca, other) = (file("ca.crt").unwrap(), file("tls.crt").unwrap());
    let identity = Identity::default();
    let names = ["cnx-api.kube-system.svc".to_owned()];
    let bytes = text.as_bytes();
    let material = |which| Material {
        role: roles[random.below(roles.len())],
        ca: Some(if which == 0 { bytes } else { &ca }),
        certificate: if which == 1 { bytes } else { &other },
        key: Some(if which == 2 { bytes } else { &other }),
        names: &names,
        identity: &identity,
    };
    let materials: Vec<_> = (0..3).map(material).collect();
    let found = check(&materials, &Policy::at(scene.now));
    let mut told = vec![
        printed(serde_json::to_string(&found).unwrap()),
        printed(
            found
                .iter()
                .map(|f| format!("{}\n{}\n", f.message, f.help))
                .collect::<String>(),
        ),
    ];
    told.push(printed(match inspect(bytes, scene.now) {
        Ok(entries) => serde_json::to_string(&entries).unwrap(),
        Err(error) => error.to_string(),
    }));
    Ok(told)
}

fn shown(_: &Scene, _: &mut Random, text: &str) -> Result<Vec<String>, String> {
    let shown = printed(text);
    if redacted(&shown) != shown {
        return Err("what is redacted is redacted again".to_owned());
    }
    Ok(vec![shown])
}

//! A server that takes its certificate as `k8s.io/apiserver` does (`SecureServingOptions`),
//! started with the arguments, mounts and Secrets that a hardened manifest gives its
//! container, and kubectl as the aggregator before it: works after, and with any half
//! missing it does not. For each strategy.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_yaml::Value;

use crate::common::{object, objects, program, stderr, stdout};
use crate::programs::connect;

/// What serves, before it is hardened.
struct Case {
    strategy: &'static str,
    group: &'static str,
    flags: &'static [&'static str],
    args: &'static str,
    /// Where a server reads from that no argument tells.
    fixed: Option<&'static str>,
}

const CASES: [Case; 3] = [
    Case {
        strategy: "flags",
        group: "metrics.example.com",
        flags: &[],
        args: "[--secure-port=10250, --cert-dir=/tmp]",
        fixed: None,
    },
    Case {
        strategy: "cert-dir",
        group: "metrics.example.com",
        flags: &["--api-service-strategy", "cert-dir"],
        args: "[--secure-port=10250, --cert-dir=/certs]",
        fixed: None,
    },
    Case {
        strategy: "fixed path",
        group: "visibility.kueue.x-k8s.io",
        flags: &[],
        args: "[--zap-log-level=2]",
        fixed: Some("/visibility"),
    },
];

fn manifest(case: &Case) -> String {
    format!(
        "\
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata:
  name: v1beta1.{group}
spec:
  group: {group}
  version: v1beta1
  insecureSkipTLSVerify: true
  service:
    name: adapter
    namespace: shop
  groupPriorityMinimum: 100
  versionPriority: 100
---
apiVersion: v1
kind: Service
metadata:
  name: adapter
  namespace: shop
spec:
  selector: {{app: adapter}}
  ports: [{{port: 443, targetPort: 10250}}]
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: adapter
  namespace: shop
spec:
  selector:
    matchLabels: {{app: adapter}}
  template:
    metadata:
      labels: {{app: adapter}}
    spec:
      containers:
      - name: adapter
        image: registry.example.com/adapter:1
        args: {args}
        volumeMounts:
        - name: tmp
          mountPath: /tmp
      volumes:
      - name: tmp
        emptyDir: {{}}
",
        group = case.group,
        args = case.args
    )
}

/// The objects after `certs generate --for` and `apply`.
fn hardened(case: &Case) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("server.yaml");
    fs::write(&path, manifest(case)).unwrap();
    let run = |arguments: &[&str]| {
        let mut program = program();
        program.current_dir(folder.path()).args(arguments);
        let output = program.output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        stdout(&output)
    };
    run(&["certs", "generate", "--pki", "pki", "--for", "server.yaml"]);
    let apply = ["apply", "--pki", "pki", "server.yaml"];
    let apply: Vec<_> = apply.iter().chain(case.flags).copied().collect();
    objects(&run(&apply))
}

/// The container's files: below a folder, what its mounts hold.
struct Container {
    root: tempfile::TempDir,
    arguments: Vec<String>,
    read_only: Vec<String>,
}

fn list(value: &Value) -> Vec<Value> {
    value.as_sequence().cloned().unwrap_or_default()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

impl Container {
    fn of(objects: &[Value]) -> Self {
        let pod = &object(objects, "Deployment", "adapter")["spec"]["template"]["spec"];
        let container = &pod["containers"][0];
        let arguments = list(&container["command"]).into_iter();
        let arguments = arguments.chain(list(&container["args"]));
        let mut this = Self {
            root: tempfile::tempdir().unwrap(),
            arguments: arguments.map(|word| text(&word)).collect(),
            read_only: Vec::new(),
        };
        for mount in list(&container["volumeMounts"]) {
            let path = text(&mount["mountPath"]);
            let folder = this.path(&path);
            fs::create_dir_all(&folder).unwrap();
            let volumes = list(&pod["volumes"]);
            let volume = volumes.iter().find(|v| v["name"] == mount["name"]);
            let secret = &volume.expect("the mount's volume")["secret"];
            if secret.is_null() {
                continue;
            }
            // Kubernetes mounts Secrets read-only.
            this.read_only.push(path);
            let data = object(objects, "Secret", &text(&secret["secretName"]))["data"].clone();
            for (key, value) in data.as_mapping().unwrap() {
                let items = list(&secret["items"]);
                let item = items.iter().find(|item| item["key"] == *key);
                let file = match item {
                    Some(item) => text(&item["path"]),
                    None if items.is_empty() => text(key),
                    None => continue,
                };
                let value = STANDARD.decode(text(value)).unwrap();
                fs::write(folder.join(file), value).unwrap();
            }
        }
        this
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root.path().join(path.trim_start_matches('/'))
    }

    fn flag(&self, name: &str) -> Option<String> {
        let mut set = self.arguments.iter().rev();
        set.find_map(|word| Some(word.strip_prefix(name)?.strip_prefix('=')?.to_owned()))
    }

    /// What the server presents, or why it does not start
    /// (`SecureServingOptions.MaybeDefaultWithSelfSignedCerts` and `ApplyTo`).
    fn start(&self, fixed: Option<&str>) -> Result<[Vec<u8>; 2], String> {
        let load = |paths: [&Path; 2]| {
            let read = |path: &Path| fs::read(path).map_err(|e| format!("{}: {e}", path.display()));
            Ok([read(paths[0])?, read(paths[1])?])
        };
        if let Some(folder) = fixed {
            let folder = self.path(folder);
            return load([&folder.join("tls.crt"), &folder.join("tls.key")]);
        }
        let flags = ["--tls-cert-file", "--tls-private-key-file"].map(|name| self.flag(name));
        match flags {
            [Some(certificate), Some(key)] => {
                return load([&self.path(&certificate), &self.path(&key)]);
            }
            [None, None] => {}
            _ => return Err("missing filename for serving cert".to_owned()),
        }
        let default = "/apiserver.local.config/certificates".to_owned();
        let folder = self.flag("--cert-dir").unwrap_or(default);
        let pair = ["apiserver.crt", "apiserver.key"].map(|n| self.path(&folder).join(n));
        match pair.each_ref().map(|path| path.exists()) {
            [true, true] => load([&pair[0], &pair[1]]),
            [false, false] if !self.read_only.contains(&folder) => {
                let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
                let key = made.signing_key.serialize_pem();
                Ok([made.cert.pem().into_bytes(), key.into_bytes()])
            }
            [false, false] => Err("the folder is read-only".to_owned()),
            _ => Err("certificate and key must be supplied as a pair".to_owned()),
        }
    }
}

/// What the aggregator gets: an answer, or why not.
fn ask(case: &Case, objects: &[Value]) -> Result<(), String> {
    let [certificate, key] = Container::of(objects).start(case.fixed)?;
    let name = format!("v1beta1.{}", case.group);
    let spec = &object(objects, "APIService", &name)["spec"];
    assert!(spec.get("insecureSkipTLSVerify").is_none());
    let ca = STANDARD.decode(text(&spec["caBundle"])).unwrap();
    let service = &spec["service"];
    let host = format!(
        "{}.{}.svc",
        text(&service["name"]),
        text(&service["namespace"])
    );
    // Without a caBundle the system's roots count.
    let ca = Some(ca).filter(|ca| !ca.is_empty());
    let output = connect(&certificate, &key, ca.as_deref(), &host);
    match output.status.success() {
        true => Ok(()),
        false => Err(stderr(&output)),
    }
}

/// Every half that a hardened manifest can lack, taken out of it.
fn halves(case: &Case, objects: &[Value]) -> Vec<(String, Vec<Value>)> {
    let mut halves = Vec::new();
    let mut without = |what: String, change: &dyn Fn(&mut Value)| {
        let mut changed = objects.to_vec();
        changed.iter_mut().for_each(change);
        assert_ne!(changed, objects, "{}: {what}", case.strategy);
        halves.push((what, changed));
    };
    let entry = |value: &mut Value, key: &str| {
        value.as_mapping_mut().map(|entries| entries.remove(key));
    };
    let pod = |value: &mut Value, change: &dyn Fn(&mut Value)| {
        if value["kind"] == "Deployment" {
            change(&mut value["spec"]["template"]["spec"]["containers"][0]);
        }
    };
    without("caBundle".into(), &|value| {
        if value["kind"] == "APIService" {
            entry(&mut value["spec"], "caBundle");
        }
    });
    let secret = objects.iter().find(|value| value["kind"] == "Secret");
    for (key, _) in secret.unwrap()["data"].as_mapping().unwrap() {
        without(format!("{key:?} of the Secret"), &|value| {
            if value["kind"] == "Secret" {
                entry(&mut value["data"], &text(key));
            }
        });
    }
    without("the mount".into(), &|value| {
        pod(value, &|container| {
            let mounts = container["volumeMounts"].as_sequence_mut().unwrap();
            mounts.retain(|mount| mount["name"] == "tmp");
        });
    });
    for flag in ["--tls-cert-file", "--tls-private-key-file"] {
        if case.strategy == "flags" {
            without(flag.into(), &|value| {
                pod(value, &|container| {
                    let words = container["args"].as_sequence_mut().unwrap();
                    words.retain(|word| !text(word).starts_with(flag));
                });
            });
        }
    }
    without("another name".into(), &|value| {
        if value["kind"] == "APIService" {
            value["spec"]["service"]["namespace"] = "other".into();
        }
    });
    halves
}

#[test]
fn a_server_presents_what_its_api_service_verifies_and_not_by_halves() {
    for case in &CASES {
        let objects = hardened(case);
        ask(case, &objects).unwrap_or_else(|why| panic!("{}: {why}", case.strategy));
        for (half, objects) in halves(case, &objects) {
            let asked = ask(case, &objects);
            assert!(asked.is_err(), "{} without {half} works", case.strategy);
        }
    }
}

/// What a caBundle alone comes to: the server's own certificate is for `localhost`.
#[test]
fn a_ca_bundle_alone_is_an_outage() {
    let case = &CASES[0];
    let mut objects = hardened(case);
    for value in &mut objects {
        if value["kind"] == "Deployment" {
            let container = &mut value["spec"]["template"]["spec"]["containers"][0];
            container["args"] = serde_yaml::from_str(case.args).unwrap();
        }
    }
    let why = ask(case, &objects).unwrap_err();
    assert!(why.contains("x509"), "{why}");
}

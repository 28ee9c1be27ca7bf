//! The real programs: what comes out of each is what `apply` gives, object by
//! object, and with bad input each fails in its own way and changes nothing.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use crate::common::{MANIFESTS, program, read, stderr, stdout, upstream};
use crate::host::{Clone, assert_success, has_kpt, same_objects};

/// A config with the test material: all connections but etcd's, where comments can
/// say more than what arrives from kustomize (`tests/it/doors.rs` of the core).
fn config(pki: &Path, names: &str) -> String {
    let pki = pki.display();
    format!(
        "\
apiVersion: cnx-harden.dev/v1alpha1
kind: Hardening
metadata: {{name: cnx}}
spec:
  apiServer:
    caFile: {pki}/ca.crt
    certFile: {pki}/tls.crt
    keyFile: {pki}/tls.key
    addSecret: true
    names: {names}
  typha:
    caFile: {pki}/typha/ca.crt
    server: {{certFile: {pki}/typha/server.crt, keyFile: {pki}/typha/server.key}}
    client: {{certFile: {pki}/typha/client.crt, keyFile: {pki}/typha/client.key}}
  manager:
    certFile: {pki}/manager/tls.crt
    keyFile: {pki}/manager/tls.key
    hosts: [cnx.example.com]
  # Early releases have other Services, which the test certificate is not for.
  checks: {{allow: [name-mismatch]}}
"
    )
}

/// The names that a release has.
fn names(state: &str, text: &str) -> &'static str {
    match state {
        "no-mounts" => {
            "{secret: calico-k8sapiserver-certs, deployment: calico-k8sapiserver, \
             container: calico-k8sapiserver, volume: certs}"
        }
        "no-secret" if text.contains("name: calico-server") => {
            "{deployment: calico-server, container: calico-server}"
        }
        _ => "{}",
    }
}

/// A published manifest with a CNX API server or Typha.
struct Published {
    name: String,
    text: String,
    state: String,
}

fn published() -> Option<Vec<Published>> {
    let Some(folder) = std::env::var_os("CNX_HARDEN_CORPUS").map(PathBuf::from) else {
        eprintln!("CNX_HARDEN_CORPUS is not set: no published manifests were hardened");
        return None;
    };
    let index = read(folder.join("INDEX.tsv"));
    let rows = index
        .lines()
        .skip(1)
        .map(|line| line.split('\t').collect::<Vec<_>>());
    let rows = rows.filter(|cells| cells[3] != "-" || cells[5] != "-");
    let files = rows.map(|cells| Published {
        name: cells[0].to_owned(),
        text: read(folder.join(cells[0])),
        state: cells[3].to_owned(),
    });
    // One has a key twice, which the reader of these tests refuses.
    Some(
        files
            .filter(|file| is_read(&file.text) || file.state == "does-not-parse")
            .collect(),
    )
}

fn is_read(text: &str) -> bool {
    use serde::Deserialize as _;
    let documents = serde_yaml::Deserializer::from_str(text);
    let mut documents = documents.map(serde_yaml::Value::deserialize);
    documents.all(|document| document.is_ok())
}

/// Puts each published manifest through the file door and through another one, which
/// answers with manifests, or none where the host doesn't take the file as it is.
fn compare(
    clone: &Clone,
    every: usize,
    door: impl Fn(&Published, &str) -> Option<Result<String, String>>,
) -> Option<BTreeMap<&'static str, usize>> {
    let mut counts = BTreeMap::new();
    let mut failures = Vec::new();
    for file in published()?.iter().step_by(every) {
        let config = config(&clone.path("testdata/pki"), names(&file.state, &file.text));
        let (path, manifest) = (clone.path("hardening.yaml"), clone.path("manifest.yaml"));
        fs::write(&path, &config).unwrap();
        fs::write(&manifest, &file.text).unwrap();
        let mut apply = program();
        apply
            .args(["apply", "--quiet", "--config"])
            .arg(&path)
            .arg(&manifest);
        let by_file = apply.output().unwrap();
        let verdict = match (by_file.status.success(), door(file, &config)) {
            (_, None) => "not taken by the host",
            (true, Some(Ok(got))) => {
                if let Err(what) = same_objects(&got, &stdout(&by_file)) {
                    failures.push(format!("{}: {what}", file.name));
                }
                "same"
            }
            (false, Some(Err(_))) => "refused by both",
            (true, Some(Err(said))) => {
                failures.push(format!("{}: refused: {said}", file.name));
                "refused"
            }
            (false, Some(Ok(_))) => {
                failures.push(format!(
                    "{}: not refused as {}",
                    file.name,
                    stderr(&by_file)
                ));
                "not refused"
            }
        };
        *counts.entry(verdict).or_default() += 1;
    }
    println!("{counts:?}");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    Some(counts)
}

/// What the host said, where it is the program that failed.
fn result(output: &Output, text: impl FnOnce() -> String) -> Result<String, String> {
    match output.status.success() {
        true => Ok(text()),
        false => Err(stderr(output) + &stdout(output)),
    }
}

#[test]
fn published_manifests_through_kubectl_kustomize_and_the_plugin() {
    let clone = Clone::new();
    let folder = clone.path("app");
    fs::create_dir(&folder).unwrap();
    let mut install = clone.command("cnx-harden", ".");
    assert_success(
        &install
            .args(["install", "kustomize-plugin"])
            .output()
            .unwrap(),
    );
    let counts = compare(&clone, 1, |file, config| {
        let kustomize = |transformers: &str| {
            let text = format!("resources: [manifest.yaml]\ntransformers: [{transformers}]\n");
            fs::write(folder.join("kustomization.yaml"), text).unwrap();
            let mut kubectl = clone.command("kubectl", "app");
            kubectl.args(["kustomize", "--enable-alpha-plugins", "."]);
            kubectl.output().unwrap()
        };
        fs::write(folder.join("manifest.yaml"), &file.text).unwrap();
        fs::write(folder.join("hardening.yaml"), config).unwrap();
        let output = kustomize("hardening.yaml");
        if !output.status.success() && !kustomize("").status.success() {
            return None;
        }
        Some(result(&output, || stdout(&output)))
    });
    if let Some(counts) = counts {
        assert!(counts["same"] > 60, "{counts:?}");
    }
}

#[test]
fn published_manifests_through_kpt_and_the_function() {
    if !has_kpt() {
        return;
    }
    let clone = Clone::new();
    let folder = clone.path("app");
    let counts = compare(&clone, 3, |file, config| {
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir(&folder).unwrap();
        let manifest = folder.join("manifest.yaml");
        fs::write(&manifest, &file.text).unwrap();
        fs::write(clone.path("fn.yaml"), config).unwrap();
        let kpt = |exec: &str| {
            let mut kpt = clone.command("kpt", ".");
            kpt.args([
                "fn",
                "eval",
                "app",
                "--fn-config",
                "fn.yaml",
                "--exec",
                exec,
            ]);
            kpt.output().unwrap()
        };
        let output = kpt("cnx-harden krm");
        if !output.status.success() {
            assert_eq!(read(&manifest), file.text, "{}: was changed", file.name);
            if !kpt("cat").status.success() {
                return None;
            }
        }
        // A Secret that is added has a file of its own.
        let files = walkdir::WalkDir::new(&folder)
            .into_iter()
            .map(|file| file.unwrap());
        let files = files.filter(|file| file.file_type().is_file());
        let texts: Vec<_> = files.map(|file| read(file.path())).collect();
        Some(result(&output, || texts.join("\n---\n")))
    });
    if let Some(counts) = counts {
        assert!(counts["same"] > 15, "{counts:?}");
    }
}

/// Where an EKS manifest's volume is another one, and where a config is not one.
fn bad_inputs() -> [(&'static str, &'static str, String, String); 2] {
    let good = read(upstream(MANIFESTS[0]));
    let volume = "        # - name: apiserver-certs\n        #   secret:\n        #     secretName: cnx-apiserver-certs\n";
    let other = "        - name: apiserver-certs\n          emptyDir: {}\n";
    let eks = good.replace(volume, other);
    assert_ne!(eks, good);
    let config = config(Path::new("../testdata/pki"), "{}");
    let wrong = config.replacen("keyFile", "keyfile", 1);
    [
        ("a conflict", "volume-conflict", eks, config),
        ("a config", "did you mean keyFile?", good, wrong),
    ]
}

#[test]
fn kustomize_stops_at_bad_input_and_prints_nothing() {
    for (what, words, manifest, config) in bad_inputs() {
        let clone = Clone::new();
        fs::create_dir(clone.path("app")).unwrap();
        fs::write(clone.path("app/manifest.yaml"), manifest).unwrap();
        fs::write(clone.path("app/hardening.yaml"), config).unwrap();
        let text = "resources: [manifest.yaml]\ntransformers: [hardening.yaml]\n";
        fs::write(clone.path("app/kustomization.yaml"), text).unwrap();
        let mut install = clone.command("cnx-harden", ".");
        assert_success(
            &install
                .args(["install", "kustomize-plugin"])
                .output()
                .unwrap(),
        );
        let mut kubectl = clone.command("kubectl", "app");
        kubectl.args(["kustomize", "--enable-alpha-plugins", "."]);
        let output = kubectl.output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{what}");
        assert!(output.stdout.is_empty(), "{what}");
        assert!(
            stderr(&output).contains(words),
            "{what}: {}",
            stderr(&output)
        );
    }
}

#[test]
fn kpt_shows_the_errors_and_leaves_the_package_as_it_was() {
    if !has_kpt() {
        return;
    }
    for (what, words, manifest, config) in bad_inputs() {
        let clone = Clone::new();
        fs::create_dir(clone.path("app")).unwrap();
        fs::write(clone.path("app/manifest.yaml"), &manifest).unwrap();
        fs::write(clone.path("app/hardening.yaml"), config).unwrap();
        let mut kpt = clone.command("kpt", "app");
        kpt.args([
            "fn",
            "eval",
            ".",
            "--exec",
            "cnx-harden krm",
            "--fn-config",
            "hardening.yaml",
        ]);
        let output = kpt.output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{what}");
        let said = stderr(&output) + &stdout(&output);
        assert!(
            said.contains("[FAIL]") && said.contains("[error]"),
            "{what}: {said}"
        );
        assert!(said.contains(words), "{what}: {said}");
        assert_eq!(read(clone.path("app/manifest.yaml")), manifest, "{what}");
    }
}

#[test]
fn helm_stops_at_bad_input_and_prints_nothing() {
    for (what, words, manifest, config) in bad_inputs() {
        let clone = Clone::new();
        let folder = "examples/helm3";
        let config = config.replace("../testdata", "../../testdata");
        fs::write(clone.path(folder).join("hardening.yaml"), config).unwrap();
        fs::write(
            clone.path(folder).join("chart/templates/cnx.yaml"),
            manifest,
        )
        .unwrap();
        let mut helm = clone.command("helm", folder);
        helm.args(["template", "cnx", "chart", "--post-renderer", "cnx-harden"]);
        let output = helm
            .env("CNX_HARDEN_CONFIG", "hardening.yaml")
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1), "{what}");
        assert!(output.stdout.is_empty(), "{what}");
        let said = stderr(&output);
        assert!(
            said.contains("error while running post render"),
            "{what}: {said}"
        );
        assert!(said.contains(words), "{what}: {said}");
    }
}

#[test]
fn the_plugin_never_takes_the_place_of_another_file() {
    let clone = Clone::new();
    let place = "cnx-harden.dev/v1alpha1/hardening/Hardening";
    let install = |home: &str, more: &[&str]| {
        let mut install = clone.command("cnx-harden", ".");
        install.args(["install", "kustomize-plugin", "--home", home]);
        install.args(more).output().unwrap()
    };
    for (home, more) in [("linked", &[][..]), ("copied", &["--copy"])] {
        assert!(stderr(&install(home, more)).contains(": installed; "));
        assert!(stderr(&install(home, more)).contains(": there already; "));
        let path = clone.path(home).join(place);
        assert_eq!(path.is_symlink(), home == "linked");
        // It is the plugin by the path that it is called by.
        let mut plugin = clone.command(path.to_str().unwrap(), ".");
        let output = plugin.arg("gone.yaml").output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains("gone.yaml: cannot read"));
        fs::remove_file(&path).unwrap();
        fs::write(&path, "#!/bin/sh\n").unwrap();
        let output = install(home, more);
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains("something else is there"));
        assert_eq!(read(&path), "#!/bin/sh\n");
    }
    let mut install = clone.command("cnx-harden", ".");
    install.args(["install", "kustomize-plugin"]);
    install.env("KUSTOMIZE_PLUGIN_HOME", clone.path("own"));
    assert_success(&install.output().unwrap());
    assert!(clone.path("own").join(place).exists());
}

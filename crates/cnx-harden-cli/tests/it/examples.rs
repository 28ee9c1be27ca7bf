//! `examples/`: the commands of each README are run, and give what `apply` gives.

use std::fs;
use std::process::Command;

use crate::common::{
    MANIFESTS, assert_file, assert_same, hardened, read, root, stderr, stdout, tool, upstream,
};
use crate::host::{Clone, assert_objects, assert_success, has_kpt};

fn wanted() -> String {
    read(hardened(MANIFESTS[0]))
}

#[test]
fn every_host_has_an_example_and_every_example_is_in_the_list() {
    let list = read(root().join("examples/README.md"));
    let mut hosts = Vec::new();
    for entry in fs::read_dir(root().join("examples")).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            hosts.push(entry.file_name().into_string().unwrap());
        }
    }
    hosts.sort();
    assert_eq!(hosts.len(), 12);
    for host in &hosts {
        assert!(list.contains(&format!("[{host}]({host})")), "{host}");
        assert!(
            root()
                .join("examples")
                .join(host)
                .join("README.md")
                .exists()
        );
    }
}

#[test]
fn each_config_of_the_examples_names_its_schema_and_fits_it() {
    let schema = root().join("schemas/hardening.v1alpha1.json");
    let mut count = 0;
    for entry in walkdir::WalkDir::new(root().join("examples")) {
        let entry = entry.unwrap();
        if entry.file_name() != "hardening.yaml" {
            continue;
        }
        count += 1;
        let text = read(entry.path());
        let line = text.lines().next().unwrap();
        let named = line
            .strip_prefix("# yaml-language-server: $schema=")
            .unwrap();
        let named = entry.path().parent().unwrap().join(named);
        assert_eq!(named.canonicalize().unwrap(), schema);
        let value: serde_json::Value = serde_yaml::from_str(&text).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let instance = folder.path().join("config.json");
        fs::write(&instance, value.to_string()).unwrap();
        let mut validate = Command::new(tool("jsonschema"));
        let output = validate
            .arg("-i")
            .arg(instance)
            .arg(&schema)
            .output()
            .unwrap();
        assert_success(&output);
    }
    assert_eq!(count, 11);
}

#[test]
fn kustomize_legacy() {
    let clone = Clone::new();
    let output = clone.run_readme("kustomize-legacy");
    assert_success(&output);
    let got = read(clone.path("examples/kustomize-legacy/hardened.yaml"));
    assert_objects(&got, &wanted(), "kustomize");
}

#[test]
fn kpt() {
    if !has_kpt() {
        return;
    }
    let clone = Clone::new();
    assert_success(&clone.run_readme("kpt"));
    let got = read(clone.path("examples/kpt/package/cnx-etcd.yaml"));
    assert_objects(&got, &wanted(), "kpt");
    let comments = |text: &str| text.matches("# ").count();
    assert!(comments(&got) > 90, "{}", comments(&got));
}

#[test]
fn helm3() {
    let clone = Clone::new();
    assert_success(&clone.run_readme("helm3"));
    let got = read(clone.path("examples/helm3/hardened.yaml"));
    let notice = got
        .split("---\n")
        .find(|d| d.contains("cnx-notice"))
        .unwrap();
    assert_objects(&got, &format!("{}\n---\n{notice}", wanted()), "helm");
}

/// Helm 4 as its documentation has it: the command of the platform, with the
/// manifests on stdin, each with the annotation that leads back to its file.
#[test]
fn helm4() {
    let clone = Clone::new();
    let plugin = read(clone.path("examples/helm4/cnx-harden/plugin.yaml"));
    let plugin: serde_yaml::Value = serde_yaml::from_str(&plugin).unwrap();
    assert_eq!(plugin["type"], "postrenderer/v1");
    assert_eq!(plugin["runtime"], "subprocess");
    let command = &plugin["runtimeConfig"]["platformCommand"][0]["command"];
    let annotated: String = read(upstream(MANIFESTS[0])).replace(
        "  name: cnx-apiserver-certs\n",
        "  name: cnx-apiserver-certs\n  annotations: {postrenderer.helm.sh/postrender-filename: a.yaml}\n",
    );
    let input = clone.path("input.yaml");
    fs::write(&input, &annotated).unwrap();
    let mut host = clone.command(command.as_str().unwrap(), "examples/helm4");
    host.arg("hardening.yaml");
    let by_variable = |config: Option<&str>| {
        let mut host = clone.command(command.as_str().unwrap(), "examples/helm4");
        host.envs(config.map(|config| ("CNX_HARDEN_CONFIG", config)));
        host.stdin(fs::File::open(&input).unwrap())
            .output()
            .unwrap()
    };
    let output = host
        .stdin(fs::File::open(&input).unwrap())
        .output()
        .unwrap();
    assert_success(&output);
    let got = stdout(&output);
    assert_same(
        &stdout(&by_variable(Some("hardening.yaml"))),
        &got,
        "by the variable",
    );
    let without = by_variable(None);
    assert_eq!(without.status.code(), Some(2));
    assert!(without.stdout.is_empty());
    assert!(stderr(&without).contains("--post-renderer-args hardening.yaml"));
    let line = "  annotations: {postrenderer.helm.sh/postrender-filename: a.yaml}\n";
    assert_same(&got.replacen(line, "", 1), &wanted(), "helm 4");
    assert!(got.contains(line));
}

#[test]
fn argocd() {
    let clone = Clone::new();
    assert_success(&clone.run_readme("argocd"));
    assert_file(clone.path("examples/argocd/hardened.yaml"), &wanted());
    // What Argo CD runs, as the plugin says, with its two kinds of parameters.
    let plugin = read(clone.path("examples/argocd/plugin.yaml"));
    let plugin: serde_yaml::Value = serde_yaml::from_str(&plugin).unwrap();
    let generate = &plugin["spec"]["generate"];
    let words = |key: &str| {
        let words = generate[key].as_sequence().unwrap().iter();
        words
            .map(|word| word.as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let (command, args) = (words("command"), words("args"));
    let run = |variables: &[(&str, &str)]| {
        let mut host = clone.command(&command[0], "examples/argocd");
        host.args(&command[1..])
            .args(&args)
            .envs(variables.iter().copied());
        host.output().unwrap()
    };
    for variables in [
        &[("PARAM_MANIFESTS", "cnx-etcd.yaml")][..],
        &[
            ("ARGOCD_ENV_MANIFESTS", "cnx-etcd.yaml"),
            ("PARAM_CONFIG", "hardening.yaml"),
        ],
    ] {
        let output = run(variables);
        assert_success(&output);
        assert_same(&stdout(&output), &wanted(), "argocd");
    }
    let output = run(&[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty() && stderr(&output).contains("manifests: cannot read"));
    // What the image is made of is there.
    let dockerfile = read(clone.path("examples/argocd/Dockerfile"));
    assert!(dockerfile.contains("COPY examples/argocd/plugin.yaml "));
    assert!(dockerfile.contains("--package cnx-harden-cli"));
}

#[test]
fn flux() {
    let clone = Clone::new();
    assert_success(&clone.run_readme("flux"));
    let got = clone.path("examples/flux/clusters/production/cnx-etcd.yaml");
    assert_file(got, &wanted());
}

#[test]
fn kubectl_plugin() {
    let clone = Clone::new();
    assert_success(&clone.run_readme("kubectl-plugin"));
    assert_file(
        clone.path("examples/kubectl-plugin/hardened.yaml"),
        &wanted(),
    );
}

#[test]
fn pre_commit() {
    let clone = Clone::new();
    assert_success(&clone.run_readme("pre-commit"));
    let got = clone.path("examples/pre-commit/manifests/cnx-etcd.yaml");
    assert_file(got, &wanted());
    // The hook's own words are those of the README.
    let hooks = read(root().join(".pre-commit-hooks.yaml"));
    let hooks: serde_yaml::Value = serde_yaml::from_str(&hooks).unwrap();
    let user = read(root().join("examples/pre-commit/.pre-commit-config.yaml"));
    let user: serde_yaml::Value = serde_yaml::from_str(&user).unwrap();
    let readme = read(root().join("examples/pre-commit/README.md"));
    let used = user["repos"][0]["hooks"].as_sequence().unwrap().iter();
    let hooks = hooks.as_sequence().unwrap().iter();
    assert_eq!(used.len(), hooks.len());
    for (used, hook) in used.zip(hooks) {
        assert_eq!(used["id"], hook["id"]);
        let mut command = format!("$ {}", hook["entry"].as_str().unwrap());
        for arg in used["args"].as_sequence().into_iter().flatten() {
            command = format!("{command} {}", arg.as_str().unwrap());
        }
        command.push_str(" manifests/cnx-etcd.yaml\n");
        assert!(readme.contains(&command), "{command}");
    }
}

#[test]
fn github_actions() {
    let clone = Clone::new();
    assert_success(&clone.run_readme("github-actions"));
    let got = clone.path("examples/github-actions/hardened/cnx-etcd.yaml");
    assert_file(got, &wanted());
    // The workflow runs what the README does.
    let readme = read(root().join("examples/github-actions/README.md"));
    let workflow = read(root().join("examples/github-actions/harden.yaml"));
    let workflow: serde_yaml::Value = serde_yaml::from_str(&workflow).unwrap();
    let steps = workflow["jobs"]["harden"]["steps"].as_sequence().unwrap();
    let runs = steps.iter().filter_map(|step| step["run"].as_str());
    let runs: Vec<_> = runs.filter(|run| run.starts_with("cnx-harden ")).collect();
    assert_eq!(runs.len(), 3);
    for run in runs {
        assert!(readme.contains(&format!("$ {run}\n")), "{run}");
    }
}

/// From nothing: what the server presents is what kube-apiserver verifies it with.
#[test]
fn metrics_server() {
    let clone = Clone::new();
    let output = clone.run_readme("metrics-server");
    assert_success(&output);
    let said = stdout(&output);
    assert!(
        said.contains("ok         TLS 1.3  kube-apiserver to API server"),
        "{said}"
    );
    let got = read(clone.path("examples/metrics-server/components.yaml"));
    let wanted = read(hardened("metrics-server.yaml"));
    let without_values = |text: &str| {
        let value = |line: &str| match line.split_once(": LS0t") {
            Some((key, _)) => key.to_owned(),
            None => line.to_owned(),
        };
        text.lines().map(value).collect::<Vec<_>>()
    };
    assert_eq!(without_values(&got), without_values(&wanted));
    assert_ne!(got, wanted);
}

/// By cert-manager: neither a key nor a CA is in the manifest.
#[test]
fn prometheus_adapter() {
    let clone = Clone::new();
    assert_success(&clone.run_readme("prometheus-adapter"));
    let before = read(root().join("examples/prometheus-adapter/prometheus-adapter.yaml"));
    let after = read(clone.path("examples/prometheus-adapter/hardened.yaml"));
    let diff = similar::TextDiff::from_lines(&before, &after);
    insta::assert_snapshot!(diff.unified_diff().context_radius(1).to_string());
}

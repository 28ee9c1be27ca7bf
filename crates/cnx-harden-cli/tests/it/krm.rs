//! The KRM function before a host that does what the functions specification and
//! kustomize say (`cmd/config/docs/api-conventions/functions-spec.md`): the list
//! comes in on stdin and goes out on stdout alone, an exit code other than 0 is a
//! failure, and items that are left out are deleted.

use std::fs;
use std::process::Output;

use crate::common::{
    MANIFESTS, assert_same, hardened, objects, piped, pki, read, stderr, stdout, upstream,
};
use crate::host::{Clone, assert_objects, assert_success};
use serde_yaml::Value;

const FUNCTION: &str = "config.kubernetes.io/function";

/// The program with these arguments in a folder of the clone, and stdin.
fn run(clone: &Clone, folder: &str, args: &[&str], stdin: &str) -> Output {
    let mut function = clone.command("cnx-harden", folder);
    function.args(args);
    piped(function, stdin)
}

fn config() -> Value {
    let text = "{apiVersion: cnx-harden.dev/v1alpha1, kind: Hardening, metadata: {name: cnx}, \
                spec: {apiServer: {caFile: ca.crt, certFile: tls.crt, keyFile: tls.key}}}";
    serde_yaml::from_str(text).unwrap()
}

/// A list as kustomize makes one: each item with the annotations that lead back.
fn list(version: &str, items: Vec<Value>, config: Option<Value>) -> Value {
    let items = items.into_iter().enumerate().map(|(number, mut item)| {
        let metadata = item["metadata"].as_mapping_mut().unwrap();
        let annotations = metadata.entry("annotations".into()).or_insert(Value::Null);
        for key in [
            "config.kubernetes.io/index",
            "internal.config.kubernetes.io/index",
            "config.k8s.io/id",
            "kustomize.config.k8s.io/id",
        ] {
            annotations[key] = number.to_string().into();
        }
        annotations["config.kubernetes.io/path"] = "cnx.yaml".into();
        item
    });
    let mut list: Value = serde_yaml::from_str("{kind: ResourceList}").unwrap();
    list["apiVersion"] = format!("config.kubernetes.io/{version}").into();
    list["items"] = Value::Sequence(items.collect());
    if let Some(config) = config {
        list["functionConfig"] = config;
    }
    list
}

fn items(list: &Value) -> Vec<Value> {
    list["items"].as_sequence().unwrap().clone()
}

/// The items as manifests.
fn manifests(items: &[Value]) -> String {
    let texts = items
        .iter()
        .map(|item| serde_yaml::to_string(item).unwrap());
    texts.collect::<Vec<_>>().join("---\n")
}

/// What kyaml reads of results (`kyaml/fn/framework/result.go`).
fn check_results(list: &Value) -> Vec<Value> {
    let results = list["results"].as_sequence().unwrap().clone();
    for result in &results {
        assert!(
            result["message"]
                .as_str()
                .is_some_and(|m| !m.contains('\n'))
        );
        let severity = result["severity"].as_str().unwrap();
        assert!(["error", "warning", "info"].contains(&severity));
        for (key, value) in result.as_mapping().unwrap() {
            match key.as_str().unwrap() {
                "message" | "severity" => {}
                "resourceRef" => {
                    assert!(value["apiVersion"].is_string() && value["kind"].is_string());
                    assert!(value["name"].is_string());
                }
                "field" => assert!(value["path"].is_string()),
                "file" => {
                    assert!(value["path"].is_string());
                    assert!(value.get("index").is_none_or(Value::is_u64));
                }
                other => panic!("kyaml knows no {other}"),
            }
        }
    }
    results
}

/// Standalone kustomize: builds the resources, reads which program to run from the
/// transformer's annotation, and runs it in the kustomization's folder.
#[test]
fn the_example_for_kustomize_as_kustomize_runs_it() {
    let clone = Clone::new();
    let folder = "examples/kustomize-krm";
    assert_success(&clone.run_readme("kustomize-krm"));
    let config: Value =
        serde_yaml::from_str(&read(clone.path(folder).join("hardening.yaml"))).unwrap();
    let kustomization = clone.path(folder).join("kustomization.yaml");
    let text = read(&kustomization);
    fs::write(
        &kustomization,
        text.replace("transformers:\n- hardening.yaml\n", ""),
    )
    .unwrap();
    let mut kubectl = clone.command("kubectl", folder);
    let built = kubectl.args(["kustomize", "."]).output().unwrap();
    assert_success(&built);
    let function = config["metadata"]["annotations"][FUNCTION]
        .as_str()
        .unwrap();
    let function: Value = serde_yaml::from_str(function).unwrap();
    assert_eq!(function["exec"]["path"], "cnx-harden");
    // kustomize reads the arguments of a function and passes none (`kyaml/runfn/runfn.go`).
    assert!(function["exec"].get("args").is_none());
    for version in ["v1", "v1beta1"] {
        let before = list(version, objects(&stdout(&built)), Some(config.clone()));
        let output = run(
            &clone,
            folder,
            &[],
            &serde_yaml::to_string(&before).unwrap(),
        );
        assert_success(&output);
        let after: Value = serde_yaml::from_str(&stdout(&output)).unwrap();
        for key in ["apiVersion", "kind", "functionConfig"] {
            assert_eq!(after[key], before[key], "{key}");
        }
        let annotations = |list: &Value| {
            let items = items(list).into_iter();
            items
                .map(|item| item["metadata"]["annotations"].clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(annotations(&after), annotations(&before));
        let results = check_results(&after);
        assert!(results.iter().all(|result| result["severity"] == "info"));
        let bundle = results
            .iter()
            .find(|r| r["field"]["path"] == "spec.caBundle")
            .unwrap();
        assert_eq!(bundle["file"]["path"], "cnx.yaml");
        assert_objects(
            &manifests(&items(&after)),
            &read(hardened(MANIFESTS[0])),
            version,
        );
        assert!(
            stderr(&output).contains("6 edits made"),
            "words on stderr too"
        );
    }
}

#[test]
fn a_list_in_json_stays_json() {
    let clone = Clone::new();
    let before = list("v1", objects(&read(upstream(MANIFESTS[1]))), Some(config()));
    let text = serde_json::to_string_pretty(&before).unwrap();
    let output = run(&clone, "testdata/pki", &["krm"], &text);
    assert_success(&output);
    let after: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    let after: Value = serde_yaml::to_value(after).unwrap();
    check_results(&after);
    assert_objects(
        &manifests(&items(&after)),
        &read(hardened(MANIFESTS[1])),
        "JSON",
    );
}

#[test]
fn a_list_that_is_none_of_functions_takes_its_config_from_the_flag() {
    let clone = Clone::new();
    let config = clone.path("testdata/pki/hardening.yaml");
    fs::write(&config, serde_yaml::to_string(&self::config()).unwrap()).unwrap();
    let mut before = list("v1", objects(&read(upstream(MANIFESTS[0]))), None);
    let flag = ["krm", "--config", "testdata/pki/hardening.yaml"];
    for (version, kind) in [("config.kubernetes.io/v1", "ResourceList"), ("v1", "List")] {
        before["apiVersion"] = version.into();
        before["kind"] = kind.into();
        let output = run(&clone, ".", &flag, &serde_yaml::to_string(&before).unwrap());
        assert_success(&output);
        let after: Value = serde_yaml::from_str(&stdout(&output)).unwrap();
        assert_eq!(after.get("results").is_some(), kind == "ResourceList");
        assert_objects(
            &manifests(&items(&after)),
            &read(hardened(MANIFESTS[0])),
            kind,
        );
    }
}

#[test]
fn called_by_its_name_alone_it_sees_what_it_is_spoken_to_in() {
    let clone = Clone::new();
    let before = list("v1", objects(&read(upstream(MANIFESTS[0]))), Some(config()));
    let text = serde_yaml::to_string(&before).unwrap();
    let [named, alone] = [&["krm"][..], &[]].map(|args| run(&clone, "testdata/pki", args, &text));
    assert_success(&alone);
    assert_same(&stdout(&alone), &stdout(&named), "called by its name alone");
    // Anything else is a mistake on the command line.
    for (stdin, words) in [
        ("", "Usage: cnx-harden"),
        ("kind: ConfigMap\n", "manifests on stdin, and no config"),
    ] {
        let output = run(&clone, ".", &[], stdin);
        assert_eq!(output.status.code(), Some(2));
        assert!(output.stdout.is_empty() && stderr(&output).contains(words));
    }
}

/// Each is refused with exit code 1, and the list comes out with all of its items
/// and the errors behind them; what is no list comes out as one without items.
#[test]
fn wrong_input_gives_the_list_as_it_came_and_the_errors() {
    let clone = Clone::new();
    let good = list("v1", objects(&read(upstream(MANIFESTS[0]))), Some(config()));
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut list = good.clone();
        change(&mut list);
        serde_yaml::to_string(&list).unwrap()
    };
    let spec = |list: &mut Value, key: &str, value: &str| {
        list["functionConfig"]["spec"]["apiServer"][key] = value.into();
    };
    let lists: [(&str, &str, String); 6] = [
        (
            "no-config",
            "invalid-config",
            changed(&|list| list["functionConfig"] = Value::Null),
        ),
        (
            "unknown",
            "invalid-config",
            changed(&|list| spec(list, "keyfile", "tls.key")),
        ),
        (
            "gone",
            "invalid-config",
            changed(&|list| spec(list, "keyFile", "gone.key")),
        ),
        (
            "pair",
            "key-mismatch",
            changed(&|list| spec(list, "keyFile", "rotated.key")),
        ),
        (
            "kind",
            "invalid-config",
            changed(&|list| list["functionConfig"]["kind"] = "ConfigMap".into()),
        ),
        (
            "missing",
            "missing-object",
            changed(&|list| {
                list["items"]
                    .as_sequence_mut()
                    .unwrap()
                    .retain(|item| item["kind"] != "Secret");
            }),
        ),
    ];
    for (name, code, text) in &lists {
        let output = run(&clone, "testdata/pki", &["krm"], text);
        assert_eq!(output.status.code(), Some(1), "{name}");
        let got = stdout(&output);
        assert!(
            got.starts_with(text.as_str()),
            "{name}: the list is not as it came"
        );
        let results = check_results(&serde_yaml::from_str(&got).unwrap());
        assert!(
            results.iter().all(|result| result["severity"] == "error"),
            "{name}"
        );
        let message = results[0]["message"].as_str().unwrap();
        assert!(
            message.starts_with(&format!("{code}: ")),
            "{name}: {message}"
        );
        assert!(
            stderr(&output).contains(&format!("error[{code}]: ")),
            "{name}"
        );
    }
    let no_lists = [
        ("", "not-resource-list"),
        (
            "kind: ConfigMap\nmetadata: {name: ResourceList}\n",
            "not-resource-list",
        ),
        (
            "apiVersion: config.kubernetes.io/v2\nkind: ResourceList\n",
            "not-resource-list",
        ),
        ("kind: ResourceList\nitems: [\n", "not-yaml"),
        (
            "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n---\na: b\n",
            "not-resource-list",
        ),
    ];
    for (text, code) in no_lists {
        let output = run(&clone, "testdata/pki", &["krm"], text);
        assert_eq!(output.status.code(), Some(1), "{text}");
        let list: Value = serde_yaml::from_str(&stdout(&output)).unwrap();
        assert_eq!(list["kind"], "ResourceList");
        assert!(items(&list).is_empty());
        let results = check_results(&list);
        let message = results[0]["message"].as_str().unwrap();
        assert!(
            message.starts_with(&format!("{code}: ")),
            "{text}: {message}"
        );
    }
}

/// What the function says is for logs and web pages: no key is in it.
#[test]
fn no_key_is_in_the_results_or_the_words() {
    let clone = Clone::new();
    let key = read(pki("tls.key"));
    let body = key.lines().nth(1).unwrap();
    let mut inline = config();
    let channel = &mut inline["spec"]["apiServer"];
    channel.as_mapping_mut().unwrap().remove("keyFile");
    channel["keyInline"] = key.as_str().into();
    for wrong in [false, true] {
        if wrong {
            inline["spec"]["apiServer"]["certFile"] = "rotated.crt".into();
        }
        let before = list(
            "v1",
            objects(&read(upstream(MANIFESTS[0]))),
            Some(inline.clone()),
        );
        let before = serde_yaml::to_string(&before).unwrap();
        let output = run(&clone, "testdata/pki", &["krm"], &before);
        assert_eq!(output.status.success(), !wrong);
        let list: Value = serde_yaml::from_str(&stdout(&output)).unwrap();
        let results = serde_yaml::to_string(&list["results"]).unwrap();
        assert!(results.contains("inline-key: ") || wrong, "{results}");
        for text in [&results, &stderr(&output)] {
            assert!(!text.contains(body) && !text.contains("PRIVATE KEY"));
        }
    }
}

//! One field in every form that kubectl reads: `check`, `report` and `apply` take it
//! for what kubectl takes it for.

use std::path::PathBuf;
use std::process::Command;

use cnx_harden_core::audit::{Audit, audit};
use cnx_harden_core::traffic::{Link, State, TrafficOptions, traffic};
use cnx_harden_core::{Code, Severity, Source, harden};
use serde_json::Value as Json;

use crate::audit::options;
use crate::material;

/// What Kubernetes makes of the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Means {
    True,
    False,
    /// Not a boolean: the API server rejects the object.
    Other,
    /// kubectl reads one thing and other programs another.
    Unclear,
}
use Means::{False, Other, True, Unclear};

/// Lines above the object's own, its `kind`, the lines of its `spec`, the meaning of
/// those, and whether `apply` can edit them.
type Form = (&'static str, &'static str, &'static str, Means, bool);

const KIND: &str = "APIService";
const FIELD: &str = "insecureSkipTLSVerify";

/// `~` stands for the field.
const FORMS: &[Form] = &[
    // Booleans.
    ("", KIND, "  ~: true", True, true),
    ("", KIND, "  ~: True", True, true),
    ("", KIND, "  ~: yes", True, true),
    ("", KIND, "  ~: Yes", True, true),
    ("", KIND, "  ~: YES", True, true),
    ("", KIND, "  ~: on", True, true),
    ("", KIND, "  ~: ON", True, true),
    ("", KIND, "  ~: y", True, true),
    ("", KIND, "  ~: Y", True, true),
    ("", KIND, "  ~: !!bool yes", True, true),
    ("", KIND, "  ~: !!bool 'true'", True, true),
    ("", KIND, "  ~: !!bool \"on\"", True, true),
    ("", KIND, "  ~: !<tag:yaml.org,2002:bool> y", True, true),
    ("", KIND, "  ? ~\n  : yes", True, true),
    ("", KIND, "  '~': yes", True, true),
    ("", KIND, "  \"insecure\\x53kipTLSVerify\": yes", True, true),
    ("", KIND, "  !!str ~: yes", True, true),
    (
        "",
        KIND,
        "  !!binary aW5zZWN1cmVTa2lwVExTVmVyaWZ5: yes",
        True,
        false,
    ),
    ("", KIND, "  ~: false", False, true),
    ("", KIND, "  ~: no", False, true),
    ("", KIND, "  ~: off", False, true),
    ("", KIND, "  ~: n", False, true),
    ("", KIND, "  ~: !!bool off", False, true),
    ("", KIND, "  ~:", False, true),
    ("", KIND, "  ~: ~", False, true),
    ("", KIND, "  ~: !!null ''", False, true),
    ("", KIND, "  # nothing", False, true),
    ("", KIND, "  ~: 'true'", Other, true),
    ("", KIND, "  ~: !!str true", Other, true),
    ("", KIND, "  ~: tRUE", Other, true),
    ("", KIND, "  ~: yEs", Other, true),
    ("", KIND, "  ~: 1", Other, true),
    ("", KIND, "  ~: [true]", Other, true),
    ("", KIND, "  ~: !!binary dHJ1ZQ==", Other, true),
    ("", KIND, "  ~: ! true", Other, true),
    ("", KIND, "  ~: !mine true", Other, true),
    // Aliases and merge keys.
    ("x: &x true\n", KIND, "  ~: *x", True, true),
    ("x: &x yes\n", KIND, "  ~: *x", True, true),
    ("x: &x ~\n", KIND, "  *x : true", True, false),
    ("x: &x no\n", KIND, "  ~: *x", False, true),
    ("x: &x 'true'\n", KIND, "  ~: *x", Other, false),
    ("x: &x {~: true}\n", KIND, "  <<: *x", True, false),
    ("x: &x {~: on}\n", KIND, "  <<: *x", True, false),
    ("", KIND, "  <<: {~: true}", True, false),
    ("", KIND, "  <<: [{~: true}]", True, false),
    ("", KIND, "  <<: [{a: 1}, {~: yes}]", True, false),
    ("", KIND, "  <<: [{~: false}, {~: yes}]", False, true),
    ("", KIND, "  <<: [{~: true}, {~: no}]", True, false),
    ("", KIND, "  <<: {<<: {~: true}}", True, false),
    ("", KIND, "  !!merge <<: {~: true}", True, false),
    ("", KIND, "  '<<': {~: true}", False, true),
    ("", KIND, "  <<: {~: false}\n  ~: true", True, false),
    ("", KIND, "  <<: {~: true}\n  ~: false", False, true),
    ("", KIND, "  ~: true\n  <<: {~: true}", True, false),
    ("", KIND, "  ~: true\n  <<: {~: false}", Unclear, false),
    ("", KIND, "  ~: false\n  <<: {~: true}", Unclear, false),
    ("", KIND, "  ~: true\n  ~: false", Unclear, false),
    ("", KIND, "  ~: false\n  ~: true", Unclear, false),
    // Lines that only YAML 1.1 ends.
    ("", KIND, "  # a wiki\u{2028}  ~: true", True, true),
    ("", KIND, "  # a wiki\u{2029}  ~: true", True, true),
    ("", KIND, "  # a wiki\u{85}  ~: true", True, true),
    ("", KIND, "  # a wiki\r  ~: true", True, true),
    (
        "",
        KIND,
        "  versionPriority: 1 # a\u{2028}  ~: yes",
        True,
        true,
    ),
    ("", KIND, "  # a wiki\u{2028}  # ~: true", False, true),
    // The object itself.
    ("", "!!binary QVBJU2VydmljZQ==", "  ~: true", True, true),
    ("", "\"API\\x53ervice\"", "  ~: true", True, true),
    ("x: &x APIService\n", "*x", "  ~: true", True, true),
    ("", "!!str APIService", "  ~: true", True, true),
    ("", "|-\n  APIService", "  ~: true", True, true),
];

fn manifest((head, kind, spec, ..): &Form, group: &str) -> String {
    // What `~` means as a value stays.
    let field = |text: &str| {
        let text = text.replace("~: ~", "~: null").replace("&x ~", "&x FIELD");
        text.replace('~', "FIELD").replace("FIELD", FIELD)
    };
    format!(
        "\
apiVersion: v1
kind: Secret
type: Opaque
metadata:
  name: cnx-apiserver-certs
  namespace: kube-system
data:
  #apiserver.key:
  #apiserver.crt:
---
{}apiVersion: apiregistration.k8s.io/v1beta1
kind: {kind}
metadata:
  name: v3.{group}
spec:
  group: {group}
  service:
    name: cnx-api
    namespace: kube-system
  version: v3
{}
  #caBundle:
---
apiVersion: extensions/v1beta1
kind: Deployment
metadata:
  name: cnx-apiserver
  namespace: kube-system
spec:
  template:
    spec:
      containers:
      - name: cnx-apiserver
        image: x
        volumeMounts:
          - mountPath: /a
            name: a
          # - mountPath: /code/apiserver.local.config/certificates
          #   name: apiserver-certs
      volumes:
        - name: a
          emptyDir: {{}}
        # - name: apiserver-certs
        #   secret:
        #     secretName: cnx-apiserver-certs
",
        field(head),
        field(spec)
    )
}

fn checked(text: &str) -> Audit {
    let name = "form.yaml";
    audit(&[Source { name, text }], &options())
}

/// What `check` says of the field.
fn found(audit: &Audit) -> Vec<Code> {
    let errors = audit.findings.iter();
    let errors = errors.filter(|f| f.finding.severity == Severity::Error);
    let codes = errors.map(|f| f.finding.code);
    let about = [
        Code::InsecureSkipTlsVerify,
        Code::UnexpectedValue,
        Code::CannotEdit,
    ];
    codes.filter(|code| about.contains(code)).collect()
}

const fn wanted(means: Means) -> Option<Code> {
    match means {
        True => Some(Code::InsecureSkipTlsVerify),
        False => None,
        Other => Some(Code::UnexpectedValue),
        Unclear => Some(Code::CannotEdit),
    }
}

#[test]
fn check_takes_each_form_for_what_it_is() {
    let mut wrong = Vec::new();
    for form in FORMS {
        for group in ["projectcalico.org", "metrics.k8s.io"] {
            let got = found(&checked(&manifest(form, group)));
            let wanted: Vec<_> = wanted(form.3).into_iter().collect();
            if got != wanted {
                wrong.push(format!("{group} {form:?}: {got:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn report_draws_each_form_as_what_it_is() {
    let options = TrafficOptions::at(options().certificates.unwrap().now);
    let mut wrong = Vec::new();
    for form in FORMS {
        let text = manifest(form, "projectcalico.org");
        let sources = [Source {
            name: "form.yaml",
            text: &text,
        }];
        let findings = audit(&sources, &options.audit()).findings;
        let traffic = traffic(&sources, &options, &findings);
        let state = traffic
            .connection(Link::KubeApiserverApiServer)
            .map(|c| c.state);
        let insecure = matches!(state, Some(State::NotVerified));
        if insecure != (form.3 == True) {
            wrong.push(format!("{form:?}: {state:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn apply_makes_each_form_secure_or_says_where_it_cannot() {
    let mut wrong = Vec::new();
    let mut texts = Vec::new();
    for form in FORMS {
        let text = manifest(form, "projectcalico.org");
        let source = Source {
            name: "form.yaml",
            text: &text,
        };
        let run = harden(&[source], &material::hardening("kind: APIService"));
        let editable = form.4 && matches!(form.3, True | False);
        match run {
            Ok(run) => {
                let text = run.outputs[0].text.clone();
                if !editable || !found(&checked(&text)).is_empty() {
                    wrong.push(format!("{form:?}\n{text}"));
                }
                texts.push(text);
            }
            Err(error) => {
                // The place is in the object that the form stands in.
                let lines = 11..=11 + text.matches('\n').count() - 31;
                let placed = error.findings.iter().all(|f| lines.contains(&f.place.line));
                let internal = error.to_string().contains("internal error");
                if editable || !placed || internal {
                    wrong.push(format!("{form:?}: {error}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let Some(kubectl) = kubectl() else { return };
    for text in texts {
        let read = read(&kubectl, &text);
        let field = read.as_ref().and_then(|object| object["spec"].get(FIELD));
        assert!(
            matches!(field, None | Some(Json::Null | Json::Bool(false))),
            "{text}"
        );
        assert!(read.unwrap()["spec"]["caBundle"].is_string(), "{text}");
    }
}

#[test]
fn kubectl_takes_each_form_for_the_same() {
    let Some(kubectl) = kubectl() else { return };
    let mut wrong = Vec::new();
    for form in FORMS {
        let read = read(&kubectl, &manifest(form, "projectcalico.org"));
        let field = read.as_ref().map(|object| object["spec"][FIELD].clone());
        let fits = match field {
            Some(Json::Bool(true)) => matches!(form.3, True | Unclear),
            Some(Json::Bool(false)) => matches!(form.3, False | Unclear),
            Some(Json::Null) => form.3 == False,
            Some(_) => form.3 == Other,
            None => false,
        };
        if !fits {
            wrong.push(format!("{form:?}: {field:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Numbers, and what they are.
const NUMBERS: &[(&str, Option<i64>)] = &[
    ("0", Some(0)),
    ("00", Some(0)),
    ("0x0", Some(0)),
    ("0.0", Some(0)),
    ("!!int '0'", Some(0)),
    ("'0'", None),
    ("!!str 0", None),
    ("1", Some(1)),
    ("256", Some(0o400)),
    ("0400", Some(0o400)),
    ("0o400", Some(0o400)),
    ("0x100", Some(0o400)),
    ("0b100000000", Some(0o400)),
    ("2_56", Some(0o400)),
    ("256.0", Some(0o400)),
    ("400", Some(400)),
    ("0444", Some(0o444)),
];

#[test]
fn replicas_are_counted_as_kubernetes_counts_them() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../manifests/upstream");
    let text = std::fs::read_to_string(format!("{root}/calico-typha.yaml")).unwrap();
    for (form, number) in NUMBERS {
        let text = text.replace("  replicas: 0", &format!("  replicas: {form}"));
        let source = Source {
            name: "typha.yaml",
            text: &text,
        };
        let run = harden(&[source], &material::hardening(&text)).unwrap();
        let mut found = run.report.findings.iter();
        let off = found.any(|f| f.code == Code::TyphaOff && f.message.contains("0 replicas"));
        assert_eq!(off, *number == Some(0), "{form}");
    }
}

#[test]
fn modes_are_read_as_kubernetes_reads_them() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/audit/secret-file-mode");
    let text = std::fs::read_to_string(format!("{root}/good.yaml")).unwrap();
    assert!(text.contains("defaultMode: 256"));
    for (form, number) in NUMBERS {
        let text = text.replace("defaultMode: 256", &format!("defaultMode: {form}"));
        let audit = checked(&text);
        let mut found = audit.findings.iter();
        let says = |f: &cnx_harden_core::audit::AuditFinding, code, words: &str| {
            f.finding.code == code && f.finding.message.contains(words)
        };
        let open = found.any(|f| says(f, Code::SecretFileMode, "every user"));
        assert_eq!(open, number.is_some_and(|mode| mode & 0o007 != 0), "{form}");
        let mut found = audit.findings.iter();
        let wrong = found.any(|f| says(f, Code::UnreadableFile, "not a number"));
        let valid = number.is_some_and(|mode| (0..=0o777).contains(&mode));
        assert_eq!(wrong, !valid, "{form}");
        let mut found = audit.findings.iter();
        let decimal = found.any(|f| says(f, Code::SecretFileMode, "decimal"));
        assert_eq!(decimal, *form == "400", "{form}");
    }
}

/// kubectl, as `cargo xtask tools` installs it.
fn kubectl() -> Option<PathBuf> {
    let folder = std::env::var_os("CNX_HARDEN_TOOLS").map(PathBuf::from);
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/tools/bin");
    let path = folder.unwrap_or_else(|| root.into()).join("kubectl");
    let found = path.exists();
    let ci = std::env::var_os("CI").is_some_and(|ci| ci == "true");
    assert!(found || !ci, "{}: not installed", path.display());
    if !found {
        eprintln!("kubectl is not installed (`cargo xtask tools`): nothing was compared with it");
    }
    found.then_some(path)
}

/// The APIService that kubectl reads.
fn read(kubectl: &PathBuf, text: &str) -> Option<Json> {
    use std::io::Write as _;
    use std::process::Stdio;
    let mut child = Command::new(kubectl)
        .args(["annotate", "--local", "-o", "json", "a=b", "-f", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let objects = serde_json::Deserializer::from_slice(&output.stdout).into_iter::<Json>();
    let mut objects = objects.map(Result::unwrap);
    objects.find(|object| object["kind"] == "APIService")
}

/// A document that cannot be read is an error if it can hold the object, in whatever
/// style its kind is written.
#[test]
fn what_cannot_be_read_is_an_error_of_check() {
    let deep = "[".repeat(200) + &"]".repeat(200);
    let kinds = [
        "kind: APIService",
        "kind:   APIService",
        "kind: 'APIService'",
        "{\"kind\": \"APIService\"}",
        "{\"kind\":\"APIService\"}",
    ];
    for kind in kinds {
        let text = match kind.strip_suffix('}') {
            Some(flow) => format!("{flow}, \"deep\": {deep}}}\n"),
            None => format!("{kind}\ndeep: {deep}\n"),
        };
        assert_eq!(found(&checked(&text)), [Code::CannotEdit], "{kind}");
    }
}

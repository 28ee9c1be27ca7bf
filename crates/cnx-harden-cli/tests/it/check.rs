//! `cnx-harden check`: its forms, its exit codes, and what it never shows.

use std::path::PathBuf;
use std::process::Output;

use base64::Engine as _;
use serde_json::Value;

use crate::common::{pki, program, read, root, stderr, stdout, tool};
use crate::schemas::validate;

const UPSTREAM: &str = "manifests/upstream/cnx-etcd.yaml";
const FORMATS: [&str; 5] = ["text", "json", "sarif", "github", "markdown"];

fn check(args: &[&str]) -> Output {
    program().arg("check").args(args).output().unwrap()
}

fn json(args: &[&str]) -> Value {
    let output = check(&[&["--format", "json"], args].concat());
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The manifests of the core's tests of the audit.
fn bad() -> Vec<PathBuf> {
    let folder = root().join("crates/cnx-harden-core/tests/audit");
    let cases = std::fs::read_dir(folder).unwrap();
    let mut files: Vec<_> = cases.map(|c| c.unwrap().path().join("bad.yaml")).collect();
    files.sort();
    files
}

#[test]
fn a_published_manifest_is_shown_as_rustc_shows_its_errors() {
    let output = check(&[UPSTREAM]);
    assert_eq!(output.status.code(), Some(1));
    insta::assert_snapshot!(stdout(&output));
    insta::assert_snapshot!(stderr(&output));
}

#[test]
fn github_and_markdown() {
    insta::assert_snapshot!(stdout(&check(&["--format", "github", "-q", UPSTREAM])));
    insta::assert_snapshot!(stdout(&check(&["--format", "markdown", "-q", UPSTREAM])));
}

#[test]
fn exit_codes_follow_the_severity_that_is_asked_for() {
    let hardened = "manifests/hardened";
    let code = |args: &[&str]| check(args).status.code();
    assert_eq!(code(&[hardened]), Some(0));
    assert_eq!(code(&["--fail-on", "warning", hardened]), Some(0));
    assert_eq!(code(&["--fail-on", "info", hardened]), Some(1));
    assert_eq!(code(&[UPSTREAM]), Some(1));
    assert_eq!(code(&["--channel", "manager", UPSTREAM]), Some(0));
    assert_eq!(code(&["there-is-no-such-file.yaml"]), Some(2));
    assert_eq!(code(&["--channel", "managr", UPSTREAM]), Some(2));
    assert_eq!(code(&[]), Some(2));
}

#[test]
fn mistyped_flags_and_codes_are_suggested() {
    let output = check(&["--chanel", "etcd", UPSTREAM]);
    assert!(
        stderr(&output).contains("'--channel'"),
        "{}",
        stderr(&output)
    );
    let output = check(&["--allow", "plain-etdc -- x", UPSTREAM]);
    assert!(
        stderr(&output).contains("did you mean plain-etcd?"),
        "{}",
        stderr(&output)
    );
    let output = check(&["--allow", "plain-etcd", UPSTREAM]);
    assert!(
        stderr(&output).contains("give a reason"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn sarif_is_valid_by_the_official_schema() {
    let mut arguments = vec!["--format", "sarif"];
    let files = bad();
    let allow = "missing-mount -- in a test";
    arguments.extend(["--allow", allow]);
    arguments.extend(files.iter().map(|path| path.to_str().unwrap()));
    let output = check(&arguments);
    let schema = tool("python")
        .parent()
        .unwrap()
        .parent()
        .unwrap()
        .join("sarif-2.1.0.json");
    let valid = validate(&output.stdout, schema.clone());
    assert!(valid.status.success(), "{}", stderr(&valid));
    let mut sarif: Value = serde_json::from_slice(&output.stdout).unwrap();
    let run = &sarif["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let results = run["results"].as_array().unwrap();
    assert!(results.len() > 50, "{}", results.len());
    let mut prints = std::collections::BTreeSet::new();
    for result in results {
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(prints.insert(result["partialFingerprints"]["cnxHardenFinding/v1"].to_string()));
    }
    assert!(results.iter().any(|result| !result["fixes"].is_null()));
    assert!(
        results
            .iter()
            .any(|result| !result["suppressions"].is_null())
    );
    // The schema is one that refuses.
    sarif["runs"][0]["results"][0]["level"] = "fatal".into();
    let invalid = validate(sarif.to_string().as_bytes(), schema);
    assert!(!invalid.status.success());
}

/// The very text that `apply` makes, from SARIF's lines and columns.
#[test]
fn the_fixes_of_sarif_are_edits_of_the_text() {
    let path = "crates/cnx-harden-core/tests/audit/missing-volume/bad.yaml";
    let output = check(&["--format", "sarif", path]);
    let sarif: Value = serde_json::from_slice(&output.stdout).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let fix = results
        .iter()
        .find(|r| r["ruleId"] == "missing-volume")
        .unwrap();
    let replacements = &fix["fixes"][0]["artifactChanges"][0]["replacements"];
    let text = read(root().join(path));
    let offset = |region: &Value, end: &str| {
        let number = |name: String| usize::try_from(region[name].as_u64().unwrap()).unwrap();
        let (line, column) = (number(format!("{end}Line")), number(format!("{end}Column")));
        let lines = text.split_inclusive('\n').take(line - 1);
        lines.map(str::len).sum::<usize>() + column - 1
    };
    let mut fixed = text.clone();
    for replacement in replacements.as_array().unwrap().iter().rev() {
        let region = &replacement["deletedRegion"];
        let range = offset(region, "start")..offset(region, "end");
        fixed.replace_range(
            range,
            replacement["insertedContent"]["text"].as_str().unwrap(),
        );
    }
    let wanted = "        - name: apiserver-certs\n          secret:\n            secretName: cnx-apiserver-certs\n";
    assert!(fixed.contains(wanted), "{fixed}");
}

#[test]
fn json_is_valid_by_its_published_schema() {
    let schema = root().join("schemas/check.v1.json");
    let printed = stdout(&check(&["--schema"]));
    let stale = "run `cargo xtask schema`";
    assert_eq!(printed, read(&schema), "{stale}");
    let mut arguments = vec!["--format", "json", "--allow", "expired -- in a test"];
    let files = bad();
    arguments.extend(files.iter().map(|path| path.to_str().unwrap()));
    let output = check(&arguments);
    let valid = validate(&output.stdout, schema.clone());
    assert!(valid.status.success(), "{}", stderr(&valid));
    let mut document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["summary"]["files"], files.len());
    document["findings"][0]["severity"] = "fatal".into();
    let invalid = validate(document.to_string().as_bytes(), schema);
    assert!(!invalid.status.success());
}

/// Every line of every key, as PEM and as base64 of it, in each form.
#[test]
fn no_key_is_shown_in_any_form() {
    let engine = base64::engine::general_purpose::STANDARD;
    let mut secrets = Vec::new();
    for name in [
        "tls.key",
        "rotated.key",
        "rsa.key",
        "cn-only.key",
        "ec-sec1.key",
        "encrypted.key",
        "typha/server.key",
        "typha/client.key",
        "manager/tls.key",
    ] {
        let pem = read(pki(name));
        let lines = pem.lines().filter(|line| !line.starts_with("--"));
        secrets.extend(lines.filter(|l| l.len() >= 20).map(|l| l[..20].to_owned()));
        let encoded = engine.encode(&pem);
        secrets.extend(
            (60..encoded.len() - 24)
                .step_by(24)
                .map(|at| encoded[at..at + 24].to_owned()),
        );
        // A DER key in a Secret is no value that PEM is looked for in.
    }
    let files = bad();
    for format in FORMATS {
        for verbose in ["-v", "-q"] {
            let mut arguments = vec!["--format", format, verbose];
            arguments.extend(["--allow", "committed-private-key -- shown with -v"]);
            arguments.extend(files.iter().map(|path| path.to_str().unwrap()));
            let output = check(&arguments);
            let all = format!("{}{}", stdout(&output), stderr(&output));
            assert!(!all.is_empty(), "{format}");
            for secret in &secrets {
                assert!(!all.contains(secret.as_str()), "{format} shows a key");
            }
        }
    }
}

/// A key is no value: what stands behind it is.
#[test]
fn a_mapping_without_values_is_shown_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret.yaml");
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: cnx-manager-tls}\n";
    for (data, shown) in [("data:\n", "data:"), ("data: {other: c2VjcmV0}\n", "data:")] {
        std::fs::write(&path, format!("{secret}{data}")).unwrap();
        let output = check(&[path.to_str().unwrap()]);
        let all = stdout(&output);
        assert!(all.contains(&format!(" {shown}\n")), "{all}");
        assert!(!all.contains("[value]") && !all.contains("c2Vj"), "{all}");
    }
}

/// Values that no rule knows are not shown either.
#[test]
fn no_value_of_a_secret_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret.yaml");
    let value = "c2VjcmV0LXBhc3N3b3JkLW9mLW5vLWtpbmQ=";
    for text in [
        format!(
            "kind: Secret\nmetadata: {{name: cnx-apiserver-certs}}\ndata:\n  apiserver.key: {value}\n  apiserver.crt: {value}\n"
        ),
        format!(
            "{{\"kind\":\"Secret\",\"metadata\":{{\"name\":\"cnx-manager-tls\"}},\"data\":{{\"cert\":\"{value}\",\"key\":\"{value}\"}}}}\n"
        ),
        format!(
            "kind: Secret\nmetadata: {{name: cnx-apiserver-certs}}\ndata:\n  apiserver.key: {value} not base64\n  #apiserver.crt: {value}\n"
        ),
        format!(
            "kind: Secret\nmetadata: {{name: cnx-apiserver-certs}}\nstringData:\n  apiserver.key: {value}\n  apiserver.crt: |\n    {value}\n"
        ),
    ] {
        std::fs::write(&path, text).unwrap();
        for format in FORMATS {
            let output = check(&["--format", format, path.to_str().unwrap()]);
            let all = format!("{}{}", stdout(&output), stderr(&output));
            assert_eq!(output.status.code(), Some(1), "{all}");
            assert!(!all.contains(&value[..12]), "{format}:\n{all}");
        }
    }
}

#[test]
fn a_baseline_leaves_what_is_new() {
    let folder = tempfile::tempdir().unwrap();
    let baseline = folder.path().join("baseline.json");
    let manifest = folder.path().join("cnx.yaml");
    let (baseline, path) = (baseline.to_str().unwrap(), manifest.to_str().unwrap());
    let text = read(root().join(UPSTREAM));
    std::fs::write(&manifest, &text).unwrap();
    let written = check(&["--baseline", baseline, "--write-baseline", path]);
    assert_eq!(written.status.code(), Some(0));
    let output = check(&["--baseline", baseline, "--fail-on", "info", path]);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    assert!(
        stderr(&output).contains("in the baseline"),
        "{}",
        stderr(&output)
    );
    let more = "---\napiVersion: apiregistration.k8s.io/v1\nkind: APIService\nmetadata: {name: v1.a.b}\n\
                spec: {service: {name: a, namespace: b}, insecureSkipTLSVerify: true}\n";
    std::fs::write(&manifest, format!("# Moved by a line.\n{text}{more}")).unwrap();
    let document = json(&["--baseline", baseline, path]);
    assert_eq!(document["summary"]["errors"], 1, "{document}");
    // A reason beside an entry is told, and stays when the file is written again.
    let reasons = read(baseline).replace("\"code\":", "\"reason\": \"ticket 7\", \"code\":");
    std::fs::write(baseline, reasons).unwrap();
    let document = json(&["--baseline", baseline, path]);
    assert_eq!(document["suppressed"][0]["reason"], "ticket 7");
    check(&["--baseline", baseline, "--write-baseline", path]);
    assert!(read(baseline).contains("ticket 7"));
    std::fs::write(&manifest, &text).unwrap();
    check(&["--baseline", baseline, "--write-baseline", path]);
    let fixed = text.replace("  insecureSkipTLSVerify: true\n", "");
    std::fs::write(&manifest, fixed).unwrap();
    let output = check(&["--baseline", baseline, path]);
    assert!(
        stderr(&output).contains("not there any more"),
        "{}",
        stderr(&output)
    );
    // Files are known by their paths from the baseline's folder, whatever they are called.
    check(&["--baseline", baseline, "--write-baseline", path]);
    assert!(read(baseline).contains(r#""file""#));
    let other = folder.path().join("other");
    std::fs::create_dir(&other).unwrap();
    for (from, baseline, path) in [
        (folder.path(), "baseline.json", "cnx.yaml"),
        (folder.path(), "./baseline.json", "."),
        (&other, "../baseline.json", "../cnx.yaml"),
        (&other, baseline, ".."),
    ] {
        let mut command = program();
        command.current_dir(from);
        command.args(["check", "--fail-on", "info", "--baseline", baseline, path]);
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{path}: {}", stdout(&output));
    }
    std::fs::write(folder.path().join("no.json"), "{}").unwrap();
    let no = folder.path().join("no.json");
    assert_eq!(
        check(&["--baseline", no.to_str().unwrap(), path])
            .status
            .code(),
        Some(2)
    );
}

#[test]
fn colours_are_for_terminals_and_for_who_asks() {
    let run = |variables: &[(&str, &str)]| {
        let mut program = program();
        program.args(["check", UPSTREAM]).env_remove("NO_COLOR");
        program.env_remove("CLICOLOR_FORCE");
        program.envs(variables.iter().copied());
        stdout(&program.output().unwrap())
    };
    assert!(!run(&[]).contains('\u{1b}'));
    assert!(run(&[("CLICOLOR_FORCE", "1")]).contains('\u{1b}'));
    assert!(!run(&[("NO_COLOR", "1")]).contains('\u{1b}'));
}

/// A manifest's text can neither write to the terminal nor end a command or a
/// cell.
#[test]
fn what_a_manifest_says_is_only_text() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a,b:c%|`.yaml");
    let text = "apiVersion: apiregistration.k8s.io/v1\nkind: APIService\nmetadata: {name: \"v1.\\e[31m\\n::error::x|<b>`@all\"}\n\
                spec: {insecureSkipTLSVerify: true} # \u{1b}[31m\u{9b}31m\n";
    std::fs::write(&path, text).unwrap();
    for format in FORMATS {
        let output = check(&["--format", format, "-q", path.to_str().unwrap()]);
        let out = stdout(&output);
        assert_eq!(output.status.code(), Some(1), "{format}: {out}");
        assert!(
            !out.contains('\u{1b}') && !out.contains('\u{9b}'),
            "{format}: {out:?}"
        );
        assert!(!out.contains("\n::error::x"), "{format}: {out}");
        assert!(format != "markdown" || !out.contains("<b>"), "{out}");
    }
}

#[test]
fn completions_and_manual_pages_are_made() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = program()
            .args(["install", "completions", shell])
            .output()
            .unwrap();
        assert!(output.status.success());
        assert!(stdout(&output).contains("write-baseline"), "{shell}");
    }
    let folder = tempfile::tempdir().unwrap();
    let man = folder.path().join("man1");
    let output = program()
        .args(["install", "man"])
        .arg(&man)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let page = read(man.join("cnx-harden-check.1"));
    assert!(page.contains("\\-\\-write\\-baseline"), "{page}");
    // Commands are neither hyphenated nor filled.
    let (before, examples) = page.split_once("\n.nf\n").unwrap();
    assert!(before.contains("\n.nh\n.ad l\n"), "{page}");
    let example = "\\&    cnx\\-harden check \\-\\-baseline baseline.json manifests/\n";
    assert!(examples.contains(example), "{page}");
    assert!(page.contains("Exit codes"), "{page}");
    assert!(man.join("cnx-harden.1").exists());
    assert!(man.join("cnx-harden-certs-generate.1").exists());
}

#[test]
fn quiet_and_verbose_go_with_every_command() {
    let allow = "insecure-skip-tls-verify -- in a test";
    let output = program()
        .args(["-v", "check", "--allow", allow, UPSTREAM])
        .output()
        .unwrap();
    assert!(
        stdout(&output).contains("accepted by --allow or spec.audit.allow: in a test"),
        "{}",
        stdout(&output)
    );
    let output = program()
        .args(["--quiet", "check", UPSTREAM])
        .output()
        .unwrap();
    assert_eq!(stderr(&output), "");
    let output = check(&["-q", "-v", UPSTREAM]);
    assert_eq!(output.status.code(), Some(2));
}

/// The config accepts as `--allow` does; without a reason it is no config.
#[test]
fn the_config_accepts_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hardening.yaml");
    let config = |accepted: &str| {
        let head = "apiVersion: cnx-harden.dev/v1alpha1\nkind: Hardening\n";
        let spec = format!("spec:\n  audit:\n    allow: [{accepted}]\n");
        std::fs::write(&path, format!("{head}{spec}")).unwrap();
        let name = path.to_str().unwrap();
        let args = ["--format", "json", "--config", name, UPSTREAM];
        check(&args)
    };
    let codes = |output: &Output| -> Vec<String> {
        let audit: serde_json::Value = serde_json::from_str(&stdout(output)).unwrap();
        let findings = audit["findings"].as_array().unwrap().iter();
        findings
            .map(|f| f["code"].as_str().unwrap().to_owned())
            .collect()
    };
    let code = "insecure-skip-tls-verify".to_owned();
    assert!(codes(&config("")).contains(&code));
    let output = config("{code: insecure-skip-tls-verify, reason: in a test}");
    assert!(!codes(&output).contains(&code));
    let audit: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    let suppressed = audit["suppressed"].as_array().unwrap();
    assert!(suppressed.iter().any(|s| s["reason"] == "in a test"));
    for (accepted, words) in [
        ("{code: insecure-skip-tls-verify}", "reason"),
        (
            "{code: insecure-skip-tls-verify, reason: ' '}",
            "a reason must say something",
        ),
        (
            "{code: insecure-skip-tls-verfy, reason: x}",
            "did you mean insecure-skip-tls-verify?",
        ),
    ] {
        let output = config(accepted);
        assert_eq!(output.status.code(), Some(2));
        assert!(
            stderr(&output).contains("hardening.yaml:5:"),
            "{}",
            stderr(&output)
        );
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
        assert!(output.stdout.is_empty());
    }
}

//! `--config`: the same run as by flags, from a file that says where all is.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::common::{
    MANIFESTS, assert_same, hardened, pki, program, read, root, stderr, stdout, tool, upstream,
    with_material,
};

/// A config for the API server, with this behind its material.
fn config(more: &str) -> String {
    format!(
        "# yaml-language-server: $schema=hardening.v1alpha1.json\n\
         apiVersion: cnx-harden.dev/v1alpha1\nkind: Hardening\nmetadata: {{name: cnx}}\n\
         spec:\n  apiServer:\n    caFile: pki/ca.crt\n    certFile: pki/tls.crt\n{more}"
    )
}

/// A folder with a config and the material that it names.
fn folder(more: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("pki")).unwrap();
    for name in ["ca.crt", "tls.crt", "tls.key"] {
        fs::copy(pki(name), folder.path().join("pki").join(name)).unwrap();
    }
    fs::write(folder.path().join("hardening.yaml"), config(more)).unwrap();
    folder
}

fn with_config(command: &str, folder: &Path) -> Command {
    let mut program = program();
    program.arg(command).arg("--config");
    program.arg(folder.join("hardening.yaml"));
    program
}

#[test]
fn a_config_does_what_the_flags_do() {
    let folder = folder("    keyFile: pki/tls.key\n");
    for name in MANIFESTS {
        let output = with_config("apply", folder.path())
            .arg(upstream(name))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        assert_same(&stdout(&output), &read(hardened(name)), name);
        let by_flags = with_material("apply", "tls").arg(upstream(name)).output();
        assert_eq!(stderr(&output), stderr(&by_flags.unwrap()));
    }
}

#[test]
fn keys_come_from_a_variable_or_with_a_warning_from_the_config() {
    let key = read(pki("tls.key"));
    let variable = folder("    keyFromEnv: CNX_TEST_KEY\n");
    let run = |value: Option<&str>| {
        let mut command = with_config("apply", variable.path());
        command.envs(value.map(|value| ("CNX_TEST_KEY", value)));
        command.arg(upstream(MANIFESTS[0])).output().unwrap()
    };
    let output = run(Some(&key));
    assert_same(&stdout(&output), &read(hardened(MANIFESTS[0])), "variable");
    assert!(!stderr(&output).contains("warning"));
    let output = run(None);
    assert_eq!(output.status.code(), Some(2));
    let said = stderr(&output);
    assert!(
        said.contains("hardening.yaml:9:5: error[invalid-config]: "),
        "{said}"
    );
    // The key of another certificate, by what it is called.
    let said = stderr(&run(Some(&read(pki("rotated.key")))));
    assert!(
        said.contains("$CNX_TEST_KEY:1:1: error[key-mismatch]: "),
        "{said}"
    );

    let lines: String = key.lines().map(|line| format!("      {line}\n")).collect();
    let inline = folder(&format!("    keyInline: |\n{lines}"));
    let output = with_config("apply", inline.path())
        .arg(upstream(MANIFESTS[0]))
        .output()
        .unwrap();
    assert_same(&stdout(&output), &read(hardened(MANIFESTS[0])), "inline");
    assert!(stderr(&output).contains("hardening.yaml:9:5: warning[inline-key]: "));
    let body = key.lines().nth(1).unwrap();
    assert!(!stderr(&output).contains(body));
}

#[test]
fn a_config_goes_with_flags_about_how_and_with_none_about_what() {
    let folder = folder("    keyFile: pki/tls.key\n  checks: {expiresWithin: 30d}\n");
    let run = |flags: &[&str]| {
        let mut command = with_config("diff", folder.path());
        command.args(flags).arg(upstream(MANIFESTS[0]));
        command.output().unwrap()
    };
    assert!(!stderr(&run(&[])).contains("warning[expires-soon]"));
    let said = stderr(&run(&["--expires-within", "200years"]));
    assert!(said.contains("warning[expires-soon]"), "{said}");
    let annotated = stdout(&run(&["--rollout-annotation"]));
    assert!(annotated.contains("certificate-sha256"), "{annotated}");
    for flags in [
        &["--add-secret"][..],
        &["--typha-client-cn", "x"],
        &["--manager-host", "x"],
    ] {
        let output = run(flags);
        assert_eq!(output.status.code(), Some(2), "{flags:?}");
        assert!(stderr(&output).contains("'--config <FILE>' cannot be used with"));
    }
}

/// A folder with material for everything, and the manifests that read it.
fn with_pki(spec: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let of = |arguments: &[&str]| {
        let mut command = program();
        command.current_dir(folder.path()).args(arguments);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
    };
    for name in ["cnx-etcd.yaml", "calico-etcd.yaml"] {
        fs::copy(upstream(name), folder.path().join(name)).unwrap();
    }
    for pki in ["pki", "other"] {
        let line = "certs generate --manager-host cnx.example.com --for calico-etcd.yaml --for cnx-etcd.yaml --pki";
        of(&line.split(' ').chain([pki]).collect::<Vec<_>>());
    }
    let head = "apiVersion: cnx-harden.dev/v1alpha1\nkind: Hardening\n";
    fs::write(
        folder.path().join("hardening.yaml"),
        format!("{head}spec:\n{spec}"),
    )
    .unwrap();
    folder
}

/// `apply` of both manifests in the folder.
fn apply_both(folder: &tempfile::TempDir, flags: &[&str]) -> std::process::Output {
    let mut command = program();
    command.current_dir(folder.path()).arg("apply").args(flags);
    let manifests = ["calico-etcd.yaml", "cnx-etcd.yaml"];
    command.args(manifests).output().unwrap()
}

#[test]
fn a_config_that_names_a_folder_of_material_does_what_the_flag_does() {
    let spec = "  pki: pki\n  except: [manager]\n  etcd: {endpoints: ['https://10.0.0.7:2379']}\n";
    let folder = with_pki(&spec.replace("https://10.0.0.7:2379", "https://<ETCD_IP>:2379"));
    // A mistake in a connection that the folder has material for is reported.
    let said = stderr(&apply_both(&folder, &["--config", "hardening.yaml"]));
    assert!(
        said.contains("hardening.yaml:6:10: error[invalid-config]"),
        "{said}"
    );

    let folder = with_pki("  pki: pki\n  except: [manager]\n");
    let by_config = apply_both(&folder, &["--config", "hardening.yaml"]);
    let by_flags = apply_both(&folder, &["--pki", "pki", "--except", "manager"]);
    assert!(by_flags.status.success(), "{}", stderr(&by_flags));
    assert_same(&stdout(&by_config), &stdout(&by_flags), "spec.pki");
    // The flags beside a config.
    let other = apply_both(&folder, &["--config", "hardening.yaml", "--pki", "other"]);
    let by_flags = apply_both(&folder, &["--pki", "other", "--except", "manager"]);
    assert_same(&stdout(&other), &stdout(&by_flags), "--pki beside it");
    assert_ne!(other.stdout, by_config.stdout);
    let fewer = apply_both(
        &folder,
        &["--config", "hardening.yaml", "--except", "etcd,typha"],
    );
    let by_flags = apply_both(&folder, &["--pki", "pki", "--except", "etcd,manager,typha"]);
    assert_same(&stdout(&fewer), &stdout(&by_flags), "--except beside it");

    // What the folder lacks is reported at the field.
    fs::remove_file(folder.path().join("pki/etcd/client.crt")).unwrap();
    fs::remove_file(folder.path().join("pki/apiserver/tls.key")).unwrap();
    let output = apply_both(&folder, &["--config", "hardening.yaml"]);
    assert_eq!(output.status.code(), Some(2));
    let said = stderr(&output);
    for missing in [
        "pki/etcd: client.crt is not",
        "pki/apiserver: tls.key is not",
    ] {
        assert!(said.contains(missing), "{said}");
    }
    assert!(
        said.contains("hardening.yaml:4:3: error[invalid-config]: "),
        "{said}"
    );
}

#[test]
fn the_managers_secret_can_go_into_a_file_beside_a_config() {
    let folder = with_pki("  pki: pki\n  except: [etcd, typha]\n");
    let mut command = program();
    command.current_dir(folder.path());
    command.args("apply --config hardening.yaml --manager-secret-file manager.yaml".split(' '));
    let output = command
        .args(["calico-etcd.yaml", "cnx-etcd.yaml"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let secret = read(folder.path().join("manager.yaml"));
    assert!(secret.contains("name: cnx-manager-tls"));
    assert!(!stdout(&output).contains("name: cnx-manager-tls\ndata"));
}

#[test]
fn the_schema_is_what_is_committed() {
    let output = program().arg("schema").output().unwrap();
    let committed = root().join("schemas/hardening.v1alpha1.json");
    assert_eq!(stdout(&output), read(committed), "run `cargo xtask schema`");
}

/// Editors know no more than the schema: it must accept and refuse as we do.
#[test]
fn the_schema_accepts_and_refuses_as_the_program_does() {
    let folder = tempfile::tempdir().unwrap();
    let validates = |spec: &str| {
        let config = format!(
            r#"{{"apiVersion": "cnx-harden.dev/v1alpha1", "kind": "Hardening", "spec": {spec}}}"#
        );
        let path = folder.path().join("config.json");
        fs::write(&path, config).unwrap();
        let mut validate = Command::new(tool("jsonschema"));
        validate.arg("-i").arg(path);
        validate.arg(root().join("schemas/hardening.v1alpha1.json"));
        validate.output().unwrap().status.success()
    };
    let manager = r#""certFile": "a", "keyFile": "b""#;
    assert!(validates(&format!(r#"{{"manager": {{{manager}}}}}"#)));
    assert!(validates(
        r#"{"manager": {"certInline": "a", "keyFromEnv": "B", "hosts": ["x"]},
            "checks": {"allow": ["expired"], "expiresWithin": "1year"}}"#
    ));
    assert!(validates(
        r#"{"pki": "pki", "except": ["manager"], "etcd": {"endpoints": ["https://a:1"]}}"#
    ));
    for wrong in [
        &format!(r#"{{"manager": {{{manager}, "host": "x"}}}}"#),
        &format!(r#"{{"manager": {{{manager}, "keyInline": "x"}}}}"#),
        r#"{"manager": {"certFile": "a"}}"#,
        r#"{"pki": "pki", "except": ["managers"]}"#,
        r#"{"apiServices": [{"name": "a", "certFile": "b"}]}"#,
        r#"{"checks": {"allow": ["expird"]}}"#,
    ] {
        assert!(!validates(wrong), "{wrong}");
    }
}

/// A server that reads its files in its own way is known to all commands by the config's
/// profile: what is hardened by it is content, and without it nobody knows.
#[test]
fn a_profile_of_the_config_is_every_command_s() {
    let folder = tempfile::tempdir().unwrap();
    let case = root().join("crates/cnx-harden-core/tests/runs/api-service-by-a-profile");
    std::fs::copy(
        case.join("parts.before.yaml"),
        folder.path().join("parts.yaml"),
    )
    .unwrap();
    let pair = "pki/apiservices/v1.parts.example.com";
    let config = format!(
        "apiVersion: cnx-harden.dev/v1alpha1\nkind: Hardening\nspec:\n  profiles:\n  - group: \
         parts.example.com\n    folder: /var/lib/parts\n    certificate: server.pem\n    key: \
         server.key\n  apiServices:\n  - name: v1.parts.example.com\n    caFile: \
         {pair}/ca.crt\n    certFile: {pair}/tls.crt\n    keyFile: {pair}/tls.key\n"
    );
    std::fs::write(folder.path().join("hardening.yaml"), config).unwrap();
    let run = |arguments: &[&str]| {
        let mut run = program();
        run.current_dir(folder.path()).args(arguments);
        run.output().unwrap()
    };
    for arguments in [
        &["certs", "generate", "--pki", "pki", "--for", "parts.yaml"][..],
        &["apply", "--config", "hardening.yaml", "-i", "parts.yaml"],
        &["check", "--config", "hardening.yaml", "parts.yaml"],
        &[
            "certs",
            "verify",
            "--config",
            "hardening.yaml",
            "parts.yaml",
        ],
    ] {
        let output = run(arguments);
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            stdout(&output) + &stderr(&output)
        );
    }
    let report = stdout(&run(&[
        "report",
        "--config",
        "hardening.yaml",
        "parts.yaml",
    ]));
    assert!(report.contains("1 connection: 1 verified"), "{report}");
    let without = run(&["check", "parts.yaml"]);
    assert!(stdout(&without).contains("server-without-certificate"));
}

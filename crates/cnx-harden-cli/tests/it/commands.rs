//! Every command that is printed, by pages, helps of findings, `--help` and the README, is
//! run as it is printed, in a folder that has what it speaks of.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use cnx_certs::{Door, Identity, Material, Policy, Role, UnixTime, check};
use cnx_harden_core::Code;

use crate::common::{piped, program, read, root, stderr, stdout, tool, upstream};

/// What begins a command.
const PROGRAMS: [&str; 18] = [
    "awk",
    "base64",
    "cat",
    "cnx-harden",
    "curl",
    "date",
    "echo",
    "etcd",
    "etcdctl",
    "grep",
    "helm",
    "iconv",
    "kubectl",
    "openssl",
    "printf",
    "sed",
    "umask",
    "cargo",
];

/// What is not run, and why.
const NOT_RUN: &[(&str, &str)] = &[
    ("kubectl -n kube-system", "a cluster"),
    ("kubectl apply", "a cluster"),
    (
        "etcd --listen-client-urls",
        "it runs until it is ended; tests/it/etcd_server.rs starts one",
    ),
    ("openssl s_server", "it runs until it is ended"),
    ("kubectl --kubeconfig=/dev/null", "the server above"),
    ("openssl x509 -req …", "one's own authority"),
    ("helm template", "a chart; tests/it/examples.rs runs helm"),
    ("cargo ", "it builds all of it anew, or is CI"),
    ("cnx-harden install completions powershell", "PowerShell"),
];

/// What is there when a page is read, beside the usual.
const BEFORE: &[(&str, &str)] = &[
    ("utf-16", "mv tls.utf-16 tls.crt"),
    (
        "pem-headers",
        "sed -i 's/-----BEGIN .*/&\\nX-Origin: here/' ca.crt",
    ),
    (
        "ca-replaced",
        "cp calico.yaml manifests/; for pki in pki new-pki; do
           cnx-harden certs generate --pki $pki --only etcd-client --only typha --force
           for role in etcd typha; do cp $pki/ca.crt $pki/$role/; done; done",
    ),
    ("client-config", "cp etcd-ca.crt ca.crt"),
    (
        "signing-request",
        "rm -r pki; cnx-harden certs generate --pki pki --csr",
    ),
];

/// Words for which others are put, as who reads them does.
const PUT: &[(&str, &str)] = &[
    (
        "--apiserver-mount-path PATH",
        "--apiserver-mount-path /code/apiserver.local.config/certificates",
    ),
    (
        "--etcd-ca CA --etcd-cert CERT --etcd-key KEY PATH",
        "--etcd-ca etcd-ca.crt --etcd-cert client.crt --etcd-key client.key calico.yaml",
    ),
    (
        "--typha-server-cert CERT",
        "--typha-server-cert pki/typha/server.crt",
    ),
    (
        "--typha-server-key KEY",
        "--typha-server-key pki/typha/server.key",
    ),
    (
        "--typha-client-cert CERT",
        "--typha-client-cert pki/typha/client.crt",
    ),
    (
        "--typha-client-key KEY",
        "--typha-client-key pki/typha/client.key",
    ),
    ("--api-service NAME", "--api-service v1beta1.metrics.k8s.io"),
    ("--except manager …", "--except manager cnx-etcd.yaml"),
    ("…", "--pki pki cnx-etcd.yaml"),
    ("-o /etc/", "-o etc/"),
    ("> /etc/", "> etc/"),
    (" /etc/kubernetes/", " etc/kubernetes/"),
    ("/usr/local/", "usr/"),
    ("CHART", "chart"),
    ("CA-KEY", "ca.key"),
    ("CA", "ca.crt"),
    ("CERT", "tls.crt"),
    ("KEY", "tls.key"),
    ("HOST", "cnx.example.com"),
    ("NAME", "cnx-apiserver"),
    ("PATH", "cnx-etcd.yaml"),
    ("URL", "file:cnx-etcd.yaml"),
];

/// The folder in which what the commands speak of lies.
fn prepared() -> &'static Path {
    static FOLDER: OnceLock<tempfile::TempDir> = OnceLock::new();
    let made = FOLDER.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in [
            "manifests",
            "signed",
            "etc/calico",
            "usr/share/man/man1",
            "etc/bash_completion.d",
            ".config/fish/completions",
        ] {
            fs::create_dir_all(at(name)).unwrap();
        }
        for (from, to) in [
            ("cnx-etcd.yaml", "cnx-etcd.yaml"),
            ("calico-etcd.yaml", "calico.yaml"),
            ("metrics-server.yaml", "components.yaml"),
        ] {
            fs::copy(upstream(from), at(to)).unwrap();
        }
        fs::copy(upstream("cnx-etcd.yaml"), at("manifests/cnx-etcd.yaml")).unwrap();
        let script = read(root().join("crates/cnx-harden-cli/tests/commands.sh"));
        let done = shell(folder.path(), &script);
        assert!(done.0, "{}", done.1);
        folder
    });
    made.path()
}

/// Runs a script; whether it went well, and what it said.
fn shell(folder: &Path, script: &str) -> (bool, String) {
    let mut paths = vec![folder.join("bin")];
    paths.push(
        Path::new(env!("CARGO_BIN_EXE_cnx-harden"))
            .parent()
            .unwrap()
            .to_owned(),
    );
    paths.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap()));
    let mut bash = Command::new("setsid");
    bash.args([
        "timeout", "60", "bash", "-eu", "-o", "pipefail", "-c", script,
    ]);
    bash.current_dir(folder)
        .env("HOME", folder)
        .env("PATH", std::env::join_paths(paths).unwrap());
    bash.env("KUBECTL", tool("kubectl"));
    // Who is asked for a passphrase twice.
    let output = piped(bash, "test\ntest\n");
    (
        output.status.success(),
        format!("{}{}", stdout(&output), stderr(&output)),
    )
}

/// A copy of the prepared folder; without certificates where the commands begin with
/// making them.
fn copy(commands: &[String]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut cp = Command::new("cp");
    cp.arg("-a").arg(prepared().join(".")).arg(folder.path());
    assert!(cp.status().unwrap().success());
    let makes = commands
        .iter()
        .find(|command| command.contains("certs generate --pki"));
    if makes.is_some_and(|command| !command.contains("--force") && !command.contains("--only")) {
        let words = makes.unwrap().split_whitespace();
        let name = words.skip_while(|word| *word != "--pki").nth(1).unwrap();
        let _ = fs::remove_dir_all(folder.path().join(name));
    }
    folder
}

/// Runs commands one after the other in a folder of their own. What went wrong.
fn run(source: &str, commands: &[String], wrong: &mut Vec<String>) -> usize {
    let folder = copy(commands);
    let before = BEFORE.iter().find(|(of, _)| *of == source);
    let before = match commands.first() {
        Some(first) if first.starts_with("cnx-harden certs verify") => {
            "cp hardened.yaml cnx-etcd.yaml"
        }
        _ => before.map_or("true", |(_, script)| script),
    };
    let (ready, said) = shell(folder.path(), before);
    assert!(ready, "{source}: {said}");
    let mut ran = 0;
    for command in commands {
        if NOT_RUN
            .iter()
            .any(|(start, _)| command.starts_with(start) || command.contains(&format!("| {start}")))
        {
            continue;
        }
        let mut line = command.clone();
        for (word, put) in PUT {
            line = replace_word(&line, word, put);
        }
        if line.contains("certs join") {
            shell(folder.path(), "sign");
        }
        let line = format!("fpath=(. .); TLS_CRT=a; {line}");
        let (done, said) = shell(folder.path(), &line);
        // What there is to be found, `check` finds, and `verify` tells.
        let found = command.starts_with("cnx-harden check") && !said.contains("error: ");
        ran += 1;
        if !done && !found {
            wrong.push(format!("{source}: {command}\n{said}"));
        }
    }
    ran
}

/// A placeholder where it is a word, and other texts wherever they stand.
fn replace_word(line: &str, word: &str, put: &str) -> String {
    if !word.chars().all(|c| c.is_ascii_uppercase() || c == '-') {
        return line.replace(word, put);
    }
    let words = line
        .split(' ')
        .map(|one| if one == word { put } else { one });
    words.collect::<Vec<_>>().join(" ")
}

/// The commands of lines: those that begin with a program, each with the lines that it
/// goes on in.
fn commands<'t>(lines: impl Iterator<Item = &'t str>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut goes_on = false;
    for line in lines {
        let line = line.trim();
        let (text, more) = match line.strip_suffix('\\') {
            Some(text) => (text.trim_end(), true),
            None => (line, false),
        };
        let first = text.split([' ', ';']).next().unwrap_or_default();
        if goes_on {
            let last = found.last_mut().unwrap();
            *last = format!("{last} {text}");
        } else if PROGRAMS.contains(&first) {
            found.push(text.to_owned());
        }
        goes_on = more && (goes_on || PROGRAMS.contains(&first));
    }
    found
}

#[track_caller]
fn none(wrong: &[String], ran: usize, least: usize) {
    assert!(
        wrong.is_empty(),
        "{} of {ran}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(ran >= least, "{ran}");
}

#[test]
fn those_of_pages() {
    let (mut ran, mut wrong) = (0, Vec::new());
    for code in Code::all() {
        let lines = code
            .page()
            .lines()
            .filter_map(|line| line.strip_prefix("    "));
        ran += run(code.as_str(), &commands(lines), &mut wrong);
    }
    none(&wrong, ran, 80);
}

#[test]
fn those_of_help() {
    let (mut ran, mut wrong) = (0, Vec::new());
    let mut known = BTreeSet::new();
    for words in [
        "apply",
        "diff",
        "check",
        "report",
        "certs generate",
        "certs join",
        "certs verify",
        "certs inspect",
        "client-config",
        "explain",
        "krm",
        "schema",
        "install",
    ] {
        let mut help = program();
        let help = help.args(words.split(' ')).arg("--help").output().unwrap();
        let help = stdout(&help);
        let Some((_, rest)) = help.split_once("\nExamples:\n") else {
            continue;
        };
        // Each example has a title, or is a line with a remark behind it.
        let section = rest.split("\n\n").next().unwrap();
        let mut groups = vec![Vec::new()];
        for line in section.lines() {
            match line.starts_with("    ") {
                true => groups.last_mut().unwrap().push(line),
                false => groups.push(vec![line.trim_start().split("  ").next().unwrap()]),
            }
        }
        for group in groups {
            let commands = commands(group.into_iter());
            if known.insert(commands.clone()) {
                ran += run(words, &commands, &mut wrong);
            }
        }
    }
    none(&wrong, ran, 40);
}

#[test]
fn those_of_the_readme() {
    let (mut ran, mut wrong) = (0, Vec::new());
    let text = read(root().join("README.md"));
    for block in text.split("```console\n").skip(1) {
        let block = block.split("```").next().unwrap();
        let mut lines = Vec::new();
        let mut goes_on = false;
        for line in block.lines() {
            if let Some(command) = line.strip_prefix("$ ") {
                lines.push(command);
                goes_on = command.ends_with('\\');
            } else if goes_on {
                lines.push(line);
                goes_on = line.ends_with('\\');
            }
        }
        ran += run("README.md", &commands(lines.into_iter()), &mut wrong);
    }
    none(&wrong, ran, 10);
}

/// The commands in a help's words.
fn of_help(help: &str) -> Vec<String> {
    let mut parts: Vec<String> = vec![help.to_owned()];
    for between in [": ", "; ", ", ", " or ", " (", "`"] {
        parts = parts
            .iter()
            .flat_map(|part| part.split(between))
            .map(str::to_owned)
            .collect();
    }
    // `cnx-harden apply mounts it` speaks of it.
    let speaks = |part: &String| {
        let words: Vec<_> = part.split(' ').collect();
        part.starts_with("cnx-harden apply")
            && words
                .get(2)
                .is_none_or(|word| word.chars().all(|c| c.is_ascii_lowercase()))
    };
    let found = commands(parts.iter().map(String::as_str));
    found.into_iter().filter(|part| !speaks(part)).collect()
}

#[test]
fn those_of_findings_of_certificates() {
    let (mut ran, mut wrong, mut known) = (0, Vec::new(), BTreeSet::new());
    let folder = root().join("testdata/certs");
    let mut cases: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    cases.sort();
    let roles = [
        Role::ApiServer,
        Role::EtcdClient,
        Role::EtcdServer,
        Role::TyphaServer,
        Role::TyphaClient,
        Role::Manager,
    ];
    for case in cases.iter().filter(|case| case.is_dir()) {
        let read = |part| fs::read(case.join(part)).unwrap();
        let (ca, certificate, key) = (read("ca.crt"), read("tls.crt"), read("tls.key"));
        for role in roles {
            let material = Material {
                role,
                ca: Some(&ca),
                certificate: &certificate,
                key: Some(&key),
                names: &["cnx-api.kube-system.svc".to_owned()],
                identity: &Identity::default(),
            };
            for finding in check(&[material], &Policy::at(UnixTime::now())) {
                let file = match finding.part {
                    cnx_certs::Part::Ca => "ca.crt",
                    cnx_certs::Part::Certificate => "tls.crt",
                    cnx_certs::Part::Key => "tls.key",
                };
                let commands = of_help(&finding.help.for_door(Door::Command));
                for command in commands {
                    if known.insert((finding.code, command.clone())) {
                        let case = case.file_name().unwrap().to_str().unwrap();
                        let files = format!("cp {}/{case}/* .", folder.display());
                        let command = replace_word(&command, "FILE", file_of(&command, file));
                        let source = format!("{case} {}", finding.code);
                        ran += run_in_case(&source, &files, command, &mut wrong);
                    }
                }
            }
        }
    }
    none(&wrong, ran, 20);
}

/// The file of the kind that a command speaks of.
fn file_of<'f>(command: &str, other: &'f str) -> &'f str {
    let kinds = [
        ("openssl x509 -inform der", "tls.cer"),
        ("openssl pkey -inform der", "tls.der"),
        ("openssl pkcs12", "tls.p12"),
        ("openssl pkcs7", "chain.p7b"),
        ("openssl pkey -in FILE -out", "encrypted.key"),
    ];
    let kind = kinds.iter().find(|(start, _)| command.starts_with(start));
    kind.map_or(other, |(_, file)| file)
}

fn run_in_case(source: &str, files: &str, command: String, wrong: &mut Vec<String>) -> usize {
    // That one looks at what is wrong is not an error.
    let looks = command.starts_with("openssl verify")
        || command.contains(" -text")
        || command.contains("-pubout");
    let command = if looks {
        format!("{command} || true")
    } else {
        command
    };
    run(source, &[files.to_owned() + "; " + &command], wrong)
}

#[test]
fn those_of_findings_of_manifests() {
    let (mut ran, mut wrong) = (0, Vec::new());
    let mut known = BTreeMap::new();
    for folder in ["crates/cnx-harden-core/tests/audit", "manifests/upstream"] {
        let output = program()
            .args(["check", "--format=json", folder])
            .output()
            .unwrap();
        let said: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
        for finding in said["findings"].as_array().unwrap() {
            for command in of_help(finding["help"].as_str().unwrap_or_default()) {
                let file = file_of(&command, "tls.crt");
                known.insert(
                    replace_word(&command, "FILE", file),
                    finding["code"].to_string(),
                );
            }
        }
    }
    for (command, code) in known {
        ran += run(&code, &[command], &mut wrong);
    }
    none(&wrong, ran, 8);
}

/// Nothing is left out that is not printed any more.
#[test]
fn what_is_not_run_is_printed() {
    let mut all = read(root().join("README.md"));
    all.extend(Code::all().map(Code::page));
    for words in ["apply", "install"] {
        all += &stdout(&program().args([words, "--help"]).output().unwrap());
    }
    all += "helm template CHART";
    for (start, reason) in NOT_RUN {
        assert!(all.contains(start) && !reason.is_empty(), "{start}");
    }
}

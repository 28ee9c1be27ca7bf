//! Each name of an object has a flag and a field of the config, and changes what each
//! command looks at.

use cnx_harden_core::Setting;
use std::collections::BTreeSet;

use crate::common::{pki, program, stderr, stdout};

/// A name: its flag, and its place in a config.
struct Name {
    flag: String,
    connection: String,
    field: String,
    is_list: bool,
}

/// The fields of a config that name an object, and the flags that are spelled so.
fn names() -> Vec<Name> {
    let schema = stdout(&program().arg("schema").output().unwrap());
    let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
    let mut names = Vec::new();
    for (connection, fields) in [
        ("apiServer", "ApiServerNames"),
        ("apiService", "ApiServiceNames"),
        ("etcd", "EtcdNames"),
        ("typha", "TyphaNames"),
        ("manager", "ManagerNames"),
    ] {
        let fields = &schema["definitions"][fields]["properties"];
        for (field, value) in fields.as_object().unwrap() {
            let is_list = value["type"][0] == "array";
            let lower = |c: char| match c.is_uppercase() {
                true => format!("-{}", c.to_lowercase()),
                false => c.to_string(),
            };
            let kebab: String = field.chars().map(lower).collect();
            let kebab = kebab
                .strip_suffix('s')
                .filter(|_| is_list)
                .unwrap_or(&kebab);
            names.push(Name {
                flag: match connection {
                    "apiService" => format!("api-service-{kebab}"),
                    _ => format!("{}-{kebab}", connection.to_lowercase()),
                },
                connection: connection.to_owned(),
                field: field.clone(),
                is_list,
            });
        }
    }
    names
}

const COMMANDS: [&[&str]; 5] = [
    &["apply"],
    &["diff"],
    &["check"],
    &["report"],
    &["certs", "verify"],
];

#[test]
fn each_command_has_a_flag_for_each_name() {
    let wanted: BTreeSet<_> = names()
        .into_iter()
        .map(|name| format!("--{}", name.flag))
        .collect();
    assert_eq!(wanted.len(), 26);
    for command in COMMANDS {
        let help = stdout(&program().args(command).arg("--help").output().unwrap());
        let part = help.split("\nNames of objects").nth(1).unwrap();
        let lines = part
            .lines()
            .skip(1)
            .take_while(|line| !line.starts_with(|c: char| c.is_alphabetic()));
        let flags = lines.filter_map(|line| line.trim_start().split(' ').next());
        let flags = flags
            .filter(|word| word.starts_with("--"))
            .map(str::to_owned);
        assert_eq!(flags.collect::<BTreeSet<_>>(), wanted, "{command:?}");
    }
}

/// One of each object that has a name: `FLAG-a`.
const MANIFEST: &str = include_str!("names.yaml");

/// What an object is called: `FLAG-a`, or a path that ends in it.
fn called(name: &Name, other: Option<&str>) -> String {
    let ending = match other {
        Some(flag) if flag == name.flag => 'b',
        _ => 'a',
    };
    match name.flag.ends_with("path") {
        true => format!("/{}-{ending}", name.flag),
        false => format!("{}-{ending}", name.flag),
    }
}

/// The names by flags; one of them another.
fn by_flags(names: &[Name], other: Option<&str>) -> Vec<String> {
    let flag = |name: &Name| [format!("--{}", name.flag), called(name, other)];
    names.iter().flat_map(flag).collect()
}

/// The material of all connections, by flags.
fn material() -> Vec<String> {
    let files = [
        ("apiserver-ca", "ca.crt"),
        ("apiserver-cert", "tls.crt"),
        ("apiserver-key", "tls.key"),
        ("etcd-ca", "etcd/ca.crt"),
        ("etcd-cert", "etcd/client.crt"),
        ("etcd-key", "etcd/client.key"),
        ("typha-ca", "typha/ca.crt"),
        ("typha-server-cert", "typha/server.crt"),
        ("typha-server-key", "typha/server.key"),
        ("typha-client-cert", "typha/client.crt"),
        ("typha-client-key", "typha/client.key"),
        ("manager-cert", "manager/tls.crt"),
        ("manager-key", "manager/tls.key"),
    ];
    let flag = |(flag, file)| [format!("--{flag}"), pki(file).display().to_string()];
    let others = [
        ("api-service", "v1.parts.example.com".to_owned()),
        ("api-service-ca", pki("ca.crt").display().to_string()),
        ("api-service-cert", pki("tls.crt").display().to_string()),
        ("api-service-key", pki("tls.key").display().to_string()),
    ];
    let others = others.map(|(flag, value)| [format!("--{flag}"), value]);
    files
        .into_iter()
        .flat_map(flag)
        .chain(others.into_iter().flatten())
        .collect()
}

/// A config with the same material, and with these names.
fn config(names: &[Name], other: Option<&str>) -> String {
    let path = |file: &str| pki(file).display().to_string();
    let pair = |of: &str| {
        serde_json::json!({
            "certFile": path(&format!("{of}.crt")),
            "keyFile": path(&format!("{of}.key")),
        })
    };
    let with_ca = |of: &str, ca: &str| {
        let mut material = pair(of);
        material["caFile"] = path(ca).into();
        material
    };
    let mut spec = serde_json::json!({
        "apiServer": with_ca("tls", "ca.crt"),
        "etcd": with_ca("etcd/client", "etcd/ca.crt"),
        "apiServices": [{
            "name": "v1.parts.example.com",
            "caFile": path("ca.crt"),
            "certFile": path("tls.crt"),
            "keyFile": path("tls.key"),
        }],
        "typha": {
            "caFile": path("typha/ca.crt"),
            "server": pair("typha/server"),
            "client": pair("typha/client"),
        },
        "manager": pair("manager/tls"),
    });
    for name in names {
        let value = match name.is_list {
            true => vec![called(name, other)].into(),
            false => serde_json::Value::from(called(name, other)),
        };
        match name.connection.as_str() {
            "apiService" => spec["apiServices"][0]["names"][&name.field] = value,
            connection => spec[connection]["names"][&name.field] = value,
        }
    }
    let config = serde_json::json!({
        "apiVersion": "cnx-harden.dev/v1alpha1", "kind": "Hardening", "spec": spec,
    });
    config.to_string()
}

const DOORS: [&[&str]; 4] = [
    &["apply", "--report", "json"],
    &["check"],
    &["report", "--json", "--as-of", "2030-01-01"],
    &["certs", "verify"],
];

/// All that a door says of a manifest.
fn said(door: &[&str], arguments: &[String], manifest: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    std::fs::write(path.join("manifest.yaml"), manifest).unwrap();
    let mut program = program();
    program.current_dir(path).args(door).arg("manifest.yaml");
    if door[0] == "apply" && !arguments.contains(&"--config".to_owned()) {
        program.args(material());
    }
    let output = program.args(arguments).output().unwrap();
    format!("{}\n{}{}", output.status, stdout(&output), stderr(&output))
}

fn hardened(names: &[Name]) -> String {
    let said = said(DOORS[0], &by_flags(names, None), MANIFEST);
    let (status, text) = said.split_once('\n').unwrap();
    assert_eq!(status, "exit status: 0");
    // What is behind it is the report.
    text[..text.rfind("\n{").unwrap() + 1].to_owned()
}

#[test]
fn each_door_follows_each_name() {
    let names = names();
    let mut failures = Vec::new();
    for text in [MANIFEST, &hardened(&names)] {
        for door in DOORS {
            let before = said(door, &by_flags(&names, None), text);
            // By the vendor's names, other things are found: none of these.
            let nothing_yet = door[0] == "certs" && text == MANIFEST;
            assert!(
                nothing_yet || before != said(door, &[], text),
                "{}",
                door[0]
            );
            for name in &names {
                let flag = name.flag.as_str();
                let renamed = |text: &str| text.replace(&format!("{flag}-a"), &format!("{flag}-b"));
                let after = said(door, &by_flags(&names, Some(flag)), &renamed(text));
                if after != renamed(&before) {
                    failures.push(format!("{}, by --{flag}", door[0]));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Help names the fields of a config where there is one, and flags otherwise.
fn in_flags(said: &str) -> String {
    let settings = Setting::ALL.iter();
    settings.fold(said.to_owned(), |said, setting| match setting.field() {
        Some(field) => said.replace(
            &format!("with {field}"),
            &format!("with {}", setting.flag()),
        ),
        None => said,
    })
}

#[test]
fn a_config_names_objects_as_flags_do() {
    let names = names();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.yaml");
    for name in &names {
        let flag = name.flag.as_str();
        let text = MANIFEST.replace(&format!("{flag}-a"), &format!("{flag}-b"));
        std::fs::write(&path, config(&names, Some(flag))).unwrap();
        let by_config = ["--config".to_owned(), path.display().to_string()];
        for door in DOORS {
            let by_flags = said(door, &by_flags(&names, Some(flag)), &text);
            let by_config = in_flags(&said(door, &by_config, &text));
            assert!(by_config == by_flags, "{}, {flag}", door[0]);
        }
    }
    // A flag overrides the config.
    std::fs::write(&path, config(&names, None)).unwrap();
    let other = [
        path.display().to_string(),
        "--etcd-secret".into(),
        "etcd-secret-b".into(),
    ];
    let both = [&["--config".to_owned()], other.as_slice()].concat();
    let text = MANIFEST.replace("etcd-secret-a", "etcd-secret-b");
    for door in DOORS {
        let by_flags = said(door, &by_flags(&names, Some("etcd-secret")), &text);
        let both = in_flags(&said(door, &both, &text));
        assert!(both == by_flags, "{}", door[0]);
    }
}

/// An object by another name is not looked at.
#[test]
fn a_name_is_needed() {
    let names = names();
    let found = DOORS.map(|door| said(door, &by_flags(&names, None), MANIFEST));
    for name in &names {
        let flag = name.flag.as_str();
        let differs = |door: usize| {
            let other = by_flags(&names, Some(flag));
            said(DOORS[door], &other, MANIFEST) != found[door]
        };
        // These are found by what they run and are told, too.
        let by_content =
            ["typha-deployment", "typha-daemon-set", "manager-deployment"].contains(&flag);
        assert!(differs(0) != by_content, "apply, by --{flag}");
        let alone = [
            "apiserver-secret",
            "etcd-secret",
            "etcd-config-map",
            "manager-secret",
        ];
        assert!(!alone.contains(&flag) || differs(1), "check, by --{flag}");
    }
}

/// One connection has one name; what it was called before is still read.
#[test]
fn the_api_server_s_connection_has_one_name() {
    let manifest = crate::common::upstream("cnx-etcd.yaml");
    let check = |name: &str| {
        let mut check = program();
        check
            .args(["check", "--format", "json", "--channel", name])
            .arg(&manifest);
        stdout(&check.output().unwrap())
    };
    let found = check("apiserver");
    assert!(found.contains(r#""channel": "apiserver""#) && !found.contains("kube-apiserver\""));
    let generate = |name: &str| {
        let pki = tempfile::tempdir().unwrap();
        let mut generate = program();
        generate
            .args(["certs", "generate", "--only", name, "--pki"])
            .arg(pki.path());
        assert!(generate.output().unwrap().status.success(), "{name}");
        assert!(pki.path().join("apiserver/tls.crt").exists());
    };
    generate("apiserver");
    for old in ["kube-apiserver", "api-server"] {
        assert!(check(old) == found);
        generate(old);
    }
    let help = |command: &[&str]| stdout(&program().args(command).arg("--help").output().unwrap());
    assert!(!help(&["check"]).contains("- kube-apiserver:"));
    assert!(!help(&["certs", "generate"]).contains("api-server,"));
}

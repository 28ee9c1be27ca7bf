//! Every mixture of states: each part of the manifest is live, commented out in
//! one of the published ways, or missing. All of them are hardened to the same
//! objects.

use proptest::prelude::*;

use crate::common::{etcd, objects};
use crate::etcd_model::normal;
use cnx_harden_core::{Hardening, Source, harden};

/// How a part of the manifest stands there.
#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Live,
    /// Behind `# `.
    Commented,
    /// Behind `#`.
    Tight,
    Missing,
}

fn state() -> impl Strategy<Value = State> {
    prop_oneof![
        Just(State::Live),
        Just(State::Commented),
        Just(State::Tight),
        Just(State::Missing),
    ]
}

/// The lines in this state, in this column.
fn lines(state: State, column: usize, lines: &[&str]) -> String {
    let mark = match state {
        State::Live => "",
        State::Commented => "# ",
        State::Tight => "#",
        State::Missing => return String::new(),
    };
    let pad = " ".repeat(column);
    let lines = lines.iter().map(|line| format!("{pad}{mark}{line}\n"));
    lines.collect()
}

#[derive(Clone, Debug)]
struct States {
    paths: [State; 3],
    keys: [State; 3],
    env: [State; 3],
    mount: State,
    volume: State,
    /// Whether there are siblings beside the mount and the volume.
    siblings: [bool; 2],
    /// Whether `volumeMounts` is commented out with its mount.
    list: bool,
    /// Columns from a key to its list's dashes.
    dash: usize,
    windows: bool,
}

fn manifest(states: &States) -> String {
    let mut text =
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: calico-etcd-secrets\ndata:\n".to_owned();
    for (key, state) in ["etcd-key", "etcd-cert", "etcd-ca"].iter().zip(states.keys) {
        text += &lines(state, 2, &[&format!("{key}: null")]);
    }
    text += "---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: calico-config\ndata:\n";
    text += "  etcd_endpoints: http://10.0.0.1:2379\n";
    for (file, state) in ["ca", "cert", "key"].iter().zip(states.paths) {
        let line = match state {
            State::Live => format!("etcd_{file}: \"\" # \"/calico-secrets/etcd-{file}\""),
            _ => format!("etcd_{file}: \"/calico-secrets/etcd-{file}\""),
        };
        text += &lines(state, 2, &[&line]);
    }
    text +=
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: calico-kube-controllers\n";
    text += "spec:\n  template:\n    spec:\n      containers:\n";
    let dashes = 6 + states.dash;
    let (key, item) = (dashes + 2, dashes + 2 + states.dash);
    text += &lines(State::Live, dashes, &["- name: controllers", "  env:"]);
    let variable = |name: &str, field: &str| {
        [
            format!("- name: {name}"),
            "  valueFrom:".to_owned(),
            "    configMapKeyRef:".to_owned(),
            "      name: calico-config".to_owned(),
            format!("      key: {field}"),
        ]
    };
    let mut push = |state: State, name: &str, field: &str| {
        let all = variable(name, field);
        let all: Vec<_> = all.iter().map(String::as_str).collect();
        text += &lines(state, item, &all);
    };
    push(State::Live, "ETCD_ENDPOINTS", "etcd_endpoints");
    let names = [
        ("ETCD_CA_CERT_FILE", "etcd_ca"),
        ("ETCD_KEY_FILE", "etcd_key"),
        ("ETCD_CERT_FILE", "etcd_cert"),
    ];
    for ((name, field), state) in names.into_iter().zip(states.env) {
        push(state, name, field);
    }
    let [mounts, volumes] = states.siblings;
    let mount = ["- mountPath: /calico-secrets", "  name: etcd-certs"];
    if states.list && !mounts {
        let indented = mount.map(|line| format!("{}{line}", " ".repeat(states.dash)));
        text += &lines(
            states.mount,
            key,
            &["volumeMounts:", &indented[0], &indented[1]],
        );
    } else {
        text += &lines(State::Live, key, &["volumeMounts:"]);
        if mounts {
            text += &lines(State::Live, item, &["- mountPath: /lib", "  name: lib"]);
        }
        text += &lines(states.mount, item, &mount);
    }
    text += "      volumes:\n";
    if volumes || mounts {
        text += &lines(State::Live, dashes, &["- name: lib", "  emptyDir: {}"]);
    }
    let volume = [
        "- name: etcd-certs",
        "  secret:",
        "    secretName: calico-etcd-secrets",
    ];
    text += &lines(states.volume, dashes, &volume);
    match states.windows {
        true => text.replace('\n', "\r\n"),
        false => text,
    }
}

fn apply(text: &str) -> String {
    let hardening = Hardening {
        etcd: Some(etcd()),
        ..Hardening::default()
    };
    let run = harden(
        &[Source {
            name: "states",
            text,
        }],
        &hardening,
    );
    run.unwrap_or_else(|error| panic!("{error}\n{text}"))
        .outputs[0]
        .text
        .clone()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    #[test]
    fn each_mixture_of_states_is_hardened_to_the_same_objects(
        (paths, keys, env) in (
            [state(), state(), state()],
            [state(), state(), state()],
            [state(), state(), state()],
        ),
        (mount, volume) in (state(), state()),
        (siblings, list, windows) in (any::<[bool; 2]>(), any::<bool>(), any::<bool>()),
        dash in prop_oneof![Just(0usize), Just(2)],
    ) {
        let states = States { paths, keys, env, mount, volume, siblings, list, dash, windows };
        let before = manifest(&states);
        let after = apply(&before);
        prop_assert_eq!(&apply(&after), &after);
        let live = [State::Live; 3];
        let all = States { paths: live, keys: live, env: live, mount: State::Live, volume: State::Live, ..states.clone() };
        let wanted = apply(&manifest(&all));
        prop_assert_eq!(normal(objects(&after)), normal(objects(&wanted)), "{}", before);
        // What is commented out is uncommented in its place: nothing is added.
        let missing = [paths, keys, env].concat().contains(&State::Missing)
            || mount == State::Missing
            || volume == State::Missing;
        if !missing {
            prop_assert_eq!(before.lines().count(), after.lines().count());
            prop_assert!(!after.contains("# etcd-") && !after.contains("#etcd-"));
        }
        prop_assert_eq!(after.contains("\r\n"), windows);
        prop_assert!(!windows || after.matches('\n').count() == after.matches("\r\n").count());
    }
}

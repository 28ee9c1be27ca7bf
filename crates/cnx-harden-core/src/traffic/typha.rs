//! Felix to Typha: five settings on each side.

use cnx_certs::{Identity, Role};

use super::certificates::{Files, fault, read};
use super::model::{Certificate, Link, Place, State};
use super::program::{Program, Setting};
use super::{Draft, Verdict};
use crate::names::TyphaNames;
use crate::wired::{Held, Wanted, near};

const TYPHA: [&str; 5] = [
    "TYPHA_CAFILE",
    "TYPHA_SERVERCERTFILE",
    "TYPHA_SERVERKEYFILE",
    "TYPHA_CLIENTCN",
    "TYPHA_CLIENTURISAN",
];
const FELIX: [&str; 5] = [
    "FELIX_TYPHACAFILE",
    "FELIX_TYPHACERTFILE",
    "FELIX_TYPHAKEYFILE",
    "FELIX_TYPHACN",
    "FELIX_TYPHAURISAN",
];

pub(super) fn draw(draft: &mut Draft<'_>) {
    let mut ways = Vec::new();
    let TyphaNames {
        container,
        node_container,
        ..
    } = &draft.options.names.typha;
    let programs = &draft.seen.programs;
    let of = |name| {
        programs
            .iter()
            .filter(move |p: &&Program| Some(&p.name) == name)
    };
    for felix in of(Some(node_container)) {
        if !connects(felix) {
            continue;
        }
        let same = |typha: &&Program| match (&typha.id.namespace, &felix.id.namespace) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        };
        let mut all = of(Some(container)).filter(same);
        let own = all.clone().find(|typha| typha.input == felix.input);
        let typha = own.or_else(|| all.next());
        ways.push(pair(draft, Some(felix), typha));
    }
    if ways.is_empty() && of(Some(node_container)).next().is_none() {
        let alone = of(Some(container)).map(|typha| pair(draft, None, Some(typha)));
        ways.extend(alone);
    }
    for (way, certificates) in ways.into_iter().flatten() {
        draft.way(Link::CalicoNodeTypha, way, certificates);
    }
}

/// Whether calico-node is told of a Typha.
pub(super) fn connects(felix: &Program) -> bool {
    let told = [
        "FELIX_TYPHAK8SSERVICENAME",
        "FELIX_TYPHAADDR",
        "FELIX_TYPHACAFILE",
    ];
    let set = |name: &&str| felix.variable(name).unless_none() != Setting::Unset;
    told.iter().any(set)
}

/// What a side has of its five settings.
enum Side<'p> {
    /// It is not in the input.
    NotHere,
    None(&'p Program),
    /// Some; the first that is missing is named.
    Half(&'p Program, &'static str),
    Whole(&'p Program),
    /// One is in an object that is not in the input.
    Elsewhere(&'p Program, String),
}

impl<'p> Side<'p> {
    fn of(program: Option<&'p Program>, names: &'static [&'static str; 5]) -> Self {
        let Some(program) = program else {
            return Self::NotHere;
        };
        let settings = names.map(|name| (name, program.variable(name).unless_none()));
        for (_, setting) in &settings {
            if let Setting::Elsewhere(object, _) = setting {
                return Self::Elsewhere(program, object.clone());
            }
        }
        let unset = |(_, setting): &(_, Setting)| !setting.is_set();
        if settings.iter().all(unset) {
            return Self::None(program);
        }
        let [ca, certificate, key, cn, uri] = settings;
        let name = if unset(&cn) { uri } else { cn };
        match [ca, certificate, key, name].into_iter().find(unset) {
            Some((missing, _)) => Self::Half(program, missing),
            None => Self::Whole(program),
        }
    }
}

type Drawn = (super::Way, Vec<Certificate>);

fn pair(draft: &Draft<'_>, felix: Option<&Program>, typha: Option<&Program>) -> Option<Drawn> {
    let sides = (Side::of(felix, &FELIX), Side::of(typha, &TYPHA));
    let broken = |reason: String| Verdict::new(State::Broken, reason);
    let unknown = |reason: &str| Verdict::new(State::Unknown, reason);
    let (mut verdict, shown) = match &sides {
        (Side::Half(felix, missing), _) => (
            broken(format!("Felix does not start: {missing} is not set")),
            *felix,
        ),
        (_, Side::Half(typha, missing)) => (
            broken(format!("Typha does not start: {missing} is not set")),
            *typha,
        ),
        (Side::Elsewhere(program, object), _) | (_, Side::Elsewhere(program, object)) => {
            let reason = format!("a setting is in {object}, which is not in these manifests");
            (unknown(&reason), *program)
        }
        (Side::Whole(felix), Side::Whole(typha)) => (whole(draft, felix, typha), *felix),
        (Side::None(felix), Side::None(_)) => (
            Verdict::new(State::Plain, "neither Felix nor Typha has a certificate"),
            *felix,
        ),
        (Side::Whole(felix), Side::None(_)) => (
            broken("Felix connects by TLS only, and Typha has none".to_owned()),
            *felix,
        ),
        (Side::None(felix), Side::Whole(_)) => (
            broken("Typha takes TLS only, and Felix has none".to_owned()),
            *felix,
        ),
        (Side::None(felix), Side::NotHere) => (
            unknown("Felix has no TLS; Typha is not in these manifests"),
            *felix,
        ),
        (Side::Whole(felix), Side::NotHere) => {
            let reason = "Felix has all of its settings; Typha is not in these manifests";
            (unknown(reason), *felix)
        }
        (Side::NotHere, Side::None(typha)) => (
            unknown("Typha has no TLS; calico-node is not in these manifests"),
            *typha,
        ),
        (Side::NotHere, Side::Whole(typha)) => {
            let reason = "Typha takes TLS only; calico-node is not in these manifests";
            (unknown(reason), *typha)
        }
        (Side::NotHere, Side::NotHere) => return None,
    };
    let replicas = typha.and_then(|typha| typha.replicas);
    if replicas == Some(0) {
        verdict.reason.push_str("; no Typha runs yet (replicas: 0)");
    }
    let certificates = match (felix, typha) {
        (Some(felix), Some(typha)) if verdict.state != State::Plain => {
            certificates(draft, felix, typha)
        }
        _ => Vec::new(),
    };
    let place = evidence(shown);
    Some((verdict.way(shown.what(), place), certificates))
}

/// The first of a side's settings, or its container.
fn evidence(program: &Program) -> Place {
    let mut settings = program.variables.iter();
    let of = |(name, setting): &(String, Setting)| match setting {
        Setting::Text(_, place) if name.contains("TYPHACAFILE") || name == "TYPHA_CAFILE" => {
            Some(place.clone())
        }
        _ => None,
    };
    settings
        .find_map(of)
        .unwrap_or_else(|| program.place.clone())
}

/// The values that both sides read, where the vendor's objects carry them.
struct Carried<'d> {
    ca: Option<&'d Held>,
    server: Option<(&'d Held, &'d Held)>,
    client: Option<(&'d Held, &'d Held)>,
}

fn carried<'d>(draft: &'d Draft<'_>, felix: &Program, typha: &Program) -> Carried<'d> {
    let names = &draft.options.names;
    let held = |program: &Program, wanted: Wanted<'_>| {
        let namespace = program.id.namespace.as_deref();
        near(&draft.seen.values, program.input, namespace, wanted)
    };
    let two = |program: &Program, secret: &str, keys: [&'static str; 2]| {
        let [certificate, key] = keys.map(|key| held(program, ("Secret", secret, key)));
        certificate.zip(key)
    };
    Carried {
        ca: held(
            typha,
            ("ConfigMap", &names.typha.ca_config_map, "typhaca.crt"),
        ),
        server: two(
            typha,
            &names.typha.server_secret,
            ["typha.crt", "typha.key"],
        ),
        client: two(
            felix,
            &names.typha.client_secret,
            ["calico-node.crt", "calico-node.key"],
        ),
    }
}

fn identity(program: &Program, cn: &str, uri: &str) -> Identity {
    let text = |name| match program.variable(name).unless_none() {
        Setting::Text(text, _) => Some(text),
        _ => None,
    };
    Identity {
        common_name: text(cn),
        uri_san: text(uri),
    }
}

fn whole(draft: &Draft<'_>, felix: &Program, typha: &Program) -> Verdict {
    let carried = carried(draft, felix, typha);
    let sides = [
        (
            Role::TyphaServer,
            carried.server,
            identity(felix, FELIX[3], FELIX[4]),
        ),
        (
            Role::TyphaClient,
            carried.client,
            identity(typha, TYPHA[3], TYPHA[4]),
        ),
    ];
    for (role, pair, identity) in &sides {
        let Some((certificate, key)) = *pair else {
            continue;
        };
        let files = Files {
            role: *role,
            ca: carried.ca,
            certificate,
            key,
            names: &[],
            identity,
        };
        if let Some(fault) = fault(&files, &draft.options.policy) {
            return Verdict::new(State::Broken, fault);
        }
    }
    Verdict::new(
        State::Mutual,
        "each verifies the other by the CA, and compares the name in its certificate",
    )
}

fn certificates(draft: &Draft<'_>, felix: &Program, typha: &Program) -> Vec<Certificate> {
    let policy = &draft.options.policy;
    let carried = carried(draft, felix, typha);
    let mut certificates = read(carried.ca, "CA of both sides", policy);
    let server = carried.server.map(|(certificate, _)| certificate);
    certificates.extend(read(server, "Typha's", policy));
    let client = carried.client.map(|(certificate, _)| certificate);
    certificates.extend(read(client, "Felix's", policy));
    certificates
}

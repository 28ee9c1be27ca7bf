//! Names: subject alternative names for servers, identities for Typha and Felix.

use super::report::{At, Message, Report};
use crate::certificate::Certificate;
use crate::code::Code;
use crate::finding::{Details, Part};
use crate::help;
use crate::help::Setting;
use crate::names::{address, covers, covers_in_browser, identifies};
use crate::role::{Identity, Role};
use crate::shown::shown;

/// How many names a message has, and how many names have one.
const MOST: usize = 5;

pub(super) fn check(
    report: &mut Report,
    leaf: &Certificate<'_>,
    names: &[String],
    identity: &Identity,
) {
    match report.role {
        Role::ApiServer | Role::EtcdServer | Role::Manager => {
            check_names(report, leaf, names);
        }
        Role::TyphaServer | Role::TyphaClient => {
            check_identity(report, leaf, identity);
        }
        Role::EtcdClient => {}
    }
}

fn check_names(report: &mut Report, leaf: &Certificate<'_>, names: &[String]) {
    let at = At::certificate(Part::Certificate, leaf);
    let role = report.role;
    let wanted = || {
        let kind = |name: &String| match address(name) {
            Some(address) => format!("IP:{address}"),
            None => format!("DNS:{name}"),
        };
        let first = names
            .iter()
            .take(MOST)
            .map(kind)
            .collect::<Vec<_>>()
            .join(",");
        match names.len().saturating_sub(MOST) {
            0 => first,
            more => format!("{first} and {more} more"),
        }
    };
    // One that is there has other names.
    let make = report.make(true);
    let help = || match names {
        [] => "have it issued with a subject alternative name".into(),
        _ => help![
            format!(
                "have it issued with subjectAltName={}, or make one: ",
                wanted()
            ),
            make.clone(),
        ],
    };
    if leaf.alternative_names().is_empty() {
        let (code, message) = match leaf.common_name() {
            Some(name) => (
                Code::CommonNameOnly,
                format!(
                    "it has the Common Name {} and no subject alternative name; Go has ignored \
                     Common Names since 1.15 (Kubernetes 1.19), and browsers do too",
                    shown(name)
                ),
            ),
            None => (Code::NameMismatch, "it has no name at all".to_owned()),
        };
        let help = help();
        return report.error(code, at, message, help);
    }
    let is_covered = match role {
        Role::Manager => covers_in_browser,
        _ => covers,
    };
    let mut missing = names.iter().filter(|name| !is_covered(leaf, name));
    for name in missing.by_ref().take(MOST) {
        let message = format!(
            "no subject alternative name covers {}{}; it has {}",
            shown(name),
            near_miss(leaf, name),
            listed(leaf)
        );
        let message = Message::new(message, lacking(leaf, vec![shown(name)]));
        report.error(Code::NameMismatch, at, message, help());
    }
    // Each by itself would say the same again.
    let more = missing.count();
    if more > 0 {
        let message = format!(
            "no subject alternative name covers {more} more of the names; it has {}",
            listed(leaf)
        );
        let help = help();
        report.error(Code::NameMismatch, at, message, help);
    }
}

/// Why a name that looks as if it did does not cover `name`.
fn near_miss(leaf: &Certificate<'_>, name: &str) -> &'static str {
    if address(name).is_some() && leaf.dns_names().any(|found| found == name) {
        return " (it is there as a DNS name; it must be an IP address)";
    }
    if covers(leaf, name) {
        return " (browsers take no * right below a public suffix or a single label)";
    }
    let mut patterns = leaf.dns_names().filter(|pattern| pattern.contains('*'));
    let suffix = |pattern: &str| {
        let behind = pattern
            .rsplit('*')
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        name.to_ascii_lowercase().ends_with(&behind)
    };
    if patterns.any(suffix) {
        return " (a * stands for the first label alone, and for all of it)";
    }
    ""
}

/// The names that the certificate has.
fn alternative_names(leaf: &Certificate<'_>) -> impl Iterator<Item = String> {
    let names = leaf.dns_names().map(shown);
    names
        .chain(leaf.ip_addresses().map(|address| address.to_string()))
        .chain(leaf.uris().map(|uri| shown(&uri)))
}

/// The names that are lacking, and some that are there.
fn lacking(leaf: &Certificate<'_>, expected: Vec<String>) -> Details {
    Details {
        expected,
        found: alternative_names(leaf).take(MOST).collect(),
        not_after: None,
    }
}

/// The names that the certificate has, some of them, in words.
fn listed(leaf: &Certificate<'_>) -> String {
    let names: Vec<String> = alternative_names(leaf).collect();
    let more = names.len().saturating_sub(MOST);
    let first: Vec<_> = names.into_iter().take(MOST).collect();
    match (first.join(", "), more) {
        (none, _) if none.is_empty() => "neither DNS names nor IP addresses".to_owned(),
        (first, 0) => first,
        (first, more) => format!("{first} and {more} more"),
    }
}

fn check_identity(report: &mut Report, leaf: &Certificate<'_>, identity: &Identity) {
    if identify_nothing(identity) || identifies(leaf, identity) {
        return;
    }
    let verifier = report.role.verifier();
    let mut wanted = Vec::new();
    let mut found = Vec::new();
    if let Some(name) = &identity.common_name {
        wanted.push(format!("the Common Name {}", shown(name)));
        let name = leaf.common_name().map(shown);
        found.push(name.map_or("no Common Name".to_owned(), |name| {
            format!("the Common Name {name}")
        }));
    }
    if let Some(uri) = &identity.uri_san {
        wanted.push(format!("the URI {}", shown(uri)));
        let uris: Vec<_> = leaf.uris().map(|uri| shown(&uri)).collect();
        found.push(match uris.as_slice() {
            [] => "no URI among its subject alternative names".to_owned(),
            uris => format!("the URI {}", uris.join(", ")),
        });
    }
    let [common_name, uri_san] = match report.role {
        Role::TyphaServer => [Setting::TyphaServerCn, Setting::TyphaServerUriSan],
        _ => [Setting::TyphaClientCn, Setting::TyphaClientUriSan],
    };
    let expected = [&identity.common_name, &identity.uri_san];
    let expected = expected.into_iter().flatten().map(|name| shown(name));
    let names = leaf.common_name().map(shown).into_iter();
    let details = Details {
        expected: expected.collect(),
        found: names.chain(alternative_names(leaf)).take(MOST).collect(),
        not_after: None,
    };
    let message = format!(
        "{verifier} asks for {}; it has {}",
        wanted.join(" or "),
        found.join(" and ")
    );
    report.error(
        Code::IdentityMismatch,
        At::certificate(Part::Certificate, leaf),
        Message::new(message, details),
        help![
            format!(
                "have it issued with what {verifier} compares with, to the letter, or name what it \
                 has ("
            ),
            common_name,
            ", ",
            uri_san,
            ")"
        ],
    );
}

const fn identify_nothing(identity: &Identity) -> bool {
    identity.common_name.is_none() && identity.uri_san.is_none()
}

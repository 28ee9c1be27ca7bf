//! What the manifests hold as certificates and keys, by the rules of whoever
//! reads it.

use cnx_certs::{CaBundle, Part, PemError, PrivateKey, Severity};

use yaml_splice::Route;

use super::{Report, Rule, Scene};
use crate::audit::held::{Presented, Values};
use crate::audit::rule::Draft;
use crate::finding::{Code, Finding};
use crate::wired::Held;

pub(super) struct Certificates;

impl Rule for Certificates {
    fn codes(&self) -> Vec<Code> {
        let certificates = cnx_certs::Code::ALL.iter().copied();
        let not_base64 = std::iter::once(Code::NotBase64);
        not_base64.chain(certificates.map(Code::Certificate)).collect()
    }

    fn fixable(&self) -> bool {
        true
    }

    fn check(&self, scene: &Scene<'_, '_>, report: &mut Report<'_>) {
        let values = Values::of(scene);
        unread(scene, &values, report);
        let Some(policy) = &scene.options.certificates else {
            return;
        };
        let presented = values.presented();
        let whole: Vec<&Presented<'_>> =
            presented.iter().filter(|one| one.certificate.is_some()).collect();
        // One at a time: two manifests' roles do not share a key by being read
        // together.
        for one in whole {
            let material = cnx_certs::Material {
                role: one.role,
                ca: one.ca.map(Held::bytes),
                certificate: one.certificate.map_or(&[], Held::bytes),
                key: one.key.map(Held::bytes),
                names: &one.names,
                identity: &one.identity,
            };
            for found in cnx_certs::check(&[material], policy) {
                let held = match found.part {
                    Part::Ca => one.ca,
                    Part::Certificate => one.certificate,
                    Part::Key => one.key,
                };
                let (message, help) = words(found.code, found.message, found.help);
                let draft = Draft::error(Code::Certificate(found.code), message, help);
                add(one, held, found.line, draft.severity(found.severity), report);
            }
        }
        for one in presented.iter().filter(|one| one.certificate.is_none()) {
            let mut tell = |held: Option<&Held>, error: Option<PemError>| {
                if let Some(error) = error {
                    let code = error.kind.code();
                    let said = (error.kind.to_string(), error.help().to_owned());
                    let (message, help) = words(code, said.0, said.1);
                    let draft = Draft::error(Code::Certificate(code), message, help);
                    add(one, held, error.line, draft, report);
                }
            };
            let ca = one.ca.map(|held| CaBundle::from_pem(held.bytes()).err());
            tell(one.ca, ca.flatten());
            let key = one.key.map(|held| PrivateKey::from_pem(held.bytes()).err());
            tell(one.key, key.flatten());
        }
    }
}

/// Words about a value, where those about a file would mislead.
fn words(code: cnx_certs::Code, message: String, help: String) -> (String, String) {
    match code {
        cnx_certs::Code::Base64OfPem => (
            "base64 was applied twice: what comes out is base64 once more".to_owned(),
            "give the whole PEM file through `base64 -w0`, once; `cnx-harden apply` does that"
                .to_owned(),
        ),
        _ => (message, help),
    }
}

fn add(
    one: &Presented<'_>,
    held: Option<&Held>,
    line: usize,
    draft: Draft,
    report: &mut Report<'_>,
) {
    let Some(held) = held else { return };
    let message = match line {
        0 | 1 => draft.message.clone(),
        line => format!("{} (line {line} of the file in it)", draft.message),
    };
    let finding = Finding {
        code: draft.code,
        severity: draft.severity,
        allowed: false,
        resource: Some(held.resource.clone()),
        file: held.file.clone(),
        line: held.line,
        column: held.column,
        message: format!("{}: {message}", held.key),
        help: draft.help.clone(),
    };
    let parent = held.field.strip_suffix(&held.key).unwrap_or_default();
    let field = Route::root().key(parent.trim_end_matches('.'));
    let field = Some(field.key(held.key.as_str()).to_string());
    let draft = draft.of(one.channel).fixable();
    report.push(held.input, held.span, field, finding, draft);
}

/// Values that are not even base64.
fn unread(scene: &Scene<'_, '_>, values: &Values<'_, '_, '_>, report: &mut Report<'_>) {
    let carriers: Vec<_> = scene.carriers().collect();
    let unread = values.unread.iter();
    for (object, finding) in unread.filter(|(_, f)| f.code == Code::NotBase64) {
        let mut carriers = carriers.iter();
        let carrier = carriers.find(|(other, _)| std::ptr::eq(*other, *object));
        let mut services = scene.api_services();
        let service = services.find(|service| std::ptr::eq(service.object, *object));
        let channel = match (carrier, &service) {
            (Some((_, channel)), _) => Some(*channel),
            (None, Some(service)) if service.ours => Some(crate::Channel::KubeApiserver),
            _ => None,
        };
        let severity = match channel {
            Some(_) => Severity::Error,
            None => Severity::Warning,
        };
        let text = object.source.text;
        let span = crate::audit::place::from_position(text, finding.line, finding.column);
        // Placeholders are told by their own rule.
        let written = span.of(text).trim_matches(['"', '\'']);
        if crate::audit::value::State::of(written) == crate::audit::value::State::Placeholder {
            continue;
        }
        let mut draft = Draft::error(finding.code, &finding.message, &finding.help);
        draft.channel = channel;
        let draft = draft.severity(severity).fixable();
        report.push(object.place.file, span, None, finding.clone(), draft);
    }
}

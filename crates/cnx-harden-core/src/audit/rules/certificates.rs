//! What the manifests hold as certificates and keys, by the rules of whoever
//! reads it.

use cnx_certs::{CaCertificates, Help, Part, PemError, PrivateKey, Severity};
use crate::survey::through_base64;

use yaml_splice::Route;

use super::{Report, Rule, Scene};
use crate::audit::held;
use crate::audit::rule::Draft;
use crate::audit::value::State;
use crate::certificates::check;
use crate::channel::Channel;
use crate::details::Details;
use crate::finding::{Code, Finding};
use crate::survey::{self, Credentials, Held};

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
        unread(scene, report);
        let Some(policy) = &scene.options.checks() else {
            return;
        };
        // One at a time: two manifests' roles do not share a key by being read
        // together.
        for (channel, one) in held::presented(scene) {
            let Some(certificate) = one.certificate() else {
                alone(&one, channel, report);
                continue;
            };
            if survey::is_of_old_namespace(&one, &scene.api_servers) {
                let code = Code::Certificate(cnx_certs::Code::NameMismatch);
                let message = "the certificate is for the API server in namespace \
                               calico-apiserver alone; from Calico v3.31 on it is in calico-system";
                let help = "have it issued for calico-api.calico-system.svc too, before the \
                            operator is updated";
                let draft = Draft::error(code, message, help).severity(Severity::Warning);
                let said = cnx_certs::Details::default();
                add(one.certificate(), 0, draft, said, report);
            }
            let material = cnx_certs::Material {
                role: one.role,
                ca: one.ca().map(Held::bytes),
                certificate: certificate.bytes(),
                key: one.key().map(Held::bytes),
                names: &one.names,
                identity: &one.identity,
            };
            for found in check(&[material], policy) {
                // That a path leads to the other file is told at the path.
                if one.is_one_file() && is_other_kind(found.code) {
                    continue;
                }
                let held = match found.part {
                    Part::Ca => one.ca(),
                    Part::Certificate => one.certificate(),
                    Part::Key => one.key(),
                };
                let help = found.help.made_for(&one.inputs);
                let (message, help) = words(found.code, found.message, help);
                let draft = Draft::error(Code::Certificate(found.code), message, help);
                let draft = Draft { channel, ..draft.severity(found.severity) };
                add(held, found.line, draft, found.details, report);
            }
        }
    }
}

/// Whether a file is one of another kind.
const fn is_other_kind(code: cnx_certs::Code) -> bool {
    use cnx_certs::Code::{CertificateInsteadOfKey, KeyInsteadOfCertificate};
    matches!(code, CertificateInsteadOfKey | KeyInsteadOfCertificate)
}

/// A CA or a key without its certificate.
fn alone(one: &Credentials, channel: Option<Channel>, report: &mut Report<'_>) {
    let mut tell = |held: Option<&Held>, error: Option<PemError>| {
        if let Some(error) = error {
            let code = error.kind.code();
            let said = (error.kind.to_string(), error.help().into());
            let (message, help) = words(code, said.0, said.1);
            let draft = Draft {
                channel,
                ..Draft::error(Code::Certificate(code), message, help)
            };
            let said = cnx_certs::Details::default();
            add(held, error.line, draft, said, report);
        }
    };
    let ca = one.ca().map(|held| CaCertificates::for_role(one.role, held.bytes()).err());
    tell(one.ca(), ca.flatten());
    let key = one.key().map(|held| PrivateKey::from_pem(held.bytes()).err());
    tell(one.key(), key.flatten());
}

/// Words about a value, where those about a file would mislead.
fn words(code: cnx_certs::Code, message: String, help: Help) -> (String, Help) {
    match code {
        cnx_certs::Code::Base64OfPem => (
            "base64 was applied twice: what comes out is base64 once more".to_owned(),
            through_base64(),
        ),
        _ => (message, help),
    }
}

fn add(
    held: Option<&Held>,
    line: usize,
    draft: Draft,
    said: cnx_certs::Details,
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
        place: Box::new(held.place.clone()),
        details: Box::new(Details {
            key: Some(held.key.clone()),
            ..said.into()
        }),
        message: format!("{}: {message}", held.key),
        help: draft.help.clone(),
    };
    let parent = held.field.strip_suffix(&held.key).unwrap_or_default();
    let field = Route::root().key(parent.trim_end_matches('.'));
    let field = Some(field.key(held.key.as_str()).to_string());
    report.push(field, finding, draft.fixable());
}

/// Values that are not even base64. Placeholders are told by their own rule.
fn unread(scene: &Scene<'_, '_>, report: &mut Report<'_>) {
    for (channel, (at, finding)) in held::unread(scene) {
        let extent = scene.inventory.span(&at);
        let Some((file, span)) = extent.filter(|_| finding.code == Code::NotBase64) else {
            continue;
        };
        let source = scene.inventory.sources.get(file);
        let written = source.map_or("", |source| span.of(source.text));
        if State::of(written.trim_matches(['"', '\''])) == State::Placeholder {
            continue;
        }
        let severity = match channel {
            Some(_) => Severity::Error,
            None => Severity::Warning,
        };
        let mut draft = Draft::error(finding.code, &finding.message, finding.help.clone());
        draft.channel = channel;
        report.push(None, finding, draft.severity(severity).fixable());
    }
}

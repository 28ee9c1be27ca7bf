//! Words that ask to be replaced, where a value should be.

use cnx_certs::{HelpPart, Severity, help};
use yaml_splice::Route;

use super::{Report, Rule, Scene};
use crate::audit::rule::Draft;
use crate::audit::scene::{ApiService, Object};
use crate::audit::value::State;
use crate::channel::Channel;
use crate::finding::Code;

pub(super) struct Placeholder;

impl Rule for Placeholder {
    fn codes(&self) -> Vec<Code> {
        vec![Code::Placeholder]
    }

    fn fixable(&self) -> bool {
        true
    }

    fn check(&self, scene: &Scene<'_, '_>, report: &mut Report<'_>) {
        for service in scene.api_services().filter(|service| !service.managed) {
            let at = service.route(ApiService::CA_BUNDLE);
            // Of others it may be replaced when they are installed.
            let (channel, severity) = match service.ours {
                true => (Some(Channel::KubeApiserver), Severity::Error),
                false => (None, Severity::Warning),
            };
            look(service.object, &at, channel, severity, report);
        }
        for gap in &scene.gaps.gaps {
            if let Some(object) = scene.objects.get(gap.object) {
                look(object, &gap.route(), Some(gap.channel), gap.severity(), report);
            }
        }
        for (carrier, channel) in scene.carriers() {
            // By itself, an object is looked at as a whole: of others the plans say what
            // of their data is read.
            let alone = !scene.gaps.about.contains_key(&carrier.number.0);
            for field in ["data", "stringData"].into_iter().skip(usize::from(!alone)) {
                let at = carrier.resource.route(&[field]);
                for (key, value) in carrier.entries(&at) {
                    if value.text().is_some_and(|text| State::of(text) == State::Placeholder) {
                        tell(carrier, &at.key(key), Some(channel), Severity::Error, report);
                    }
                }
            }
        }
    }
}

fn look(
    object: &Object<'_, '_>,
    at: &Route,
    channel: Option<Channel>,
    severity: Severity,
    report: &mut Report<'_>,
) {
    if State::at(object, at) == State::Placeholder {
        tell(object, at, channel, severity, report);
    }
}

/// Told also of objects that only a pod's volumes lead to.
pub(super) fn tell(
    object: &Object<'_, '_>,
    at: &Route,
    channel: Option<Channel>,
    severity: Severity,
    report: &mut Report<'_>,
) {
    let message = "a placeholder stands here, which is to be replaced by a value";
    let help = help![HelpPart::Apply(&[]), " replaces it, given the certificates"];
    let draft = Draft {
        channel,
        ..Draft::error(Code::Placeholder, message, help)
    };
    report.add(object, at, draft.severity(severity).fixable());
}

//! Private keys in Secrets' manifests.

use cnx_certs::Severity;

use super::{Report, Rule, Scene};
use crate::audit::private_key::holds_private_key;
use crate::audit::rule::Draft;
use crate::finding::Code;

pub(super) struct CommittedPrivateKey;

impl Rule for CommittedPrivateKey {
    fn codes(&self) -> Vec<Code> {
        vec![Code::CommittedPrivateKey]
    }

    fn check(&self, scene: &Scene<'_, '_>, report: &mut Report<'_>) {
        for secret in scene.of("Secret") {
            for field in ["data", "stringData"] {
                let at = secret.resource.route(&[field]);
                for (key, value) in secret.entries(&at) {
                    if !value.text().is_some_and(holds_private_key) {
                        continue;
                    }
                    let at = at.key(key);
                    let message = "the manifest holds a private key; base64 is no encryption";
                    let help = "keep this file where keys are kept, not in a repository as it is";
                    let draft = Draft::error(Code::CommittedPrivateKey, message, help);
                    report.add(secret, &at, draft.severity(Severity::Info));
                }
            }
        }
    }
}

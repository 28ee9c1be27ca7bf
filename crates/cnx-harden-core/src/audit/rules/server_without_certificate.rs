//! API servers that do not present what their APIServices are verified with.

use crate::audit::rule::{Draft, harden_server};
use super::{Report, Rule, Scene};
use crate::finding::Code;
use crate::survey::File;

pub(super) struct ServerWithoutCertificate;

impl Rule for ServerWithoutCertificate {
    fn codes(&self) -> Vec<Code> {
        vec![Code::ServerWithoutCertificate]
    }

    fn check(&self, scene: &Scene<'_, '_>, report: &mut Report<'_>) {
        // Of CNX's the plan says what is missing.
        for server in scene.api_servers.iter().filter(|server| !server.calico) {
            let pieces = server.credentials.pieces();
            // A value that cannot be read has a finding of its own.
            let unreadable = pieces.iter().any(|piece| matches!(piece.file, File::Unreadable(..)));
            let Some((at, message)) = server.fault(scene.inventory).filter(|_| !unreadable) else {
                continue;
            };
            if let Some(object) = scene.objects.get(at.object.0) {
                let draft = Draft::error(Code::ServerWithoutCertificate, message, harden_server());
                report.add(object, &at.route, draft);
            }
        }
    }
}

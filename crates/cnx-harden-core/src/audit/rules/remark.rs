//! What the channels' own plans say: objects that do not fit together, on which
//! `apply` would stop.

use cnx_certs::Severity;

use super::{Report, Rule, Scene};
use crate::audit::rule::Draft;
use crate::finding::Code;

/// The rule of one code.
pub(super) struct Remark {
    code: Code,
    severity: Severity,
}

const fn error(code: Code) -> Remark {
    let severity = Severity::Error;
    Remark { code, severity }
}

const fn info(code: Code) -> Remark {
    let severity = Severity::Info;
    Remark { code, severity }
}

/// An etcd without TLS is one to which clients speak TLS, or else worth knowing when
/// it is about to be.
pub(super) static ETCD_WITHOUT_TLS: Remark = error(Code::EtcdWithoutTls);
pub(super) static STRING_DATA_CONFLICT: Remark = error(Code::StringDataConflict);
pub(super) static WIRING_CONFLICT: Remark = error(Code::WiringConflict);
pub(super) static VOLUME_CONFLICT: Remark = error(Code::VolumeConflict);
pub(super) static MOUNT_CONFLICT: Remark = error(Code::MountConflict);
pub(super) static PLAIN_MANAGER: Remark = error(Code::PlainManager);
pub(super) static MISSING_CONTAINER: Remark = error(Code::MissingContainer);
pub(super) static UNEXPECTED_VALUE: Remark = error(Code::UnexpectedValue);
pub(super) static PATH_MISMATCH: Remark = error(Code::PathMismatch);
pub(super) static VARIABLE_MISMATCH: Remark = error(Code::VariableMismatch);
pub(super) static ENDPOINT_SCHEME: Remark = error(Code::EndpointScheme);
pub(super) static DISCOVERY_BESIDE_ENDPOINTS: Remark = error(Code::DiscoveryBesideEndpoints);
pub(super) static UNREADABLE_FILE: Remark = error(Code::UnreadableFile);
pub(super) static ENDPOINT_MALFORMED: Remark = error(Code::EndpointMalformed);
/// DNS records may say where etcd is; a placeholder says nothing.
pub(super) static ENDPOINTS_UNSET: Remark = error(Code::EndpointsUnset);
pub(super) static SECRET_FILE_MODE: Remark = info(Code::SecretFileMode);

impl Rule for Remark {
    fn codes(&self) -> Vec<Code> {
        vec![self.code]
    }

    fn check(&self, scene: &Scene<'_, '_>, report: &mut Report<'_>) {
        let remarks = scene.gaps.remarks.iter();
        for remark in remarks.filter(|remark| remark.finding.code == self.code) {
            let finding = &remark.finding;
            if self.code == Code::EtcdWithoutTls && finding.severity == Severity::Info {
                continue;
            }
            let draft = Draft::error(self.code, &finding.message, finding.help.clone());
            let severity = match self.code {
                Code::EndpointsUnset | Code::SecretFileMode => finding.severity,
                _ => self.severity,
            };
            let draft = draft.severity(severity);
            report.remark(remark, draft.of(remark.channel));
        }
    }
}

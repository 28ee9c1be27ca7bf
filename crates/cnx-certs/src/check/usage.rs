//! Key usage and extended key usage of the certificate that is presented.

use super::report::{At, Report};
use crate::certificate::{Certificate, Purpose};
use crate::code::Code;
use crate::finding::Part;
use crate::role::{Role, Side};

pub(super) fn check(report: &mut Report, leaf: &Certificate<'_>) {
    let at = At::certificate(Part::Certificate, leaf);
    let role = report.role;
    if leaf.purpose(role.side()) == Purpose::Missing {
        let (code, purpose) = match role.side() {
            Side::Server => (Code::MissingServerAuth, "serverAuth"),
            Side::Client => (Code::MissingClientAuth, "clientAuth"),
        };
        report.error(
            code,
            at,
            format!(
                "its extended key usage lacks {purpose}, without which {} refuses it",
                role.verifier()
            ),
            format!("have it issued with extendedKeyUsage={purpose}"),
        );
    }
    // etcd's own gRPC gateway presents the server's certificate as a client.
    if role == Role::EtcdServer && leaf.purpose(Side::Client) == Purpose::Missing {
        report.warning(
            Code::MissingClientAuth,
            at,
            "its extended key usage lacks clientAuth; etcd's gRPC gateway presents this certificate \
             to etcd itself, and logs \"bad certificate\" without it",
            "have it issued with extendedKeyUsage=serverAuth,clientAuth",
        );
    }
    // digitalSignature.
    if leaf.lacks_usage(0) {
        let message = "its key usage lacks digitalSignature, which TLS needs";
        let help = "have it issued with keyUsage=digitalSignature";
        match role {
            Role::Manager => {
                let message =
                    format!("{message}, and browsers refuse it (ERR_SSL_KEY_USAGE_INCOMPATIBLE)");
                report.error(Code::KeyUsage, at, message, help);
            }
            _ => {
                let message = format!("{message}; Go does not look at it, OpenSSL does");
                report.warning(Code::KeyUsage, at, message, help);
            }
        }
    }
    if leaf.ca_flag() == Some(true) {
        report.warning(
            Code::CaAsLeaf,
            at,
            "it is flagged as a CA: whoever holds this key can issue certificates that are trusted here",
            "have a certificate issued with basicConstraints=CA:FALSE",
        );
    }
}

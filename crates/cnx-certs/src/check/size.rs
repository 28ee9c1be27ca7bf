//! What the objects that carry the files can hold.

use rustls_pki_types::CertificateDer;

use super::report::{At, Report};
use crate::certificate::Certificate;
use crate::code::Code;
use crate::finding::Part;
use crate::go::Release;
use crate::pem::MAX_FILE;
use crate::role::Material;

/// The most bytes of a Secret or ConfigMap (Kubernetes' `MaxSecretSize`).
const MOST: usize = 1024 * 1024;
/// The most bytes of an object's annotations (`TotalAnnotationSizeLimitB`), one
/// of which `kubectl apply` keeps the whole object in.
const MOST_ANNOTATIONS: usize = 256 * 1024;

/// The most bytes of a certificate message in Go's TLS (`maxHandshakeCertificateMsg`).
const MOST_MESSAGE: usize = 256 * 1024;
/// The same before 2024, and of any message (`maxHandshake`).
const MOST_MESSAGE_EARLIER: usize = 64 * 1024;

/// The bytes of the message that presents these certificates, without its header, in
/// TLS 1.3 (RFC 8446, section 4.4.2), in which it is larger.
pub(crate) fn message<'c>(chain: impl Iterator<Item = &'c CertificateDer<'c>>) -> usize {
    4 + chain.map(|der| der.len() + 5).sum::<usize>()
}

/// A chain that is too long for a handshake.
pub(super) fn check_message(
    report: &mut Report,
    leaf: &Certificate<'_>,
    intermediates: &[Certificate<'_>],
) {
    let chain = std::iter::once(leaf).chain(intermediates);
    let bytes = message(chain.map(|certificate| certificate.der));
    let at = At::certificate(Part::Certificate, leaf);
    let help = "leave only the certificate and its intermediates in the file";
    if bytes > MOST_MESSAGE {
        let message = format!(
            "the certificates have {bytes} bytes in a handshake, and Go's TLS takes {MOST_MESSAGE}"
        );
        report.error(Code::TooLarge, at, message, help);
    } else if bytes > MOST_MESSAGE_EARLIER {
        let message = format!(
            "the certificates have {bytes} bytes in a handshake; releases before {}, with which CNX \
             v2.3 is built, take {MOST_MESSAGE_EARLIER}",
            Release::GO_1_23
        );
        report.warning(Code::TooLarge, at, message, help);
    }
}

pub(super) fn check(report: &mut Report, material: &Material<'_>) {
    let secret = material.certificate.len() + material.key.map_or(0, <[u8]>::len);
    let carried = [
        (Part::Certificate, secret, "certificate and key"),
        (Part::Ca, material.ca.map_or(0, <[u8]>::len), "CA file"),
    ];
    for (part, bytes, what) in carried {
        let at = At { part, line: 1 };
        let help = "leave only the certificates that are needed in the file";
        if bytes > MAX_FILE {
            // Told by the reader.
        } else if bytes > MOST {
            let message = format!("{what}: {bytes} bytes; a Secret or ConfigMap holds {MOST}");
            report.error(Code::TooLarge, at, message, help);
        } else if bytes.div_ceil(3) * 4 > MOST_ANNOTATIONS {
            let message = format!(
                "{what}: {bytes} bytes; as base64 that is more than the annotation in which \
                 kubectl apply keeps the object holds ({MOST_ANNOTATIONS})"
            );
            report.warning(
                Code::TooLarge,
                at,
                message,
                format!("{help}, or use kubectl apply --server-side"),
            );
        }
    }
}

//! What the objects that carry the files can hold.

use super::report::{At, Report};
use crate::code::Code;
use crate::finding::Part;
use crate::role::Material;

/// The most bytes of a Secret or ConfigMap (Kubernetes' `MaxSecretSize`).
const MOST: usize = 1024 * 1024;
/// The most bytes of an object's annotations (`TotalAnnotationSizeLimitB`), one
/// of which `kubectl apply` keeps the whole object in.
const MOST_ANNOTATIONS: usize = 256 * 1024;

pub(super) fn check(report: &mut Report, material: &Material<'_>) {
    let secret = material.certificate.len() + material.key.map_or(0, <[u8]>::len);
    let carried = [
        (Part::Certificate, secret, "certificate and key"),
        (Part::Ca, material.ca.map_or(0, <[u8]>::len), "CA file"),
    ];
    for (part, bytes, what) in carried {
        let at = At { part, line: 1 };
        let help = "leave only the certificates that are needed in the file";
        if bytes > MOST {
            let message = format!("{what} have {bytes} bytes; a Secret or ConfigMap holds {MOST}");
            report.error(Code::TooLarge, at, message, help);
        } else if bytes.div_ceil(3) * 4 > MOST_ANNOTATIONS {
            let message = format!(
                "{what} have {bytes} bytes; as base64 that is more than the annotation in which \
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

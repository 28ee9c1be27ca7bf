//! Edit 4: `apiserver.crt` of Secret `cnx-apiserver-certs`.

use crate::material::Certificate;
use crate::plan::{Content, FileEdit};
use crate::transform::Edit;

/// Uncomments `apiserver.crt:` and sets it to the base64 of the certificate's PEM.
///
/// ```text
/// data:                          data:
///   #apiserver.crt:      ->        apiserver.crt: LS0tLS1CRUdJTi…
/// ```
pub(super) const fn apiserver_crt(certificate: &Certificate) -> FileEdit<'_> {
    FileEdit {
        edit: Edit::ApiserverCrt,
        key: "apiserver.crt",
        content: Content::Certificate(certificate),
    }
}

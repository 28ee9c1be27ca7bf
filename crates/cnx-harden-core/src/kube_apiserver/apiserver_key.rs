//! Edit 3: `apiserver.key` of Secret `cnx-apiserver-certs`.

use crate::material::PrivateKey;
use crate::plan::{Content, FileEdit};
use crate::transform::Edit;

/// Uncomments `apiserver.key:` and sets it to the base64 of the key's PEM.
///
/// ```text
/// data:                          data:
///   #apiserver.key:      ->        apiserver.key: LS0tLS1CRUdJTi…
/// ```
///
/// The API server needs both the key and the certificate: with one of them it
/// stops ("certificate and key must be supplied as a pair", k8s.io/apiserver
/// `options/serving.go`).
pub(super) const fn apiserver_key(key: &PrivateKey) -> FileEdit<'_> {
    FileEdit {
        edit: Edit::ApiserverKey,
        key: "apiserver.key",
        content: Content::Key(key),
    }
}

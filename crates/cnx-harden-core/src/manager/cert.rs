//! `cert` of Secret `cnx-manager-tls`.

use crate::edits::set_secret_data;
use crate::finding::Finding;
use crate::material::Certificate;
use crate::transform::{Edit, Outcome, Target, Transform};

/// Sets `cert` to the base64 of the certificate's PEM.
///
/// ```text
/// data:                data:
///   cert: b2xk…   ->     cert: LS0tLS1CRUdJTi…
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ManagerCert<'m> {
    /// The certificate that browsers see.
    pub(crate) certificate: &'m Certificate,
    /// Its name in the Secret.
    pub(crate) field: &'m str,
}

impl ManagerCert<'_> {
    /// The certificate's name in a Secret of the vendor's guide.
    pub(crate) const FIELD: &'static str = "cert";
}

impl Transform for ManagerCert<'_> {
    fn edit(&self) -> Edit {
        Edit::ManagerCert
    }

    fn plan(&self, target: &Target<'_, '_>) -> Result<Outcome, Finding> {
        set_secret_data(target, self.field, &self.certificate.to_base64())
    }
}

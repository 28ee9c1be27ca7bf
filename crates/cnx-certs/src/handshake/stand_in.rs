//! A server that is made up, where the real one's files are not at hand.

use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, KeyPair};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// A certificate that signs itself, and its key.
pub(super) struct StandIn {
    pub(super) certificate: CertificateDer<'static>,
    pub(super) key: PrivateKeyDer<'static>,
}

impl StandIn {
    /// Never to be resolved (RFC 6761).
    pub(super) const NAME: &'static str = "stand-in.invalid";

    pub(super) fn server() -> Result<Self, rcgen::Error> {
        let pair = KeyPair::generate()?;
        let mut params = CertificateParams::new([Self::NAME.to_owned()])?;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = params.self_signed(&pair)?;
        Ok(Self {
            certificate: certificate.der().clone(),
            key: PrivatePkcs8KeyDer::from(pair.serialize_der()).into(),
        })
    }
}

//! One end's certificate and key, as rustls takes them.

use rustls::crypto::aws_lc_rs::sign::any_supported_type;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{Error, InconsistentKeys};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use webpki::EndEntityCert;

use super::HandshakeOutcome;
use crate::certificate::Certificate;
use crate::check::message;
use crate::code::Code;
use crate::finding::{Details, Finding, Part, Severity};
use crate::help;
use crate::help::HelpPart;
use crate::pem::{CaCertificates, CertificateChain, PemError, PrivateKey};
use crate::role::{Material, Role};

/// What an end presents.
pub(super) struct End(CertifiedKey);

impl End {
    pub(super) fn new(
        chain: Vec<CertificateDer<'static>>,
        key: &PrivateKeyDer<'_>,
    ) -> Result<Self, Error> {
        Ok(Self(CertifiedKey::new(chain, any_supported_type(key)?)))
    }

    /// Reads a role's files. `Err` says why nothing can be tried with them, or,
    /// for a pair that does not match, that the program would not start.
    pub(super) fn read(material: &Material<'_>) -> Result<Self, HandshakeOutcome> {
        let role = material.role;
        let unread = |part| {
            move |error: PemError| {
                not_tried(
                    role,
                    part,
                    error.line,
                    &format!("the file cannot be read: {}", error.kind),
                )
            }
        };
        let chain =
            CertificateChain::from_pem(material.certificate).map_err(unread(Part::Certificate))?;
        let Some(key) = material.key else {
            return Err(not_tried(
                role,
                Part::Key,
                1,
                "there is no private key to shake hands with",
            ));
        };
        let key = PrivateKey::from_pem(key).map_err(unread(Part::Key))?;
        let chain = chain.der().to_vec();
        let why = || chain.first().and_then(unusable);
        if let Some(why) = too_long(&chain).or_else(why) {
            return Err(not_tried(role, Part::Certificate, 1, &why));
        }
        let end = Self::new(chain, key.der());
        let end = end.map_err(|_| {
            not_tried(
                role,
                Part::Key,
                1,
                "the private key is of a kind that cannot be used here",
            )
        })?;
        match end.0.keys_match() {
            Err(Error::InconsistentKeys(InconsistentKeys::KeyMismatch)) => {
                Err(HandshakeOutcome::Failed(Finding {
                    code: Code::HandshakeFailed,
                    severity: Severity::Error,
                    role,
                    part: Part::Key,
                    line: 1,
                    details: Details::default(),
                    message: format!(
                        "{role} does not start: the private key is not the certificate's [{}]",
                        Code::KeyMismatch
                    ),
                    help: help!["see ", HelpPart::Explain(Code::KeyMismatch.as_str())],
                }))
            }
            _ => Ok(end),
        }
    }

    pub(super) fn into_resolver(self) -> SingleCertAndKey {
        SingleCertAndKey::from(self.0)
    }
}

/// What a role's other side trusts: the CA, or else the end of the presented
/// chain.
pub(super) fn roots(
    material: &Material<'_>,
) -> Result<Vec<CertificateDer<'static>>, HandshakeOutcome> {
    let role = material.role;
    let unread = |error: PemError| {
        let why = format!("the CA file cannot be read: {}", error.kind);
        not_tried(role, Part::Ca, error.line, &why)
    };
    match material.ca {
        Some(ca) => {
            let ca = CaCertificates::for_role(role, ca).map_err(unread)?;
            match ca.unreadable().first() {
                Some(error) => Err(does_not_start(role, error)),
                None => Ok(ca.der().to_vec()),
            }
        }
        None => {
            let chain = CertificateChain::from_pem(material.certificate).map_err(unread)?;
            Ok(chain.der().last().cloned().into_iter().collect())
        }
    }
}

/// A block of a CA file that etcd and its clients take for a certificate.
fn does_not_start(role: Role, error: &PemError) -> HandshakeOutcome {
    let code = error.kind.code();
    HandshakeOutcome::Failed(Finding {
        code: Code::HandshakeFailed,
        severity: Severity::Error,
        role,
        part: Part::Ca,
        line: error.line,
        details: Details::default(),
        message: format!(
            "{} does not start: a block of the CA file is no certificate that Go reads [{code}]",
            role.verifier()
        ),
        help: help!["see ", HelpPart::Explain(code.as_str())],
    })
}

pub(super) fn not_tried(role: Role, part: Part, line: usize, why: &str) -> HandshakeOutcome {
    HandshakeOutcome::NotTried(Finding {
        code: Code::HandshakeNotTried,
        severity: Severity::Warning,
        role,
        part,
        line,
        details: Details::default(),
        message: format!("the handshake was not tried: {why}"),
        help: help!["see ", HelpPart::Explain(Code::HandshakeNotTried.as_str())],
    })
}

/// Why rustls cannot take a chain that Go might (its `MAX_HANDSHAKE_SIZE`).
fn too_long(chain: &[CertificateDer<'_>]) -> Option<String> {
    let bytes = message(chain.iter());
    (bytes > 0xffff).then(|| {
        format!("rustls takes 65535 bytes of certificates in a handshake, and these have {bytes}")
    })
}

/// Why rustls cannot use a certificate that Go might.
fn unusable(der: &CertificateDer<'static>) -> Option<String> {
    let certificate = Certificate::all(std::slice::from_ref(der), &[]);
    let bits = certificate.first().and_then(Certificate::rsa_bits);
    if let Some(bits) = bits.filter(|bits| !(2048..=8192).contains(bits)) {
        return Some(format!(
            "rustls takes RSA keys of 2048 to 8192 bits, and this has {bits}"
        ));
    }
    let error = EndEntityCert::try_from(der).err()?;
    Some(format!(
        "rustls cannot read this form of certificate: {error}"
    ))
}

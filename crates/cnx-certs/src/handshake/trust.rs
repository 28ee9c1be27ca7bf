//! What one side of a connection asks of the other's certificate.

use rustls::pki_types::{CertificateDer, ServerName, TrustAnchor, UnixTime};
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::code::Code;
use crate::role::{Identity, Side};
use crate::shown;

/// The certificates that are trusted, the rules on top, and the time.
#[derive(Clone, Debug)]
pub(super) struct Expectation {
    pub(super) roots: Vec<CertificateDer<'static>>,
    /// Which end the certificate is used at.
    pub(super) side: Side,
    /// The host that must be among the names.
    pub(super) name: Option<String>,
    /// The rule of Typha and Felix.
    pub(super) identity: Identity,
    pub(super) now: UnixTime,
}

/// Why a certificate is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refused {
    /// The code of the check that says the same.
    pub(super) code: Code,
    /// As a clause: "it has expired".
    pub(super) message: String,
}

impl Refused {
    fn new(code: Code, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { code, message }
    }
}

/// The subjects of a verified chain, the certificate's first, the root's last.
pub(super) type Path = Vec<String>;

impl Expectation {
    /// Verifies a presented chain: its way to a root, then name and identity.
    pub(super) fn verify(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
    ) -> Result<Path, Refused> {
        let path = self.chain(certificate, intermediates)?;
        if let Some(name) = &self.name {
            covers(certificate, name)?;
        }
        self.identity(certificate)?;
        Ok(path)
    }

    fn chain(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
    ) -> Result<Path, Refused> {
        let unreadable = |_| Refused::new(Code::BadCertificate, "it is not an X.509 certificate");
        let leaf = EndEntityCert::try_from(certificate).map_err(unreadable)?;
        let trusted = self
            .roots
            .iter()
            .filter_map(|der| Some((der, anchor_from_trusted_cert(der).ok()?)));
        let (ders, anchors): (Vec<_>, Vec<TrustAnchor<'_>>) = trusted.unzip();
        let usage = match self.side {
            Side::Server => KeyUsage::server_auth(),
            Side::Client => KeyUsage::client_auth(),
        };
        let algorithms = webpki::ALL_VERIFICATION_ALGS;
        let now = self.now;
        let path =
            leaf.verify_for_usage(algorithms, &anchors, intermediates, now, usage, None, None);
        let path = match path {
            Ok(path) => path,
            // Go takes a certificate that is itself among the roots (verify.go).
            Err(webpki::Error::CaUsedAsEndEntity | webpki::Error::UnknownIssuer)
                if self.roots.iter().any(|root| root == certificate) =>
            {
                return Ok(vec![shown::subject(certificate)]);
            }
            Err(error) => return Err(self.refusal(&error)),
        };
        let mut names = vec![shown::subject(certificate)];
        let between = path.intermediate_certificates();
        names.extend(between.map(|der| shown::subject(&der.der())));
        let anchor = path.anchor();
        let root = anchors.iter().position(|a| {
            a.subject == anchor.subject
                && a.subject_public_key_info == anchor.subject_public_key_info
        });
        names.extend(
            root.and_then(|n| ders.get(n))
                .map(|der| shown::subject(der)),
        );
        Ok(names)
    }

    fn refusal(&self, error: &webpki::Error) -> Refused {
        use webpki::Error as E;
        let (code, message) = match error {
            E::CertExpired { .. } => (Code::Expired, "it, or one above it, has expired"),
            E::CertNotValidYet { .. } => {
                (Code::NotYetValid, "it, or one above it, is not valid yet")
            }
            E::RequiredEkuNotFoundContext(_) | E::EmptyEkuExtension => match self.side {
                Side::Server => (
                    Code::MissingServerAuth,
                    "its extended key usage lacks serverAuth",
                ),
                Side::Client => (
                    Code::MissingClientAuth,
                    "its extended key usage lacks clientAuth",
                ),
            },
            E::UnknownIssuer => (Code::UnknownIssuer, "no trusted certificate has issued it"),
            E::InvalidSignatureForPublicKey => (
                Code::IssuerKeyMismatch,
                "the trusted certificate of its issuer's name has another key",
            ),
            E::CaUsedAsEndEntity => (Code::CaAsLeaf, "it is a CA's own certificate"),
            E::EndEntityUsedAsCa => (Code::NotACa, "its issuer is not a CA"),
            E::NameConstraintViolation => (
                Code::NameConstraints,
                "the name constraints of a CA exclude its names",
            ),
            E::PathLenConstraintViolated => (
                Code::PathLength,
                "there are more intermediates than a CA allows",
            ),
            _ => return Refused::new(Code::UntrustedChain, error.to_string()),
        };
        Refused::new(code, message)
    }

    /// Typha and Felix: one of the two, exactly; nothing where neither is set.
    fn identity(&self, certificate: &CertificateDer<'_>) -> Result<(), Refused> {
        let Identity {
            common_name,
            uri_san,
        } = &self.identity;
        if common_name.is_none() && uri_san.is_none() {
            return Ok(());
        }
        let (cn, uris) = identity_of(certificate);
        let named = common_name.as_ref().is_some_and(|c| cn.as_ref() == Some(c));
        if named || uri_san.as_ref().is_some_and(|uri| uris.contains(uri)) {
            return Ok(());
        }
        let quoted = |what: &str, value: &str| format!("{what} {:?}", shown::text(value));
        let wanted: Vec<_> = [
            common_name.as_deref().map(|cn| quoted("Common Name", cn)),
            uri_san.as_deref().map(|uri| quoted("URI SAN", uri)),
        ]
        .into_iter()
        .flatten()
        .collect();
        let mut has: Vec<_> = cn.iter().map(|cn| quoted("Common Name", cn)).collect();
        has.extend(uris.iter().map(|uri| quoted("URI SAN", uri)));
        if has.is_empty() {
            has.push("neither Common Name nor URI SAN".to_owned());
        }
        let (has, wanted) = (has.join(", "), wanted.join(" or "));
        let message = format!("it has {has}, and {wanted} is asked for");
        Err(Refused::new(Code::IdentityMismatch, message))
    }
}

/// The Common Name (Go takes the last) and the URIs of a certificate.
fn identity_of(der: &[u8]) -> (Option<String>, Vec<String>) {
    let Ok((_, certificate)) = X509Certificate::from_der(der) else {
        return (None, Vec::new());
    };
    let names = certificate.subject().iter_common_name();
    let cn = names.filter_map(|cn| cn.as_str().ok()).last();
    let mut uris = Vec::new();
    if let Ok(Some(names)) = certificate.subject_alternative_name() {
        for name in &names.value.general_names {
            if let GeneralName::URI(uri) = name {
                uris.push((*uri).to_owned());
            }
        }
    }
    (cn.map(str::to_owned), uris)
}

fn covers(certificate: &CertificateDer<'_>, name: &str) -> Result<(), Refused> {
    let shown_name = shown::text(name);
    let Ok(server_name) = ServerName::try_from(name) else {
        let message = format!("{shown_name:?} is neither a DNS name nor an IP address");
        return Err(Refused::new(Code::NameMismatch, message));
    };
    let leaf = EndEntityCert::try_from(certificate)
        .map_err(|_| Refused::new(Code::BadCertificate, "it is not an X.509 certificate"))?;
    match leaf.verify_is_valid_for_subject_name(&server_name) {
        Ok(()) => Ok(()),
        Err(_) if !has_names(certificate) => Err(Refused::new(
            Code::CommonNameOnly,
            format!("it has no subject alternative name, and {shown_name} is asked for"),
        )),
        Err(_) => Err(Refused::new(
            Code::NameMismatch,
            format!("none of its subject alternative names covers {shown_name}"),
        )),
    }
}

fn has_names(der: &[u8]) -> bool {
    X509Certificate::from_der(der)
        .is_ok_and(|(_, c)| matches!(c.subject_alternative_name(), Ok(Some(_))))
}

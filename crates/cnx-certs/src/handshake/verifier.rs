//! The verifiers that rustls calls: the rules are those of the checks, and the
//! handshake's own signatures are left to the provider.

use std::sync::Mutex;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, Error, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use crate::check::{Expectation, verify};
use crate::code::Code;
use crate::finding::Finding;

/// The subjects of a chain, or why it is refused.
pub(super) type Verdict = Result<Vec<String>, Finding>;

/// Verifies the certificate of the other side, and remembers what it found.
#[derive(Debug)]
pub(super) struct Verifier {
    expectation: Expectation,
    algorithms: WebPkiSupportedAlgorithms,
    verdict: Mutex<Option<Verdict>>,
}

impl Verifier {
    pub(super) const fn new(
        expectation: Expectation,
        algorithms: WebPkiSupportedAlgorithms,
    ) -> Self {
        Self {
            expectation,
            algorithms,
            verdict: Mutex::new(None),
        }
    }

    /// What became of the certificate; none if none was presented.
    pub(super) fn verdict(&self) -> Option<Verdict> {
        self.verdict.lock().ok().and_then(|verdict| verdict.clone())
    }

    fn verify(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
    ) -> Result<(), Error> {
        let presented_chain = std::iter::once(certificate).chain(intermediates);
        let chain: Vec<_> = presented_chain
            .map(|der| der.clone().into_owned())
            .collect();
        let verdict = verify(&chain, &self.expectation);
        // The alert that the other side gets is chosen by this.
        let result = match &verdict {
            Ok(_) => Ok(()),
            Err(refused) => Err(Error::InvalidCertificate(match refused.code {
                Code::Expired => CertificateError::Expired,
                Code::NotYetValid => CertificateError::NotValidYet,
                Code::UnknownIssuer => CertificateError::UnknownIssuer,
                Code::NameMismatch | Code::CommonNameOnly => CertificateError::NotValidForName,
                Code::MissingServerAuth | Code::MissingClientAuth => {
                    CertificateError::InvalidPurpose
                }
                Code::BadCertificate => CertificateError::BadEncoding,
                _ => CertificateError::ApplicationVerificationFailure,
            })),
        };
        if let Ok(mut slot) = self.verdict.lock() {
            *slot = Some(verdict);
        }
        result
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.verify(end_entity, intermediates)
            .map(|()| ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

impl ClientCertVerifier for Verifier {
    /// None: the client is to present what it has, and to be told what is wrong
    /// with it. (Go's client keeps back what no named CA has issued.)
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        self.verify(end_entity, intermediates)
            .map(|()| ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

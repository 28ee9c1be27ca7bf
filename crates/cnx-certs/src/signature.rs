//! Whether one certificate's key made another's signature.

use std::fmt;

use aws_lc_rs::signature::{
    RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
    RSA_PKCS1_2048_8192_SHA384, RsaParameters, UnparsedPublicKey,
};
use rustls_pki_types::{
    AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm, alg_id,
};

use crate::certificate::Certificate;

/// RSA with keys of 1024 bits too, which Go still verifies and webpki by itself
/// does not. They are a warning, not an error.
struct Rsa {
    parameters: &'static RsaParameters,
    id: AlgorithmIdentifier,
}

impl fmt::Debug for Rsa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rsa")
    }
}

impl SignatureVerificationAlgorithm for Rsa {
    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let key = UnparsedPublicKey::new(self.parameters, public_key);
        key.verify(message, signature).map_err(|_| InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::RSA_ENCRYPTION
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.id
    }
}

/// The algorithms that Go verifies certificates' signatures with: no SHA-1, no MD5.
pub(crate) static ALGORITHMS: &[&dyn SignatureVerificationAlgorithm] = &[
    &Rsa {
        parameters: &RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
        id: alg_id::RSA_PKCS1_SHA256,
    },
    &Rsa {
        parameters: &RSA_PKCS1_2048_8192_SHA384,
        id: alg_id::RSA_PKCS1_SHA384,
    },
    &Rsa {
        parameters: &RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
        id: alg_id::RSA_PKCS1_SHA512,
    },
    webpki::aws_lc_rs::RSA_PSS_2048_8192_SHA256_LEGACY_KEY,
    webpki::aws_lc_rs::RSA_PSS_2048_8192_SHA384_LEGACY_KEY,
    webpki::aws_lc_rs::RSA_PSS_2048_8192_SHA512_LEGACY_KEY,
    webpki::aws_lc_rs::ECDSA_P256_SHA256,
    webpki::aws_lc_rs::ECDSA_P256_SHA384,
    webpki::aws_lc_rs::ECDSA_P256_SHA512,
    webpki::aws_lc_rs::ECDSA_P384_SHA256,
    webpki::aws_lc_rs::ECDSA_P384_SHA384,
    webpki::aws_lc_rs::ECDSA_P384_SHA512,
    webpki::aws_lc_rs::ECDSA_P521_SHA256,
    webpki::aws_lc_rs::ECDSA_P521_SHA384,
    webpki::aws_lc_rs::ECDSA_P521_SHA512,
    webpki::aws_lc_rs::ED25519,
];

/// Whether `issuer`'s key made the signature of `certificate`.
pub(crate) fn is_signed_by(certificate: &Certificate<'_>, issuer: &Certificate<'_>) -> bool {
    let x509 = &certificate.x509;
    let key = issuer.x509.public_key().subject_public_key.data.as_ref();
    let signature = x509.signature_value.data.as_ref();
    let oid = x509.signature_algorithm.algorithm.as_bytes();
    // The parameters decide between variants of an algorithm, of which one fits.
    let same = |id: AlgorithmIdentifier, oid: &[u8]| match id.as_ref() {
        [0x06, length, rest @ ..] => rest.get(..usize::from(*length)) == Some(oid),
        _ => false,
    };
    let message = x509.tbs_certificate.as_ref();
    let mut fitting = ALGORITHMS
        .iter()
        .filter(|algorithm| same(algorithm.signature_alg_id(), oid));
    fitting.any(|algorithm| algorithm.verify_signature(key, message, signature).is_ok())
}

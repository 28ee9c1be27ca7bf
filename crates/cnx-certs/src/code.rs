//! The codes of findings: stable names, each with a page of documentation.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;

macro_rules! codes {
    ($($name:ident $code:literal $summary:literal;)*) => {
        /// What is wrong with a certificate, a key or a file of them. The name of
        /// each in kebab-case is stable.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $(#[doc = $summary] $name,)*
        }

        impl Code {
            /// All codes, in the order in which the checks are made.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The stable name, in kebab-case.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }

            /// What it says, in one line.
            #[must_use]
            pub const fn summary(self) -> &'static str {
                match self {
                    $(Self::$name => $summary,)*
                }
            }

            /// Its page, as Markdown: the cause, how it fails in a cluster, the remedy.
            #[must_use]
            pub const fn page(self) -> &'static str {
                match self {
                    $(Self::$name => include_str!(concat!("codes/", $code, ".md")),)*
                }
            }
        }
    };
}

codes! {
    EmptyFile "empty-file" "The file is empty.";
    NotPem "not-pem" "The file has no PEM block.";
    DerNotPem "der-not-pem" "The file is DER (binary), not PEM.";
    Pkcs12NotPem "pkcs12-not-pem" "The file is a PKCS#12 archive, not PEM.";
    Pkcs7NotPem "pkcs7-not-pem" "The file is PKCS#7, not PEM certificates.";
    Utf16 "utf-16" "The file is text in UTF-16.";
    ByteOrderMark "byte-order-mark" "A byte order mark hides a PEM block from Go.";
    Base64OfPem "base64-of-pem" "The file is base64 of a PEM file: the encoding would be applied twice.";
    MissingLineBreak "missing-line-break" "The Manager's certificate does not end with a line break.";
    TruncatedPem "truncated-pem" "A PEM block has no END line.";
    OneLinePem "one-line-pem" "A PEM block's frame and body are on one line.";
    IndentedPem "indented-pem" "A PEM block is indented, and Go skips such blocks.";
    WrongPemEnd "wrong-pem-end" "A PEM block ends with another label than it begins with.";
    TrailingJunk "trailing-junk" "Something stands behind a PEM frame on its line, and Go skips the block.";
    BadBase64 "bad-base64" "A PEM block's body is not base64.";
    EncryptedKey "encrypted-key" "The private key is encrypted.";
    SeveralKeys "several-keys" "There is more than one private key.";
    KeyInsteadOfCertificate "key-instead-of-certificate" "A private key, where only certificates may be.";
    CertificateInsteadOfKey "certificate-instead-of-key" "A certificate, where a private key must be.";
    PublicKey "public-key" "A public key, which is neither a certificate nor a private key.";
    SigningRequest "signing-request" "A signing request (CSR), not the certificate made of it.";
    PemHeaders "pem-headers" "A certificate's PEM block has headers, and Go skips such blocks in a CA file.";
    SkippedBlock "skipped-block" "A PEM block of a kind that Go skips.";
    TextAfterPem "text-after-pem" "Text stands behind the last PEM block.";
    BadCertificate "bad-certificate" "A certificate that Go does not read.";
    NegativeSerial "negative-serial" "The certificate's serial number is negative.";
    UnknownCriticalExtension "unknown-critical-extension" "A critical extension that no verifier here knows.";
    UnusableKey "unusable-key" "The private key is damaged, or of a kind that TLS does not use.";
    KeyMismatch "key-mismatch" "The private key is not the certificate's.";
    WrongOrder "wrong-order" "The certificate of the private key is not the first of its file.";
    UnorderedChain "unordered-chain" "The intermediates do not follow each other, or do not belong to the chain.";
    UnknownIssuer "unknown-issuer" "The certificate's issuer is not in any of the files.";
    IssuerKeyMismatch "issuer-key-mismatch" "A CA has the issuer's name and another key.";
    DamagedSignature "damaged-signature" "The signature is not what the issuer's key made of this certificate.";
    NotACa "not-a-ca" "A certificate that signs others is not flagged as a CA.";
    CaKeyUsage "ca-key-usage" "A CA's key usage does not let it sign certificates.";
    CaExtendedKeyUsage "ca-extended-key-usage" "A CA's extended key usage excludes the role.";
    PathLength "path-length" "More intermediates than a CA allows below it.";
    NameConstraints "name-constraints" "A CA's name constraints exclude the certificate's names.";
    CertificatePolicies "certificate-policies" "A certificate policy is required, and none holds along the chain.";
    UntrustedChain "untrusted-chain" "No chain from the certificate to the CA can be verified.";
    CaAsLeaf "ca-as-leaf" "A CA's own certificate is used to serve or to log in.";
    CommonNameOnly "common-name-only" "The certificate has a Common Name and no subject alternative name.";
    NameMismatch "name-mismatch" "No subject alternative name covers the name that the other side asks for.";
    IdentityMismatch "identity-mismatch" "Neither Common Name nor URI SAN is what the other side compares with.";
    MissingServerAuth "missing-server-auth" "The extended key usage lacks serverAuth.";
    MissingClientAuth "missing-client-auth" "The extended key usage lacks clientAuth.";
    KeyUsage "key-usage" "The key usage lacks digitalSignature.";
    NotYetValid "not-yet-valid" "The certificate is not valid yet.";
    Expired "expired" "The certificate has expired.";
    ExpiresSoon "expires-soon" "The certificate expires soon.";
    CaNotYetValid "ca-not-yet-valid" "A CA's certificate is not valid yet.";
    CaExpired "ca-expired" "A CA's certificate has expired.";
    CaExpiresSoon "ca-expires-soon" "A CA's certificate expires soon.";
    OutlivesCa "outlives-ca" "The certificate is valid for longer than its CA.";
    Sha1Signature "sha1-signature" "A signature is made with SHA-1.";
    Md5Signature "md5-signature" "A signature is made with MD5.";
    UnsupportedSignature "unsupported-signature" "A signature is made by an algorithm that Go does not verify.";
    SignatureNotTried "signature-not-tried" "A signature that Go verifies and that could not be verified here.";
    RsaKeySize "rsa-key-size" "An RSA key is too small, or too large.";
    UnsupportedKey "unsupported-key" "A public key of a kind or on a curve that the other side cannot use.";
    Ed25519Key "ed25519-key" "An Ed25519 key, which early releases cannot use.";
    SharedKey "shared-key" "Two roles use the same private key.";
    TooLarge "too-large" "The files are larger than what carries them may be.";
    HandshakeFailed "handshake-failed" "The TLS handshake failed.";
    HandshakeNotTried "handshake-not-tried" "The TLS handshake could not be tried here.";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Code {
    type Err = UnknownCode;

    fn from_str(name: &str) -> Result<Self, UnknownCode> {
        let found = Self::ALL.iter().find(|code| code.as_str() == name);
        found.copied().ok_or_else(|| UnknownCode(name.to_owned()))
    }
}

impl Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl JsonSchema for Code {
    fn schema_name() -> Cow<'static, str> {
        "CertificateCode".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let codes: Vec<_> = Self::ALL.iter().map(|code| code.as_str()).collect();
        json_schema!({ "description": "The code of a finding on certificates.", "enum": codes })
    }
}

/// A name that is no [`Code`]'s.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no finding {0:?}")]
pub struct UnknownCode(pub String);

//! What can be wrong with a PEM file.

use crate::code::Code;
use crate::go::Unreadable;

/// Why a file cannot be used, or what of it will not be. No content of the file
/// is in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {kind} [{}]", .kind.code())]
pub struct PemError {
    /// From 1.
    pub line: usize,
    /// What is wrong.
    pub kind: PemErrorKind,
}

impl PemError {
    pub(super) const fn at(line: usize, kind: PemErrorKind) -> Self {
        Self { line, kind }
    }

    /// What to do.
    #[must_use]
    pub const fn help(&self) -> &'static str {
        self.kind.help()
    }
}

macro_rules! kinds {
    (@code $name:ident) => { Code::$name };
    (@code $name:ident $code:ident) => { Code::$code };
    ($($(#[$doc:meta])* $name:ident $(($field:ty))? $(=> $code:ident)?, $message:literal, $help:literal;)*) => {
        /// What is wrong with a PEM file.
        #[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
        #[non_exhaustive]
        pub enum PemErrorKind {
            $($(#[$doc])* #[error($message)] $name $(($field))?,)*
        }

        impl PemErrorKind {
            /// Its stable name.
            #[must_use]
            pub const fn code(&self) -> Code {
                match self {
                    $(Self::$name { .. } => kinds!(@code $name $($code)?),)*
                }
            }

            /// What to do.
            #[must_use]
            pub const fn help(&self) -> &'static str {
                match self {
                    $(Self::$name { .. } => $help,)*
                }
            }
        }
    };
}

kinds! {
    /// Nothing but white space.
    EmptyFile, "the file is empty",
        "give the file that your authority sent, as PEM";
    /// More than [`MAX_FILE`](crate::MAX_FILE) bytes.
    TooLarge, "the file has more than 8 MiB, and is not read; a Secret or ConfigMap holds 1 MiB",
        "give the certificates that are needed, or the key, alone";
    /// No PEM block.
    NotPem, "there is no PEM block (-----BEGIN …)",
        "give the file that your authority sent, as PEM";
    /// Binary ASN.1.
    DerNotPem, "this is DER (binary), not PEM",
        "convert it: openssl x509 -inform der -in FILE (a certificate) or openssl pkey -inform der -in FILE (a key)";
    /// A binary PKCS#12 archive.
    Pkcs12NotPem, "this is a PKCS#12 archive (.p12, .pfx), not PEM",
        "take the parts out: openssl pkcs12 -in FILE -nodes -nokeys, and -nocerts for the key";
    /// PKCS#7, in binary or as PEM.
    Pkcs7NotPem, "this is PKCS#7 (.p7b, .p7c), which Go does not read",
        "take the certificates out: openssl pkcs7 -print_certs -in FILE (with -inform der where it is binary)";
    /// UTF-16, as some Windows editors write.
    Utf16, "this is text in UTF-16",
        "save the file as UTF-8 or ASCII";
    /// A UTF-8 byte order mark right before a block, which Go does not see then.
    ByteOrderMark, "a byte order mark stands before a PEM block, and Go skips that block",
        "save the file without a byte order mark: sed -i 's/^\\xEF\\xBB\\xBF//' FILE";
    /// PEM in base64, as Kubernetes' Secrets hold it.
    Base64OfPem, "this is base64 of a PEM file: the encoding is made here, once",
        "give the PEM file itself: base64 -d FILE";
    /// A block without an end.
    TruncatedPem, "the PEM block has no END line",
        "the file was cut off; fetch it again";
    /// The line breaks were lost, as in an environment variable.
    OneLinePem, "the PEM block's frame and body are on one line",
        "put the line breaks back, behind the BEGIN line and before the END line";
    /// White space before BEGIN or END, as when a block is copied out of YAML.
    IndentedPem, "the PEM block is indented, and Go skips such blocks",
        "take the white space out of the beginnings of the lines: sed -i 's/^[ \\t]*//' FILE";
    /// The END line names another label.
    WrongPemEnd, "the PEM block ends with another label than it begins with",
        "the file was put together wrongly; fetch it again";
    /// Something behind the dashes of END, as when files without a final line
    /// break are joined.
    TrailingJunk, "something stands behind the dashes of the PEM block's END line, and Go skips such blocks",
        "put what follows the dashes on a line of its own, or remove it";
    /// A block's body is not base64.
    BadBase64, "the PEM block's body is not base64",
        "the file was damaged; fetch it again";
    /// A key that asks for a passphrase.
    EncryptedKey, "the private key is encrypted, and no component of CNX asks for a passphrase",
        "decrypt it: openssl pkey -in FILE -out plain.key";
    /// More than one private key.
    SeveralKeys, "there is more than one private key; Go takes the first",
        "leave the certificate's key alone in the file";
    /// A private key where certificates belong.
    KeyInsteadOfCertificate, "a private key, where only certificates may be",
        "give the certificate's file; whoever reads the manifest's certificates would read the key";
    /// A certificate where a private key belongs.
    CertificateInsteadOfKey, "a certificate, where a private key must be",
        "give the key's file";
    /// A public key.
    PublicKey, "this is a public key",
        "give the certificate or the private key instead";
    /// A certificate signing request.
    SigningRequest, "this is a signing request (CSR), not what the authority made of it",
        "give the certificate that the authority sent back";
    /// A certificate block that Go skips.
    PemHeaders, "the certificate's PEM block has headers: in a CA file Go skips it, unless it is etcd's, and OpenSSL does not read it",
        "take the headers out: sed -i '/:/d' FILE";
    /// Another kind of block.
    SkippedBlock(String), "a PEM block {0:?}, which Go skips",
        "leave the certificates (or the private key) alone in the file";
    /// A certificate in another kind of block, in a CA file of etcd.
    OtherLabel(String) => SkippedBlock, "a certificate in a PEM block {0:?}, which etcd and its clients read, and others skip",
        "give its BEGIN and END lines the label CERTIFICATE";
    /// Words behind the last block.
    TextAfterPem, "text stands behind the last PEM block, and is not read",
        "remove it, unless it is a remark";
    /// A serial number that Go does not read since 1.23.
    NegativeSerial, "the serial number is negative, and Go 1.23 (Kubernetes 1.32) and later do not read such a certificate (RFC 5280, 4.1.2.2)",
        "have it issued anew with a positive serial number";
    /// The body is no X.509 certificate, or none that Go reads.
    BadCertificate(Unreadable), "Go does not read this certificate: {0}",
        "have it issued anew without that; to look at it: openssl x509 -in FILE -noout -text";
}

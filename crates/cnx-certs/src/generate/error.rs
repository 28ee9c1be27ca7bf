//! Why no certificate was made.

use time::Date;

use super::name::NameError;
use crate::check::PairError;
use crate::help;
use crate::help::{Help, Setting};
use crate::role::Role;

/// Why a certificate, a request or an authority could not be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GenerateError {
    /// A name that no certificate can be made for.
    #[error(transparent)]
    Name(#[from] NameError),
    /// A server that nobody could ask for.
    #[error("the certificate of {} needs the name that {} asks for", .0, .0.verifier())]
    NoName(Role),
    /// The authority's key is another certificate's.
    #[error("the authority's key and certificate: {} [{}]", .0, .0.code())]
    Pair(#[from] PairError),
    /// A certificate of a server or of a client.
    #[error("the certificate is not a CA's (basic constraints) [not-a-ca]")]
    NotACa,
    /// A key usage without `keyCertSign`.
    #[error("the CA's key usage does not let it sign certificates [ca-key-usage]")]
    MayNotSign,
    /// It begins later.
    #[error("the CA is not valid before {0} [ca-not-yet-valid]")]
    NotYetValid(Date),
    /// It is over.
    #[error("the CA expired on {0} [ca-expired]")]
    Expired(Date),
    /// The CA's subject has a part that rcgen cannot repeat as the issuer: two
    /// attributes of one type (as Active Directory's `DC=corp, DC=example`).
    #[error("the CA's name cannot be repeated exactly in the certificates that it issues")]
    AuthorityName,
    /// An authority whose certificates no browser accepts.
    #[error(
        "the CA has an Ed25519 key, and browsers accept no certificate below it [unsupported-key]"
    )]
    BrowserKey,
    /// An RSA key that is too small to sign with.
    #[error(
        "the CA has an RSA key of {0} bits, and certificates are made with 2048 and more [rsa-key-size]"
    )]
    SmallKey(usize),
    /// A certificate or a request that cannot be read.
    #[error("not an X.509 certificate or request that can be read")]
    Unreadable,
    /// Later than the year 9999.
    #[error("the dates are out of the range that certificates have")]
    Date,
    /// The cryptography gave no key or signature.
    #[error("the system's cryptography failed")]
    Cryptography,
}

impl GenerateError {
    /// What to do.
    #[must_use]
    pub fn help(&self) -> Help {
        let help = match self {
            Self::Name(_) | Self::NoName(_) => {
                "give the names as clients ask for them, without scheme, port and path"
            }
            Self::Pair(error) => error.help(),
            Self::NotACa | Self::MayNotSign => {
                return help![
                    "give a CA that may sign, or make requests for one with ",
                    Setting::SigningRequests
                ];
            }
            Self::NotYetValid(_) => "check the clock, or use another CA",
            Self::Expired(_) => "use another CA, or make a new one in another folder",
            Self::AuthorityName => {
                return help![
                    "make requests instead (",
                    Setting::SigningRequests,
                    "), and let the CA's own software sign them"
                ];
            }
            Self::BrowserKey => "use a CA with ECDSA P-256 or RSA for the Manager",
            Self::SmallKey(_) => {
                return help![
                    "use another CA, or make requests for this one with ",
                    Setting::SigningRequests
                ];
            }
            Self::Unreadable => "look at it: openssl x509 -in FILE -noout -text",
            Self::Date => "give fewer days, or check the clock",
            Self::Cryptography => "try it again; if it stays, look at the system's random numbers",
        };
        help.into()
    }
}

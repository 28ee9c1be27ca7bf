//! By what name the two sides know each other.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

/// A Common Name or a URI SAN that a side asks the other's certificate for.
///
/// ```
/// use cnx_harden_core::typha::PeerName;
/// assert!(PeerName::new("typha-server").is_ok());
/// assert!(PeerName::new("None").is_err(), "Typha and Felix take that for no name");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
pub struct PeerName(String);

/// Why a text is no [`PeerName`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PeerNameError {
    /// Nothing, or blanks around it.
    #[error("a name must have characters, and no blanks around them")]
    Blank,
    /// `none`, by which Typha and Felix unset a parameter.
    #[error("`none` means no name to Typha and Felix")]
    None,
    /// A line break or the like.
    #[error("a name cannot hold control characters")]
    Control,
}

impl PeerName {
    /// Checks the name.
    ///
    /// # Errors
    ///
    /// Where Typha or Felix would not take it for a name.
    pub fn new(name: impl Into<String>) -> Result<Self, PeerNameError> {
        let name = name.into();
        match name.as_str() {
            text if text.is_empty() || text.trim() != text => Err(PeerNameError::Blank),
            text if text.eq_ignore_ascii_case("none") => Err(PeerNameError::None),
            text if text.contains(char::is_control) => Err(PeerNameError::Control),
            _ => Ok(Self(name)),
        }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PeerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a side accepts in the other's certificate, each compared as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum AcceptedIdentity {
    /// The subject's Common Name.
    CommonName(PeerName),
    /// A URI among the subject alternative names, as SPIFFE has it.
    UriSan(PeerName),
    /// Either of them: the way from one to the other.
    #[serde(rename_all = "camelCase")]
    Both {
        /// The subject's Common Name.
        common_name: PeerName,
        /// A URI among the subject alternative names.
        uri_san: PeerName,
    },
}

impl AcceptedIdentity {
    /// The one for what is given; none where nothing is.
    #[must_use]
    pub fn of(common_name: Option<PeerName>, uri_san: Option<PeerName>) -> Option<Self> {
        match (common_name, uri_san) {
            (Some(common_name), Some(uri_san)) => Some(Self::Both {
                common_name,
                uri_san,
            }),
            (Some(name), None) => Some(Self::CommonName(name)),
            (None, Some(name)) => Some(Self::UriSan(name)),
            (None, None) => None,
        }
    }

    /// The same, as the checks of certificates take it.
    pub(crate) fn to_check(&self) -> cnx_certs::Identity {
        cnx_certs::Identity {
            common_name: self.common_name().map(|name| name.as_str().to_owned()),
            uri_san: self.uri_san().map(|name| name.as_str().to_owned()),
        }
    }

    /// The Common Name that is accepted.
    #[must_use]
    pub const fn common_name(&self) -> Option<&PeerName> {
        match self {
            Self::CommonName(name)
            | Self::Both {
                common_name: name, ..
            } => Some(name),
            Self::UriSan(_) => None,
        }
    }

    /// The URI that is accepted.
    #[must_use]
    pub const fn uri_san(&self) -> Option<&PeerName> {
        match self {
            Self::UriSan(name) | Self::Both { uri_san: name, .. } => Some(name),
            Self::CommonName(_) => None,
        }
    }
}

/// What Felix accepts in Typha's certificate.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct ServerIdentity(pub AcceptedIdentity);

/// What Typha accepts in Felix's certificate.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct ClientIdentity(pub AcceptedIdentity);

/// The vendor's page's names.
impl Default for ServerIdentity {
    fn default() -> Self {
        Self(AcceptedIdentity::CommonName(PeerName(
            "typha-server".to_owned(),
        )))
    }
}

/// The vendor's page's names.
impl Default for ClientIdentity {
    fn default() -> Self {
        Self(AcceptedIdentity::CommonName(PeerName(
            "typha-client".to_owned(),
        )))
    }
}

/// What a hardened manifest's two sides accept of each other: the names that
/// their certificates must have.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Peers {
    /// The input that holds Typha.
    pub file: String,
    /// Of Typha's certificate.
    pub server: ServerIdentity,
    /// Of Felix's certificate.
    pub client: ClientIdentity,
}

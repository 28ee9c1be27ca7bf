//! What a role's certificate says.

use std::net::IpAddr;

use rcgen::string::Ia5String;
use rcgen::{CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose as Purpose};
use rcgen::{IsCa, KeyUsagePurpose, SanType};
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer as _, X509Certificate, X509CertificationRequest, X509Name};

use super::error::GenerateError;
use super::key::KeyKind;
use super::name::{Host, TrustDomain};
use crate::pem::CertificateChain;
use crate::role::{Identity, Role};

/// What a role's certificate says: the subject's Common Name, and the subject
/// alternative names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateProfile {
    /// Whose certificate it is.
    pub role: Role,
    /// The subject's Common Name. Typha and Felix compare it, etcd takes it for
    /// the user's name; for all others it is for people alone.
    pub common_name: String,
    /// The names and addresses by which the server is asked for.
    pub hosts: Vec<Host>,
    /// A SPIFFE ID, as a subject alternative name of type URI.
    pub uri: Option<String>,
}

impl CertificateProfile {
    /// The profile of a role. `hosts` are for the API server, for etcd and for the
    /// Manager; Typha and Felix are known by their Common Name (`typha-server` and
    /// `typha-client`, the vendor's defaults), and in a trust domain by their
    /// SPIFFE ID as well, so that both ways work while a cluster migrates.
    ///
    /// # Errors
    ///
    /// [`GenerateError::NoName`] if a role that is asked for by name has none.
    pub fn new(
        role: Role,
        hosts: &[Host],
        domain: Option<&TrustDomain>,
    ) -> Result<Self, GenerateError> {
        let (common_name, by_name, workload) = match role {
            Role::ApiServer => ("cnx-apiserver", true, None),
            Role::EtcdClient => ("calico-etcd-client", false, None),
            Role::EtcdServer => ("etcd-server", true, None),
            Role::TyphaServer => ("typha-server", false, Some("typha-server")),
            Role::TyphaClient => ("typha-client", false, Some("typha-client")),
            Role::Manager => ("cnx-manager", true, None),
        };
        if by_name && hosts.is_empty() {
            return Err(GenerateError::NoName(role));
        }
        let mut own = Vec::new();
        for host in hosts.iter().filter(|_| by_name) {
            if !own.contains(host) {
                own.push(host.clone());
            }
        }
        let uri = domain.zip(workload).map(|(domain, name)| domain.id(name));
        Ok(Self {
            role,
            common_name: common_name.to_owned(),
            hosts: own,
            uri,
        })
    }

    /// The profile that a request (CSR, RFC 2986, as PEM) asks for.
    ///
    /// # Errors
    ///
    /// [`GenerateError::Unreadable`].
    pub fn of_request(role: Role, pem: &[u8]) -> Result<Self, GenerateError> {
        let (label, der) = pem_rfc7468::decode_vec(pem).map_err(|_| GenerateError::Unreadable)?;
        if !label.ends_with("CERTIFICATE REQUEST") {
            return Err(GenerateError::Unreadable);
        }
        let parsed = X509CertificationRequest::from_der(&der);
        let (_, request) = parsed.map_err(|_| GenerateError::Unreadable)?;
        let extensions = request.requested_extensions().into_iter().flatten();
        let names = extensions.filter_map(|extension| match extension {
            x509_parser::extensions::ParsedExtension::SubjectAlternativeName(names) => Some(names),
            _ => None,
        });
        let names = names.flat_map(|names| &names.general_names);
        let subject = &request.certification_request_info.subject;
        Self::read(role, subject, names)
    }

    /// The profile that the first certificate has.
    ///
    /// # Errors
    ///
    /// [`GenerateError::Unreadable`].
    pub fn of_certificate(role: Role, chain: &CertificateChain) -> Result<Self, GenerateError> {
        let der = chain.der().first().ok_or(GenerateError::Unreadable)?;
        let parsed = X509Certificate::from_der(der);
        let (_, certificate) = parsed.map_err(|_| GenerateError::Unreadable)?;
        let names = certificate.subject_alternative_name();
        let names = names.map_err(|_| GenerateError::Unreadable)?;
        let names = names.iter().flat_map(|names| &names.value.general_names);
        Self::read(role, certificate.subject(), names)
    }

    fn read<'n>(
        role: Role,
        subject: &X509Name<'_>,
        names: impl Iterator<Item = &'n GeneralName<'n>>,
    ) -> Result<Self, GenerateError> {
        let common_name = subject.iter_common_name().next();
        let common_name = common_name.and_then(|name| name.as_str().ok());
        let mut profile = Self {
            role,
            common_name: common_name.unwrap_or_default().to_owned(),
            hosts: Vec::new(),
            uri: None,
        };
        for name in names {
            match name {
                GeneralName::DNSName(name) => profile.hosts.push(name.parse()?),
                GeneralName::IPAddress(bytes) => {
                    let v4 = <[u8; 4]>::try_from(*bytes).map(IpAddr::from);
                    let address = v4.or_else(|_| <[u8; 16]>::try_from(*bytes).map(IpAddr::from));
                    let address = address.map_err(|_| GenerateError::Unreadable)?;
                    profile.hosts.push(Host::Ip(address));
                }
                GeneralName::URI(uri) if profile.uri.is_none() => {
                    profile.uri = Some((*uri).to_owned());
                }
                _ => {}
            }
        }
        Ok(profile)
    }

    /// The names that the checks must find, for [`Material`](crate::Material).
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.hosts.iter().map(Host::to_string).collect()
    }

    /// What Typha or Felix compares with, for [`Material`](crate::Material).
    /// Empty for the other roles.
    #[must_use]
    pub fn identity(&self) -> Identity {
        match self.role {
            Role::TyphaServer | Role::TyphaClient => Identity {
                common_name: Some(self.common_name.clone()).filter(|name| !name.is_empty()),
                uri_san: self.uri.clone(),
            },
            _ => Identity::default(),
        }
    }

    /// The certificate without its dates and its key (RFC 5280, section 4.2).
    pub(super) fn params(&self, kind: KeyKind) -> Result<CertificateParams, GenerateError> {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params
            .distinguished_name
            .push(DnType::CommonName, self.common_name.as_str());
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        if kind.is_rsa() {
            params.key_usages.push(KeyUsagePurpose::KeyEncipherment);
        }
        params.extended_key_usages = match self.role {
            Role::ApiServer | Role::TyphaServer | Role::Manager => vec![Purpose::ServerAuth],
            Role::EtcdClient | Role::TyphaClient => vec![Purpose::ClientAuth],
            // etcd's gRPC gateway and its peers present it as clients of etcd.
            Role::EtcdServer => vec![Purpose::ServerAuth, Purpose::ClientAuth],
        };
        let text = |text: &str| Ia5String::try_from(text).map_err(|_| GenerateError::Unreadable);
        for host in &self.hosts {
            params.subject_alt_names.push(match host {
                Host::Dns(name) => SanType::DnsName(text(name)?),
                Host::Ip(address) => SanType::IpAddress(*address),
            });
        }
        if let Some(uri) = &self.uri {
            params.subject_alt_names.push(SanType::URI(text(uri)?));
        }
        Ok(params)
    }
}

//! One handshake: two ends, each with its verifier.

use std::sync::Arc;

use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::time_provider::TimeProvider;
use rustls::{ClientConfig, ClientConnection, Error, ServerConfig, ServerConnection};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use super::Pair;
use super::converse::{Failure, converse};
use super::end::{self, End, roots};
use super::outcome::{ConnectionKind, HandshakeOutcome, Session, Version};
use super::stand_in::StandIn;
use super::verifier::{Verdict, Verifier};
use crate::check::Expectation;
use crate::code::Code;
use crate::finding::{Details, Finding, Part, Severity};
use crate::help;
use crate::help::HelpPart;
use crate::policy::Policy;
use crate::role::{Identity, Material, Side};

/// One handshake that is to be made.
pub(super) struct Try<'n> {
    pub(super) connection: ConnectionKind,
    pub(super) now: UnixTime,
    /// What the server's certificate must cover.
    pub(super) name: Option<&'n str>,
    pub(super) version: Version,
}

impl Try<'_> {
    /// One handshake. `Err` is an outcome as well, for `?`.
    pub(super) fn run(&self, pair: &Pair<'_>) -> Result<HandshakeOutcome, HandshakeOutcome> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let client_end = pair.client.map(End::read).transpose()?;
        let (server_end, server_roots) = match pair.server {
            Some(server) => (End::read(server)?, roots(server)?),
            None => self.stand_in()?,
        };
        let client_verifies = self.verifier(
            Expectation {
                role: self.connection.server_role(),
                trusted: server_roots,
                names: self.name.into_iter().map(str::to_owned).collect(),
                identity: identity(pair.server),
                policy: Policy::at(self.now),
            },
            &provider,
        );
        let server_verifies = match pair.client {
            None => None,
            Some(client) => Some(self.verifier(
                Expectation {
                    role: client.role,
                    trusted: roots(client)?,
                    names: Vec::new(),
                    identity: identity(Some(client)),
                    policy: Policy::at(self.now),
                },
                &provider,
            )),
        };
        let broken = |error: Error| self.not_tried(&error.to_string());
        let server = self.server(&provider, server_end, server_verifies.clone());
        let client = self.client(&provider, client_end, client_verifies.clone());
        let mut server = rustls::Connection::Server(server.map_err(broken)?);
        let mut client = rustls::Connection::Client(client.map_err(broken)?);
        if let Err(failure) = converse(&mut client, &mut server) {
            let verdict = match failure.side {
                Side::Client => client_verifies.verdict(),
                Side::Server => server_verifies.and_then(|verifier| verifier.verdict()),
            };
            return Err(self.failed(&failure, verdict.and_then(Verdict::err)));
        }
        let chain = |verifier: &Verifier| {
            let verdict = verifier.verdict().and_then(Verdict::ok);
            verdict.unwrap_or_default()
        };
        let cipher = client.negotiated_cipher_suite();
        let group = client.negotiated_key_exchange_group();
        Ok(HandshakeOutcome::Connected(Session {
            cipher: cipher.map_or_else(String::new, |c| format!("{:?}", c.suite())),
            key_exchange: group.map_or_else(String::new, |g| format!("{:?}", g.name())),
            trusted: pair.server.is_none_or(|server| server.ca.is_some()),
            server_chain: chain(&client_verifies),
            client_chain: server_verifies.map_or_else(Vec::new, |verifier| chain(&verifier)),
        }))
    }

    fn verifier(&self, expectation: Expectation, provider: &CryptoProvider) -> Arc<Verifier> {
        let algorithms = provider.signature_verification_algorithms;
        Arc::new(Verifier::new(expectation, algorithms))
    }

    fn server(
        &self,
        provider: &Arc<CryptoProvider>,
        end: End,
        verifier: Option<Arc<Verifier>>,
    ) -> Result<ServerConnection, Error> {
        let clock = Arc::new(Clock(self.now));
        let verifier: Arc<dyn ClientCertVerifier> = match verifier {
            Some(verifier) => verifier,
            None => WebPkiClientVerifier::no_client_auth(),
        };
        let mut config = ServerConfig::builder_with_details(provider.clone(), clock)
            .with_protocol_versions(&[self.version.rustls()])?
            .with_client_cert_verifier(verifier)
            .with_cert_resolver(Arc::new(end.into_resolver()));
        config.send_tls13_tickets = 0;
        ServerConnection::new(Arc::new(config))
    }

    fn client(
        &self,
        provider: &Arc<CryptoProvider>,
        end: Option<End>,
        verifier: Arc<dyn ServerCertVerifier>,
    ) -> Result<ClientConnection, Error> {
        let clock = Arc::new(Clock(self.now));
        let config = ClientConfig::builder_with_details(provider.clone(), clock)
            .with_protocol_versions(&[self.version.rustls()])?
            .dangerous()
            .with_custom_certificate_verifier(verifier);
        let mut config = match end {
            Some(end) => config.with_client_cert_resolver(Arc::new(end.into_resolver())),
            None => config.with_no_client_auth(),
        };
        config.resumption = rustls::client::Resumption::disabled();
        // What is no host's name is refused by the verifier, with words.
        let name = self
            .name
            .and_then(|name| ServerName::try_from(name.to_owned()).ok());
        let fallback =
            || ServerName::try_from(StandIn::NAME).map_err(|_| Error::UnsupportedNameType);
        let name = name.map_or_else(fallback, Ok)?;
        ClientConnection::new(Arc::new(config), name)
    }

    fn stand_in(&self) -> Result<(End, Vec<CertificateDer<'static>>), HandshakeOutcome> {
        let made = StandIn::server().map_err(|error| self.not_tried(&error.to_string()))?;
        let root = made.certificate.clone();
        let end = End::new(vec![made.certificate], &made.key);
        Ok((
            end.map_err(|error| self.not_tried(&error.to_string()))?,
            vec![root],
        ))
    }

    /// Words for what a side said when it gave up.
    fn failed(&self, failure: &Failure, refused: Option<Finding>) -> HandshakeOutcome {
        let connection = self.connection;
        let (who, whose) = match failure.side {
            Side::Client => (connection.client(), connection.server()),
            Side::Server => (connection.server(), connection.client()),
        };
        let subject = match failure.side {
            Side::Client => connection.server_role(),
            Side::Server => connection.client_role().unwrap_or(connection.server_role()),
        };
        let why = match (&failure.error, &refused) {
            (_, Some(refused)) => format!(
                "refuses the certificate of {whose}: {} [{}]",
                refused.message, refused.code
            ),
            (Error::NoCertificatesPresented, _) => {
                format!("asks {whose} for a certificate, and none is presented")
            }
            (Error::InvalidCertificate(_), _) => format!(
                "refuses what {whose} signs: it is not signed with the certificate's key [{}]",
                Code::KeyMismatch
            ),
            (error, _) => format!("gives up: {error}"),
        };
        let (part, help) = match refused {
            Some(refused) => (refused.part, refused.help),
            None => {
                let page = HelpPart::Explain(Code::HandshakeFailed.as_str());
                let help = help!["see ", page];
                (Part::Certificate, help)
            }
        };
        HandshakeOutcome::Failed(Finding {
            code: Code::HandshakeFailed,
            severity: Severity::Error,
            role: subject,
            part,
            line: 1,
            details: Details::default(),
            message: format!("{who} {why}"),
            help,
        })
    }

    fn not_tried(&self, why: &str) -> HandshakeOutcome {
        end::not_tried(self.connection.server_role(), Part::Certificate, 1, why)
    }
}

fn identity(material: Option<&Material<'_>>) -> Identity {
    material.map_or_else(Identity::default, |material| material.identity.clone())
}

/// A clock that stands still.
#[derive(Debug)]
struct Clock(UnixTime);

impl TimeProvider for Clock {
    fn current_time(&self) -> Option<UnixTime> {
        Some(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::role::Role;

    /// A server that asks for a certificate, and a client that has none.
    #[test]
    fn a_client_without_a_certificate_is_refused() {
        let provider = Arc::new(aws_lc_rs::default_provider());
        for version in [Version::Tls12, Version::Tls13] {
            let tried = Try {
                connection: ConnectionKind::Etcd,
                now: UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_767_225_600)),
                name: None,
                version,
            };
            let (end, roots) = tried.stand_in().unwrap();
            let expects = |role| Expectation {
                role,
                trusted: roots.clone(),
                names: Vec::new(),
                identity: Identity::default(),
                policy: Policy::at(tried.now),
            };
            let asks = tried.verifier(expects(Role::EtcdClient), &provider);
            let trusts = tried.verifier(expects(Role::EtcdServer), &provider);
            let server = tried.server(&provider, end, Some(asks.clone())).unwrap();
            let client = tried.client(&provider, None, trusts).unwrap();
            let mut server = rustls::Connection::Server(server);
            let mut client = rustls::Connection::Client(client);
            let failure = converse(&mut client, &mut server).unwrap_err();
            assert_eq!(failure.side, Side::Server);
            assert!(asks.verdict().is_none());
            let HandshakeOutcome::Failed(finding) = tried.failed(&failure, None) else {
                panic!()
            };
            let said = "etcd asks Calico for a certificate, and none is presented";
            assert_eq!(finding.message, said);
        }
    }
}

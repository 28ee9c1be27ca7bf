//! From a config to what a run takes: the material is read, names are checked.

use cnx_certs::{Help, Policy, Severity, UnixTime};

use super::channels::{ApiServer, ApiService, Etcd, InlineKey, Manager, Peer, Typha};
use super::materials::{Loaded, Materials};
use super::place::{Places, join};
use super::{Checks, Config};
use crate::aggregated::{self, ApiServices, Pair, Trust};
use crate::certificates::{CHECKED, CertificateChecks};
use crate::etcd::Endpoints;
use crate::finding::{Code, Error, Finding};
use crate::harden::Hardening;
use crate::material::{CaBundle, Certificate, PrivateKey};
use crate::own::Connections;
use crate::typha::{ClientIdentity, Identity, PeerName, ServerIdentity};
use crate::{etcd, kube_apiserver, manager, typha};

/// What a config asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The channels with their material, and how it is checked.
    pub hardening: Hardening,
    /// What is worth knowing of the config; errors never get here.
    pub findings: Vec<Finding>,
}

const NO_CHANNEL: &str =
    "give the material of one or more of apiServer, apiServices, etcd, typha and manager";

pub(super) fn resolve(
    config: &Config,
    places: &Places,
    materials: &dyn Materials,
    now: UnixTime,
) -> Result<Resolved, Error> {
    let spec = &config.spec;
    let mut reading = Reading {
        places,
        materials,
        findings: Vec::new(),
    };
    if spec.is_empty() {
        reading.wrong("spec", "no connection is asked for", NO_CHANNEL);
    }
    let api_server = spec.api_server.as_ref().map(|c| reading.api_server(c));
    let asked = spec.api_services.iter().enumerate();
    let asked: Vec<_> = asked.map(|(n, c)| reading.api_service(n, c)).collect();
    let etcd = spec.etcd.as_ref().map(|c| reading.etcd(c));
    let typha = spec.typha.as_ref().map(|c| reading.typha(c));
    let manager = spec.manager.as_ref().map(|c| reading.manager(c));
    let checks = reading.checks(&spec.checks, now);
    let findings = reading.findings;
    let is_error = |finding: &Finding| finding.severity == Severity::Error;
    if findings.iter().any(is_error) {
        let findings = findings.into_iter().filter(is_error).collect();
        return Err(Error { findings });
    }
    let hardening = Hardening {
        api_server: api_server.flatten(),
        api_services: (!asked.is_empty()).then(|| ApiServices {
            asked: asked.into_iter().flatten().collect(),
            profiles: spec.profiles.clone(),
        }),
        etcd: etcd.flatten(),
        typha: typha.flatten(),
        manager: manager.flatten(),
        own: Connections::default(),
        rollout_annotation: spec.rollout_annotation,
        certificate_checks: checks,
    };
    let hardening = match spec.ca_overlap {
        true => hardening.keeping_old_cas(),
        false => hardening,
    };
    Ok(Resolved {
        hardening,
        findings,
    })
}

/// The three ways in which a config can give something.
struct Ways<'c> {
    file: Option<&'c String>,
    variable: Option<&'c String>,
    inline: Option<&'c str>,
}

macro_rules! ways {
    ($from:expr, $file:ident, $variable:ident, $inline:ident) => {
        Ways {
            file: $from.$file.as_ref(),
            variable: $from.$variable.as_ref(),
            inline: $from.$inline.as_deref(),
        }
    };
}

impl std::ops::Deref for InlineKey {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

struct Reading<'r> {
    places: &'r Places,
    materials: &'r dyn Materials,
    findings: Vec<Finding>,
}

impl Reading<'_> {
    fn wrong(&mut self, field: &str, message: impl Into<String>, help: impl Into<Help>) {
        self.findings.push(self.places.wrong(field, message, help));
    }

    /// How certificates are checked: always, where this library can.
    fn checks(&mut self, config: &Checks, now: UnixTime) -> Option<CertificateChecks> {
        if !CHECKED {
            if *config != Checks::default() {
                let message = "this program does not check certificates";
                self.wrong("spec.checks", message, "remove it, or use one that does");
            }
            return None;
        }
        let mut policy = Policy::at(now);
        if let Some(term) = config.expires_within {
            policy.expires_within = term.0;
        }
        Some(CertificateChecks {
            policy,
            allow: config.allow.iter().map(|code| code.0).collect(),
        })
    }

    /// Reads what `channel` gives as `name`: `ca`, `cert` or `key`.
    fn load(&mut self, channel: &str, name: &str, ways: Ways<'_>) -> Option<Loaded> {
        let [file, variable, inline] =
            ["File", "FromEnv", "Inline"].map(|way| format!("{name}{way}"));
        let (field, loaded) = match (ways.file, ways.variable, ways.inline) {
            (Some(path), None, None) => (&file, self.materials.file(path)),
            (None, Some(name), None) => (&variable, self.materials.variable(name)),
            (None, None, Some(pem)) => {
                let pem = pem.as_bytes().to_vec().into();
                let name = format!("({} in {})", join(channel, &inline), self.places.file());
                (&inline, Ok(Loaded { pem, name }))
            }
            (None, None, None) => {
                let message = format!("{channel} has no {name}");
                let help = format!("give one of {file}, {variable} and {inline}");
                self.wrong(channel, message, help);
                return None;
            }
            _ => {
                let message = format!("{channel} has its {name} in more than one way");
                let help = format!("leave one of {file}, {variable} and {inline}");
                self.wrong(channel, message, help);
                return None;
            }
        };
        match loaded {
            Ok(loaded) => Some(loaded),
            Err(why) => {
                let help = match ways.variable {
                    Some(_) => "set it where this runs, or name another",
                    None => {
                        "a path is relative to the config, or to the folder in which a function \
                         or plugin runs"
                    }
                };
                self.wrong(&join(channel, field), why, help);
                None
            }
        }
    }

    fn ca(&mut self, channel: &str, ways: Ways<'_>) -> Option<CaBundle> {
        let Loaded { pem, name } = self.load(channel, "ca", ways)?;
        Some(CaBundle::new(pem.to_vec()).named(name))
    }

    fn certificate(&mut self, channel: &str, ways: Ways<'_>) -> Option<Certificate> {
        let Loaded { pem, name } = self.load(channel, "cert", ways)?;
        Some(Certificate::new(pem.to_vec()).named(name))
    }

    fn key(&mut self, channel: &str, ways: Ways<'_>) -> Option<PrivateKey> {
        if ways.inline.is_some() {
            let field = join(channel, "keyInline");
            let message = "a private key stands in the config itself";
            let help = "name a file with keyFile or a variable with keyFromEnv";
            let finding = self.places.wrong(&field, message, help);
            self.findings.push(Finding {
                code: Code::InlineKey,
                severity: Severity::Warning,
                ..finding
            });
        }
        let Loaded { pem, name } = self.load(channel, "key", ways)?;
        Some(PrivateKey::new(pem.to_vec()).named(name))
    }

    fn api_server(&mut self, config: &ApiServer) -> Option<kube_apiserver::KubeApiserver> {
        let at = "spec.apiServer";
        let ca = self.ca(at, ways!(config, ca_file, ca_from_env, ca_inline));
        let certificate =
            self.certificate(at, ways!(config, cert_file, cert_from_env, cert_inline));
        let key = self.key(at, ways!(config, key_file, key_from_env, key_inline));
        let mut channel = kube_apiserver::KubeApiserver::new(ca?, certificate?, key?);
        channel.names = config.names.clone();
        if config.add_secret {
            channel.missing_secret = kube_apiserver::MissingSecret::Add;
        }
        Some(channel)
    }

    fn api_service(
        &mut self,
        number: usize,
        config: &ApiService,
    ) -> Option<aggregated::ApiService> {
        let at = format!("spec.apiServices.{number}");
        let files = [&config.ca_file, &config.cert_file, &config.key_file];
        let variables = [
            &config.ca_from_env,
            &config.cert_from_env,
            &config.key_from_env,
        ];
        let inline = [&config.ca_inline, &config.cert_inline];
        let any = files.iter().chain(&variables).chain(&inline);
        let any = any.copied().any(Option::is_some) || config.key_inline.is_some();
        let trust = match &config.trust {
            Some(_) if any => {
                let message = "the certificate comes from files and from cert-manager";
                self.wrong(&at, message, "leave one of the two: trust, or the files");
                return None;
            }
            Some(trust) => Trust::CertManager(trust.cert_manager.issuer_ref.clone()),
            None => {
                let ca = self.ca(&at, ways!(config, ca_file, ca_from_env, ca_inline));
                let certificate =
                    self.certificate(&at, ways!(config, cert_file, cert_from_env, cert_inline));
                let key = self.key(&at, ways!(config, key_file, key_from_env, key_inline));
                Trust::Own(Pair {
                    ca: ca?,
                    certificate: certificate?,
                    key: key?,
                })
            }
        };
        let mut asked = aggregated::ApiService::new(config.name.clone(), trust);
        asked.strategy = config.strategy;
        asked.names = config.names.clone();
        Some(asked)
    }

    fn etcd(&mut self, config: &Etcd) -> Option<etcd::Etcd> {
        let at = "spec.etcd";
        let ca = self.ca(at, ways!(config, ca_file, ca_from_env, ca_inline));
        let certificate =
            self.certificate(at, ways!(config, cert_file, cert_from_env, cert_inline));
        let key = self.key(at, ways!(config, key_file, key_from_env, key_inline));
        let mut endpoints = None;
        if !config.endpoints.is_empty() {
            match Endpoints::parse(&config.endpoints.join(",")) {
                Ok(urls) => endpoints = Some(urls),
                Err(error) => {
                    let help = "write each as https://HOST:PORT";
                    self.wrong(&join(at, "endpoints"), error.to_string(), help);
                }
            }
        }
        let mut channel = etcd::Etcd::new(ca?, certificate?, key?);
        channel.endpoints = endpoints;
        channel.names = config.names.clone();
        if config.assume_secret {
            channel.missing_secret = etcd::MissingSecret::Assume;
        }
        Some(channel)
    }

    fn typha(&mut self, config: &Typha) -> Option<typha::Typha> {
        let at = "spec.typha";
        let ca = self.ca(at, ways!(config, ca_file, ca_from_env, ca_inline));
        let server = self.peer(&join(at, "server"), &config.server);
        let client = self.peer(&join(at, "client"), &config.client);
        let ((certificate, key, name), (client, client_key, client_name)) = (server?, client?);
        let mut server = typha::Server::new(certificate, key);
        server.identity = name.map(ServerIdentity);
        let mut client = typha::Client::new(client, client_key);
        client.identity = client_name.map(ClientIdentity);
        let mut channel = typha::Typha::new(ca?, server, client);
        channel.names = config.names.clone();
        Some(channel)
    }

    fn peer(
        &mut self,
        at: &str,
        config: &Peer,
    ) -> Option<(Certificate, PrivateKey, Option<Identity>)> {
        let certificate =
            self.certificate(at, ways!(config, cert_file, cert_from_env, cert_inline));
        let key = self.key(at, ways!(config, key_file, key_from_env, key_inline));
        let common_name = self.peer_name(&join(at, "commonName"), config.common_name.as_ref());
        let uri_san = self.peer_name(&join(at, "uriSan"), config.uri_san.as_ref());
        Some((certificate?, key?, Identity::of(common_name, uri_san)))
    }

    fn peer_name(&mut self, at: &str, name: Option<&String>) -> Option<PeerName> {
        match PeerName::new(name?) {
            Ok(name) => Some(name),
            Err(error) => {
                self.wrong(
                    at,
                    error.to_string(),
                    "give the name that the certificate has",
                );
                None
            }
        }
    }

    fn manager(&mut self, config: &Manager) -> Option<manager::Manager> {
        let at = "spec.manager";
        let certificate =
            self.certificate(at, ways!(config, cert_file, cert_from_env, cert_inline));
        let key = self.key(at, ways!(config, key_file, key_from_env, key_inline));
        let mut channel = manager::Manager::new(certificate?, key?);
        channel.hosts.clone_from(&config.hosts);
        channel.names = config.names.clone();
        if config.add_secret == Some(false) {
            channel.missing_secret = manager::MissingSecret::Apart;
        }
        Some(channel)
    }
}

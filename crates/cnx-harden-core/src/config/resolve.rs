//! From a config to what a run takes: the material is read, names are checked.

use cnx_certs::{Help, Policy, Severity, UnixTime};

use super::channels::{ApiServer, ApiService, Etcd, InlineKey, Manager, Peer, Typha};
use super::materials::{Fault, Loaded, Materials, WantedMaterial};
use super::place::{Places, join};
use super::{Checks, Config, Spec};
use crate::aggregated::{self, ApiServices, Pair, Trust};
use crate::certificates::{CHECKED, CertificateChecks};
use crate::channel::Channel;
use crate::etcd::Endpoints;
use crate::finding::{Code, Error, Finding};
use crate::harden::Hardening;
use crate::material::{CaBundle, Certificate, PrivateKey};
use crate::own::Connections;
use crate::typha::{AcceptedIdentity, ClientIdentity, PeerName, ServerIdentity};
use crate::{etcd, kube_apiserver, manager, typha};

/// What a config asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvedConfig {
    /// The channels with their material, and how it is checked.
    pub hardening: Hardening,
    /// What is worth knowing of the config; errors never get here.
    pub findings: Vec<Finding>,
}

const NO_CHANNEL: &str = "give the material of one or more of apiServer, apiServices, etcd, typha and manager, or name \
     a folder of it with pki";

pub(super) fn resolve(
    config: &Config,
    places: &Places,
    mistakes: &[Finding],
    materials: &dyn Materials,
    now: UnixTime,
) -> Result<ResolvedConfig, Error> {
    let spec = &config.spec;
    let mut reading = Reading {
        places,
        materials,
        findings: mistakes.to_vec(),
        incomplete: !mistakes.is_empty(),
    };
    let folder = reading.pki(spec);
    let included = |channel| !spec.leaves_out(channel);
    let api_server = spec.api_server.as_ref();
    let api_server = api_server.filter(|_| included(Channel::KubeApiserver));
    let api_server = match api_server {
        Some(config) => reading.api_server(config, folder.api_server),
        None => folder.api_server,
    };
    let in_folder = folder.api_services.map(|services| services.asked);
    let in_folder = in_folder.unwrap_or_default();
    let asked = match spec.api_services.as_slice() {
        [] => in_folder,
        asked => {
            let asked = asked.iter().enumerate();
            let asked = asked.filter_map(|(n, c)| reading.api_service(n, c, &in_folder));
            asked.collect()
        }
    };
    let etcd = match spec.etcd.as_ref().filter(|_| included(Channel::Etcd)) {
        Some(config) => reading.etcd(config, folder.etcd),
        None => folder.etcd,
    };
    let typha = match spec.typha.as_ref().filter(|_| included(Channel::Typha)) {
        Some(config) => reading.typha(config, folder.typha),
        None => folder.typha,
    };
    let manager = match spec.manager.as_ref().filter(|_| included(Channel::Manager)) {
        Some(config) => reading.manager(config, folder.manager),
        None => folder.manager,
    };
    let checks = reading.checks(&spec.checks, now);
    let any = api_server.is_some() || !asked.is_empty() || etcd.is_some();
    if !any && typha.is_none() && manager.is_none() && reading.is_fine() {
        reading.missing("spec", "no connection is asked for", NO_CHANNEL);
    }
    let findings = reading.findings;
    if findings.iter().any(is_error) {
        let mut findings: Vec<_> = findings.into_iter().filter(is_error).collect();
        findings.sort_by_key(|finding| (finding.place.line, finding.place.column));
        return Err(Error { findings });
    }
    let hardening = Hardening {
        api_server,
        api_services: (!asked.is_empty()).then(|| ApiServices {
            asked,
            profiles: spec.profiles.clone(),
        }),
        etcd,
        typha,
        manager,
        own: Connections::default(),
        rollout_annotation: spec.rollout_annotation,
        certificate_checks: checks,
    };
    let hardening = match spec.ca_overlap {
        true => hardening.keeping_old_cas(),
        false => hardening,
    };
    Ok(ResolvedConfig {
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

fn is_error(finding: &Finding) -> bool {
    finding.severity == Severity::Error
}

struct Reading<'r> {
    places: &'r Places,
    materials: &'r dyn Materials,
    findings: Vec<Finding>,
    /// Whether parts of the config were passed over, for their mistakes.
    incomplete: bool,
}

impl Reading<'_> {
    fn wrong(&mut self, field: &str, message: impl Into<String>, help: impl Into<Help>) {
        self.findings.push(self.places.wrong(field, message, help));
    }

    fn is_fine(&self) -> bool {
        !self.findings.iter().any(is_error)
    }

    /// What the folder of material has for the connections that give none.
    fn pki(&mut self, spec: &Spec) -> Hardening {
        macro_rules! lacks_material {
            ($field:ident) => {
                spec.$field.as_ref().is_none_or(|c| !c.gives_material())
            };
        }
        let lacks_material = |channel: &Channel| match channel {
            Channel::KubeApiserver => lacks_material!(api_server),
            Channel::Etcd => lacks_material!(etcd),
            Channel::Typha => lacks_material!(typha),
            Channel::Manager => lacks_material!(manager),
            Channel::Own(_) => false,
        };
        let channels = Channel::ALL.iter().copied();
        let channels = channels.filter(|channel| !spec.leaves_out(*channel));
        let asked = spec.api_services.iter();
        let asked = asked.filter(|asked| asked.trust.is_none() && !asked.gives_material());
        let wanted = WantedMaterial {
            channels: channels.filter(lacks_material).collect(),
            api_services: (!spec.api_services.is_empty())
                .then(|| asked.map(|asked| asked.name.clone()).collect()),
        };
        match self.materials.pki(spec.pki.as_deref(), &wanted) {
            Ok(hardening) => hardening,
            Err(faults) => {
                for Fault { message, help } in faults {
                    self.wrong("spec.pki", message, help);
                }
                self.incomplete = true;
                Hardening::default()
            }
        }
    }

    /// Reports a missing value, unless a value that could not be read may be it.
    fn missing(&mut self, field: &str, message: impl Into<String>, help: impl Into<Help>) {
        if !self.incomplete {
            self.wrong(field, message, help);
        }
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
                self.missing(channel, message, help);
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

    fn api_server(
        &mut self,
        config: &ApiServer,
        folder: Option<kube_apiserver::KubeApiserver>,
    ) -> Option<kube_apiserver::KubeApiserver> {
        let mut channel = match folder {
            Some(channel) => channel,
            None => self.own_api_server(config)?,
        };
        channel.names = config.names.clone();
        if config.add_secret {
            channel.missing_secret = kube_apiserver::MissingSecret::Add;
        }
        Some(channel)
    }

    fn own_api_server(&mut self, config: &ApiServer) -> Option<kube_apiserver::KubeApiserver> {
        let at = "spec.apiServer";
        let ca = self.ca(at, ways!(config, ca_file, ca_from_env, ca_inline));
        let certificate =
            self.certificate(at, ways!(config, cert_file, cert_from_env, cert_inline));
        let key = self.key(at, ways!(config, key_file, key_from_env, key_inline));
        Some(kube_apiserver::KubeApiserver::new(ca?, certificate?, key?))
    }

    fn api_service(
        &mut self,
        number: usize,
        config: &ApiService,
        folder: &[aggregated::ApiService],
    ) -> Option<aggregated::ApiService> {
        let at = format!("spec.apiServices.{number}");
        let mut in_folder = folder.iter().filter(|found| found.name == config.name);
        let trust = match (&config.trust, in_folder.next()) {
            (Some(_), _) if config.gives_material() => {
                let message = "the certificate comes from files and from cert-manager";
                self.wrong(&at, message, "leave one of the two: trust, or the files");
                return None;
            }
            (Some(trust), _) => Trust::CertManager(trust.cert_manager.issuer_ref.clone()),
            (None, Some(found)) => found.trust.clone(),
            (None, None) => {
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

    fn etcd(&mut self, config: &Etcd, folder: Option<etcd::Etcd>) -> Option<etcd::Etcd> {
        let at = "spec.etcd";
        let channel = match folder {
            Some(channel) => Some(channel),
            None => self.own_etcd(config),
        };
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
        let mut channel = channel?;
        channel.endpoints = endpoints;
        channel.names = config.names.clone();
        if config.assume_secret {
            channel.missing_secret = etcd::MissingSecret::Assume;
        }
        Some(channel)
    }

    fn own_etcd(&mut self, config: &Etcd) -> Option<etcd::Etcd> {
        let at = "spec.etcd";
        let ca = self.ca(at, ways!(config, ca_file, ca_from_env, ca_inline));
        let certificate =
            self.certificate(at, ways!(config, cert_file, cert_from_env, cert_inline));
        let key = self.key(at, ways!(config, key_file, key_from_env, key_inline));
        Some(etcd::Etcd::new(ca?, certificate?, key?))
    }

    fn typha(&mut self, config: &Typha, folder: Option<typha::Typha>) -> Option<typha::Typha> {
        let channel = match folder {
            Some(channel) => Some(channel),
            None => self.own_typha(config),
        };
        let server = self.identity("spec.typha.server", &config.server);
        let client = self.identity("spec.typha.client", &config.client);
        let mut channel = channel?;
        if server.is_some() {
            channel.server.identity = server.map(ServerIdentity);
        }
        if client.is_some() {
            channel.client.identity = client.map(ClientIdentity);
        }
        channel.names = config.names.clone();
        Some(channel)
    }

    fn own_typha(&mut self, config: &Typha) -> Option<typha::Typha> {
        let at = "spec.typha";
        let ca = self.ca(at, ways!(config, ca_file, ca_from_env, ca_inline));
        let server = self.peer(&join(at, "server"), &config.server);
        let client = self.peer(&join(at, "client"), &config.client);
        let ((certificate, key), (client, client_key)) = (server?, client?);
        let server = typha::Server::new(certificate, key);
        let client = typha::Client::new(client, client_key);
        Some(typha::Typha::new(ca?, server, client))
    }

    fn peer(&mut self, at: &str, config: &Peer) -> Option<(Certificate, PrivateKey)> {
        let certificate =
            self.certificate(at, ways!(config, cert_file, cert_from_env, cert_inline));
        let key = self.key(at, ways!(config, key_file, key_from_env, key_inline));
        Some((certificate?, key?))
    }

    fn identity(&mut self, at: &str, config: &Peer) -> Option<AcceptedIdentity> {
        let common_name = self.peer_name(&join(at, "commonName"), config.common_name.as_ref());
        let uri_san = self.peer_name(&join(at, "uriSan"), config.uri_san.as_ref());
        AcceptedIdentity::of(common_name, uri_san)
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

    fn manager(
        &mut self,
        config: &Manager,
        folder: Option<manager::Manager>,
    ) -> Option<manager::Manager> {
        let mut channel = match folder {
            Some(channel) => channel,
            None => {
                let at = "spec.manager";
                let certificate = ways!(config, cert_file, cert_from_env, cert_inline);
                let certificate = self.certificate(at, certificate);
                let key = self.key(at, ways!(config, key_file, key_from_env, key_inline));
                manager::Manager::new(certificate?, key?)
            }
        };
        channel.hosts.clone_from(&config.hosts);
        channel.names = config.names.clone();
        if config.add_secret == Some(false) {
            channel.missing_secret = manager::MissingSecret::Apart;
        }
        Some(channel)
    }
}

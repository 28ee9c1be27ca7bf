//! What manifests hold of each connection: the way back from a hardened
//! manifest to the files that its programs will read.

mod held;
mod identity;

pub use held::{Held, held};
pub(crate) use held::{Input, decode, of as held_by};

use cnx_certs::Identity;
pub(crate) use held::each;
use identity::Said;

use crate::audit::{AuditOptions, audit};
use crate::channel::Channel;
use crate::finding::{Code, Error, Finding, Severity};
use crate::kube_apiserver::other_product;
use crate::names::Names;
use crate::resource::Resource;
use crate::source::Source;

/// What manifests hold of the connections.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Wired {
    /// kube-apiserver to the API server, one for each APIService.
    pub api_server: Vec<WiredApiServer>,
    /// Calico to etcd.
    pub etcd: Vec<WiredEtcd>,
    /// Felix to Typha.
    pub typha: Vec<WiredTypha>,
    /// Browsers to the Manager.
    pub manager: Vec<WiredManager>,
    /// Values that are there and cannot be read, and values that belong to a
    /// connection of which others are there.
    pub findings: Vec<Finding>,
}

/// kube-apiserver to the API server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WiredApiServer {
    /// The name that kube-apiserver asks for: `<service>.<namespace>.svc`.
    pub server_name: String,
    /// `caBundle`.
    pub ca: Held,
    /// `apiserver.crt`.
    pub certificate: Held,
    /// `apiserver.key`.
    pub key: Held,
}

/// Calico to etcd.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WiredEtcd {
    /// `etcd-ca`.
    pub ca: Held,
    /// `etcd-cert`.
    pub certificate: Held,
    /// `etcd-key`.
    pub key: Held,
}

/// Felix to Typha.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WiredTypha {
    /// `typhaca.crt`, by which both verify each other.
    pub ca: Held,
    /// `typha.crt`.
    pub server_certificate: Held,
    /// `typha.key`.
    pub server_key: Held,
    /// What Felix compares Typha's certificate with.
    pub server_identity: Identity,
    /// `calico-node.crt`.
    pub client_certificate: Held,
    /// `calico-node.key`.
    pub client_key: Held,
    /// What Typha compares Felix's certificate with.
    pub client_identity: Identity,
}

/// Browsers to the Manager.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WiredManager {
    /// `cert`.
    pub certificate: Held,
    /// `key`.
    pub key: Held,
}

/// Reads what `sources` hold of the connections. The objects may be spread over
/// them; of two manifests that are whole by themselves, each is a set.
///
/// Findings of documents that say nothing of the connections are not told.
#[must_use]
pub fn wired(sources: &[Source<'_>], names: &Names) -> Wired {
    let (values, findings) = held(sources);
    let mut wired = Wired::default();
    let ours = names.carriers().map(|(_, name, _)| name);
    let relevant = |finding: &Finding| {
        let object = finding.resource.as_ref();
        object.is_none_or(|id| id.kind == "APIService" || ours.contains(&id.name.as_str()))
    };
    wired.findings.extend(findings.into_iter().filter(relevant));
    let take = Take {
        values: &values,
        names,
    };
    each(
        sources,
        &["APIService"],
        &mut |input, service| match take.api_server(input.number, &input.source, service) {
            Ok(Some(server)) => wired.api_server.push(server),
            Ok(None) => {}
            Err(mut error) => wired.findings.append(&mut error.findings),
        },
    );
    take.rest(&mut wired);
    if !wired.typha.is_empty() {
        let stopped = stopped(sources, names);
        let said = Said::read(sources, &names.typha, &mut wired.findings);
        for typha in &mut wired.typha {
            let found = said.near(typha.ca.input);
            typha.server_identity = found.server.clone();
            typha.client_identity = found.client.clone();
            let sides = [
                ("Felix", "FELIX_TYPHACN", "FELIX_TYPHAURISAN", &found.server),
                (
                    "Typha",
                    "TYPHA_CLIENTCN",
                    "TYPHA_CLIENTURISAN",
                    &found.client,
                ),
            ];
            for (who, cn, uri, identity) in sides {
                // Where the workload is here, and lacks it, that is told.
                let told = stopped.iter().any(|finding| finding.message.contains(cn));
                if *identity == Identity::default() && !told {
                    let message = format!(
                        "whom {who} accepts is not to be read here: neither {cn} nor {uri} has a \
                         value; any certificate of the CA counts as good"
                    );
                    let help = "give the file with its workload too";
                    wired
                        .findings
                        .push(typha.ca.finding(Severity::Warning, message, help));
                }
            }
        }
        wired.findings.extend(stopped);
    }
    wired.findings.dedup();
    wired
}

/// What keeps Typha or Felix from using the files, whatever these are: a variable
/// that is missing, a file that is not mounted, a side without TLS.
fn stopped(sources: &[Source<'_>], names: &Names) -> Vec<Finding> {
    let options = AuditOptions {
        channels: [Channel::Typha].into(),
        names: names.clone(),
        ..AuditOptions::default()
    };
    let audit = audit(sources, &options);
    // Who accepts such a state still has no connection.
    let accepted = audit.suppressed.into_iter().map(|s| s.found);
    let found = audit.findings.into_iter().chain(accepted);
    let stops = |finding: &Finding| {
        let codes = [
            Code::TyphaIncomplete,
            Code::TyphaOneSided,
            Code::UnmountedFile,
        ];
        finding.severity == Severity::Error && codes.contains(&finding.code)
    };
    found.map(|f| f.finding).filter(stops).collect()
}

/// A value that a connection needs: the kind and name of its object, its key.
pub(crate) type Wanted<'n> = (&'static str, &'n str, &'n str);

struct Take<'v> {
    values: &'v [Held],
    names: &'v Names,
}

impl<'v> Take<'v> {
    fn api_server(
        &self,
        input: usize,
        source: &Source<'_>,
        service: &Resource<'_, '_>,
    ) -> Result<Option<WiredApiServer>, Error> {
        let fail = |error| Error {
            findings: vec![Finding::yaml(source, &error).about(&service.id)],
        };
        let text = |keys: &[&str]| service.text(keys).map_err(fail);
        let by_name = service.id.name.split_once('.').map(|(_, group)| group);
        if text(&["spec", "group"])?.or(by_name) != Some(self.names.api_server.group.as_str()) {
            return Ok(None);
        }
        let namespace = text(&["spec", "service", "namespace"])?;
        let name = text(&["spec", "service", "name"])?;
        let (Some(name), Some(namespace)) = (name, namespace) else {
            return Ok(None);
        };
        let bundle = self.values.iter().find(|held| {
            held.input == input && held.resource == service.id && held.key == "caBundle"
        });
        let secret = &self.names.api_server.secret;
        let wanted = [
            ("Secret", secret.as_str(), "apiserver.crt"),
            ("Secret", secret.as_str(), "apiserver.key"),
        ];
        let [certificate, key] = wanted.map(|w| self.near(input, Some(namespace), w));
        // Another product's certificates are made by others.
        if (bundle, certificate, key) == (None, None, None) || other_product(namespace).is_some() {
            return Ok(None);
        }
        let place = service.span().map_err(fail)?;
        match (bundle, certificate, key) {
            (Some(ca), Some(certificate), Some(key)) => Ok(Some(WiredApiServer {
                server_name: format!("{name}.{namespace}.svc"),
                ca: ca.clone(),
                certificate: certificate.clone(),
                key: key.clone(),
            })),
            (ca, certificate, key) => {
                let parts = [
                    (ca, "caBundle of the APIService".to_owned()),
                    (certificate, format!("apiserver.crt of Secret {secret}")),
                    (key, format!("apiserver.key of Secret {secret}")),
                ];
                let missing = parts.into_iter().filter(|(value, _)| value.is_none());
                let findings = missing.map(|(_, what)| {
                    let message = format!("{what} is not set, and others of the connection are");
                    let help = "give its file too, or harden the manifest: cnx-harden apply";
                    Finding::new(Code::MissingValue, source, place, message, help)
                        .about(&service.id)
                });
                Err(Error {
                    findings: findings.collect(),
                })
            }
        }
    }

    /// The channels whose objects are Secrets and ConfigMaps alone.
    fn rest(&self, wired: &mut Wired) {
        let names = self.names;
        let etcd = names.etcd.secret.as_str();
        let wanted = ["etcd-ca", "etcd-cert", "etcd-key"].map(|key| ("Secret", etcd, key));
        for [ca, certificate, key] in self.sets(wanted, &mut wired.findings) {
            wired.etcd.push(WiredEtcd {
                ca,
                certificate,
                key,
            });
        }
        let (typha, felix) = (
            names.typha.server_secret.as_str(),
            names.typha.client_secret.as_str(),
        );
        let wanted = [
            (
                "ConfigMap",
                names.typha.ca_config_map.as_str(),
                "typhaca.crt",
            ),
            ("Secret", typha, "typha.crt"),
            ("Secret", typha, "typha.key"),
            ("Secret", felix, "calico-node.crt"),
            ("Secret", felix, "calico-node.key"),
        ];
        for [
            ca,
            server_certificate,
            server_key,
            client_certificate,
            client_key,
        ] in self.sets(wanted, &mut wired.findings)
        {
            wired.typha.push(WiredTypha {
                ca,
                server_certificate,
                server_key,
                server_identity: Identity::default(),
                client_certificate,
                client_key,
                client_identity: Identity::default(),
            });
        }
        let manager = names.manager.secret.as_str();
        let wanted = ["cert", "key"].map(|key| ("Secret", manager, key));
        for [certificate, key] in self.sets(wanted, &mut wired.findings) {
            wired.manager.push(WiredManager { certificate, key });
        }
    }

    /// A value in this input, or else in another one.
    fn near(&self, input: usize, namespace: Option<&str>, wanted: Wanted<'_>) -> Option<&'v Held> {
        near(self.values, input, namespace, wanted)
    }

    /// The sets of values that belong together: in each input, completed from
    /// the others. Of a set that cannot be completed, what is missing is told.
    fn sets<const N: usize>(
        &self,
        wanted: [Wanted<'_>; N],
        findings: &mut Vec<Finding>,
    ) -> Vec<[Held; N]> {
        let mut sets: Vec<[Held; N]> = Vec::new();
        let some = |held: &&Held| wanted.iter().any(|w| is(held, None, *w));
        for first in self.values.iter().filter(some) {
            let namespace = first.resource.namespace.as_deref();
            let found = wanted.map(|w| self.near(first.input, namespace, w));
            let whole: Vec<Held> = found.iter().flatten().map(|held| (*held).clone()).collect();
            if let Ok(set) = <[Held; N]>::try_from(whole) {
                if !sets.contains(&set) {
                    sets.push(set);
                }
                continue;
            }
            for ((kind, name, key), _) in wanted
                .iter()
                .zip(found)
                .filter(|(_, found)| found.is_none())
            {
                let message =
                    format!("{key} of {kind} {name} is not set, and others of the connection are");
                let help = "give its file too, or harden the manifest: cnx-harden apply";
                let finding = first.finding(Severity::Error, message, help);
                let same = |f: &Finding| f.message == finding.message && f.file == finding.file;
                if !findings.iter().any(same) {
                    findings.push(finding);
                }
            }
        }
        sets
    }
}

/// A value in this input, or else in another one.
pub(crate) fn near<'v>(
    values: &'v [Held],
    input: usize,
    namespace: Option<&str>,
    wanted: Wanted<'_>,
) -> Option<&'v Held> {
    let all = || values.iter().filter(|held| is(held, namespace, wanted));
    all()
        .find(|held| held.input == input)
        .or_else(|| all().next())
}

/// Whether it is the wanted value. An object without a namespace is in any.
fn is(held: &Held, namespace: Option<&str>, (kind, name, key): Wanted<'_>) -> bool {
    let id = &held.resource;
    let same = match (id.namespace.as_deref(), namespace) {
        (Some(one), Some(other)) => one == other,
        _ => true,
    };
    same && id.kind == kind && id.name == name && held.key == key
}

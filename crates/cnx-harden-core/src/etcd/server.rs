//! An etcd in the manifests: it is not edited, but its clients cannot talk to it
//! as long as it has no TLS.

use super::{Client, Object};
use crate::finding::{Code, Finding};
use crate::inventory::{Inventory, Pod};

/// The flag that says where etcd listens.
pub(super) const FLAG: &str = "listen-client-urls";

/// The ports at which an etcd in some container of the pod listens without TLS.
pub(crate) fn insecure_ports(pod: &Pod) -> Vec<String> {
    let arguments = pod.containers.iter().flat_map(|c| &c.arguments);
    arguments.flat_map(|(_, text)| insecure(text)).collect()
}

/// The argument may be a whole command line. etcd listens at each of the URLs,
/// often at one of its own host without TLS, which is no client's.
fn insecure(argument: &str) -> Vec<String> {
    let Some((_, behind)) = argument.split_once(FLAG) else {
        return Vec::new();
    };
    let urls = behind.trim_start_matches(['=', ' ']);
    let urls = urls.split_whitespace().next().unwrap_or_default();
    let hosts = urls
        .split(',')
        .filter_map(|url| url.strip_prefix("http://"));
    let open = hosts.filter(|host| !host.starts_with("127.") && !host.starts_with("localhost"));
    open.map(|host| port(host).to_owned()).collect()
}

/// The port of what stands behind a URL's scheme.
fn port(host: &str) -> &str {
    let host = host.split('/').next().unwrap_or_default();
    let port = host.rsplit_once(':').map_or("", |(_, port)| port);
    port.trim_matches(|c: char| !c.is_ascii_digit())
}

/// Whether a client speaks TLS to one of these ports.
pub(crate) fn is_spoken_to(ports: &[String], endpoints: &[String]) -> bool {
    let urls = endpoints.iter().flat_map(|text| text.split(','));
    let mut secure = urls.filter_map(|url| url.trim().strip_prefix("https://"));
    secure.any(|host| ports.iter().any(|other| other == port(host)))
}

/// How to change a cluster that runs: told once, where some client speaks plain HTTP.
pub(super) fn roll_out(inventory: &Inventory<'_>, clients: &[Client<'_>]) -> Option<Finding> {
    let is_plain = |client: &&Client<'_>| {
        let text = client.endpoints.text();
        text.is_some_and(|text| text.contains("http://"))
    };
    let at = clients.iter().find(is_plain)?.endpoints.at()?;
    let message = "once applied, these clients speak only TLS: etcd has to accept TLS first";
    let help = "change etcd first: give it a certificate, and https:// URLs in --listen-client-urls; \
                then apply this and wait until all clients have rolled out; `cnx-harden explain \
                etcd-roll-out` has the steps for doing so without downtime";
    Some(
        inventory
            .finding(Code::EtcdRollOut, at, message, help)
            .info(),
    )
}

/// That it listens without TLS. Where its clients speak TLS to it already, the
/// connection does not come about.
pub(super) fn told(object: &Object<'_, '_>, is_spoken_to: bool) -> Finding {
    let message = "this etcd listens without TLS, and its clients are hardened to speak TLS";
    let help = "give it --cert-file, --key-file, --trusted-ca-file and --client-cert-auth, and \
                https:// in its URLs, in the same roll-out";
    let finding = object.finding(Code::EtcdWithoutTls, message, help);
    match is_spoken_to {
        true => finding.warning(),
        false => finding.info(),
    }
}

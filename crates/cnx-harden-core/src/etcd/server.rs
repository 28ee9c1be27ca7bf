//! An etcd in the manifests: it is not edited, but its clients cannot talk to it
//! as long as it has no TLS.

use yaml_splice::{Error, Route};

use super::Object;
use crate::edits;
use crate::finding::{Code, Finding};
use crate::resource::Resource;

/// The flag that says where etcd listens.
pub(super) const FLAG: &str = "listen-client-urls";

/// Whether some container of the object runs an etcd that listens without TLS.
pub(super) fn listens_without_tls(resource: &Resource<'_, '_>) -> Result<bool, Error> {
    let Some(pod) = edits::pod(resource) else {
        return Ok(false);
    };
    if !resource.span()?.of(resource.tree.source()).contains(FLAG) {
        return Ok(false);
    }
    for container in edits::containers(resource, &pod)? {
        for list in ["command", "args"] {
            let list = container.at.key(list);
            if texts(resource, &list)?.into_iter().any(is_insecure) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

fn texts<'a>(resource: &Resource<'a, '_>, list: &Route) -> Result<Vec<&'a str>, Error> {
    let tree = resource.tree;
    let items = tree.find(list)?.and_then(|id| tree.items_len(id));
    let mut texts = Vec::new();
    for number in 0..items.unwrap_or(0) {
        texts.extend(tree.text_at(&list.index(number))?);
    }
    Ok(texts)
}

/// The argument may be a whole command line. etcd listens at each of the URLs,
/// often at one of its own host without TLS, which is no client's.
fn is_insecure(argument: &str) -> bool {
    let Some((_, behind)) = argument.split_once(FLAG) else {
        return false;
    };
    let urls = behind.trim_start_matches(['=', ' ']);
    let urls = urls.split_whitespace().next().unwrap_or_default();
    let mut urls = urls.split(',');
    urls.any(|url| {
        let host = url.strip_prefix("http://");
        host.is_some_and(|host| !host.starts_with("127.") && !host.starts_with("localhost"))
    })
}

pub(super) fn told(object: &Object<'_, '_>) -> Finding {
    let message = "this etcd listens without TLS, and its clients are hardened to speak TLS";
    let help = "give it --cert-file, --key-file, --trusted-ca-file and --client-cert-auth, and \
                https:// in its URLs, in the same roll-out";
    object.finding(Code::EtcdWithoutTls, message, help).info()
}

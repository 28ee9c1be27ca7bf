//! The certificates of aggregated API servers, their keys and CAs.

use cnx_harden_core::aggregated::{Pair, Trust};
use cnx_harden_core::{ApiService, ApiServices};

use super::{Identity, load_identity};
use crate::args::ApiServiceArgs;
use crate::error::Error;
use crate::pki::{Files, Pki};

/// Reads the channel; none where it isn't asked for, or where something is wrong.
pub(super) fn read(
    args: &ApiServiceArgs,
    pki: Option<Pki<'_>>,
    errors: &mut Vec<Error>,
) -> Option<ApiServices> {
    let names = match (args.api_service.as_slice(), pki) {
        ([], None) => return None,
        ([], Some(pki)) => pki.api_services(),
        (names, _) => names.to_vec(),
    };
    let asked = names.into_iter().filter_map(|name| {
        let trust = trust(args, pki, &name, errors)?;
        let mut asked = ApiService::new(name, trust);
        asked.strategy = args.api_service_strategy.map(|name| name.strategy());
        Some(asked)
    });
    let asked: Vec<_> = asked.collect();
    (!asked.is_empty()).then(|| ApiServices {
        asked,
        ..ApiServices::default()
    })
}

fn trust(
    args: &ApiServiceArgs,
    pki: Option<Pki<'_>>,
    name: &str,
    errors: &mut Vec<Error>,
) -> Option<Trust> {
    if let Some(issuer) = args.issuer() {
        return Some(Trust::CertManager(issuer));
    }
    let given = (
        &args.api_service_ca,
        &args.api_service_cert,
        &args.api_service_key,
    );
    let own = match given {
        (Some(ca), Some(certificate), Some(key)) => load_identity(ca, certificate, key, errors),
        _ => return in_folder(pki?, name, errors),
    };
    own.map(pair)
}

/// What a folder has for these APIServices, or for all that it has one for.
pub(super) fn of_folder(
    pki: Pki<'_>,
    names: Option<&[String]>,
    errors: &mut Vec<Error>,
) -> Option<ApiServices> {
    let names = names.map_or_else(|| pki.api_services(), <[String]>::to_vec);
    let asked = names.into_iter().filter_map(|name| {
        let trust = in_folder(pki, &name, errors)?;
        Some(ApiService::new(name, trust))
    });
    let asked: Vec<_> = asked.collect();
    (!asked.is_empty()).then(|| ApiServices {
        asked,
        ..ApiServices::default()
    })
}

fn in_folder(pki: Pki<'_>, name: &str, errors: &mut Vec<Error>) -> Option<Trust> {
    let Files {
        ca,
        certificate,
        key,
        ..
    } = match pki.api_service(name) {
        Ok(files) => files,
        Err(error) => {
            errors.push(error);
            return None;
        }
    };
    load_identity(&ca?, &certificate, &key, errors).map(pair)
}

fn pair(identity: Identity) -> Trust {
    Trust::Own(Pair {
        ca: identity.ca,
        certificate: identity.certificate,
        key: identity.key,
    })
}

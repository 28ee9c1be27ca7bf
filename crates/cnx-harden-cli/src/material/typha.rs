//! Typha's and Felix's certificates, their keys, and the CA of both.

use std::path::Path;

use cnx_certs::generate::CertificateProfile;
use cnx_certs::{CertificateChain, Role};
use cnx_harden_core::typha::{AcceptedIdentity, Client, ClientIdentity, PeerName};
use cnx_harden_core::typha::{Server, ServerIdentity};
use cnx_harden_core::{CaBundle, Typha};

use super::{files, load, load_pair};
use crate::args::TyphaArgs;
use crate::error::Error;
use crate::input::read_material;
use crate::pki::Pki;

/// Reads the channel; none where it isn't asked for, or where something is wrong.
pub(super) fn read(
    args: &TyphaArgs,
    pki: Option<Pki<'_>>,
    errors: &mut Vec<Error>,
) -> Option<Typha> {
    let ca = &args.typha_ca;
    let server = [ca, &args.typha_server_cert, &args.typha_server_key];
    let client = [ca, &args.typha_client_cert, &args.typha_client_key];
    let server = files(server, pki, Role::TyphaServer, errors);
    let client = files(client, pki, Role::TyphaClient, errors);
    let ((ca, server, server_key), (_, client, client_key)) = (server?, client?);
    let spiffe = |role, path: &Path| match (&args.typha_ca, pki) {
        (None, Some(_)) => spiffe_id(role, path),
        _ => None,
    };
    let server_id = spiffe(Role::TyphaServer, &server);
    let client_id = spiffe(Role::TyphaClient, &client);
    let ca = load(&ca, CaBundle::new, CaBundle::named, errors);
    let server = load_pair(&server, &server_key, errors);
    let client = load_pair(&client, &client_key, errors);
    let (ca, server, client) = (ca?, server?, client?);
    let mut channel = Typha::new(
        ca,
        Server::new(server.0, server.1),
        Client::new(client.0, client.1),
    );
    let said = &args.identities;
    let server = AcceptedIdentity::of(
        said.typha_server_cn.clone(),
        said.typha_server_uri_san.clone(),
    );
    let client = AcceptedIdentity::of(
        said.typha_client_cn.clone(),
        said.typha_client_uri_san.clone(),
    );
    channel.server.identity = server.or(server_id).map(ServerIdentity);
    channel.client.identity = client.or(client_id).map(ClientIdentity);
    Some(channel)
}

/// The SPIFFE ID that `certs generate --spiffe-trust-domain` gave a certificate.
/// What is wrong with the file is told by the checks.
fn spiffe_id(role: Role, path: &Path) -> Option<AcceptedIdentity> {
    let chain = CertificateChain::from_pem(&read_material(path).ok()?).ok()?;
    let id = CertificateProfile::of_certificate(role, &chain).ok()?.uri?;
    let id = id.starts_with("spiffe://").then(|| PeerName::new(id))?;
    AcceptedIdentity::of(None, Some(id.ok()?))
}

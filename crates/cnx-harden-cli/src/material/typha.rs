//! Typha's and Felix's certificates, their keys, and the CA of both.

use cnx_harden_core::typha::{Client, ClientIdentity, Identity, Selectors, Server, ServerIdentity};
use cnx_harden_core::{CaBundle, Certificate, PrivateKey, Typha};

use super::{load, load_pair};
use crate::args::TyphaArgs;
use crate::error::Error;

/// Reads the channel; none where it isn't asked for, or where something is wrong.
pub(super) fn read(args: &TyphaArgs, errors: &mut Vec<Error>) -> Option<Typha> {
    let server = (&args.typha_server_cert, &args.typha_server_key);
    let client = (&args.typha_client_cert, &args.typha_client_key);
    let (Some(ca), (Some(server), Some(server_key)), (Some(client), Some(client_key))) =
        (&args.typha_ca, server, client)
    else {
        return None;
    };
    let ca = load(ca, cnx_certs::CaBundle::from_pem, errors);
    let server = load_pair(server, server_key, errors);
    let client = load_pair(client, client_key, errors);
    let (ca, server, client) = (ca?, server?, client?);
    let mut channel = Typha::new(
        CaBundle::new(ca.as_pem()),
        Server::new(
            Certificate::new(server.chain.as_pem()),
            PrivateKey::new(server.key.as_pem()),
        ),
        Client::new(
            Certificate::new(client.chain.as_pem()),
            PrivateKey::new(client.key.as_pem()),
        ),
    );
    let said = &args.identities;
    let server = Identity::of(
        said.typha_server_cn.clone(),
        said.typha_server_uri_san.clone(),
    );
    let client = Identity::of(
        said.typha_client_cn.clone(),
        said.typha_client_uri_san.clone(),
    );
    channel.server.identity = server.map(ServerIdentity);
    channel.client.identity = client.map(ClientIdentity);
    let names = &args.names;
    channel.selectors = Selectors {
        typha: names.typha_deployment.clone(),
        typha_container: names.typha_container.clone(),
        nodes: names.typha_daemon_set.clone(),
        node_container: names.typha_node_container.clone(),
        ca: names.typha_ca_config_map.clone(),
        server: names.typha_server_secret.clone(),
        client: names.typha_client_secret.clone(),
    };
    Some(channel)
}

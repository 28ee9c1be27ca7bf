//! Two ends of a connection that talk through buffers.

use std::io::{Read as _, Write as _};

use rustls::{Connection, Error};

use crate::role::Side;

/// More flights than any handshake has, with a round of data behind it.
const ROUNDS: usize = 16;
const REQUEST: &[u8] = b"ping";
const ANSWER: &[u8] = b"pong";

/// Who gave up first, and why.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) side: Side,
    pub(super) error: Error,
}

/// Shakes hands, then sends data there and back: in TLS 1.3 a client has
/// finished before the server looks at its certificate.
pub(super) fn converse(client: &mut Connection, server: &mut Connection) -> Result<(), Failure> {
    flights(client, server)?;
    if client.is_handshaking() || server.is_handshaking() {
        return Err(stalled(Side::Client));
    }
    pass(client, server, REQUEST, Side::Server)?;
    pass(server, client, ANSWER, Side::Client)
}

/// Carries bytes to and fro until neither side has any.
fn flights(client: &mut Connection, server: &mut Connection) -> Result<(), Failure> {
    for _ in 0..ROUNDS {
        let there = carry(client, server, Side::Server)?;
        let back = carry(server, client, Side::Client)?;
        if there + back == 0 {
            return Ok(());
        }
    }
    Err(stalled(Side::Client))
}

/// Sends data, which `side` receives.
fn pass(
    from: &mut Connection,
    to: &mut Connection,
    data: &[u8],
    side: Side,
) -> Result<(), Failure> {
    let io = |error: std::io::Error| Failure {
        side,
        error: Error::General(error.to_string()),
    };
    from.writer().write_all(data).map_err(io)?;
    carry(from, to, side)?;
    let mut received = [0; 16];
    let length = to.reader().read(&mut received).map_err(io)?;
    match received.get(..length) == Some(data) {
        true => Ok(()),
        false => Err(stalled(side)),
    }
}

/// Carries what `from` has to say to `to`, the end of `side`.
fn carry(from: &mut Connection, to: &mut Connection, side: Side) -> Result<usize, Failure> {
    let fail = |error| Failure { side, error };
    let io = |error: std::io::Error| fail(Error::General(error.to_string()));
    let mut wire = Vec::new();
    while from.wants_write() {
        if from.write_tls(&mut wire).map_err(io)? == 0 {
            break;
        }
    }
    let mut rest = wire.as_slice();
    while !rest.is_empty() {
        if to.read_tls(&mut rest).map_err(io)? == 0 {
            break;
        }
        to.process_new_packets().map_err(fail)?;
    }
    Ok(wire.len())
}

fn stalled(side: Side) -> Failure {
    let error = Error::General("the other side says no more".to_owned());
    Failure { side, error }
}

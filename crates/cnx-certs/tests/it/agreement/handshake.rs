//! Agreement with the handshake in process, which `certs verify` makes.

use cnx_certs::{Identity, Policy, Role, UnixTime, connect};

use super::{Difference, We, agree};
use crate::catalogue::{Case, NAME, Verdict, ask, cases};

const DIFFERENCES: &[Difference] = &[
    Difference {
        because: "rustls does not sign with RSA keys of less than 2048 bits: it is not tried, and a warning reports that.",
        we: We::Accept,
        cases: &["rsa-1024"],
    },
    Difference {
        because: "The size is nothing to TLS; it is to the Secret that carries the file.",
        we: We::Refuse,
        cases: &["too-large"],
    },
    Difference {
        because: "rustls takes 64 KiB of certificates, as early releases of Go did: it is not tried, and a warning reports that.",
        we: We::Accept,
        cases: &["long-chain"],
    },
    Difference {
        because: "rustls does not read certificates with policies that are critical: it is not tried, and a warning reports that.",
        we: We::Accept,
        cases: &["critical-policies"],
    },
    Difference {
        because: "rustls finds out on which curve a key is; Go does not guess.",
        we: We::Refuse,
        cases: &["sec1-key-without-parameters"],
    },
];

#[test]
fn the_handshake_agrees() {
    let cases = cases();
    agree("the handshake", DIFFERENCES, ask(&cases, verdict), |_| None);
}

fn verdict(case: &Case) -> Verdict {
    let (names, identity) = ([NAME.to_owned()], Identity::default());
    let material = case.material(Role::ApiServer, &names, &identity);
    let done = connect(&[material], &Policy::at(UnixTime::now()));
    assert!(!done.is_empty());
    let failed = done.iter().find(|handshake| !handshake.connected());
    failed.map_or(Verdict::Accepts, |handshake| {
        Verdict::Refuses(format!("{:?}", handshake.outcome))
    })
}

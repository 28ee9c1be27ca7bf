//! Dates.

use super::Policy;
use super::report::{At, Message, Report};
use crate::certificate::{Certificate, seconds};
use crate::code::Code;
use crate::finding::Part;
use crate::help;
use crate::help::{HelpPart, Setting};

/// A day in seconds.
const DAY: i64 = 24 * 60 * 60;

/// `issuers` are the certificates of the chain that verifies, each with its file.
pub(super) fn check(
    report: &mut Report,
    leaf: &Certificate<'_>,
    issuers: &[(Part, &Certificate<'_>)],
    policy: &Policy,
) {
    let at = At::certificate(Part::Certificate, leaf);
    let now = seconds(policy.now);
    let within = i64::try_from(policy.expires_within.as_secs()).unwrap_or(i64::MAX);
    let left = |certificate: &Certificate<'_>| certificate.not_after().saturating_sub(now);
    let renew = help!["have it renewed, or make one: ", report.make(true)];
    if leaf.not_before() > now {
        report.error(
            Code::NotYetValid,
            at,
            format!("it is not valid before {}", leaf.not_before_day()),
            "wait until then, or have one issued that is valid now; look at the clock of the authority",
        );
    } else if left(leaf) < 0 {
        let message = format!("it expired on {}", leaf.not_after_day());
        report.error(Code::Expired, at, Message::ends(message, leaf), renew);
    } else if left(leaf) < within {
        let message = format!(
            "it expires on {}, in {}",
            leaf.not_after_day(),
            days(left(leaf))
        );
        report.warning(Code::ExpiresSoon, at, Message::ends(message, leaf), renew);
    }
    for (part, issuer) in issuers {
        let at = At::certificate(*part, issuer);
        // An issuer that is expired is in no chain.
        if left(issuer) < within {
            report.warning(
                Code::CaExpiresSoon,
                at,
                Message::ends(
                    format!(
                        "the CA {} expires on {}, in {}, and with it all that it issued",
                        issuer.subject(),
                        issuer.not_after_day(),
                        days(left(issuer))
                    ),
                    issuer,
                ),
                help![
                    "make the next CA now, and trust both for a while: ",
                    HelpPart::Apply(&[Setting::CaOverlap]),
                ],
            );
        }
    }
    let first_to_end = issuers
        .iter()
        .map(|(_, issuer)| *issuer)
        .min_by_key(|i| i.not_after());
    if let Some(issuer) = first_to_end.filter(|issuer| issuer.not_after() < leaf.not_after()) {
        report.warning(
            Code::OutlivesCa,
            at,
            Message::ends(
                format!(
                    "it is valid until {}, and its CA {} until {} only",
                    leaf.not_after_day(),
                    issuer.subject(),
                    issuer.not_after_day()
                ),
                leaf,
            ),
            "go by the CA's date when you plan the renewal",
        );
    }
}

fn days(seconds: i64) -> String {
    match seconds / DAY {
        0 => "less than a day".to_owned(),
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    }
}

#[cfg(test)]
mod tests {
    use super::{DAY, days};

    #[test]
    fn whole_days_are_counted() {
        let said = [DAY - 1, DAY, 2 * DAY - 1, 2 * DAY, 30 * DAY + 5].map(days);
        assert_eq!(
            said,
            ["less than a day", "1 day", "1 day", "2 days", "30 days"]
        );
    }
}

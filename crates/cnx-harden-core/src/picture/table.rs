//! The table below the diagram: everything in it, in words.

use std::fmt::Write as _;

use super::escape::escape;
use super::svg::put;
use super::words;
use crate::finding::Finding;
use crate::traffic::{Certificate, Connection, Lifetime, State, Traffic};

pub(super) fn table(out: &mut String, traffic: &Traffic) {
    put!(out, "<section aria-labelledby=\"connections\">");
    put!(out, "<h2 id=\"connections\">Connections</h2>");
    if traffic.present().next().is_none() {
        put!(
            out,
            "<p>These manifests make none of CNX's connections.</p>"
        );
    } else {
        put!(
            out,
            "<table><colgroup><col class=\"connection\"><col class=\"state\"><col class=\"certificates\">\
             <col class=\"days\"><col class=\"findings\"></colgroup><thead><tr><th scope=\"col\">Connection</th><th scope=\"col\">State</th>\
             <th scope=\"col\">Certificates</th><th scope=\"col\">Days left</th>\
             <th scope=\"col\">Findings</th></tr></thead><tbody>"
        );
        let mut above: Vec<&Connection> = Vec::new();
        for connection in traffic.present() {
            let same = above
                .iter()
                .find(|other| other.certificates == connection.certificates);
            row(out, connection, same.copied(), &above);
            above.push(connection);
        }
        put!(out, "</tbody></table>");
    }
    let absent = traffic
        .connections
        .iter()
        .filter(|c| c.state == State::Absent && !c.link.is_of_others());
    let absent: Vec<_> = absent.map(|c| c.link.to_string()).collect();
    if !absent.is_empty() {
        put!(
            out,
            "<p class=\"muted absentees\">Not in these manifests: {}.</p>",
            absent.join("; ")
        );
    }
    put!(out, "</section>");
}

/// `same` is an earlier row with the same certificates, `above` has all earlier ones.
fn row(
    out: &mut String,
    connection: &Connection,
    same: Option<&Connection>,
    above: &[&Connection],
) {
    let (id, state) = (connection.link.id(), connection.state);
    put!(
        out,
        "<tr id=\"row-{id}\" class=\"{}\" tabindex=\"-1\">",
        state.id()
    );
    put!(
        out,
        "<th scope=\"row\"><a class=\"wide\" href=\"#link-{id}\">{link}</a>\
         <a class=\"narrow\" href=\"#line-{id}\">{link}</a></th>",
        link = connection.link
    );
    put!(
        out,
        "<td data-label=\"State\"><span class=\"badge\">{state}</span><ul>"
    );
    for way in &connection.ways {
        let (what, reason) = (escape(&way.what), escape(&way.reason));
        let place = escape(&way.place.to_string());
        let differs = match way.state == state {
            true => String::new(),
            false => format!("<b>{}</b>: ", way.state),
        };
        put!(
            out,
            "<li>{differs}{reason} <span class=\"what\">{what}</span> \
             <span class=\"place\">{place}</span></li>"
        );
    }
    put!(out, "</ul></td>");
    certificates(out, connection, same);
    put!(out, "<td data-label=\"Findings\">");
    findings(out, connection, above);
    put!(out, "</td></tr>");
}

fn certificates(out: &mut String, connection: &Connection, same: Option<&Connection>) {
    put!(out, "<td data-label=\"Certificates\">");
    if connection.certificates.is_empty() {
        put!(out, "<span class=\"muted\">none here</span>");
    } else if let Some(other) = same {
        let (id, link) = (other.link.id(), other.link);
        put!(out, "as for <a href=\"#row-{id}\">{link}</a>");
    } else {
        put!(out, "<ul>");
        for certificate in &connection.certificates {
            one(out, certificate);
        }
        put!(out, "</ul>");
    }
    put!(out, "</td><td data-label=\"Days left\" class=\"days\">");
    let mut shortest: Vec<_> = connection.certificates.iter().collect();
    shortest.sort_by_key(|c| (c.lifetime, c.days_left));
    match shortest.first() {
        Some(certificate) => {
            let class = match certificate.lifetime {
                Lifetime::NotValid => "over",
                Lifetime::ExpiresSoon => "soon",
                Lifetime::Valid => "fine",
            };
            let soon = match certificate.lifetime {
                Lifetime::ExpiresSoon => " <b>soon</b>",
                _ => "",
            };
            put!(
                out,
                "<span class=\"{class}\">{}</span>{soon}",
                words::days(certificate)
            );
        }
        None => {
            put!(out, "<span class=\"muted\">–</span>");
        }
    }
    put!(out, "</td>");
}

fn one(out: &mut String, certificate: &Certificate) {
    let purpose = escape(&certificate.purpose);
    let subject = escape(&certificate.subject);
    let issuer = escape(&certificate.issuer);
    let place = escape(&certificate.place.to_string());
    let names = escape(&certificate.names.join(", "));
    let day = words::day(&certificate.not_after);
    put!(
        out,
        "<li><span class=\"what\">{purpose}</span> <b>{subject}</b>"
    );
    if !names.is_empty() {
        put!(out, "<span class=\"names\">{names}</span>");
    }
    if certificate.issuer == certificate.subject {
        put!(out, "<span class=\"muted\">self-issued, until {day}</span>");
    } else {
        put!(out, "<span class=\"muted\">by {issuer}, until {day}</span>");
    }
    put!(out, "<span class=\"place\">{place}</span></li>");
}

/// The findings of a connection; those of an earlier row are counted, with a link to it.
fn findings(out: &mut String, connection: &Connection, above: &[&Connection]) {
    let (mut new, mut told): (Vec<&Finding>, Vec<(&Connection, usize)>) = Default::default();
    for finding in &connection.findings {
        let first = above.iter().find(|other| other.findings.contains(finding));
        match (first, told.last_mut()) {
            (None, _) => new.push(finding),
            (Some(first), Some((last, count))) if last.link == first.link => *count += 1,
            (Some(first), _) => told.push((first, 1)),
        }
    }
    if !new.is_empty() || told.is_empty() {
        groups(out, &new);
    }
    for (other, count) in told {
        let (id, link, count) = (
            other.link.id(),
            other.link,
            words::counted(count, "finding"),
        );
        put!(
            out,
            "<p class=\"muted\">{count} as for <a href=\"#row-{id}\">{link}</a></p>"
        );
    }
}

/// Findings with their places and what to do.
pub(super) fn list(out: &mut String, findings: &[Finding]) {
    groups(out, &findings.iter().collect::<Vec<_>>());
}

/// So many places of one finding are shown.
const PLACES: usize = 4;

/// Findings of one kind are one entry, with all their places.
fn groups(out: &mut String, findings: &[&Finding]) {
    if findings.is_empty() {
        put!(out, "<span class=\"muted\">none</span>");
        return;
    }
    let mut groups: Vec<(String, Vec<&Finding>)> = Vec::new();
    for finding in findings {
        let help = finding.help.to_string();
        let (severity, code) = (finding.severity, finding.code);
        let of = groups.iter_mut().find(|(known, group)| {
            let first = group.first().map(|first| (first.severity, first.code));
            first == Some((severity, code)) && *known == help
        });
        match of {
            Some((_, group)) => group.push(finding),
            None => groups.push((help, vec![finding])),
        }
    }
    put!(out, "<ul class=\"findings\">");
    for (help, group) in &groups {
        let Some(first) = group.first() else { continue };
        let (severity, code, help) = (first.severity, first.code, escape(help));
        put!(
            out,
            "<li class=\"{severity}\"><b>{severity}</b> <code>{code}</code>"
        );
        let mut messages: Vec<&str> = group.iter().map(|found| found.message.as_str()).collect();
        messages.dedup();
        for message in messages.iter().take(PLACES) {
            put!(out, "{}.", escape(message));
        }
        put!(
            out,
            "<span class=\"help\">{help}</span> <span class=\"place\">"
        );
        let places = group.iter().take(PLACES).map(|finding| {
            let (file, line, column) = finding.place.position();
            format!("{}:{line}:{column}", escape(file))
        });
        put!(out, "{}", places.collect::<Vec<_>>().join(", "));
        if group.len() > PLACES {
            put!(out, "and {} more", group.len() - PLACES);
        }
        put!(out, "</span></li>");
    }
    put!(out, "</ul>");
}

//! What is shown of a connection beside the diagram, while it is pointed at.

use super::escape::escape;
use super::svg::put;
use super::words;
use crate::traffic::{Connection, Traffic};
use std::fmt::Write as _;

/// Of certificates and findings, so many; the table has all.
const MOST: usize = 3;
/// And of what is not secured.
const GROUPS: usize = 6;

pub(super) fn cards(out: &mut String, traffic: &Traffic) {
    put!(out, "<div class=\"cards\" aria-hidden=\"true\">");
    overview(out, traffic);
    for connection in traffic.present() {
        card(out, connection);
    }
    put!(out, "</div>");
}

/// While none is pointed at: what is not secured, the worst first.
fn overview(out: &mut String, traffic: &Traffic) {
    let mut open: Vec<_> = traffic
        .present()
        .filter(|c| !c.state.is_secured())
        .collect();
    open.sort_by_key(|connection| connection.state);
    let mut groups: Vec<(&Connection, &str, usize)> = Vec::new();
    for connection in open {
        let reason = connection.worst().map_or("", |way| way.reason.as_str());
        let same = |(other, r, _): &&mut (&Connection, &str, usize)| {
            *r == reason && other.state == connection.state
        };
        match groups.iter_mut().find(same) {
            Some((.., count)) => *count += 1,
            None => groups.push((connection, reason, 0)),
        }
    }
    put!(out, "<div class=\"hint\"><ul>");
    let left = groups.len().saturating_sub(GROUPS);
    for (connection, reason, more) in groups.iter().take(GROUPS) {
        let (link, state) = (connection.link, connection.state);
        let more = match more {
            0 => String::new(),
            _ => format!(" and {more} more"),
        };
        put!(
            out,
            "<li class=\"{}\"><b class=\"word\">{state}</b> {link}{more}: {}</li>",
            state.id(),
            escape(reason)
        );
    }
    if left > 0 {
        put!(out, "<li class=\"more\">{left} more in the table</li>");
    }
    if groups.is_empty() && traffic.present().next().is_some() {
        put!(
            out,
            "<li>Each connection of these manifests is verified.</li>"
        );
    }
    put!(
        out,
        "</ul><p>Point at a connection, or go to it with the tab key, for its certificates and \
         findings; Enter leads to its row.</p></div>"
    );
}

fn card(out: &mut String, connection: &Connection) {
    let (id, state) = (connection.link.id(), connection.state);
    put!(out, "<div class=\"card {}\" id=\"card-{id}\">", state.id());
    put!(
        out,
        "<p class=\"head\"><b>{}</b> <span class=\"badge\">{state}</span></p>",
        connection.link
    );
    if let Some(way) = connection.worst() {
        let (reason, place) = (escape(&way.reason), escape(&way.place.to_string()));
        put!(out, "<p>{reason} <span class=\"place\">{place}</span></p>");
    }
    put!(out, "<ul>");
    for certificate in connection.certificates.iter().take(MOST) {
        let subject = escape(&certificate.subject);
        let purpose = escape(&certificate.purpose);
        let days = words::days(certificate);
        put!(out, "<li>{purpose}: {subject}, <b>{days}</b></li>");
    }
    for finding in connection.findings.iter().take(MOST - 1) {
        let message = escape(&finding.message);
        let (severity, code) = (finding.severity, finding.code);
        put!(
            out,
            "<li><b>{severity}</b> <code>{code}</code>: {message}</li>"
        );
    }
    let shown = connection.certificates.len().min(MOST) + connection.findings.len().min(MOST - 1);
    let more = connection.certificates.len() + connection.findings.len() - shown;
    if more > 0 {
        put!(out, "<li class=\"more\">{more} more in its row</li>");
    }
    put!(out, "</ul></div>");
}

/// The rules that show a card while its connection is pointed at, or has the
/// focus and none is pointed at. There is no script.
pub(super) fn rules(traffic: &Traffic) -> String {
    let mut css = String::new();
    for connection in traffic.present() {
        let id = connection.link.id();
        // The wide diagram, and the narrow one: one of them is there.
        for shape in ["link", "line"] {
            put!(
                css,
                ".picture:has(#{shape}-{id}:hover) #card-{id},\
                 .picture:not(:has(.link:hover)):has(#{shape}-{id}:focus) #card-{id}\
                 {{display:block;visibility:visible}}"
            );
        }
    }
    css
}

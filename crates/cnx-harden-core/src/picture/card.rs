//! What is shown of a connection beside the diagram, while it is pointed at.

use super::escape::escape;
use super::svg::put;
use super::words;
use crate::traffic::{Connection, Traffic};
use std::fmt::Write as _;

/// Of certificates and findings, so many; the table has all.
const MOST: usize = 3;

pub(super) fn cards(out: &mut String, traffic: &Traffic) {
    put!(out, "<div class=\"cards\" aria-hidden=\"true\">");
    put!(
        out,
        "<p class=\"hint\">Point at a connection, or go there with the tab key, to see what it is \
         secured with. Enter leads to its row below.</p>"
    );
    for connection in traffic.present() {
        card(out, connection);
    }
    put!(out, "</div>");
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
    put!(out, "</ul></div>");
}

/// The rules that show a card while its connection is pointed at, or has the
/// focus and none is pointed at. There is no script.
pub(super) fn rules(traffic: &Traffic) -> String {
    let mut css = String::new();
    for connection in traffic.present() {
        let id = connection.link.id();
        put!(
            css,
            ".picture:has(#link-{id}:hover) #card-{id},\
             .picture:not(:has(.link:hover)):has(#link-{id}:focus) #card-{id}\
             {{visibility:visible}}"
        );
    }
    css
}

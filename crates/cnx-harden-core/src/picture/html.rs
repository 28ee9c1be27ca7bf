//! One page with everything: the diagram, and a table below it.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::escape::escape;
use super::narrow::narrow;
use super::svg::{COLOURS, DIAGRAM, put, wide};
use super::{card, table, words};
use crate::traffic::{State, Traffic};

/// How the page looks.
const PAGE: &str = include_str!("page.css");

/// A padlock, for the tab.
const ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E\
                    %3Cpath d='M3 7h10v7H3zM5 7V5a3 3 0 0 1 6 0v2' fill='none' stroke='%230b6b3a' \
                    stroke-width='1.6'/%3E%3C/svg%3E";

/// A page of its own: it loads nothing, runs no script, and its content security
/// policy forbids both.
#[must_use]
pub fn html(traffic: &Traffic, title: &str) -> String {
    let style = format!("{COLOURS}{DIAGRAM}{PAGE}{}", card::rules(traffic));
    let hash = STANDARD.encode(Sha256::digest(&style));
    let title = escape(title);
    let mut out = String::new();
    put!(out, "<!DOCTYPE html>");
    put!(out, "<html lang=\"en\">");
    put!(out, "<head>");
    put!(out, "<meta charset=\"utf-8\">");
    put!(
        out,
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
         style-src 'sha256-{hash}'; img-src data:; base-uri 'none'; form-action 'none'\">"
    );
    put!(
        out,
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
    );
    put!(out, "<meta name=\"color-scheme\" content=\"light dark\">");
    put!(out, "<meta name=\"referrer\" content=\"no-referrer\">");
    put!(out, "<title>{title}</title>");
    put!(out, "<link rel=\"icon\" href=\"{ICON}\">");
    let _ = write!(out, "<style>{style}</style>");
    put!(out, "\n</head>\n<body>");
    header(&mut out, traffic, &title);
    put!(out, "<main>");
    put!(out, "<div class=\"picture\">");
    wide(&mut out, traffic);
    narrow(&mut out, traffic);
    card::cards(&mut out, traffic);
    put!(out, "</div>");
    table::table(&mut out, traffic);
    if !traffic.findings.is_empty() {
        put!(
            out,
            "<section aria-labelledby=\"others\"><h2 id=\"others\">Other findings</h2>"
        );
        table::list(&mut out, &traffic.findings);
        put!(out, "</section>");
    }
    put!(out, "</main>");
    footer(&mut out, traffic);
    put!(out, "</body>\n</html>");
    out
}

fn header(out: &mut String, traffic: &Traffic, title: &str) {
    let day = words::day(&traffic.as_of);
    put!(out, "<header>");
    put!(out, "<h1>{title}</h1>");
    put!(
        out,
        "<p class=\"muted\">{} of {}, as of <time datetime=\"{}\">{day}</time></p>",
        words::counted(traffic.present().count(), "connection"),
        words::counted(traffic.files.len(), "manifest"),
        traffic.as_of
    );
    put!(out, "<ul class=\"counts\">");
    for state in State::ALL.into_iter().filter(|s| *s != State::Absent) {
        let count = traffic.count(state);
        if count > 0 {
            put!(
                out,
                "<li class=\"{}\"><b>{count}</b> {state}</li>",
                state.id()
            );
        }
    }
    put!(out, "</ul></header>");
}

fn footer(out: &mut String, traffic: &Traffic) {
    put!(out, "<footer>");
    put!(
        out,
        "<p>Read from the manifests by <code>cnx-harden report</code>, not measured in a cluster. \
         What they do not say is <em>unknown</em>. <code>cnx-harden explain CODE</code> has the \
         cause and the remedy of each finding.</p>"
    );
    put!(out, "<details><summary>The manifests</summary><ul>");
    for file in &traffic.files {
        put!(out, "<li><code>{}</code></li>", escape(file));
    }
    put!(out, "</ul></details></footer>");
}

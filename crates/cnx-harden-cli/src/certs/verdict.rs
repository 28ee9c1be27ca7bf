//! What came out of a verification, as lines and as JSON.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use cnx_certs::{ConnectionKind, Handshake, HandshakeOutcome, Severity, shown};
use cnx_harden_core::OnHost;
use schemars::JsonSchema;
use serde::Serialize;

use super::sets::connection;
use super::subject::Place;
use crate::show::pretty;

/// All that is to be said.
pub(super) struct Verdict {
    pub(super) manifests: Vec<cnx_harden_core::Finding>,
    pub(super) findings: Vec<Located>,
    pub(super) handshakes: Vec<Tried>,
    /// Connections that nothing was given for.
    pub(super) absent: Vec<ConnectionKind>,
    /// Programs whose files are on the host.
    pub(super) on_host: Vec<OnHost>,
}

/// A finding on certificates, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Located {
    pub(super) place: Option<Place>,
    pub(super) finding: cnx_certs::Finding,
}

/// What `certs verify --format json` prints. New fields may be added; none is taken away
/// or changes its meaning.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "cnx-harden certs verify")]
pub(crate) struct VerifyDocument<'v> {
    /// Whether everything that was given works.
    ok: bool,
    /// The handshakes.
    connections: &'v [Tried],
    /// Connections that nothing was given for.
    not_there: &'v [ConnectionKind],
    /// Programs whose files are on the host.
    on_host: &'v [OnHost],
    /// What was found on certificates.
    findings: Vec<Told<'v>>,
    /// What was found on manifests.
    manifest_findings: &'v [cnx_harden_core::Finding],
}

/// A handshake, and where its material is from.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Tried {
    /// Where its material is from.
    #[serde(rename = "source")]
    pub(super) origin: String,
    #[serde(flatten)]
    pub(super) handshake: Handshake,
}

/// A finding as JSON.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Told<'f> {
    /// The file, as it was named.
    file: Option<&'f str>,
    /// The field of its object, in a manifest.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'f str>,
    /// The value's line in its manifest, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    value_line: Option<usize>,
    /// Its column, from 1, in characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    value_column: Option<usize>,
    #[serde(flatten)]
    finding: &'f cnx_certs::Finding,
}

const CONNECTIONS: [ConnectionKind; 4] = [
    ConnectionKind::ApiServer,
    ConnectionKind::Etcd,
    ConnectionKind::Typha,
    ConnectionKind::Manager,
];

impl Verdict {
    /// Notes the connections that are none of these.
    pub(super) fn absent_except(&mut self, there: impl Iterator<Item = ConnectionKind>) {
        let on_host = self.on_host.iter();
        let on_host = on_host.filter_map(|found| connection(found.channel));
        let there: Vec<_> = there.chain(on_host).collect();
        let absent = CONNECTIONS
            .iter()
            .filter(|connection| !there.contains(connection));
        self.absent = absent.copied().collect();
    }

    /// Whether everything that was given works.
    pub(super) fn works(&self) -> bool {
        let error = |severity| severity == Severity::Error;
        self.handshakes.iter().all(|c| c.handshake.connected())
            && !self.findings.iter().any(|f| error(f.finding.severity))
            && !self.manifests.iter().any(|f| error(f.severity))
    }

    /// Lines for people, with colours.
    pub(super) fn text(&self) -> String {
        let mut out = String::new();
        for finding in &self.manifests {
            let _ = writeln!(out, "{finding}");
        }
        for finding in &self.findings {
            finding.write(&mut out);
        }
        for tried in &self.handshakes {
            tried.write(&mut out);
        }
        for found in &self.on_host {
            let dim = Style::new().dimmed();
            let (program, paths) = (shown(&found.program), shown(&found.paths.join(", ")));
            let _ = writeln!(out, "{dim}on host{dim:#}    {program}: {paths}");
        }
        for connection in &self.absent {
            let (client, server) = (connection.client(), connection.server());
            let dim = Style::new().dimmed();
            let _ = writeln!(
                out,
                "{dim}not there{dim:#}  {client} to {server}: no certificates here"
            );
        }
        let worked = self.handshakes.iter().filter(|c| c.handshake.connected());
        let (worked, all) = (worked.count(), self.handshakes.len());
        let _ = writeln!(out, "{worked} of {all} handshakes done");
        out
    }

    /// One JSON object.
    pub(super) fn json(&self) -> String {
        pretty(&VerifyDocument {
            ok: self.works(),
            connections: &self.handshakes,
            not_there: &self.absent,
            on_host: &self.on_host,
            findings: self.findings.iter().map(Located::told).collect(),
            manifest_findings: &self.manifests,
        })
    }
}

impl Located {
    fn told(&self) -> Told<'_> {
        let (field, value_line, value_column) = match &self.place {
            Some(Place::Value {
                line,
                column,
                field,
                ..
            }) => (Some(field.as_str()), Some(*line), Some(*column)),
            _ => (None, None, None),
        };
        Told {
            file: self.place.as_ref().map(Place::file),
            field,
            value_line,
            value_column,
            finding: &self.finding,
        }
    }

    /// `FILE:LINE: severity[code]: role: message`; of a value in a manifest, the
    /// place of the value, and the line inside of it in words.
    fn write(&self, out: &mut String) {
        let finding = &self.finding;
        let (severity, code) = (finding.severity, finding.code);
        let style = match severity {
            Severity::Error => Style::new().fg_color(Some(AnsiColor::Red.into())),
            Severity::Warning => Style::new().fg_color(Some(AnsiColor::Yellow.into())),
            Severity::Info => Style::new(),
        };
        match &self.place {
            Some(place @ Place::File(_)) => {
                let _ = write!(out, "{place}:{}: ", finding.line);
            }
            Some(place) => {
                let _ = write!(out, "{place}: ");
            }
            None => {}
        }
        let _ = write!(
            out,
            "{style}{severity}[{code}]{style:#}: {}: ",
            finding.role
        );
        if let Some(Place::Value { field, .. }) = &self.place {
            let _ = write!(out, "{}, line {} of the file: ", shown(field), finding.line);
        }
        let _ = writeln!(
            out,
            "{}\n  help: {}",
            shown(&finding.message),
            shown(&finding.help.to_string())
        );
    }
}

impl Tried {
    fn write(&self, out: &mut String) {
        let Handshake {
            connection,
            server_name,
            version,
            stand_in,
            outcome,
        } = &self.handshake;
        let colour = |colour: AnsiColor| Style::new().bold().fg_color(Some(colour.into()));
        let (style, word) = match outcome {
            HandshakeOutcome::Connected(_) => (colour(AnsiColor::Green), "ok"),
            HandshakeOutcome::Failed(_) => (colour(AnsiColor::Red), "failed"),
            _ => (colour(AnsiColor::Yellow), "not tried"),
        };
        let version = version.as_str();
        let (client, server) = (connection.client(), connection.server());
        let _ = write!(
            out,
            "{style}{word:9}{style:#}  {version}  {client} to {server}"
        );
        if let Some(name) = server_name {
            let _ = write!(out, " as {}", shown(name));
        }
        if *stand_in {
            let _ = write!(out, " (a server made up here)");
        }
        let _ = writeln!(out, ", {}", shown(&self.origin));
        match outcome {
            HandshakeOutcome::Connected(session) => {
                let (cipher, group) = (&session.cipher, &session.key_exchange);
                let _ = writeln!(out, "           {cipher}, {group}");
                if !stand_in {
                    let chain = session.server_chain.join(" <- ");
                    let _ = writeln!(out, "           {server}: {chain}");
                }
                if !session.client_chain.is_empty() {
                    let chain = session.client_chain.join(" <- ");
                    let _ = writeln!(out, "           {client}: {chain}");
                }
                if !session.trusted {
                    let _ = writeln!(
                        out,
                        "           whether a {client} trusts this CA was not checked; give it with \
                         --manager-ca"
                    );
                }
            }
            HandshakeOutcome::Failed(finding) | HandshakeOutcome::NotTried(finding) => {
                let _ = writeln!(out, "           {}", shown(&finding.message));
            }
            _ => {}
        }
    }
}

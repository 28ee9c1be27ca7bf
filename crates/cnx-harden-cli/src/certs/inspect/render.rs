//! Lines and JSON.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use cnx_certs::{CertificateInfo, Entry, KeyInfo, shown};

use super::{Holding, InspectDocument};
use crate::show::pretty;

pub(super) fn json(holdings: &[Holding]) -> String {
    pretty(&InspectDocument { files: holdings })
}

pub(super) fn text(holdings: &[Holding]) -> String {
    let mut out = String::new();
    let bold = Style::new().bold();
    for holding in holdings {
        let Holding {
            file,
            value,
            entries,
        } = holding;
        let file = shown(file);
        match value {
            None => {
                let _ = writeln!(out, "{bold}{file}{bold:#}");
            }
            Some(value) => {
                let (line, column) = (value.line, value.column);
                let _ = writeln!(
                    out,
                    "{bold}{file}:{line}:{column}{bold:#} {}: {}",
                    value.resource,
                    shown(&value.field)
                );
            }
        }
        for entry in entries {
            match entry {
                Entry::Certificate(info) => certificate(&mut out, info),
                Entry::PrivateKey(info) => key(&mut out, info, holdings),
                Entry::Other { line, label } => {
                    let _ = writeln!(out, "  line {line}: {label}, not looked into");
                }
                _ => {}
            }
        }
    }
    if holdings.is_empty() {
        out.push_str("no certificates and no keys\n");
    }
    out
}

fn certificate(out: &mut String, info: &CertificateInfo) {
    let validity = &info.validity;
    let days = validity.days_left;
    let left = match days {
        _ if validity.valid && days == 1 => "1 day left".to_owned(),
        0.. if validity.valid => format!("{days} days left"),
        0.. => "not valid yet".to_owned(),
        -1 => "expired less than a day ago".to_owned(),
        _ => format!("expired {} days ago", -(days + 1)),
    };
    let colour = match (validity.valid, days) {
        (false, _) => Style::new().fg_color(Some(AnsiColor::Red.into())),
        (true, ..30) => Style::new().fg_color(Some(AnsiColor::Yellow.into())),
        (true, _) => Style::new(),
    };
    let or = |list: &[String], none: &str| match list {
        [] => none.to_owned(),
        list => list.join(", "),
    };
    let unlimited = |usage: &Option<Vec<String>>| match usage {
        None => "any".to_owned(),
        Some(usage) => or(usage, "none"),
    };
    let authority = match (info.ca, info.path_length) {
        (false, _) => "no".to_owned(),
        (true, None) => "yes".to_owned(),
        (true, Some(0)) => "yes, with no CA below it".to_owned(),
        (true, Some(length)) => format!("yes, with at most {length} below it"),
    };
    let itself = match info.self_signed {
        true => " (itself)",
        false => "",
    };
    let roles: Vec<_> = info.roles.iter().map(ToString::to_string).collect();
    let _ = writeln!(out, "  line {}: certificate", info.line);
    let lines = [
        ("subject", info.subject.clone()),
        ("issuer", format!("{}{itself}", info.issuer)),
        ("names", or(&info.names, "none")),
        (
            "valid",
            format!(
                "{} to {}, {colour}{left}{colour:#}",
                validity.not_before, validity.not_after
            ),
        ),
        ("key", info.key.kind.clone()),
        ("signature", info.signature_algorithm.clone()),
        ("key usage", unlimited(&info.key_usage)),
        ("for", unlimited(&info.extended_key_usage)),
        ("CA", authority),
        ("serial", info.serial.clone()),
        ("SHA-256", info.sha256.clone()),
        ("public key", info.key.sha256.clone()),
        ("roles", or(&roles, "none")),
    ];
    for (title, value) in lines {
        let _ = writeln!(out, "    {title:<11}{value}");
    }
}

/// A key, and whose it is among all that is shown.
fn key(out: &mut String, info: &KeyInfo, holdings: &[Holding]) {
    let (line, form) = (info.line, info.form);
    let _ = writeln!(out, "  line {line}: private key");
    let kind = match (&info.key, info.encrypted) {
        (Some(key), _) => format!("{}, {form}", key.kind),
        (None, true) => format!("encrypted, {form}; no component of CNX asks for a passphrase"),
        (None, false) => format!("{form}, of a kind that cannot be used"),
    };
    let _ = writeln!(out, "    {:<11}{kind}", "key");
    let Some(public) = &info.key else { return };
    let _ = writeln!(out, "    {:<11}{}", "public key", public.sha256);
    let mut certificates = Vec::new();
    for holding in holdings {
        for entry in &holding.entries {
            if let Entry::Certificate(info) = entry
                && info.key.sha256 == public.sha256
            {
                certificates.push(format!("{} ({})", info.subject, shown(&holding.file)));
            }
        }
    }
    if certificates.is_empty() {
        certificates.push("no certificate that is shown here".to_owned());
    }
    for (number, certificate) in certificates.iter().enumerate() {
        let title = if number == 0 { "of" } else { "" };
        let _ = writeln!(out, "    {title:<11}{certificate}");
    }
}

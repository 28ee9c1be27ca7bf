//! `cnx-harden check`: an audit of manifests, in the form that is asked for.

mod baseline;
mod summary;

use std::collections::BTreeSet;
use std::io;
use std::process::ExitCode;

use cnx_certs::Policy;
use cnx_harden_core::audit::document::AuditDocument;
use cnx_harden_core::audit::{Audit, AuditFinding, AuditOptions, audit};
use cnx_harden_core::render::{self, TextOptions};
use cnx_harden_core::{Code, Door, Severity, Why};

use crate::args::{CheckCommand, Format, OutputArgs, SchemaOf};
use crate::config::Known;
use crate::error::{Error, Errors};
use crate::input::{self, Inputs};
use crate::progress::Progress;
use crate::schema::schema;
use crate::show::pretty;
use crate::{clock, print, say, show, show_lines};

const FOUND: u8 = 1;
/// Where the terminal's width is not known.
const WIDTH: usize = 100;

pub(crate) fn check(args: &CheckCommand, output: OutputArgs) -> Result<ExitCode, Errors> {
    if args.schema {
        print(&mut io::stdout().lock(), schema(SchemaOf::Check))?;
        return Ok(ExitCode::SUCCESS);
    }
    let progress = Progress::start("checking manifests", output.quiet);
    let inputs = input::read(&args.paths, args.folders)?;
    let known = match (&args.baseline, args.write_baseline) {
        (Some(path), false) => baseline::read(path)?,
        _ => Default::default(),
    };
    let known_by = Known::of(
        args.config.as_deref(),
        &args.names,
        &args.manager_host,
        args.expires_within,
    )?;
    let mut options = AuditOptions {
        channels: args.channel.iter().map(|name| name.channel()).collect(),
        certificates: Some(Policy {
            expires_within: known_by.expires_within,
            ..Policy::at(clock::now())
        }),
        fixes: args.format == Format::Sarif,
        names: known_by.names,
        manager_hosts: known_by.manager_hosts,
        allowances: args.allow.clone(),
        baseline: known,
        fingerprint_names: match &args.baseline {
            Some(path) => baseline::names(path, &inputs),
            None => Default::default(),
        },
        ..AuditOptions::default()
    };
    known_by.spec.add_to(&mut options);
    let sources = input::sources(&inputs);
    inputs.refuse_objects(&options.names)?;
    let mut audit = audit(&sources, &options).worded(Door::Command);
    raise_unread(&inputs, &mut audit);
    inputs.complete(&mut audit.reading);
    drop(progress);
    let nothing = args.fail_on_nothing && audit.objects == 0;
    let nothing = nothing.then(|| Error::Nothing(audit.reading.to_string()));
    if let (Some(path), true) = (&args.baseline, args.write_baseline) {
        if let Some(error) = nothing {
            return Err(error.into());
        }
        baseline::write(path, &audit)?;
        if !output.quiet {
            say(&baseline::words(path, &audit));
        }
        return Ok(ExitCode::SUCCESS);
    }
    match args.format {
        Format::Text => {
            // The one form with colours: anstream takes them out where they don't belong.
            let mut stdout = anstream::stdout().lock();
            let width = terminal_size::terminal_size();
            let options = TextOptions {
                width: width.map_or(WIDTH, |(width, _)| usize::from(width.0)),
                accepted: output.verbose,
                door: Door::Command,
            };
            show_lines(&mut stdout, &render::text(&audit, &sources, &options))?;
        }
        format => {
            let text = match format {
                Format::Sarif => pretty(&render::sarif(&audit, &sources)),
                Format::Github => render::github(&audit, &sources),
                Format::Markdown => render::markdown(&audit),
                Format::Json | Format::Text => pretty(&AuditDocument::new(&audit, &sources)),
            };
            show(&mut io::stdout().lock(), &text)?;
        }
    }
    if !output.quiet {
        say(&summary::warnings(&inputs, &audit));
        say(&summary::summary(&audit));
    }
    if let Some(error) = nothing {
        return Err(error.into());
    }
    let at_least = args.fail_on.severity();
    let fails = |severity: Severity| severity <= at_least;
    let failed = audit.findings.iter().any(|f| fails(f.finding.severity));
    Ok(match failed {
        true => ExitCode::from(FOUND),
        false => ExitCode::SUCCESS,
    })
}

/// Makes errors of what was named by itself and is not YAML.
fn raise_unread(inputs: &Inputs, audit: &mut Audit) {
    let unread: BTreeSet<_> = audit
        .reading
        .passed
        .iter()
        .filter(|passed| passed.why == Why::NotYaml && inputs.named(&passed.file))
        .map(|passed| (passed.file.as_str(), passed.line, passed.column))
        .collect();
    let is_unread = |found: &&mut AuditFinding| {
        let finding = &found.finding;
        finding.code == Code::NotYaml && unread.contains(&finding.place.position())
    };
    for found in audit.findings.iter_mut().filter(is_unread) {
        found.finding.severity = Severity::Error;
    }
}

//! `cnx-harden report`: pictures of the traffic.

use cnx_certs::{Door, Policy};
use std::io;
use std::path::{Path, PathBuf};

use cnx_harden_core::traffic::{Traffic, TrafficOptions};
use cnx_harden_core::{Manifests, Reading, picture, redacted};

use crate::args::{OutputArgs, ReportArgs};
use crate::clock;
use crate::config::Known;
use crate::error::{Error, Errors};
use crate::input::{self, Input};
use crate::output::{self, Mode, Over};
use crate::progress::Progress;
use crate::show::{Shown as _, pretty};

/// Where the width of a terminal is not known.
const WIDTH: usize = 80;

pub(crate) fn run(args: &ReportArgs, output: OutputArgs) -> Result<(), Errors> {
    let pages = [(&args.html, Kind::Html), (&args.svg, Kind::Svg)];
    let pages: Vec<_> = pages
        .into_iter()
        .filter_map(|(path, kind)| Some((path.as_deref()?, kind)))
        .collect();
    let to_stdout = |path: &Path| path == Path::new("-");
    let streams = pages.iter().filter(|(path, _)| to_stdout(path)).count();
    if streams + usize::from(args.json) > 1 {
        return Err(Error::Usage("two of --html, --svg and --json would go to stdout").into());
    }
    let progress = Progress::start("reading manifests", output.quiet);
    let mut inputs = input::read(&args.paths, args.folders)?;
    inputs.call_relative();
    let known = Known::of(
        args.config.as_deref(),
        &args.names,
        &args.manager_host,
        args.expires_within,
    )?;
    inputs.refuse_objects(&known.names)?;
    let (traffic, mut reading) = read(&inputs, args, known);
    drop(progress);
    inputs.refuse_unread(&reading)?;
    inputs.complete(&mut reading);
    let texts: Vec<_> = pages
        .iter()
        .map(|(path, kind)| {
            let page = kind.render(&traffic, &args.title);
            (*path, redacted(&page).into_owned())
        })
        .collect();
    let files: Vec<_> = texts.iter().filter(|(path, _)| !to_stdout(path)).collect();
    // It holds no key, so it may be as readable as the manifests are.
    let like = inputs.iter().find_map(|input| input.path.as_deref());
    let files: Vec<_> = files
        .iter()
        .map(|(path, text)| output::File {
            path: PathBuf::from(path),
            contents: text.as_bytes().into(),
            mode: like.map_or(Mode::Default, Mode::Like),
            over: Over::Other,
        })
        .collect();
    output::write(&files)?;
    let stdout = texts.iter().find(|(path, _)| to_stdout(path));
    if let Some((_, text)) = stdout {
        crate::show(&mut io::stdout().lock(), text)?;
    } else if args.json {
        crate::show(&mut io::stdout().lock(), &pretty(&traffic))?;
    } else if pages.is_empty() {
        let text = picture::terminal(&traffic, width(), true);
        // anstream takes the colours out where nobody sees them.
        crate::show_lines(&mut anstream::stdout().lock(), &text)?;
    }
    if !output.quiet && !reading.passed.is_empty() {
        crate::say(&format!("{}{reading}\n", inputs.warnings()));
    }
    for file in files.iter().filter(|_| !output.quiet) {
        crate::say(&format!("written: {}\n", file.path.shown()));
    }
    Ok(())
}

#[derive(Clone, Copy)]
enum Kind {
    Html,
    Svg,
}

impl Kind {
    fn render(self, traffic: &Traffic, title: &str) -> String {
        match self {
            Self::Html => picture::html(traffic, title),
            Self::Svg => picture::svg(traffic, title),
        }
    }
}

fn read(inputs: &[Input], args: &ReportArgs, known: Known) -> (Traffic, Reading) {
    let sources = input::sources(inputs);
    let policy = Policy {
        expires_within: known.expires_within,
        ..Policy::at(args.as_of.unwrap_or_else(clock::now))
    };
    let options = TrafficOptions {
        policy,
        names: known.names,
        manager_hosts: known.manager_hosts,
        ..TrafficOptions::at(policy.now)
    };
    let mut audit = options.audit();
    known.spec.add_to(&mut audit);
    let manifests = Manifests::read(&sources);
    let audit = manifests.audit(&audit).worded(Door::Command);
    let traffic = manifests.traffic(&options, &audit.findings);
    (traffic, audit.reading)
}

/// The terminal's width, or what `COLUMNS` says.
fn width() -> usize {
    let columns = std::env::var("COLUMNS").ok();
    let said = columns.and_then(|columns| columns.parse().ok());
    let found = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    said.or_else(found).unwrap_or(WIDTH)
}

//! The command `cnx-harden`: files and the terminal around `cnx-harden-core`.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "files and the terminal are what the command is for"
)]

mod args;
mod aside;
mod ask;
mod certs;
mod check;
mod client_config;
mod clock;
mod config;
mod date;
mod diff;
mod encoding;
mod error;
mod explain;
mod exposed;
mod filter;
mod input;
mod install;
mod krm;
mod kustomize;
mod material;
mod output;
mod pki;
mod progress;
mod read;
mod report;
mod schema;
mod show;
mod summary;

use cnx_certs::Door;
use std::borrow::Cow;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser as _;
use cnx_harden_core::config::ResolvedConfig;
use cnx_harden_core::{Finding, Run, harden, manager, redacted};

use args::{
    ApplyArgs, ChannelArgs, Cli, Command, DiffArgs, ExplainArgs, OutputArgs, ReportFormat, RunArgs,
    SchemaArgs,
};
use error::{Error, Errors};
use input::{Input, Inputs};
use material::ManagerSecret;
use output::{Mode, Over};
use progress::Progress;
use show::{lines, print, say, say_data, show, show_lines};
use summary::Wording;

const DIFFERENT: u8 = 1;
const FAILED: u8 = 2;

fn main() -> ExitCode {
    if let Some(code) = kustomize::by_path().or_else(krm::by_itself) {
        return code;
    }
    let cli = match parse() {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    cli.color.write_global();
    let (report, result) = match &cli.command {
        Command::Apply(args) => (args.run.report, apply(args, cli.output)),
        Command::Diff(args) => (args.run.report, diff(args, cli.output)),
        Command::Check(args) => (ReportFormat::Text, check::check(args, cli.output)),
        Command::Krm(args) => return krm::run(args),
        Command::KustomizePlugin(args) => return kustomize::run(args),
        Command::Schema(args) => (ReportFormat::Text, schema(args)),
        Command::Certs(command) => (command.format(), certs::run(command, cli.output)),
        Command::Report(args) => {
            let done = report::run(args, cli.output);
            (ReportFormat::Text, done.map(|()| ExitCode::SUCCESS))
        }
        Command::Explain(args) => (ReportFormat::Text, explain(args)),
        Command::Completions(args) => {
            let done = install::completions(args);
            (ReportFormat::Text, done.map(|()| ExitCode::SUCCESS))
        }
        Command::Install(command) => {
            let done = install::run(command);
            (ReportFormat::Text, done.map(|()| ExitCode::SUCCESS))
        }
        Command::ClientConfig(args) => {
            let result = client_config::run(args);
            (ReportFormat::Text, result.map(|()| ExitCode::SUCCESS))
        }
    };
    match result {
        Ok(code) => code,
        Err(errors) => {
            match report {
                ReportFormat::Text => say(&format!("{errors}\n")),
                ReportFormat::Json => say_data(&json_errors(&errors)),
            }
            ExitCode::from(FAILED)
        }
    }
}

const TERMINAL: &str = "the result holds a private key, and stdout is a terminal; write it with -i or \
                        -o DIR, see what changes with `cnx-harden diff`, or give --show-secrets";

fn apply(args: &ApplyArgs, words: OutputArgs) -> Result<ExitCode, Errors> {
    let from_stdin = args.run.paths.iter().any(|path| path == Path::new("-"));
    if from_stdin && args.in_place {
        return Err(Error::Usage("stdin cannot be edited in place; leave out --in-place").into());
    }
    if from_stdin && args.output_dir.is_some() {
        return Err(Error::Usage("stdin has no name in --output-dir; redirect stdout").into());
    }
    if let Some(folder) = args.output_dir.as_deref().filter(|folder| !folder.exists())
        && input::is_manifest(folder)
    {
        return Err(Error::FolderLikeFile(folder.to_owned()).into());
    }
    if let Some(folder) = &args.output_dir {
        refuse_inside(folder, &args.run.paths)?;
    }
    if args.interactive {
        ask::possible()?;
    }
    let joined = !args.in_place && args.output_dir.is_none();
    let (inputs, apart_of, run) = plan(&args.run, words, joined)?;
    let apart = apart_of.iter().map(|secret| output::File {
        path: secret.path.clone(),
        contents: secret.text.as_bytes().into(),
        mode: Mode::Private,
        over: Over::Other,
    });
    let write = |files: &[output::File<'_>]| {
        if args.interactive {
            ask::before(&inputs, &run, apart_of.as_ref(), files.len())?;
        }
        output::write(files)
    };
    let pairs = inputs.iter().zip(&run.outputs);
    if args.in_place {
        let changed = pairs.filter(|(_, output)| output.changed);
        let copy = |path: &Path, suffix: &String| {
            let mut path = path.as_os_str().to_owned();
            path.push(suffix);
            PathBuf::from(path)
        };
        let files: Vec<_> = changed
            .filter_map(|(input, output)| Some((input.path.as_deref()?, input, output)))
            .flat_map(|(path, input, output)| {
                let before = args.backup.as_ref().map(|suffix| output::File {
                    path: copy(path, suffix),
                    contents: input.text.as_bytes().into(),
                    mode: Mode::Like(path),
                    over: Over::Other,
                });
                let after = output::File {
                    path: path.to_owned(),
                    contents: output.text.as_bytes().into(),
                    mode: Mode::Like(path),
                    over: Over::Read(input.text.as_bytes()),
                };
                before.into_iter().chain([after])
            })
            .chain(apart)
            .collect();
        write(&files)?;
    } else if let Some(folder) = &args.output_dir {
        let encoded = pairs.clone();
        let encoded: Vec<_> = encoded.map(|(i, o)| i.encoding.encode(&o.text)).collect();
        let files: Vec<_> = pairs
            .zip(&encoded)
            .map(|((input, output), bytes)| output::File {
                path: folder.join(&input.relative),
                contents: match &input.aside {
                    Some(aside) => output::Contents::Copy(aside),
                    None => output::Contents::Bytes(bytes),
                },
                mode: match input.path.as_deref() {
                    Some(path) if !output.changed => Mode::Like(path),
                    _ => Mode::PrivateIfNew,
                },
                over: Over::Other,
            })
            .chain(inputs.passed.iter().map(|passed| output::File {
                path: folder.join(&passed.relative),
                contents: passed.bytes.as_slice().into(),
                mode: Mode::Like(&passed.path),
                over: Over::Other,
            }))
            .chain(apart)
            .collect();
        write(&files)?;
    } else if let [
        Input {
            aside: Some(aside), ..
        },
    ] = &*inputs
    {
        output::write(&apart.collect::<Vec<_>>())?;
        aside.print()?;
    } else {
        // A single text is printed as it is, since it may be large.
        let texts = match &*run.outputs {
            [_] => None,
            _ => Some(run.joined().map_err(Error::from)?),
        };
        let one = run.outputs.first().map(|output| output.text.as_str());
        let joined = texts.as_ref().map_or(one.unwrap_or_default(), |all| all);
        let shown = args.show_secrets || !io::stdout().is_terminal();
        if !shown && matches!(redacted(joined), Cow::Owned(_)) {
            return Err(Error::Usage(TERMINAL).into());
        }
        let joined = input::one_encoding(&inputs)?.encode(joined);
        output::write(&apart.collect::<Vec<_>>())?;
        // Not through anstream, which takes escape sequences out.
        print(&mut io::stdout().lock(), &joined)?;
    }
    if !words.quiet {
        let apart = apart_of
            .iter()
            .map(|secret| (secret.path.clone(), secret.text.as_bytes()));
        let outputs = inputs.iter().zip(&run.outputs);
        let written = outputs.filter_map(|(input, output)| {
            let path = match &args.output_dir {
                Some(folder) => folder.join(&input.relative),
                None if args.in_place && output.changed => input.path.clone()?,
                None => return None,
            };
            Some((path, output.text.as_bytes()))
        });
        let written: Vec<_> = written.chain(apart).collect();
        exposed::tell(written.iter().map(|(path, text)| (path.as_path(), *text)));
    }
    summarize(&args.run, &run, Wording::Applied, words);
    Ok(ExitCode::SUCCESS)
}

/// An output folder in a folder of inputs would be one of them.
fn refuse_inside(folder: &Path, inputs: &[PathBuf]) -> Result<(), Error> {
    let place = output::resolved(folder);
    let mut folders = inputs.iter().filter(|path| path.is_dir());
    let inside = folders.find(|of| {
        let of = output::resolved(of);
        place != of && place.starts_with(of)
    });
    match inside {
        Some(of) => Err(Error::OutputInside {
            folder: folder.to_owned(),
            of: of.clone(),
        }),
        None => Ok(()),
    }
}

fn diff(args: &DiffArgs, words: OutputArgs) -> Result<ExitCode, Errors> {
    let (inputs, _, run) = plan(&args.run, words, false)?;
    show_lines(&mut anstream::stdout().lock(), &diff::render(&inputs, &run))?;
    summarize(&args.run, &run, Wording::Proposed, words);
    let changed = run.report.files.iter().any(|file| file.changed);
    Ok(match args.exit_code && changed {
        true => ExitCode::from(DIFFERENT),
        false => ExitCode::SUCCESS,
    })
}

fn schema(args: &SchemaArgs) -> Result<ExitCode, Errors> {
    print(&mut io::stdout().lock(), schema::schema(args.of))?;
    Ok(ExitCode::SUCCESS)
}

fn explain(args: &ExplainArgs) -> Result<ExitCode, Errors> {
    print(&mut io::stdout().lock(), &explain::run(args)?)?;
    Ok(ExitCode::SUCCESS)
}

/// Reads all inputs and plans all edits, and reports every error at once. `joined` says that
/// all texts are printed as one stream.
fn plan(
    args: &RunArgs,
    words: OutputArgs,
    joined: bool,
) -> Result<(Inputs, Option<ManagerSecret>, Run), Errors> {
    let _progress = Progress::start("hardening manifests", words.quiet);
    let (mut inputs, resolved) = match (
        input::read_to_harden(&args.paths, args.folders),
        resolve(args),
    ) {
        (Ok(inputs), Ok(resolved)) => (inputs, resolved),
        (inputs, resolved) => {
            let errors = [inputs.err(), resolved.err()].into_iter().flatten();
            return Err(Errors(errors.flat_map(|errors| errors.0).collect()));
        }
    };
    inputs.examine(&resolved.hardening, joined)?;
    let sources = input::sources(&inputs);
    inputs.refuse_objects(&resolved.hardening.names())?;
    let door = match args.config {
        Some(_) => Door::Config,
        None => Door::Command,
    };
    let done = harden(&sources, &resolved.hardening);
    let mut run = done.map_err(|error| Error::from(error.worded(door)))?;

    inputs.refuse_unread(&run.report.reading)?;
    inputs.complete(&mut run.report.reading);
    if args.report == ReportFormat::Text && !words.quiet {
        say(&inputs.warnings());
    }
    input::refuse_utf16(&inputs, &run)?;
    run.report.findings.splice(..0, resolved.findings);
    run.report = run.report.worded(door);
    let apart = ManagerSecret::of(&args.channels, &resolved.hardening, &run)?;
    if let Some(secret) = &apart {
        secret.tell(&mut run.report);
    }
    Ok((inputs, apart, run))
}

/// What is asked for: by a config or by flags.
fn resolve(args: &RunArgs) -> Result<ResolvedConfig, Errors> {
    let mut resolved = match &args.config {
        Some(path) => {
            let ChannelArgs { pki, except, .. } = &args.channels;
            config::read(path, pki.as_deref(), except)?
        }
        None => ResolvedConfig {
            hardening: material::read(&args.channels)?,
            findings: Vec::new(),
        },
    };
    let mut names = resolved.hardening.names();
    args.names.set(&mut names);
    resolved.hardening = resolved.hardening.with_names(names);
    let hardening = &mut resolved.hardening;
    hardening.certificate_checks = Some(match hardening.certificate_checks.take() {
        Some(checks) => args.checks.over(checks),
        None => args.checks.checks(),
    });
    if let (Some(manager), Some(_)) = (
        &mut hardening.manager,
        &args.channels.manager.output.manager_secret_file,
    ) {
        manager.missing_secret = manager::MissingSecret::Apart;
    }
    hardening.rollout_annotation |= args.channels.rollout_annotation;
    if args.channels.ca_overlap {
        resolved.hardening = resolved.hardening.keeping_old_cas();
    }
    Ok(resolved)
}

/// The command line. What is wrong with it is said without the private key that was
/// given as a value.
fn parse() -> Result<Cli, ExitCode> {
    Cli::try_parse().map_err(|error| {
        if !error.use_stderr() {
            error.exit();
        }
        let text = error.render().ansi().to_string();
        let _ = anstream::stderr().write_all(lines(&text).as_bytes());
        ExitCode::from(FAILED)
    })
}

fn summarize(args: &RunArgs, run: &Run, wording: Wording, words: OutputArgs) {
    match args.report {
        ReportFormat::Json => say_data(&summary::json(&run.report)),
        ReportFormat::Text if !words.quiet => {
            say(&summary::text(&run.report, wording, words.verbose))
        }
        ReportFormat::Text => {}
    }
}

fn json_errors(errors: &Errors) -> String {
    let mut findings: Vec<Finding> = Vec::new();
    let mut others = Vec::new();
    for error in &errors.0 {
        match error {
            Error::Harden(error) => findings.extend(error.findings.iter().cloned()),
            error => others.push(error.to_string()),
        }
    }
    summary::json_errors(&findings, &others)
}

//! `cnx-harden install`: completions and manual pages, from the command line's
//! own definition, and kustomize's plugin.

use std::fmt::Write as _;
use std::io;
use std::path::Path;

use clap::CommandFactory as _;
use clap_complete::Shell;
use cnx_harden_core::Code;

use crate::args::{Cli, CompletionsArgs, Install, ManArgs};
use crate::error::{Error, Errors};
use crate::output::{self, File, Mode, Over};
use crate::{kustomize, print, say};

pub(crate) fn run(install: &Install) -> Result<(), Errors> {
    match install {
        Install::Completions(args) => completions(args),
        Install::Man(args) => man(args),
        Install::KustomizePlugin(args) => {
            say(&kustomize::install(args)?);
            Ok(())
        }
    }
}

pub(crate) fn completions(args: &CompletionsArgs) -> Result<(), Errors> {
    let mut script = Vec::new();
    let mut command = Cli::command();
    clap_complete::generate(args.shell, &mut command, "cnx-harden", &mut script);
    let script = String::from_utf8_lossy(&script);
    // clap_complete writes a program's name with a dash in two ways, so that its script
    // for bash knows no command (clap's issues 6421 and 6529).
    let mut script = script.replace("cnx__subcmd__harden", "cnx__harden");
    // And for fish no values of arguments without a flag.
    if args.shell == Shell::Fish {
        let codes: Vec<_> = Code::all().map(Code::as_str).collect();
        let explain = "complete -c cnx-harden -n \"__fish_seen_subcommand_from explain\" -f -a";
        let _ = writeln!(script, "{explain} \"{}\"", codes.join(" "));
    }
    Ok(print(&mut io::stdout().lock(), script)?)
}

/// A page on which no command is broken: words are not hyphenated, lines not stretched, and
/// examples stay as they are.
fn page(command: clap::Command) -> io::Result<Vec<u8>> {
    let help = command.get_after_long_help().or(command.get_after_help());
    let help = help.map(ToString::to_string);
    let has_commands = command.has_subcommands();
    let has_version = command.get_version().is_some();
    let man = clap_mangen::Man::new(command);
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    page.extend(b".nh\n.ad l\n");
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if has_commands {
        man.render_subcommands_section(&mut page)?;
    }
    if let Some(help) = help {
        page.extend(b".SH EXAMPLES AND NOTES\n.nf\n");
        for line in help.lines() {
            // A dot or a quote in front would be a request.
            let line = line.replace('\\', "\\e").replace('-', "\\-");
            page.extend(format!("\\&{line}\n").bytes());
        }
        page.extend(b".fi\n");
    }
    if has_version {
        man.render_version_section(&mut page)?;
    }
    Ok(page)
}

/// One page for the program, and one for each of its commands.
fn man(args: &ManArgs) -> Result<(), Errors> {
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    let mut pages = Vec::new();
    let mut open = vec![command];
    while let Some(command) = open.pop() {
        let commands = command.get_subcommands();
        open.extend(commands.filter(|c| !c.is_hide_set()).cloned());
        let name = command
            .get_display_name()
            .unwrap_or_else(|| command.get_name());
        let name = format!("{name}.1");
        let page = page(command);
        let page = page.map_err(|error| Error::io("write", Path::new(&name), error))?;
        pages.push((args.folder.join(name), page));
    }
    let files = pages.iter().map(|(path, page)| File {
        path: path.clone(),
        contents: page.as_slice().into(),
        mode: Mode::Default,
        over: Over::Other,
    });
    output::write(&files.collect::<Vec<_>>())?;
    Ok(())
}

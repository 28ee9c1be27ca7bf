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
        let mut page = Vec::new();
        let rendered = clap_mangen::Man::new(command).render(&mut page);
        rendered.map_err(|error| Error::io("write", Path::new(&name), error))?;
        pages.push((args.folder.join(name), page));
    }
    let files = pages.iter().map(|(path, page)| File {
        path: path.clone(),
        bytes: page,
        mode: Mode::Default,
        over: Over::Other,
    });
    output::write(&files.collect::<Vec<_>>())?;
    Ok(())
}

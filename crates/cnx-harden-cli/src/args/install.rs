//! `cnx-harden install`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use clap_complete::Shell;

pub(super) const INSTALL_HELP: &str = "\
Examples:
  cnx-harden install completions bash > /etc/bash_completion.d/cnx-harden
  cnx-harden install completions zsh > \"${fpath[1]}/_cnx-harden\"
  cnx-harden install completions fish > ~/.config/fish/completions/cnx-harden.fish
  cnx-harden install completions powershell >> $PROFILE
  cnx-harden install man /usr/local/share/man/man1
  cnx-harden install kustomize-plugin";

#[derive(Debug, Subcommand)]
pub(crate) enum Install {
    /// Print the completions of a shell
    Completions(CompletionsArgs),
    /// Write the manual pages into a folder
    Man(ManArgs),
    /// Link this program into kustomize's folder of plugins
    ///
    /// The folder is $KUSTOMIZE_PLUGIN_HOME, or else the first of
    /// $XDG_CONFIG_HOME/kustomize/plugin, ~/.config/kustomize/plugin and
    /// ~/kustomize/plugin that is there. Whatever other file is in the place is left
    /// alone.
    KustomizePlugin(InstallPluginArgs),
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// The folder, which is made where it isn't there
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct InstallPluginArgs {
    /// Another folder of plugins
    #[arg(long, value_name = "DIR")]
    pub(crate) home: Option<PathBuf>,
    /// Copy the program instead of linking it: for an image that is built
    #[arg(long)]
    pub(crate) copy: bool,
}

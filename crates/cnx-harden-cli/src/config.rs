//! Configs, and the files and variables that they name.

use std::env;
use std::path::{Path, PathBuf};
use std::time::Duration;

use cnx_certs::Policy;
use cnx_harden_core::config::{
    ConfigText, Fault, Loaded, Materials, ResolvedConfig, Spec, WantedMaterial,
};
use cnx_harden_core::{Hardening, Names, Source};
use zeroize::Zeroizing;

use crate::args::{ChannelName, NameArgs};
use crate::clock;
use crate::error::{Error, Errors};
use crate::input;
use crate::material;

/// The files of a folder, and the environment.
pub(crate) struct Here {
    folder: PathBuf,
    /// The folder of material that the command line names.
    pki: Option<PathBuf>,
}

impl Here {
    /// Relative paths are relative to `folder`.
    pub(crate) fn new(folder: impl Into<PathBuf>) -> Self {
        let folder = folder.into();
        Self { folder, pki: None }
    }
}

impl Materials for Here {
    fn file(&self, path: &str) -> Result<Loaded, String> {
        let path = self.folder.join(path);
        let name = path.display().to_string();
        match input::read_material(&path) {
            Ok(pem) => Ok(Loaded { pem, name }),
            Err(Error::Io { source, .. }) => Err(format!("cannot read {name}: {source}")),
            Err(error) => Err(error.to_string()),
        }
    }

    fn variable(&self, name: &str) -> Result<Loaded, String> {
        // `var_os` panics on names that can't be.
        let named = !name.is_empty() && !name.contains(['=', '\0']);
        match named.then(|| env::var_os(name)).flatten() {
            Some(value) => Ok(Loaded {
                pem: Zeroizing::new(value.into_encoded_bytes()),
                name: format!("${name}"),
            }),
            None => Err(format!("the environment variable {name:?} is not set")),
        }
    }

    fn pki(&self, folder: Option<&str>, wanted: &WantedMaterial) -> Result<Hardening, Vec<Fault>> {
        let in_config = folder.map(|folder| self.folder.join(folder));
        match self.pki.as_ref().or(in_config.as_ref()) {
            None => Ok(Hardening::default()),
            Some(folder) => material::of_folder(folder, wanted)
                .map_err(|errors| errors.0.iter().map(fault).collect()),
        }
    }
}

fn fault(error: &Error) -> Fault {
    let text = error.to_string();
    let (message, help) = text.split_once("\n  help: ").unwrap_or((&text, ""));
    let (message, help) = (message.to_owned(), help.to_owned());
    Fault { message, help }
}

/// Reads a config's file, and makes something of it.
fn with_text<T>(
    path: &Path,
    read: impl FnOnce(Source<'_>) -> Result<T, cnx_harden_core::Error>,
) -> Result<T, Errors> {
    let text = input::read_text(path)?;
    let name = path.display().to_string();
    let source = Source {
        name: &name,
        text: &text,
    };
    Ok(read(source).map_err(Error::from)?)
}

/// What the commands go by that do not read material: flags, and where they say
/// nothing the config.
pub(crate) struct Known {
    pub(crate) names: Names,
    pub(crate) manager_hosts: Vec<String>,
    pub(crate) expires_within: Duration,
    /// The config, without a file an empty one.
    pub(crate) spec: Spec,
}

impl Known {
    pub(crate) fn of(
        config: Option<&Path>,
        names: &NameArgs,
        manager_hosts: &[String],
        expires_within: Option<Duration>,
    ) -> Result<Self, Errors> {
        let config = config
            .map(|path| with_text(path, ConfigText::parse))
            .transpose()?;
        let spec = config.map_or_else(Spec::default, |config| config.config().spec().clone());
        let hosts = match manager_hosts {
            [] => spec.manager_hosts(),
            given => given,
        };
        let term = spec.expires_within();
        let mut known = Self {
            names: spec.names(),
            manager_hosts: hosts.to_vec(),
            expires_within: expires_within.or(term).unwrap_or(Policy::EXPIRES_WITHIN),
            spec,
        };
        names.set(&mut known.names);
        Ok(known)
    }
}

/// Reads a config's file, and the material that it names. The folder `pki`, of the command
/// line, takes the place of the config's, and `except` adds to the config's.
pub(crate) fn read(
    path: &Path,
    pki: Option<&Path>,
    except: &[ChannelName],
) -> Result<ResolvedConfig, Errors> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let here = Here {
        pki: pki.map(Path::to_owned),
        ..Here::new(folder)
    };
    let except: Vec<_> = except.iter().map(|name| name.channel()).collect();
    with_text(path, |source| {
        let config = ConfigText::parse_leniently(source)?.leaving_out(&except);
        config.resolve(&here, clock::now())
    })
}

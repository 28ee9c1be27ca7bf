//! The plugin's place in kustomize's folder of plugins.

use std::env;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::place;
use crate::args::InstallPluginArgs;
use crate::error::{Error, Errors};
use crate::show::Shown as _;

/// Puts this program where kustomize looks for the plugin. What is there and is
/// not this program is left alone. Returns the words for the user.
pub(crate) fn install(args: &InstallPluginArgs) -> Result<String, Errors> {
    let program = env::current_exe().and_then(|path| path.canonicalize());
    let program = program.map_err(|e| Error::io("find", Path::new("cnx-harden"), e))?;
    let home = match &args.home {
        Some(home) => home.clone(),
        None => home(&|name| env::var_os(name), &Path::is_dir).ok_or(Error::Usage(NO_HOME))?,
    };
    let path = home.join(place());
    let done = match is_there(&path, &program)? {
        true => "there already",
        false => {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)
                    .map_err(|e| Error::io("create the folder of", &path, e))?;
            }
            put(&path, &program, args.copy)?;
            "installed"
        }
    };
    let path = path.shown();
    Ok(format!(
        "{path}: {done}; use it with `kubectl kustomize --enable-alpha-plugins`\n"
    ))
}

const NO_HOME: &str = "there is no home folder to install into
  help: name kustomize's folder of plugins with --home, or set KUSTOMIZE_PLUGIN_HOME";

/// The folder of plugins, by kustomize's rules: what the variable says, or else the
/// first of the usual folders that is there; where none is, the first of them.
fn home(
    variable: &dyn Fn(&str) -> Option<std::ffi::OsString>,
    is_there: &dyn Fn(&Path) -> bool,
) -> Option<PathBuf> {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    if let Some(home) = set("KUSTOMIZE_PLUGIN_HOME") {
        return Some(home.into());
    }
    let user = set("HOME").map(PathBuf::from);
    let usual = [
        set("XDG_CONFIG_HOME").map(|folder| PathBuf::from(folder).join("kustomize/plugin")),
        user.as_ref()
            .map(|home| home.join(".config/kustomize/plugin")),
        user.as_ref().map(|home| home.join("kustomize/plugin")),
    ];
    let usual: Vec<_> = usual.into_iter().flatten().collect();
    let there = usual.iter().find(|folder| is_there(folder));
    there.or_else(|| usual.first()).cloned()
}

/// Whether this program is there: by a link, or the same bytes. Another file or
/// link is an error.
fn is_there(path: &Path, program: &Path) -> Result<bool, Error> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(Error::io("look at", path, error)),
        Ok(_) => {}
    }
    let linked = path.canonicalize().is_ok_and(|path| path == program);
    let copied = || matches!((fs::read(path), fs::read(program)), (Ok(a), Ok(b)) if a == b);
    match linked || copied() {
        true => Ok(true),
        false => Err(Error::OtherFile(path.to_owned())),
    }
}

#[cfg(unix)]
fn put(path: &Path, program: &Path, copy: bool) -> Result<(), Error> {
    if copy {
        return copy_new(path, program);
    }
    std::os::unix::fs::symlink(program, path).map_err(|e| Error::io("link", path, e))
}

#[cfg(not(unix))]
fn put(path: &Path, program: &Path, _: bool) -> Result<(), Error> {
    copy_new(path, program)
}

/// A copy that appears whole, and never over a file.
fn copy_new(path: &Path, program: &Path) -> Result<(), Error> {
    let fail = |error| Error::io("copy to", path, error);
    let folder = path.parent().unwrap_or(Path::new("."));
    let new = tempfile::NamedTempFile::new_in(folder).map_err(fail)?;
    fs::copy(program, new.path()).map_err(fail)?;
    let new = new.persist_noclobber(path);
    new.map(drop).map_err(|error| fail(error.error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_the_one_in_which_kustomize_looks() {
        let find = |variables: &[(&str, &str)], there: &[&str]| {
            let variable = |name: &str| {
                let found = variables.iter().find(|(set, _)| *set == name);
                found.map(|(_, value)| value.into())
            };
            let is_there = |path: &Path| there.iter().any(|there| path == Path::new(there));
            let home = home(&variable, &is_there);
            home.map(|home| home.shown()).unwrap_or_default()
        };
        let user = ("HOME", "/u");
        let config = ("XDG_CONFIG_HOME", "/c");
        let own = ("KUSTOMIZE_PLUGIN_HOME", "/p");
        assert_eq!(find(&[own, config, user], &["/c/kustomize/plugin"]), "/p");
        assert_eq!(find(&[config, user], &[]), "/c/kustomize/plugin");
        assert_eq!(find(&[user], &[]), "/u/.config/kustomize/plugin");
        assert_eq!(
            find(&[user], &["/u/kustomize/plugin"]),
            "/u/kustomize/plugin"
        );
        let both = ["/u/kustomize/plugin", "/u/.config/kustomize/plugin"];
        assert_eq!(find(&[config, user], &both), "/u/.config/kustomize/plugin");
        assert_eq!(find(&[("KUSTOMIZE_PLUGIN_HOME", "")], &[]), "");
    }
}

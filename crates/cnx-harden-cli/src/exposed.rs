//! Private keys in files that everyone may read, or that a commit would publish.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use cnx_harden_core::redacted;

use crate::say;
use crate::show::Shown as _;

/// Says of files that were written which of them hold a key, and are exposed.
pub(crate) fn tell<'f>(files: impl IntoIterator<Item = (&'f Path, &'f [u8])>) {
    let holds_key = |text: &[u8]| {
        let text = String::from_utf8_lossy(text);
        matches!(redacted(&text), Cow::Owned(_))
    };
    let files = files.into_iter().filter(|(_, text)| holds_key(text));
    let files: Vec<_> = files.map(|(path, _)| path).collect();
    for path in &files {
        if let Some(mode) = readable(path) {
            say(&format!(
                "warning: {}: holds a private key now, and everyone may read it (mode {mode:04o}): chmod 600\n",
                path.shown()
            ));
        }
    }
    let published = not_ignored(&files);
    if let Some(first) = published.first() {
        let more = match published.len() {
            1 => "holds a private key now, and git does not ignore it".to_owned(),
            count => format!(
                "and {} more hold private keys now, and git does not ignore them",
                count - 1
            ),
        };
        say(&format!(
            "warning: {}: {more}: a commit would hand them to all who get the repository\n  \
             help: add them to .gitignore, or encrypt them before they are committed\n",
            first.shown()
        ));
    }
}

/// The mode of a file that everyone may read.
#[cfg(unix)]
fn readable(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = path.metadata().ok()?.permissions().mode() & 0o7777;
    (mode & 0o004 != 0).then_some(mode)
}

#[cfg(not(unix))]
fn readable(_: &Path) -> Option<u32> {
    None
}

/// The files in git's working trees that are tracked, or would be by `git add`. Without
/// git, nobody is asked, and none is.
fn not_ignored<'f>(files: &[&'f Path]) -> Vec<&'f Path> {
    let mut folders: BTreeMap<&Path, Vec<&'f Path>> = BTreeMap::new();
    for path in files {
        let folder = path.parent().filter(|folder| *folder != Path::new(""));
        let folder = folder.unwrap_or(Path::new("."));
        folders.entry(folder).or_default().push(path);
    }
    let asked = folders.into_iter().filter_map(|(folder, files)| {
        let names: Vec<_> = files
            .iter()
            .filter_map(|path| path.file_name()?.to_str())
            .collect();
        let ignored = ignored(folder, &names)?;
        let is_ignored = |path: &&&Path| {
            path.file_name()
                .is_some_and(|name| ignored.contains(name.as_encoded_bytes()))
        };
        Some(
            files
                .iter()
                .filter(|path| !is_ignored(path))
                .copied()
                .collect::<Vec<_>>(),
        )
    });
    asked.flatten().collect()
}

/// Which of a folder's files git ignores; none where the folder is in no working tree.
fn ignored(folder: &Path, names: &[&str]) -> Option<HashSet<Vec<u8>>> {
    let mut git = Command::new("git");
    git.arg("-C").arg(folder);
    // Of what the repository's config says to run, nothing is run.
    git.args([
        "-c",
        "core.fsmonitor=false",
        "check-ignore",
        "-z",
        "--stdin",
    ]);
    // As a hook of git has them, for another folder.
    for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        git.env_remove(variable);
    }
    git.stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut git = git.spawn().ok()?;
    let mut stdin = git.stdin.take()?;
    let names = names.join("\0");
    let asked = std::thread::spawn(move || stdin.write_all(names.as_bytes()));
    let output = git.wait_with_output().ok()?;
    let _ = asked.join();
    // 1 is: none of them.
    matches!(output.status.code(), Some(0 | 1)).then(|| {
        let names = output.stdout.split(|byte| *byte == 0);
        names.map(<[u8]>::to_vec).collect()
    })
}

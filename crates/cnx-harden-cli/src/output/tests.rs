//! Each step of the writer fails once, in each way, and once for good.
#![cfg(unix)]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use rustix::io::Errno;

use super::fault::{PLAN, Plan};
use super::{File, Mode, Over, write, write_new};
use crate::error::Error;

const CODES: [Errno; 5] = [
    Errno::NOSPC,
    Errno::IO,
    Errno::ACCESS,
    Errno::MFILE,
    Errno::ROFS,
];

/// Old contents and new ones of the files of a run; of some there is none yet, also of
/// their folders.
const FILES: [(&str, Option<&str>, &str); 6] = [
    ("a.yaml", Some("old a"), "new a"),
    ("b.yaml", Some("old b"), "new b"),
    ("new.yaml", None, "new"),
    ("sub/c.yaml", Some("old c"), "new c"),
    ("made/for/d.yaml", None, "new d"),
    ("pki/tls.key", Some("old key"), "new key"),
];

fn tree() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, old, _) in FILES {
        let path = folder.path().join(name);
        if let Some(old) = old {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, old).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        }
    }
    folder
}

fn run(folder: &Path, fault: Option<(usize, i32, bool)>) -> (Result<(), Error>, usize) {
    let files: Vec<_> = FILES
        .iter()
        .map(|(name, old, new)| File {
            path: folder.join(name),
            contents: new.as_bytes().into(),
            mode: match name.ends_with("key") {
                true => Mode::Private,
                false => Mode::PrivateIfNew,
            },
            over: match old {
                Some(old) if !folder.join("made").exists() => Over::Read(old.as_bytes()),
                _ => Over::Other,
            },
        })
        .collect();
    PLAN.set(Plan { steps: 0, fault });
    let done = write(&files);
    (done, PLAN.replace(Plan::default()).steps)
}

/// All that is in a folder, with modes and the contents of files. A key's file may be
/// narrower than it was.
fn contents(folder: &Path) -> BTreeMap<PathBuf, (u32, Option<String>)> {
    let entries = walkdir::WalkDir::new(folder).into_iter();
    entries
        .map(|entry| {
            let path = entry.unwrap().into_path();
            let text = path.is_file().then(|| fs::read_to_string(&path).unwrap());
            let key = path.extension().is_some_and(|extension| extension == "key");
            let mode = fs::metadata(&path).unwrap().permissions().mode();
            (path, (if key { 0 } else { mode }, text))
        })
        .collect()
}

fn assert_done(folder: &Path, what: &str) {
    for (name, _, new) in FILES {
        let text = fs::read_to_string(folder.join(name));
        assert_eq!(text.unwrap(), new, "{what}: {name}");
    }
    let files = contents(folder)
        .into_values()
        .filter(|(_, text)| text.is_some());
    let files = files.count();
    assert_eq!(files, FILES.len(), "{what}: something is left");
}

#[test]
fn a_step_that_fails_leaves_all_as_it_was() {
    let (done, steps) = run(tree().path(), None);
    assert!(done.is_ok());
    assert!(steps > 30, "{steps}");
    for (at, code) in (0..steps).zip(CODES.into_iter().cycle()) {
        let folder = tree();
        let before = contents(folder.path());
        let what = format!("step {at} of {steps}, {code}");
        let (done, _) = run(folder.path(), Some((at, code.raw_os_error(), true)));
        let error = done.expect_err(&what).to_string();
        assert!(error.contains("help: "), "{what}: {error}");
        assert_eq!(contents(folder.path()), before, "{what}: {error}");
        let (again, _) = run(folder.path(), None);
        assert!(again.is_ok(), "{what}: {again:?}");
        assert_done(folder.path(), &what);
    }
}

/// A disk that is full, or gone, from a step on.
#[test]
fn what_fails_for_good_leaves_whole_files_and_says_which_are_new() {
    let (_, steps) = run(tree().path(), None);
    let mut half = 0;
    for (at, code) in (0..steps).zip(CODES.into_iter().cycle()) {
        let folder = tree();
        let before = contents(folder.path());
        let what = format!("from step {at} of {steps} on, {code}");
        let (done, _) = run(folder.path(), Some((at, code.raw_os_error(), false)));
        let error = done.expect_err(&what);
        let stuck = match &error {
            Error::HalfWritten { stuck, .. } => stuck.clone(),
            _ => Vec::new(),
        };
        half += usize::from(!stuck.is_empty());
        for (name, old, new) in FILES {
            let path = folder.path().join(name);
            let now = fs::read_to_string(&path).ok();
            let named = stuck.iter().any(|stuck| stuck.ends_with(name));
            let expected = if named { Some(new) } else { old };
            assert_eq!(now.as_deref(), expected, "{what}: {name}: {error}");
        }
        if stuck.is_empty() {
            assert_eq!(contents(folder.path()), before, "{what}: {error}");
        }
    }
    assert!(half > 0, "no undo was tried");
}

#[test]
fn what_is_there_is_not_replaced_by_a_new_file() {
    let folder = tree();
    let before = contents(folder.path());
    let files = ["other.key", "a.yaml"].map(|name| File {
        path: folder.path().join(name),
        contents: b"new".as_slice().into(),
        mode: Mode::Private,
        over: Over::Own,
    });
    assert!(write_new(&files).is_err());
    assert_eq!(contents(folder.path()), before);
}

/// So many that they are synced together.
#[test]
fn many_files_are_all_there_or_none_whatever_step_fails() {
    let run = |fault| {
        let folder = tempfile::tempdir().unwrap();
        let files: Vec<_> = (0..70)
            .map(|number| File {
                path: folder
                    .path()
                    .join(format!("sub{}/{number}.yaml", number % 3)),
                contents: b"new".as_slice().into(),
                mode: Mode::PrivateIfNew,
                over: Over::Other,
            })
            .collect();
        PLAN.set(Plan { steps: 0, fault });
        let done = write(&files);
        let steps = PLAN.replace(Plan::default()).steps;
        (done, contents(folder.path()).len(), steps)
    };
    let (done, there, steps) = run(None);
    assert!(done.is_ok());
    assert_eq!(there, 1 + 3 + 70);
    // One sync, not one for each file.
    assert!(steps < 7 * 70, "{steps}");
    for at in (0..steps).step_by(7).chain(3 * 70..3 * 70 + 20) {
        let (done, there, _) = run(Some((at, Errno::IO.raw_os_error(), true)));
        assert!(done.is_err(), "step {at}");
        assert_eq!(there, 1, "step {at}: something is left");
    }
}

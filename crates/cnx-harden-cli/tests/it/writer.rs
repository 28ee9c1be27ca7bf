//! What is written takes the place of nothing else, and is whole or not there, whatever
//! happens meanwhile.
#![cfg(unix)]

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::common::{pki, program, read, stderr, upstream, with_material};

/// A folder with a manifest, the material for it, and what `mkfifo` and links make.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path();
    fs::copy(upstream("cnx-etcd.yaml"), place.join("a.yaml")).unwrap();
    fs::write(place.join("old.svg"), "old").unwrap();
    fs::create_dir(place.join("sub")).unwrap();
    std::os::unix::fs::symlink("a.yaml", place.join("link.svg")).unwrap();
    std::os::unix::fs::symlink("nowhere", place.join("nowhere.svg")).unwrap();
    fs::hard_link(place.join("a.yaml"), place.join("same.svg")).unwrap();
    fs::hard_link(place.join("old.svg"), place.join("older.svg")).unwrap();
    let fifo = Command::new("mkfifo").arg(place.join("pipe.svg")).status();
    assert!(fifo.unwrap().success());
    let hosts = "--etcd-host etcd.example.com --manager-host cnx.example.com";
    let made = run(&folder, &format!("certs generate --pki pki {hosts}"));
    assert!(made.status.success());
    folder
}

/// Everything that is in a folder, but pipes, with its contents.
fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let files = walkdir::WalkDir::new(folder)
        .sort_by_file_name()
        .into_iter();
    let files = files.map(|entry| entry.unwrap().into_path());
    files
        .map(|path| {
            let bytes = if path.is_file() {
                fs::read(&path).unwrap()
            } else {
                Vec::new()
            };
            (path.display().to_string(), bytes)
        })
        .collect()
}

fn run(folder: &TempDir, line: &str) -> Output {
    let mut command = program();
    command.current_dir(folder.path()).args(line.split(' '));
    command.output().unwrap()
}

#[test]
fn what_would_be_overwritten_is_refused_before_anything_is_written() {
    let folder = folder();
    let before = contents(folder.path());
    for line in [
        "report --html pipe.svg a.yaml",
        "report --svg sub a.yaml",
        "report --svg nowhere.svg a.yaml",
        "report --svg a.yaml a.yaml",
        "report --svg link.svg a.yaml",
        "report --svg same.svg a.yaml",
        "report --svg old.svg --html old.svg a.yaml",
        "report --svg old.svg --html older.svg a.yaml",
        "report --svg old.svg --html sub/../old.svg a.yaml",
        "apply --assume-secret --pki pki --manager-secret-file a.yaml -i a.yaml",
        "apply --assume-secret --pki pki --manager-secret-file pki/manager/tls.key -i a.yaml",
        "apply --assume-secret --pki pki --manager-secret-file pipe.svg -i a.yaml",
        "apply --assume-secret --pki pki -o sub .",
        "apply --assume-secret --pki pki -o new/deeper .",
        "apply --assume-secret --pki pki -o . a.yaml",
        "client-config felix --pki pki --etcd-endpoints https://etcd.example.com:2379 -o pki/etcd/client.key",
        "client-config felix --pki pki --etcd-endpoints https://etcd.example.com:2379 -o pipe.svg",
    ] {
        let output = run(&folder, line);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{line}: {said}");
        let why = [
            "not written: it is",
            "would be written there",
            "is inside of",
        ];
        assert!(why.iter().any(|why| said.contains(why)), "{line}: {said}");
        assert_eq!(contents(folder.path()), before, "{line}: {said}");
    }
    assert!(run(&folder, "report --svg old.svg a.yaml").status.success());
}

#[test]
fn what_a_killed_run_left_is_removed_and_links_are_told() {
    let folder = folder();
    let left = folder.path().join(".cnx-harden-abcdef.tmp");
    fs::write(&left, "a key").unwrap();
    let output = run(&folder, "apply --assume-secret --pki pki -i a.yaml");
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(
        stderr(&output).contains("hard links"),
        "{}",
        stderr(&output)
    );
    assert!(!left.exists());
}

#[test]
fn mode_owner_and_attributes_stay() {
    let folder = folder();
    let path = folder.path().join("a.yaml");
    fs::remove_file(folder.path().join("same.svg")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let attribute = xattr::set(&path, "user.cnx-harden", b"kept");
    assert!(
        run(&folder, "apply --assume-secret --pki pki -i a.yaml")
            .status
            .success()
    );
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o640);
    if attribute.is_ok() {
        let kept = xattr::get(&path, "user.cnx-harden").unwrap();
        assert_eq!(kept.as_deref(), Some(&b"kept"[..]));
    }
}

/// Who could not read the old file cannot read the new one, whatever the folder gives to
/// new files.
#[test]
fn a_folder_s_access_list_widens_nothing() {
    let folder = folder();
    let path = folder.path().join("a.yaml");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    // Version 2; each entry a tag, rights and an id: the owner, user 12345, the group, the
    // mask, others.
    let mut list = 2u32.to_le_bytes().to_vec();
    let nobody = u32::MAX;
    for (tag, rights, id) in [
        (1u16, 6u16, nobody),
        (2, 4, 12345),
        (4, 4, nobody),
        (16, 7, nobody),
        (32, 0, nobody),
    ] {
        list.extend(tag.to_le_bytes());
        list.extend(rights.to_le_bytes());
        list.extend(id.to_le_bytes());
    }
    if let Err(error) = xattr::set(folder.path(), "system.posix_acl_default", &list) {
        eprintln!("no access lists here, nothing was tried: {error}");
        return;
    }
    let output = run(&folder, "apply --assume-secret --pki pki -i a.yaml");
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(xattr::get(&path, "system.posix_acl_access").unwrap(), None);
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o640);
}

/// More folders than are held: in each, what a killed run left is removed, and nothing of
/// this run.
#[test]
fn many_folders_are_cleared_too() {
    let folder = tempfile::tempdir().unwrap();
    let old = read(upstream("cnx-etcd.yaml"));
    for number in 0..80 {
        let place = folder.path().join(format!("{number:02}"));
        fs::create_dir(&place).unwrap();
        fs::write(place.join("a.yaml"), &old).unwrap();
        fs::write(place.join("b.yaml"), &old).unwrap();
        fs::write(place.join(".cnx-harden-abcdef.tmp"), "a key").unwrap();
    }
    assert!(in_place(&folder).wait().unwrap().success());
    let hard = read(folder.path().join("00/a.yaml"));
    assert_eq!(new(&folder, &old, &hard, true), 160);
}

#[test]
fn a_second_run_on_the_same_folder_waits_its_turn() {
    use rustix::fs::{FlockOperation, flock};
    let folder = folder();
    let held = fs::File::open(folder.path()).unwrap();
    flock(&held, FlockOperation::NonBlockingLockExclusive).unwrap();
    let before = contents(folder.path());
    let output = run(&folder, "apply --assume-secret --pki pki -i a.yaml");
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("another run"),
        "{}",
        stderr(&output)
    );
    assert_eq!(contents(folder.path()), before);
    drop(held);
    assert!(
        run(&folder, "apply --assume-secret --pki pki -i a.yaml")
            .status
            .success()
    );
}

/// The key comes by a pipe, so that the run waits between reading and writing.
#[test]
fn what_somebody_else_writes_in_the_meantime_stays() {
    let folder = folder();
    let (manifest, pipe) = (folder.path().join("a.yaml"), folder.path().join("pipe.svg"));
    let mut apply = program();
    apply
        .args(["apply", "-i"])
        .arg(&manifest)
        .arg("--apiserver-ca")
        .arg(pki("ca.crt"));
    apply
        .arg("--apiserver-cert")
        .arg(pki("tls.crt"))
        .arg("--apiserver-key")
        .arg(&pipe);
    let child = apply.stderr(Stdio::piped()).spawn().unwrap();
    // Opened once the other side has, which is when the manifest was read.
    let mut key = fs::OpenOptions::new().write(true).open(&pipe).unwrap();
    let edited = read(&manifest) + "# mine\n";
    fs::write(&manifest, &edited).unwrap();
    key.write_all(&fs::read(pki("tls.key")).unwrap()).unwrap();
    drop(key);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert_eq!(read(&manifest), edited);
}

const FILES: usize = 300;

fn many() -> (TempDir, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let old = read(upstream("cnx-etcd.yaml"));
    for number in 0..FILES {
        fs::write(folder.path().join(format!("{number}.yaml")), &old).unwrap();
    }
    let one = folder.path().join("0.yaml");
    let output = with_material("apply", "tls").arg(&one).output().unwrap();
    let new = String::from_utf8(output.stdout).unwrap();
    (folder, old, new)
}

fn in_place(folder: &TempDir) -> Child {
    let mut apply = with_material("apply", "tls");
    apply.arg("-q").arg("-i").arg(folder.path());
    apply
        .stderr(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// How many files are new. Each is whole, and nothing else is there where it is said so.
fn new(folder: &TempDir, old: &str, new: &str, alone: bool) -> usize {
    let mut count = 0;
    for (path, bytes) in contents(folder.path()) {
        if path.ends_with(".yaml") {
            let text = String::from_utf8(bytes).unwrap();
            assert!(text == old || text == new, "{path} is torn");
            count += usize::from(text == new);
        } else {
            assert!(Path::new(&path).is_dir() || !alone, "{path} is left");
        }
    }
    count
}

#[test]
fn more_files_than_may_be_open() {
    let (folder, old, hard) = many();
    let mut apply = with_material("apply", "tls");
    apply.arg("-q").arg("-i").arg(folder.path());
    let words: Vec<_> = std::iter::once(apply.get_program())
        .chain(apply.get_args())
        .collect();
    let mut limited = Command::new("sh");
    limited
        .args(["-c", "ulimit -n 64; exec \"$@\"", "sh"])
        .args(words);
    let output = limited.current_dir(crate::common::root()).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(new(&folder, &old, &hard, true), FILES);
}

#[test]
fn runs_that_are_ended_leave_whole_files_and_the_next_one_completes() {
    let (folder, old, hard) = many();
    let one = read(folder.path().join("0.yaml"));
    let mut partly = 0;
    for (number, signal) in ["-TERM", "-KILL", "-INT", "-KILL", "-TERM", "-KILL"]
        .iter()
        .enumerate()
    {
        let mut child = in_place(&folder);
        std::thread::sleep(Duration::from_millis(60 + 45 * number as u64));
        let killed = Command::new("kill")
            .arg(signal)
            .arg(child.id().to_string())
            .output();
        let ended = child.wait().unwrap();
        assert!(killed.is_ok());
        let count = new(&folder, &old, &hard, *signal != "-KILL");
        partly += usize::from(!ended.success() && count < FILES);
        if count == FILES {
            for number in 0..FILES {
                fs::write(folder.path().join(format!("{number}.yaml")), &one).unwrap();
            }
        }
    }
    assert!(partly > 0, "no run was ended before its end");
    assert!(in_place(&folder).wait().unwrap().success());
    assert_eq!(new(&folder, &old, &hard, true), FILES);
}

//! Files, folders and pipes; bad input; nothing is ever half done.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Stdio;

use crate::common::{
    MANIFESTS, assert_file, assert_same, hardened, piped, pki, program, read, root, stderr, stdout,
    upstream, with_material,
};

/// A folder with copies of the two manifests, and what else is found beside them.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("sub/.git")).unwrap();
    fs::copy(upstream(MANIFESTS[0]), folder.path().join("a.yaml")).unwrap();
    fs::copy(upstream(MANIFESTS[1]), folder.path().join("sub/b.yml")).unwrap();
    fs::copy(
        upstream(MANIFESTS[1]),
        folder.path().join("sub/.git/c.yaml"),
    )
    .unwrap();
    fs::write(
        folder.path().join("other.json"),
        "{\"kind\":\"List\",\"items\":[]}",
    )
    .unwrap();
    fs::write(folder.path().join("notes.txt"), "projectcalico.org").unwrap();
    folder
}

fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = walkdir::WalkDir::new(folder)
        .sort_by_file_name()
        .into_iter();
    let files = entries
        .map(Result::unwrap)
        .filter(|entry| entry.file_type().is_file());
    files
        .map(|f| (f.path().display().to_string(), fs::read(f.path()).unwrap()))
        .collect()
}

#[test]
fn in_place_edits_a_folder_and_keeps_modes_and_links() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    fs::set_permissions(path("a.yaml"), Permissions::from_mode(0o640)).unwrap();
    fs::rename(path("sub/b.yml"), path("sub/real")).unwrap();
    symlink("real", path("sub/b.yml")).unwrap();
    let other = fs::metadata(path("other.json")).unwrap().ino();
    let owner = fs::metadata(path("a.yaml")).unwrap().uid();
    // Only root may give a file away.
    let owner = if owner == 0 { 65534 } else { owner };
    std::os::unix::fs::chown(path("a.yaml"), Some(owner), None).unwrap();
    let output = with_material("apply", "tls")
        .arg("--in-place")
        .arg(folder.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(output.stdout.is_empty());
    assert_file(path("a.yaml"), &read(hardened(MANIFESTS[0])));
    assert_file(path("sub/real"), &read(hardened(MANIFESTS[1])));
    assert!(
        fs::symlink_metadata(path("sub/b.yml"))
            .unwrap()
            .file_type()
            .is_symlink()
    );
    assert_eq!(fs::metadata(path("a.yaml")).unwrap().uid(), owner);
    assert_eq!(fs::metadata(path("a.yaml")).unwrap().mode() & 0o777, 0o640);
    assert_eq!(
        fs::metadata(path("other.json")).unwrap().ino(),
        other,
        "not written"
    );
    assert_file(path("sub/.git/c.yaml"), &read(upstream(MANIFESTS[1])));
    assert_eq!(
        contents(folder.path()).len(),
        5,
        "no temporary file is left"
    );
}

#[test]
fn a_backup_holds_what_was_there_beside_the_files_that_change() {
    let folder = folder();
    let run = |suffix: &str| {
        let mut command = with_material("apply", "tls");
        command.args(["--in-place", "--backup", suffix]);
        command.arg(folder.path()).output().unwrap()
    };
    for wrong in ["", "/x", ".yaml"] {
        assert_eq!(run(wrong).status.code(), Some(2), "{wrong:?}");
    }
    let before = contents(folder.path()).len();
    // Twice: a run that changes nothing leaves the copy as it is.
    for _ in 0..2 {
        let output = run(".orig");
        assert!(output.status.success(), "{}", stderr(&output));
        assert_file(folder.path().join("a.yaml"), &read(hardened(MANIFESTS[0])));
        assert_file(
            folder.path().join("a.yaml.orig"),
            &read(upstream(MANIFESTS[0])),
        );
        assert_eq!(contents(folder.path()).len(), before + 2);
    }
}

#[test]
fn an_output_folder_gets_all_files_and_keys_are_for_the_owner() {
    let (folder, out) = (folder(), tempfile::tempdir().unwrap());
    let out = out.path().join("new/folder");
    let mut apply = with_material("apply", "tls");
    let output = apply
        .arg("--output-dir")
        .arg(&out)
        .arg(folder.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert_file(out.join("a.yaml"), &read(hardened(MANIFESTS[0])));
    assert_file(out.join("sub/b.yml"), &read(hardened(MANIFESTS[1])));
    assert_eq!(
        read(out.join("other.json")),
        read(folder.path().join("other.json"))
    );
    assert_eq!(
        fs::metadata(out.join("a.yaml")).unwrap().mode() & 0o777,
        0o600
    );
    assert_eq!(contents(&out).len(), 3);
}

#[test]
fn stdin_goes_to_stdout() {
    let mut apply = with_material("apply", "tls");
    apply.arg("-");
    let output = piped(apply, &read(upstream(MANIFESTS[0])));
    assert_same(&stdout(&output), &read(hardened(MANIFESTS[0])), "stdin");
}

#[test]
fn several_files_are_one_stream_on_stdout() {
    let output = with_material("apply", "tls")
        .args(MANIFESTS.map(upstream))
        .output()
        .unwrap();
    let both = MANIFESTS
        .map(|name| crate::common::objects(&read(hardened(name))))
        .concat();
    assert!(crate::common::objects(&stdout(&output)) == both);
}

/// Nothing is printed where the line break behind a file would become a part of its
/// last value. In another form the files are written.
#[test]
fn a_file_that_nothing_can_stand_behind_is_not_joined() {
    let folder = tempfile::tempdir().unwrap();
    let note = folder.path().join("note.yaml");
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  a: |\n    x";
    std::fs::write(&note, text).unwrap();
    let apply = || {
        let mut apply = with_material("apply", "tls");
        apply.arg(&note).arg(upstream(MANIFESTS[0]));
        apply
    };
    let output = apply().output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(stdout(&output), "");
    let said = stderr(&output);
    assert!(said.contains("note.yaml:5:6: error[cannot-edit]"), "{said}");
    let out = folder.path().join("out");
    let output = apply().arg("--output-dir").arg(&out).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert_same(&read(out.join("note.yaml")), text, "note.yaml");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut apply = with_material("apply", "tls");
    let mut child = apply
        .args(MANIFESTS.map(upstream))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}

#[test]
fn colours_are_for_terminals_and_obey_the_environment() {
    let run = |set: &[(&str, &str)]| {
        let mut diff = with_material("diff", "tls");
        let diff = diff
            .env_remove("NO_COLOR")
            .env_remove("CLICOLOR_FORCE")
            .envs(set.iter().copied());
        stdout(&diff.arg(upstream(MANIFESTS[0])).output().unwrap())
    };
    assert!(!run(&[]).contains('\u{1b}'));
    assert!(run(&[("CLICOLOR_FORCE", "1")]).contains("\u{1b}[32m+  caBundle: "));
    assert!(!run(&[("NO_COLOR", "1")]).contains('\u{1b}'));
}

/// Runs on a folder with a good manifest and something bad: exit code 2, the
/// message, nothing on stdout, and no file changed.
fn refused(bad: impl Fn(&Path) -> std::path::PathBuf, message: &str) {
    let folder = folder();
    let bad = bad(folder.path());
    let before = contents(folder.path());
    for more in [&["--in-place"][..], &[]] {
        let mut apply = with_material("apply", "tls");
        let output = apply
            .args(more)
            .arg(folder.path().join("a.yaml"))
            .arg(&bad)
            .output()
            .unwrap();
        let said = stderr(&output).replace(folder.path().to_str().unwrap(), "DIR");
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(message), "{said}");
        assert!(output.stdout.is_empty());
        assert!(contents(folder.path()) == before, "a file changed");
    }
}

#[test]
fn bad_manifests_stop_the_run_before_it_writes() {
    refused(
        |dir| dir.join("none.yaml"),
        "DIR/none.yaml: cannot read: No such file",
    );
    refused(
        |dir| {
            fs::create_dir(dir.join("empty")).unwrap();
            dir.join("empty")
        },
        "DIR/empty: the folder holds no .yaml, .yml or .json file",
    );
    refused(
        |dir| {
            fs::write(dir.join("bad.yaml"), b"a: 1\nb: \xff\n").unwrap();
            dir.join("bad.yaml")
        },
        "DIR/bad.yaml:2: not UTF-8 at byte 8",
    );
    refused(
        |dir| {
            fs::write(
                dir.join("bad.yaml"),
                "kind: Secret\nmetadata: {name: cnx-apiserver-certs\n",
            )
            .unwrap();
            dir.join("bad.yaml")
        },
        "DIR/bad.yaml:2:11: error[not-yaml]: not valid YAML",
    );
    refused(
        |dir| {
            let text = read(upstream(MANIFESTS[1])).replace("kind: Secret\n", "kind: ConfigMap\n");
            fs::write(dir.join("half.yaml"), text).unwrap();
            dir.join("half.yaml")
        },
        "error[missing-object]: APIService v3.projectcalico.org: Secret cnx-apiserver-certs in namespace kube-system",
    );
}

#[test]
fn bad_material_stops_the_run_and_says_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        fs::write(folder.path().join(name), bytes).unwrap();
        folder.path().join(name)
    };
    let (crt, key) = (
        fs::read(pki("tls.crt")).unwrap(),
        fs::read(pki("tls.key")).unwrap(),
    );
    let other = fs::read(pki("rsa.key")).unwrap();
    let wrong_first = [other.as_slice(), &key].concat();
    let right_first = [key.as_slice(), &other].concat();
    let cases = [
        (pki("tls.der"), pki("tls.key"), "der-not-pem"),
        (pki("tls.p12"), pki("tls.key"), "pkcs12-not-pem"),
        (pki("tls.key"), pki("tls.key"), "key-instead-of-certificate"),
        (pki("tls.crt"), pki("tls.crt"), "certificate-instead-of-key"),
        (pki("tls.crt"), pki("encrypted.key"), "encrypted-key"),
        (pki("rsa.crt"), pki("encrypted-legacy.key"), "encrypted-key"),
        (pki("tls.crt"), pki("rotated.key"), "key-mismatch"),
        (
            pki("tls.crt"),
            write("wrong-first.key", &wrong_first),
            "key-mismatch",
        ),
        (write("empty", b" \n"), pki("tls.key"), "empty-file"),
        (
            write("cut.crt", &crt[..crt.len() - 30]),
            pki("tls.key"),
            "truncated-pem",
        ),
        (write("text", b"hello\n"), pki("tls.key"), "not-pem"),
    ];
    for (crt, key, code) in cases {
        let mut apply = program();
        apply.arg("apply").arg("--apiserver-ca").arg(pki("ca.crt"));
        apply
            .arg("--apiserver-cert")
            .arg(&crt)
            .arg("--apiserver-key")
            .arg(&key);
        let output = apply.arg(upstream(MANIFESTS[0])).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{code}");
        assert!(
            stderr(&output).contains(&format!("[{code}]")),
            "{code}: {}",
            stderr(&output)
        );
        assert!(output.stdout.is_empty());
    }
    // What is unusual and good.
    let crlf = String::from_utf8(crt).unwrap().replace('\n', "\r\n") + "trailing text\n";
    for (crt, key) in [
        (write("crlf.crt", crlf.as_bytes()), pki("ec-sec1.key")),
        (pki("rsa.crt"), pki("rsa.key")),
        (pki("tls.crt"), write("right-first.key", &right_first)),
    ] {
        let mut apply = program();
        apply.arg("apply").arg("--apiserver-ca").arg(pki("ca.crt"));
        apply
            .arg("--apiserver-cert")
            .arg(&crt)
            .arg("--apiserver-key")
            .arg(&key);
        let output = apply.arg(upstream(MANIFESTS[0])).output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
    }
}

/// Places that the kernel lets nobody write, a full device, a limit on sizes.
#[test]
fn a_folder_that_cannot_be_written_leaves_all_files_as_they_are() {
    let folder = folder();
    let before = contents(folder.path());
    for target in ["/proc/cnx", "/dev/full/cnx"] {
        let mut apply = with_material("apply", "tls");
        let output = apply
            .arg("--output-dir")
            .arg(target)
            .arg(folder.path())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
        assert!(stderr(&output).contains(target), "{}", stderr(&output));
    }
    let full = fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let mut apply = with_material("apply", "tls");
    let output = apply.arg(folder.path()).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("stdout: cannot write: No space left"),
        "{}",
        stderr(&output)
    );
    // A limit on the size of files: what a full disk does, without one.
    let shell = format!(
        "ulimit -f 8; trap '' XFSZ; exec {} apply --in-place --apiserver-ca testdata/pki/ca.crt \
         --apiserver-cert testdata/pki/tls.crt --apiserver-key testdata/pki/tls.key {}",
        env!("CARGO_BIN_EXE_cnx-harden"),
        folder.path().display()
    );
    let mut limited = std::process::Command::new("sh");
    let output = limited
        .current_dir(root())
        .args(["-c", &shell])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(
        stderr(&output).contains("cannot write"),
        "{}",
        stderr(&output)
    );
    assert!(contents(folder.path()) == before, "a file changed");
}

/// Root may write everywhere, so for root the program runs as nobody.
#[test]
fn a_read_only_folder_leaves_all_files_as_they_are() {
    let folder = folder();
    let material = tempfile::tempdir().unwrap();
    let open = |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    let root = fs::metadata(folder.path()).unwrap().uid() == 0;
    let mut apply = program();
    apply.arg("apply").arg("--in-place");
    for (flag, name) in [("ca", "ca.crt"), ("cert", "tls.crt"), ("key", "tls.key")] {
        let copy = material.path().join(name);
        fs::copy(pki(name), &copy).unwrap();
        open(&copy, 0o644);
        apply.arg(format!("--apiserver-{flag}")).arg(copy);
    }
    // A copy, since nobody may not be let into the folder of the build. It is made
    // by another process: what this one has open for writing, a test beside this
    // one would hand down to its own children, and the copy could not be run.
    let copy = material.path().join("cnx-harden");
    let mut cp = std::process::Command::new("cp");
    let cp = cp.arg(env!("CARGO_BIN_EXE_cnx-harden")).arg(&copy);
    assert!(cp.status().unwrap().success());
    open(material.path(), 0o755);
    let mut copied = std::process::Command::new(copy);
    copied.args(apply.get_args()).arg(folder.path());
    // The first manifest could be written, the second could not.
    open(folder.path(), if root { 0o777 } else { 0o755 });
    open(&folder.path().join("sub"), 0o555);
    if root {
        copied.uid(65534).gid(65534);
        for name in ["a.yaml", "sub/b.yml"] {
            std::os::unix::fs::chown(folder.path().join(name), Some(65534), Some(65534)).unwrap();
        }
    }
    let before = contents(folder.path());
    let output = copied.output().unwrap();
    open(&folder.path().join("sub"), 0o755);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    let place = format!(
        "{}/sub/b.yml: cannot write beside: Permission denied",
        folder.path().display()
    );
    assert!(stderr(&output).contains(&place), "{}", stderr(&output));
    assert!(contents(folder.path()) == before, "a file changed");
}

#[test]
fn usage_errors_have_code_2_and_help_has_0() {
    for args in [
        &["apply"][..],
        &["apply", "x.yaml"],
        &["aply"],
        &["diff", "--in-place", "x"],
    ] {
        assert_eq!(
            program().args(args).output().unwrap().status.code(),
            Some(2),
            "{args:?}"
        );
    }
    for args in [
        &["--help"][..],
        &["apply", "--help"],
        &["diff", "-h"],
        &["--version"],
    ] {
        assert_eq!(
            program().args(args).output().unwrap().status.code(),
            Some(0),
            "{args:?}"
        );
    }
    let mut apply = with_material("apply", "tls");
    let output = apply.args(["--in-place", "-"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("stdin cannot be edited in place"));
}

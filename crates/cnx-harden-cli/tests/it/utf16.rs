//! Files in UTF-16, which kubectl reads: they are read as the same text in UTF-8 is,
//! and come out as they went in, or not at all.

use std::path::PathBuf;

use crate::common::{hardened, program, read, stderr, stdout, upstream, with_material};

const LITTLE: fn(u16) -> [u8; 2] = u16::to_le_bytes;
const BIG: fn(u16) -> [u8; 2] = u16::to_be_bytes;

fn utf16(text: &str, order: fn(u16) -> [u8; 2]) -> Vec<u8> {
    let units = std::iter::once(0xfeff).chain(text.encode_utf16());
    units.flat_map(order).collect()
}

/// A folder with these files.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new(files: &[(&str, &[u8])]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            std::fs::write(folder.path().join(name), bytes).unwrap();
        }
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// What the command prints, without the folder's name.
    fn shown(&self, text: &str) -> String {
        text.replace(&format!("{}/", self.0.path().display()), "")
    }
}

/// What a command says of a file with these bytes.
fn said(command: &[&str], bytes: &[u8]) -> (Option<i32>, String, String) {
    let folder = Folder::new(&[("a.yaml", bytes)]);
    let mut program = program();
    let program = program.current_dir(folder.0.path());
    let output = program.args(command).arg("a.yaml").output().unwrap();
    (output.status.code(), stdout(&output), stderr(&output))
}

#[test]
fn a_file_in_utf_16_is_read_as_one_in_utf_8() {
    let commands: [&[&str]; 5] = [
        &["check"],
        &["check", "--format", "json"],
        &["report"],
        &["report", "--format", "json"],
        &["certs", "verify"],
    ];
    for text in [
        read(upstream("cnx-etcd.yaml")),
        read(hardened("cnx-etcd.yaml")),
    ] {
        // With what is beyond the first plane, and no final line break.
        let text = format!("# é 😀\r\n{}# end", text.replace('\n', "\r\n"));
        for command in commands {
            let wanted = said(command, text.as_bytes());
            assert!(wanted.1.len() > 20 || wanted.2.len() > 20, "{command:?}");
            for order in [LITTLE, BIG] {
                assert_eq!(said(command, &utf16(&text, order)), wanted, "{command:?}");
            }
        }
    }
}

#[test]
fn check_finds_what_is_insecure_in_utf_16() {
    let text = "apiVersion: apiregistration.k8s.io/v1\nkind: APIService\nmetadata: {name: \
                v1.example.com}\nspec: {insecureSkipTLSVerify: yes}\n";
    for order in [LITTLE, BIG] {
        let (code, stdout, _) = said(&["check"], &utf16(text, order));
        assert_eq!(code, Some(1), "{stdout}");
        let found = stdout.starts_with("error[insecure-skip-tls-verify]: ")
            && stdout.contains("a.yaml:4:31");
        assert!(found, "{stdout}");
    }
}

#[test]
fn what_is_not_edited_comes_out_as_it_went_in() {
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: é😀}\n";
    for order in [LITTLE, BIG] {
        let bytes = utf16(text, order);
        let edited = read(upstream("cnx-etcd.yaml"));
        let folder = Folder::new(&[("a.yaml", &bytes), ("b.yaml", edited.as_bytes())]);
        let output = with_material("apply", "tls")
            .arg(folder.path("a.yaml"))
            .output();
        assert_eq!(output.unwrap().stdout, bytes);

        let elsewhere = tempfile::tempdir().unwrap();
        let out = elsewhere.path().join("out");
        let mut apply = with_material("apply", "tls");
        let status = apply
            .arg(folder.0.path())
            .arg("--output-dir")
            .arg(&out)
            .output();
        assert!(status.unwrap().status.success());
        assert_eq!(std::fs::read(out.join("a.yaml")).unwrap(), bytes);
        assert_ne!(
            std::fs::read(out.join("b.yaml")).unwrap(),
            edited.as_bytes()
        );

        let mut apply = with_material("apply", "tls");
        let status = apply
            .args(["--in-place"])
            .args([folder.path("a.yaml"), folder.path("b.yaml")]);
        assert!(status.output().unwrap().status.success());
        assert_eq!(std::fs::read(folder.path("a.yaml")).unwrap(), bytes);
    }
}

#[test]
fn what_would_be_edited_is_refused() {
    let text = read(upstream("cnx-etcd.yaml"));
    for order in [LITTLE, BIG] {
        let bytes = utf16(&text, order);
        let folder = Folder::new(&[("a.yaml", &bytes)]);
        let commands: [(&str, &[&str]); 4] = [
            ("apply", &[]),
            ("apply", &["--in-place"]),
            ("apply", &["--output-dir", "never-made"]),
            ("diff", &[]),
        ];
        for (command, flags) in commands {
            let mut run = with_material(command, "tls");
            let output = run.args(flags).arg(folder.path("a.yaml")).output().unwrap();
            assert_eq!(output.status.code(), Some(2), "{command} {flags:?}");
            assert_eq!(stdout(&output), "");
            assert_eq!(
                folder.shown(&stderr(&output)),
                "error: a.yaml: the file is UTF-16, and only UTF-8 can be edited\n  help: save it as \
                 UTF-8; nothing was written\n"
            );
            assert_eq!(std::fs::read(folder.path("a.yaml")).unwrap(), bytes);
        }
    }
}

#[test]
fn one_stream_has_one_encoding() {
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
    let bytes = utf16(text, LITTLE);
    let folder = Folder::new(&[("a.yaml", &bytes), ("b.yaml", text.as_bytes())]);
    let output = with_material("apply", "tls")
        .arg(folder.0.path())
        .output()
        .unwrap();
    assert_eq!(
        (output.status.code(), stdout(&output).as_str()),
        (Some(2), "")
    );
    let words = folder.shown(&stderr(&output));
    assert!(
        words.starts_with("error: a.yaml: the file is UTF-16, and cannot be printed"),
        "{words}"
    );
}

#[test]
fn what_is_no_text_is_refused_at_its_place() {
    let half: &[u8] = b"\xff\xfea\0\n\0b";
    let lone: &[u8] = b"\xfe\xff\0a\0\n\xd8\0\0b";
    for (bytes, place) in [
        (half, "error: a.yaml:2: not UTF-16 at byte 6"),
        (lone, "error: a.yaml:2: not UTF-16 at byte 6"),
    ] {
        let (code, _, words) = said(&["check"], bytes);
        assert_eq!(code, Some(2));
        assert!(words.starts_with(place), "{words}");
    }
}

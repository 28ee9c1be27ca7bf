//! Large inputs: those of which nothing can matter are not held, and what is said and
//! written is the same as of those that are.

use std::fs::{self, File};
use std::path::Path;
use std::process::Output;

use crate::common::{MANIFESTS, hardened, piped, read, stderr, stdout, upstream, with_material};

/// Nothing of it is one of the objects: 6 MiB of documents of other kinds, and ConfigMaps.
fn unrelated() -> String {
    let mut text = String::from("# Nothing to harden.\n");
    for number in 0.. {
        let kind = ["ConfigMap", "Namespace", "Secret", "Widget"][number % 4];
        text += &format!(
            "---\napiVersion: v1\nkind: {kind}\nmetadata:\n  name: n{number}\ndata:\n  text: |\n"
        );
        text += &"    ein ganz gewöhnlicher Text, # wie er ist\n".repeat(100);
        if text.len() > 6 << 20 {
            break;
        }
    }
    text
}

/// Runs on files of the folder.
fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = with_material("apply", "tls");
    for argument in arguments {
        match *argument {
            "a.yaml" | "b.yaml" | "out" => command.arg(folder.join(argument)),
            other => command.arg(other),
        };
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    output
}

#[test]
fn an_input_without_objects_comes_out_as_it_went_in_by_every_way() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let text = unrelated();
    fs::write(path("a.yaml"), &text).unwrap();
    let file = run(folder.path(), &["a.yaml"]);
    assert!(file.stdout == text.as_bytes(), "{}", file.stdout.len());
    let said = stderr(&file);
    assert!(said.contains("nothing to harden in 1 file"), "{said}");

    let report = ["--report", "json", "a.yaml"];
    let report = stderr(&run(folder.path(), &report));
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    let documents = text.matches("kind: ConfigMap").count() + text.matches("kind: Secret").count();
    let others = text.matches("---\n").count() - documents;
    assert_eq!(report["reading"]["documents"], documents);
    assert_eq!(report["reading"]["otherKinds"], others);
    assert_eq!(
        report["reading"]["withoutObjects"]
            .as_array()
            .unwrap()
            .len(),
        0
    );

    // From a file, at its place, and from a pipe.
    let stdin = || {
        let mut command = with_material("apply", "tls");
        command.arg("-");
        command
    };
    let file = File::open(path("a.yaml")).unwrap();
    let outputs = [stdin().stdin(file).output().unwrap(), piped(stdin(), &text)];
    for output in outputs {
        assert!(output.stdout == text.as_bytes(), "{}", stderr(&output));
    }

    run(folder.path(), &["-o", "out", "a.yaml"]);
    assert!(read(path("out/a.yaml")) == text);
    run(folder.path(), &["-i", "a.yaml"]);
    assert!(read(path("a.yaml")) == text);
}

#[test]
fn beside_others_it_is_joined_and_copied() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let text = unrelated();
    fs::write(path("a.yaml"), &text).unwrap();
    fs::copy(upstream(MANIFESTS[0]), path("b.yaml")).unwrap();
    let joined = stdout(&run(folder.path(), &["a.yaml", "b.yaml"]));
    assert!(joined.starts_with(&text) && joined.ends_with(&read(hardened(MANIFESTS[0]))));
    run(folder.path(), &["-o", "out", "a.yaml", "b.yaml"]);
    assert!(read(path("out/a.yaml")) == text);
    assert_eq!(read(path("out/b.yaml")), read(hardened(MANIFESTS[0])));
}

/// A Secret that a workload of another file reads is found in a large one.
#[test]
fn what_another_file_refers_to_is_held() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let manifest = read(upstream(MANIFESTS[0])).replace("cnx-apiserver-certs", "my-certs");
    let (mut secret, mut rest) = (String::new(), Vec::new());
    for document in manifest.split_inclusive("---\n") {
        match document.contains("kind: Secret") {
            true => secret = document.to_owned(),
            false => rest.push(document),
        }
    }
    assert!(secret.contains("my-certs"), "{secret}");
    fs::write(
        path("a.yaml"),
        unrelated() + "---\n" + secret.trim_end_matches("---\n"),
    )
    .unwrap();
    fs::write(path("b.yaml"), rest.concat()).unwrap();
    run(
        folder.path(),
        &["-i", "--apiserver-secret", "my-certs", "a.yaml", "b.yaml"],
    );
    assert!(read(path("a.yaml")).contains("apiserver.key: LS0t"));
}

/// A large one with one of the objects is read from its start again.
#[test]
fn one_with_an_object_at_its_end_is_hardened() {
    let folder = tempfile::tempdir().unwrap();
    let text = unrelated() + "---\n";
    fs::write(
        folder.path().join("a.yaml"),
        text.clone() + &read(upstream(MANIFESTS[0])),
    )
    .unwrap();
    let expected = text.clone() + &read(hardened(MANIFESTS[0]));
    assert!(stdout(&run(folder.path(), &["a.yaml"])) == expected);
    let mut command = with_material("apply", "tls");
    command.arg("-");
    let output = piped(command, &read(folder.path().join("a.yaml")));
    assert!(stdout(&output) == expected, "{}", stderr(&output));
}

//! `explain`: each finding has a page.

use std::collections::BTreeSet;

use cnx_harden_core::Code;

use crate::common::{program, read, root, stderr, stdout};

#[test]
fn every_finding_has_a_page_with_its_three_parts() {
    for code in Code::all() {
        let page = code.page();
        let title = format!("# {code}\n\n");
        assert!(page.starts_with(&title), "{code}");
        // In a block of code, `#` begins a comment.
        let prose = page.split("```").step_by(2).collect::<String>();
        let parts: Vec<_> = prose.lines().filter(|line| line.starts_with('#')).collect();
        let wanted = [
            title.trim_end(),
            "## Cause",
            "## In the cluster",
            "## Remedy",
        ];
        assert_eq!(parts, wanted, "{code}");
        for part in page.split("\n## ").skip(1) {
            let (_, text) = part.split_once("\n\n").unwrap();
            assert!(text.trim().len() > 20, "{code}: {part}");
        }
        let lead = page.strip_prefix(&title).unwrap().lines().next().unwrap();
        assert_eq!(lead, code.summary(), "{code}");
        assert!(page.ends_with('\n') && !page.contains('\t'));
        assert!(page.lines().count() <= 40, "{code}");
    }
}

#[test]
fn no_two_findings_have_one_code() {
    let codes: Vec<_> = Code::all().map(Code::as_str).collect();
    let different: BTreeSet<_> = codes.iter().collect();
    assert_eq!(codes.len(), different.len());
    for code in Code::all() {
        assert_eq!(code.as_str().parse(), Ok(code));
    }
}

#[test]
fn no_page_is_left_over() {
    for folder in ["cnx-certs", "cnx-harden-core"] {
        let folder = root().join("crates").join(folder).join("src/codes");
        for entry in folder.read_dir().unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap();
            let code = name.parse::<Code>().unwrap();
            assert_eq!(read(&path), code.page());
        }
    }
}

#[test]
fn a_page_is_printed_and_a_slip_is_corrected() {
    let output = program()
        .args(["explain", "name-mismatch"])
        .output()
        .unwrap();
    assert!(output.status.success());
    assert!(stdout(&output).starts_with("# name-mismatch\n\n"));
    let output = program()
        .args(["explain", "name-missmatch"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("did you mean name-mismatch?"),
        "{}",
        stderr(&output)
    );
    let output = program().args(["explain", "0"]).output().unwrap();
    assert!(stderr(&output).contains("`cnx-harden explain` lists them"));
    let list = stdout(&program().arg("explain").output().unwrap());
    for code in Code::all() {
        assert!(
            list.contains(code.as_str()) && list.contains(code.summary()),
            "{code}"
        );
    }
}

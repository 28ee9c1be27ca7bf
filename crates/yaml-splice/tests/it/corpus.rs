//! Published manifests: the extents are found in all of them, and what we read
//! is what another reader reads.

use yaml_splice::documents;

#[test]
fn published_manifests_are_read_as_another_reader_reads_them() {
    let Some(corpus) = std::env::var_os("CNX_HARDEN_CORPUS") else {
        eprintln!("CNX_HARDEN_CORPUS is not set: no published manifests were read");
        return;
    };
    let (mut files, mut compared) = (0, 0);
    for entry in walkdir::WalkDir::new(corpus) {
        let entry = entry.unwrap();
        if entry.path().extension().is_none_or(|e| e != "yaml") {
            continue;
        }
        files += 1;
        let text = std::fs::read_to_string(entry.path()).unwrap();
        let parts: Vec<_> = documents(&text).collect();
        let whole: String = parts.iter().map(|part| part.text()).collect();
        assert_eq!(whole, text);
        for part in parts {
            let place = format!("{}:{}", entry.path().display(), part.span().start);
            let other = serde_yaml::from_str::<serde_yaml::Value>(part.text());
            match (part.parse(), other) {
                (Ok(tree), Ok(other)) => {
                    assert!(crate::common::agrees(&tree.root_value(), &other), "{place}");
                    compared += 1;
                }
                (Err(_), Err(_)) => {}
                // Harmless where no edit goes: an error once one does.
                (Ok(_), Err(other)) if other.to_string().contains("duplicate") => {}
                (ours, other) => panic!("{place}: {:?} {:?}", ours.err(), other.err()),
            }
        }
    }
    assert!(
        files > 100 && compared > 1000,
        "{files} files, {compared} documents"
    );
    println!("{compared} documents of {files} files");
}

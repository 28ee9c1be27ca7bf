//! The folder of published manifests, which `CNX_HARDEN_CORPUS` names.

use std::path::Path;

pub(crate) struct Published {
    pub(crate) name: String,
    pub(crate) text: String,
    cells: Vec<String>,
    header: Vec<String>,
}

impl Published {
    /// What the index says in a column.
    pub(crate) fn column(&self, name: &str) -> &str {
        let column = self.header.iter().position(|c| c == name).unwrap();
        &self.cells[column]
    }
}

pub(crate) fn published() -> Option<Vec<Published>> {
    let Some(folder) = std::env::var_os("CNX_HARDEN_CORPUS") else {
        eprintln!("CNX_HARDEN_CORPUS is not set: no published manifests were hardened");
        return None;
    };
    let folder = Path::new(&folder);
    let index = std::fs::read_to_string(folder.join("INDEX.tsv")).unwrap();
    let cells = |line: &str| line.split('\t').map(str::to_owned).collect::<Vec<_>>();
    let mut lines = index.lines();
    let header = cells(lines.next().unwrap());
    let published = lines.map(|line| {
        let cells = cells(line);
        Published {
            name: cells[0].clone(),
            text: std::fs::read_to_string(folder.join(&cells[0])).unwrap(),
            cells,
            header: header.clone(),
        }
    });
    Some(published.collect())
}

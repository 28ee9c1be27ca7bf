//! Texts: documents of the repository's manifests and cases, put together and changed.

use std::path::Path;

/// Numbers by chance (xorshift).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 11) % u64::try_from(limit.max(1)).unwrap()).unwrap()
    }
}

#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Manifest,
    Config,
    Pem,
}

impl Kind {
    pub(crate) fn any(random: &mut Random) -> Self {
        match random.below(16) {
            0 | 1 => Self::Config,
            2 | 3 => Self::Pem,
            _ => Self::Manifest,
        }
    }
}

pub(crate) struct Seeds {
    documents: Vec<String>,
    configs: Vec<String>,
    pems: Vec<String>,
}

/// Longer documents are mostly CustomResourceDefinitions.
const LONGEST: usize = 12 << 10;

impl Seeds {
    pub(crate) fn new() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let read = |folder: &str, extension: &str| {
            let files = walkdir::WalkDir::new(root.join(folder)).sort_by_file_name();
            let files = files.into_iter().map(|entry| entry.unwrap().into_path());
            let files = files.filter(|path| path.extension().is_some_and(|e| e == extension));
            files
                .filter_map(|path| std::fs::read_to_string(path).ok())
                .collect::<Vec<_>>()
        };
        let mut documents = Vec::new();
        for folder in ["../../manifests", "tests/audit", "tests/data", "tests/runs"] {
            let documents_of = read(folder, "yaml");
            let parts = documents_of.iter().flat_map(|text| text.split("\n---\n"));
            documents.extend(
                parts
                    .filter(|part| part.len() < LONGEST)
                    .map(|part| part.to_owned() + "\n"),
            );
        }
        documents.sort();
        documents.dedup();
        let configs = [read("tests/config", "yaml"), read("../../examples", "yaml")].concat();
        let pems = ["crt", "key"]
            .iter()
            .flat_map(|end| read("../../testdata", end));
        let pems: Vec<_> = pems.collect();
        assert!(documents.len() > 100 && configs.len() > 20 && pems.len() > 100);
        Self {
            documents,
            configs,
            pems,
        }
    }

    pub(crate) fn text(&self, random: &mut Random, kind: Kind) -> String {
        let all = match kind {
            Kind::Manifest => &self.documents,
            Kind::Config => &self.configs,
            Kind::Pem => &self.pems,
        };
        let count = 1 + random.below(4) * usize::from(!matches!(kind, Kind::Config));
        let parts: Vec<_> = (0..count)
            .map(|_| all[random.below(all.len())].as_str())
            .collect();
        let between = if matches!(kind, Kind::Pem) {
            ""
        } else {
            "---\n"
        };
        let mut text = parts.join(between);
        for _ in 0..random.below(4) {
            text = self.changed(random, &text);
        }
        text
    }

    /// A line is left out, doubled, moved in or out, cut, or has a piece put into it.
    fn changed(&self, random: &mut Random, text: &str) -> String {
        const PIECES: [&str; 24] = [
            ": ", "- ", "#", "# ", "'", "\"", "{", "}", "[", "]", "&a ", "*a", "|\n", ">-\n",
            "!!str ", "\t", "  ", "\u{85}", "\r", "\u{feff}", "null", "true", "---\n", "<<: *a\n",
        ];
        let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
        let at = random.below(lines.len());
        let Some(line) = lines.get(at).cloned() else {
            return text.to_owned();
        };
        match random.below(7) {
            0 => drop(lines.remove(at)),
            1 => lines.insert(at, line),
            2 => lines[at] = format!("  {line}"),
            3 => lines[at] = line.strip_prefix("  ").unwrap_or(&line).to_owned(),
            4 => lines[at] = format!("# {line}"),
            5 => lines[at] = line.trim_start_matches([' ', '#']).to_owned(),
            _ => {
                let cut = (0..=random.below(line.len()))
                    .rev()
                    .find(|cut| line.is_char_boundary(*cut))
                    .unwrap();
                lines[at] = [
                    &line[..cut],
                    PIECES[random.below(PIECES.len())],
                    &line[cut..],
                ]
                .concat();
            }
        }
        lines.concat()
    }
}

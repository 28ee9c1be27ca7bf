//! Inputs to start from: documents of the files in some folders.

use std::path::Path;

use crate::{CHOICES, WRITTEN};

/// The documents of at most 1,500 bytes in the YAML files below `folder`.
pub fn collect(folder: &Path, seeds: &mut Vec<String>) -> std::io::Result<()> {
    let mut entries: Vec<_> = std::fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    entries.sort_by_key(std::fs::DirEntry::path);
    for entry in entries {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, seeds)?;
            continue;
        }
        let known = path.extension().and_then(|e| e.to_str());
        if !matches!(known, Some("yaml" | "yml" | "json")) {
            continue;
        }
        let Ok(text) = std::fs::read_to_string(&path) else {
            continue;
        };
        for part in text.split_inclusive("\n---\n") {
            if part.len() <= 1500 && !part.trim().is_empty() {
                seeds.push(part.to_owned());
            }
        }
    }
    Ok(())
}

/// Writes them as inputs of the fuzzer into `corpus`.
pub fn write(folder: &Path, corpus: &Path, count: &mut usize) -> std::io::Result<()> {
    let mut seeds = Vec::new();
    collect(folder, &mut seeds)?;
    for text in seeds {
        *count += 1;
        let mut input = vec![WRITTEN];
        let mut state = (*count as u32).wrapping_mul(2_654_435_761);
        for _ in 0..CHOICES {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            input.push((state >> 24) as u8);
        }
        input.extend_from_slice(text.as_bytes());
        std::fs::write(corpus.join(format!("seed-{count:05}")), input)?;
    }
    Ok(())
}

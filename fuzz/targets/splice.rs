//! The target `splice`. With `YAML_SPLICE_SEEDS` (folders) and
//! `YAML_SPLICE_CORPUS` (a folder) set, it writes the seeds first.

#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};
use std::path::Path;

fuzz_target!(
    init: {
        yaml_splice_fuzz::quiet_panics();
        if let (Some(seeds), Some(corpus)) =
            (std::env::var_os("YAML_SPLICE_SEEDS"), std::env::var_os("YAML_SPLICE_CORPUS"))
        {
            let mut count = 0;
            for folder in std::env::split_paths(&seeds) {
                if let Err(error) = yaml_splice_fuzz::seeds::write(&folder, Path::new(&corpus), &mut count) {
                    eprintln!("{}: {error}", folder.display());
                }
            }
            eprintln!("{count} seeds");
        }
    },
    |input: &[u8]| -> Corpus {
        if yaml_splice_fuzz::one(input) { Corpus::Keep } else { Corpus::Reject }
    }
);

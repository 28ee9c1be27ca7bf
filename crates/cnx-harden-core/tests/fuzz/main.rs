//! All doors of the library on manifests, configs and PEM files that are put together and
//! changed by chance, with a private key planted in them.
//!
//! Nothing that may be printed shows the key; nothing panics; what is hardened is not
//! changed by a second run, and has no key twice. `cargo xtask fuzz --target doors` runs
//! it for longer than the tests do, from a seed of its own.

#![cfg(all(feature = "certificates", feature = "render"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout,
    reason = "tests fail by panicking"
)]
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests read files"
)]

mod doors;
mod input;
mod key;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use input::{Random, Seeds};
use key::Key;

/// What a door does with a text: what may be printed, or what is wrong.
pub(crate) type Door = fn(&doors::Scene, &mut Random, &str) -> Result<Vec<String>, String>;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn nothing_is_shown_nothing_panics_and_a_second_run_changes_nothing() {
    let seconds = number("CNX_HARDEN_FUZZ_SECONDS").unwrap_or(5);
    let seed = number("CNX_HARDEN_FUZZ_SEED").unwrap_or(0x2545_f491_4f6c_dd1d);
    let (scene, seeds, key) = (doors::Scene::new(), Seeds::new(), Key::new());
    let mut random = Random(seed | 1);
    std::panic::set_hook(Box::new(|_| {}));
    let (start, limit) = (Instant::now(), Duration::from_secs(seconds));
    let mut count = 0_u64;
    let mut found: BTreeMap<String, (u64, String)> = BTreeMap::new();
    while start.elapsed() < limit {
        let kind = input::Kind::any(&mut random);
        let text = seeds.text(&mut random, kind);
        let (form, text) = match random.below(8) {
            0 => ("no key", text),
            _ => key.planted(&mut random, &text),
        };
        for (name, door) in doors::of(kind) {
            count += 1;
            let before = random.0;
            let run = catch_unwind(AssertUnwindSafe(|| door(&scene, &mut random, &text)));
            let wrong = match run {
                Err(panic) => Some(format!("panic: {}", words(&panic))),
                Ok(Err(wrong)) => Some(wrong),
                Ok(Ok(printed)) => printed.iter().find_map(|text| key.seen_in(text)),
            };
            if let Some(wrong) = wrong {
                let kind: String = wrong
                    .lines()
                    .next()
                    .unwrap_or_default()
                    .chars()
                    .take(60)
                    .collect();
                let told = found.entry(format!("{name}, {form}: {kind}")).or_default();
                told.0 += 1;
                // The shortest one is the easiest to read.
                if told.1.is_empty() || text.len() < told.1.len() {
                    told.1 = format!("{wrong}\nrandom {before}\n{text}");
                }
            }
        }
    }
    let _ = std::panic::take_hook();
    let each = count / start.elapsed().as_secs().max(1);
    println!("executions: {count}, per second: {each}, seed {seed}");
    for (kind, (times, told)) in &found {
        println!("FINDING {kind} ({times} times)\n{told}\n");
    }
    assert!(found.is_empty(), "{} kinds of findings", found.len());
    assert!(count > 20, "{count}");
}

fn words(panic: &Box<dyn std::any::Any + Send>) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_default()
}

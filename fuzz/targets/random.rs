//! The target `random`: as `splice`, without libFuzzer and its coverage, and so
//! several times as fast. `random SECONDS [SEED]`.

use std::time::{Duration, Instant};

use yaml_splice_fuzz::mutate::{Random, input};

fn main() {
    let mut args = std::env::args().skip(1);
    let seconds = args.next().and_then(|arg| arg.parse().ok()).unwrap_or(60);
    let clock = std::time::SystemTime::UNIX_EPOCH.elapsed();
    let clock = clock.map_or(1, |since| since.as_nanos() as u64);
    let seed = args
        .next()
        .and_then(|arg| arg.parse().ok())
        .unwrap_or(clock | 1);
    eprintln!("seed {seed}");
    yaml_splice_fuzz::quiet_panics();
    let mut seeds = Vec::new();
    if let Some(folders) = std::env::var_os("YAML_SPLICE_SEEDS") {
        for folder in std::env::split_paths(&folders) {
            if let Err(error) = yaml_splice_fuzz::seeds::collect(&folder, &mut seeds) {
                eprintln!("{}: {error}", folder.display());
            }
        }
    }
    eprintln!("{} seeds", seeds.len());
    let mut random = Random(seed);
    let mut bytes = Vec::new();
    let start = Instant::now();
    let limit = Duration::from_secs(seconds);
    let mut count = 0_u64;
    while start.elapsed() < limit {
        for _ in 0..256 {
            input(&mut random, &seeds, &mut bytes);
            yaml_splice_fuzz::one(&bytes);
            count += 1;
        }
    }
    yaml_splice_fuzz::end();
    let per_second = count as f64 / start.elapsed().as_secs_f64();
    eprintln!("stat::number_of_executed_units: {count}");
    eprintln!("stat::average_exec_per_sec: {per_second:.0}");
}

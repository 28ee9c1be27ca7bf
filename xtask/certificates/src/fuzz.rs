//! Certificates that are changed at random: what Go says of each, and what we say.
//!
//! Go is a program of ours (`fuzz/go`) that calls `crypto/x509` and `crypto/tls`. It
//! reads one request a line and answers with one, so that thousands are asked in a
//! second. Most requests are single certificates, which it reads or not; the
//! others are a CA file, a chain and a key, with which its client connects to its server.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cnx_certs::{CertificateChain, Identity, Material, Policy, Role, Severity, UnixTime, check};

use super::draft::NAME;
use super::mutate::{Random, mutated};
use super::plan;
use crate::Result;

/// How many requests are sent before the answers are read: no pipe fills up.
const BATCH: usize = 64;

/// When connections are made: within the dates of most certificates.
const NOW: u64 = 1_900_000_000;

/// What we and Go say of one input.
struct Tried {
    request: String,
    /// Our codes and words; none where we accept it.
    ours: Option<String>,
    files: Vec<(&'static str, Vec<u8>)>,
}

/// Runs for some seconds, from a seed of its own or from this one. An error where something
/// was found.
pub(crate) fn fuzz(oracle: &Path, findings: &Path, seconds: u64, seed: Option<u64>) -> Result<()> {
    let _ = fs::remove_dir_all(findings);
    let mut seeds = Vec::new();
    for entry in walkdir::WalkDir::new(super::folder()) {
        let entry = entry.map_err(|error| error.to_string())?;
        let is_certificate = entry.path().extension().is_some_and(|e| e == "crt");
        if is_certificate && let Ok(text) = fs::read_to_string(entry.path()) {
            seeds.extend(bodies(&text));
        }
    }
    let clock = std::time::SystemTime::UNIX_EPOCH.elapsed();
    let seed = seed.unwrap_or_else(|| clock.map_or(1, |since| since.as_secs() << 20 | 1));
    println!(
        "fuzzing certs for {seconds} s: {} seeds, random seed {seed}",
        seeds.len()
    );
    let mut random = Random(seed);
    let keys = plan::Keys::new().map_err(|error| error.to_string())?;
    let mut child = Command::new(oracle)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| error.to_string())?;
    let mut requests = child.stdin.take().ok_or("no stdin")?;
    let mut answers = BufReader::new(child.stdout.take().ok_or("no stdout")?).lines();
    let (start, limit) = (Instant::now(), Duration::from_secs(seconds));
    let (mut count, mut accepted) = (0_u64, 0_u64);
    let mut found = BTreeSet::new();
    while start.elapsed() < limit {
        let mut batch = Vec::new();
        while batch.len() < BATCH {
            let tried = match random.below(8) {
                1.. => single(&mut random, &seeds),
                _ => connection(&mut random, &keys),
            };
            batch.extend(tried);
        }
        for tried in &batch {
            writeln!(requests, "{}", tried.request).map_err(|error| error.to_string())?;
        }
        for tried in &batch {
            let answer = answers.next().and_then(std::result::Result::ok);
            let answer = answer.ok_or("Go ended")?;
            let (verdict, words) = answer.split_once('\t').unwrap_or((&answer, ""));
            count += 1;
            accepted += u64::from(verdict == "ok");
            if (verdict == "ok") != tried.ours.is_none() {
                let kind = kind(words, tried.ours.as_deref());
                if found.insert(kind.clone()) && found.len() < 200 {
                    let told = format!("{kind}\n{words}\n");
                    keep(findings, found.len(), tried, &told)?;
                }
            }
        }
    }
    drop(requests);
    let _ = child.wait();
    let per_second = count / start.elapsed().as_secs().max(1);
    println!("executions: {count}, per second: {per_second}, accepted by Go: {accepted}");
    for kind in &found {
        println!("{kind}");
    }
    match found.len() {
        0 => Ok(()),
        count => Err(format!(
            "{count} kinds of findings, in {}",
            findings.display()
        )),
    }
}

/// Words by which findings are told apart: without what differs in each.
fn kind(go: &str, ours: Option<&str>) -> String {
    let plain: String = go
        .chars()
        .filter(|c| !c.is_ascii_digit())
        .take(110)
        .collect();
    let plain = plain.split('"').step_by(2).collect::<Vec<_>>().concat();
    format!("Go: {plain} | we: {}", ours.unwrap_or("accept"))
}

fn keep(folder: &Path, number: usize, tried: &Tried, told: &str) -> Result<()> {
    let folder = folder.join(format!("{number:03}"));
    let write = || {
        fs::create_dir_all(&folder)?;
        for (name, bytes) in &tried.files {
            fs::write(folder.join(name), bytes)?;
        }
        fs::write(folder.join("finding.txt"), told)
    };
    write().map_err(|error| format!("{}: {error}", folder.display()))
}

fn single(random: &mut Random, seeds: &[Vec<u8>]) -> Option<Tried> {
    let seed = random.of(seeds)?;
    let der = mutated(random, seed, seeds);
    let pem = pem(&der);
    let ours = CertificateChain::from_pem(&pem).err();
    Some(Tried {
        request: format!("parse\t{}", STANDARD.encode(&der)),
        ours: ours.map(|error| error.kind.to_string()),
        files: vec![("tls.crt", pem)],
    })
}

fn connection(random: &mut Random, keys: &plan::Keys) -> Option<Tried> {
    let plan::Files {
        ca,
        certificate,
        key,
    } = plan::random(random, keys).ok()?;
    let material = Material {
        role: Role::ApiServer,
        ca: Some(&ca),
        certificate: &certificate,
        key: Some(&key),
        names: &[NAME.to_owned()],
        identity: &Identity::default(),
    };
    let now = UnixTime::since_unix_epoch(Duration::from_secs(NOW));
    let found = check(&[material], &Policy::at(now));
    let errors: BTreeSet<_> = found
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .map(|finding| finding.code.as_str())
        .collect();
    let ours = errors.into_iter().collect::<Vec<_>>().join(", ");
    let files = [&ca, &certificate, &key].map(|file| STANDARD.encode(file));
    Some(Tried {
        request: format!("connect\tserver\t{NAME}\t{NOW}\t{}", files.join("\t")),
        ours: (!ours.is_empty()).then_some(ours),
        files: vec![("ca.crt", ca), ("tls.crt", certificate), ("tls.key", key)],
    })
}

fn pem(der: &[u8]) -> Vec<u8> {
    super::key::pem("CERTIFICATE", der).unwrap_or_default()
}

/// What the certificates of a file decode to.
fn bodies(text: &str) -> Vec<Vec<u8>> {
    let blocks = text.split("-----BEGIN CERTIFICATE-----").skip(1);
    let bodies = blocks.filter_map(|block| block.split("-----END").next());
    bodies
        .filter_map(|body| {
            STANDARD
                .decode(body.split_whitespace().collect::<String>())
                .ok()
        })
        .collect()
}

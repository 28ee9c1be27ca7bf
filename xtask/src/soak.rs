//! Runs of the program that are ended at random: every file stays whole, nothing is left
//! behind, and the next run completes.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use walkdir::WalkDir;

use crate::run::{Result, program, root};

/// In so many folders as many files each.
const SIDE: usize = 10;
/// The material that each run changes between.
const PAIRS: [&str; 2] = ["tls", "rotated"];

/// How a run is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    Kill,
    Term,
    Interrupt,
    /// By a limit of open files, or of a file's size.
    Limit(u32),
}

/// Soaks the program for so many seconds.
pub(crate) fn soak(seconds: u64) -> Result<()> {
    let built = program()?;
    let seed = SystemTime::now().duration_since(UNIX_EPOCH);
    let mut random = Random(seed.map_or(1, |seed| seed.as_secs() | 1));
    println!("seed {}", random.0);
    let folder = std::env::temp_dir().join(format!("cnx-harden-soak-{}", std::process::id()));
    let done = Soak::new(&built, &folder).and_then(|soak| soak.all(seconds, &mut random));
    let _ = fs::remove_dir_all(&folder);
    done
}

struct Soak {
    program: PathBuf,
    folder: PathBuf,
    /// What a file may hold: by the one pair, and by the other.
    whole: [Vec<u8>; 2],
    /// How long a run takes that nobody ends.
    takes: Duration,
}

impl Soak {
    fn new(built: &Path, folder: &Path) -> Result<Self> {
        let published = root().join("manifests/upstream/cnx-etcd.yaml");
        let write = |path: PathBuf, bytes: &[u8]| {
            let made = path.parent().map_or(Ok(()), fs::create_dir_all);
            made.and_then(|()| fs::write(&path, bytes))
                .map_err(|error| format!("{}: {error}", path.display()))
        };
        let (one, tree) = (folder.join("one"), folder.join("tree"));
        let program = folder.join("cnx-harden");
        let text = fs::read(&published).map_err(|e| format!("{}: {e}", published.display()))?;
        write(one.join("a.yaml"), &text)?;
        // A copy: whoever builds meanwhile replaces the other one.
        fs::copy(built, &program).map_err(|e| e.to_string())?;
        let mut whole = [Vec::new(), Vec::new()];
        for (pair, text) in PAIRS.iter().zip(&mut whole) {
            completes(&mut apply(&program, pair, &one))?;
            *text = fs::read(one.join("a.yaml")).map_err(|e| e.to_string())?;
        }
        for number in 0..SIDE * SIDE {
            let path = format!("{}/{}.yaml", number / SIDE, number % SIDE);
            write(tree.join(path), &whole[1])?;
        }
        let start = Instant::now();
        for pair in PAIRS {
            completes(&mut apply(&program, pair, &tree))?;
        }
        Ok(Self {
            program,
            folder: tree,
            whole,
            takes: start.elapsed() / 2,
        })
    }

    fn all(&self, seconds: u64, random: &mut Random) -> Result<()> {
        let start = Instant::now();
        let mut ended: BTreeMap<&str, usize> = BTreeMap::new();
        let (mut runs, mut partly) = (0, 0);
        let turns = [0, 1].into_iter().zip(PAIRS).cycle();
        for (next, pair) in turns.take_while(|_| start.elapsed().as_secs() < seconds) {
            let end = match random.below(6) {
                0..=2 => End::Kill,
                3 => End::Term,
                4 => End::Interrupt,
                _ => End::Limit(random.below(40)),
            };
            let succeeded = self.ended(pair, end, random)?;
            let new = self.look(next, end != End::Kill && !is_size(end))?;
            let name = match end {
                End::Kill => "KILL",
                End::Term => "TERM",
                End::Interrupt => "INT",
                End::Limit(_) => "limits",
            };
            *ended.entry(name).or_default() += usize::from(!succeeded);
            partly += usize::from(new > 0 && new < SIDE * SIDE);
            // The next one completes, and leaves nothing.
            completes(&mut apply(&self.program, pair, &self.folder))?;
            if self.look(next, true)? != SIDE * SIDE {
                return Err("a run that completed has left old files".to_owned());
            }
            runs += 1;
        }
        println!(
            "{runs} runs of {} files, ended by {ended:?}, {partly} of them partly done: 0 files torn, 0 left over",
            SIDE * SIDE
        );
        Ok(())
    }

    /// One run that is ended at some moment; whether it was done before.
    fn ended(&self, pair: &str, end: End, random: &mut Random) -> Result<bool> {
        let mut command = apply(&self.program, pair, &self.folder);
        if let End::Limit(limit) = end {
            let limit = match is_size(end) {
                true => format!("ulimit -f {limit}"),
                false => format!("ulimit -n {}", limit + 4),
            };
            let mut limited = Command::new("sh");
            limited.args(["-c", &format!("{limit}; exec \"$@\""), "sh"]);
            limited.arg(command.get_program()).args(command.get_args());
            command = limited;
        }
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(|e| e.to_string())?;
        let signal = match end {
            End::Kill => Some("-KILL"),
            End::Term => Some("-TERM"),
            End::Interrupt => Some("-INT"),
            End::Limit(_) => None,
        };
        if let Some(signal) = signal {
            let whole = u32::try_from(self.takes.as_micros())
                .unwrap_or(u32::MAX)
                .max(4);
            // The files take their places in the last moments.
            let moment = match random.below(2) {
                0 => random.below(whole),
                _ => whole - whole / 4 + random.below(whole / 3),
            };
            std::thread::sleep(Duration::from_micros(moment.into()));
            // Its own child, which is not waited for yet: the number is of no other process.
            let mut kill = Command::new("kill");
            kill.arg(signal).arg(child.id().to_string());
            let _ = kill.stderr(Stdio::null()).status();
        }
        let status = child.wait().map_err(|e| e.to_string())?;
        Ok(status.success())
    }

    /// How many files are those of the pair. Each is whole, and nothing else is there.
    fn look(&self, pair: usize, alone: bool) -> Result<usize> {
        let (mut new, mut files) = (0, 0);
        for entry in WalkDir::new(&self.folder) {
            let path = entry.map_err(|e| e.to_string())?.into_path();
            if path
                .extension()
                .is_some_and(|extension| extension == "yaml")
            {
                let text = fs::read(&path).map_err(|e| e.to_string())?;
                if !self.whole.contains(&text) {
                    return Err(format!("{} is torn", path.display()));
                }
                files += 1;
                new += usize::from(self.whole.get(pair) == Some(&text));
            } else if path.is_file() && alone {
                return Err(format!("{} is left over", path.display()));
            }
        }
        match files == SIDE * SIDE {
            true => Ok(new),
            false => Err(format!("{files} of {} files are there", SIDE * SIDE)),
        }
    }
}

/// Whether a limit is of a file's size: going beyond it ends the process at once.
const fn is_size(end: End) -> bool {
    matches!(end, End::Limit(limit) if limit % 2 == 0)
}

fn apply(program: &Path, pair: &str, folder: &Path) -> Command {
    let pki = root().join("testdata/pki");
    let mut command = Command::new(program);
    command.args(["apply", "--quiet", "--in-place"]).arg(folder);
    command.arg("--apiserver-ca").arg(pki.join("ca.crt"));
    command
        .arg("--apiserver-cert")
        .arg(pki.join(format!("{pair}.crt")));
    command
        .arg("--apiserver-key")
        .arg(pki.join(format!("{pair}.key")));
    command
}

fn completes(command: &mut Command) -> Result<()> {
    crate::run::quiet(command).map(drop)
}

/// Marsaglia's xorshift: enough to choose moments.
struct Random(u64);

impl Random {
    fn below(&mut self, most: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        u32::try_from(self.0 % u64::from(most)).unwrap_or_default()
    }
}

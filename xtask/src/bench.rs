//! How fast the program is, beside others in the same run: docs/speed.md.

mod inputs;
mod instructions;

use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::run::{Result, cargo, quiet, root, run, target};
use inputs::{SHAPES, write};
pub(crate) use instructions::instructions;

/// How often each command runs.
const RUNS: usize = 5;

/// What one command costs.
struct Cost {
    median: Duration,
    /// From the shortest to the longest run.
    spread: [Duration; 2],
    /// The most memory, in MiB, where GNU time is installed.
    memory: Option<f64>,
}

/// Measures, and writes docs/speed.md. `manifests`: how many are in the largest stream
/// and folder; `largest`: the size of inputs without a target, in MB.
pub(crate) fn bench(manifests: usize, largest: usize) -> Result<()> {
    run(cargo().args(["build", "--release", "--quiet", "-p", "cnx-harden-cli"]))?;
    let folder = target().join("bench");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let bench = Bench { folder };
    let page = bench.page(manifests, largest)?;
    let _ = fs::remove_dir_all(&bench.folder);
    let path = root().join("docs/speed.md");
    fs::write(&path, page).map_err(|error| format!("{}: {error}", path.display()))?;
    println!("wrote docs/speed.md");
    Ok(())
}

/// The processor's name.
fn processor() -> String {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let cpu = cpu.lines().find_map(|line| line.strip_prefix("model name"));
    let cpu = cpu.unwrap_or_default();
    cpu.trim_start_matches(['\t', ' ', ':']).to_owned()
}

fn program() -> PathBuf {
    target().join("release/cnx-harden")
}

fn material() -> [String; 6] {
    let file = |name: &str| root().join("testdata/pki").join(name).display().to_string();
    [
        "--apiserver-ca".into(),
        file("ca.crt"),
        "--apiserver-cert".into(),
        file("tls.crt"),
        "--apiserver-key".into(),
        file("tls.key"),
    ]
}

struct Bench {
    folder: PathBuf,
}

impl Bench {
    fn page(&self, manifests: usize, largest: usize) -> Result<String> {
        let upstream = root().join("manifests/upstream/cnx-etcd.yaml");
        let manifest = fs::read_to_string(&upstream).map_err(|error| error.to_string())?;
        let mut page = self.head()?;
        let bytes = manifest.len();
        self.one(&mut page, &upstream, &manifest)?;
        self.stream(&mut page, &manifest, manifests)?;
        self.files(&mut page, &manifest, manifests)?;
        self.without_target(&mut page, largest)?;
        self.per_byte(&mut page, largest)?;
        let _ = writeln!(
            page,
            "\nA manifest is `manifests/upstream/cnx-etcd.yaml`, {bytes} bytes."
        );
        Ok(page)
    }

    fn head(&self) -> Result<String> {
        let line = |program: &str, arguments: &[&str]| {
            let said = quiet(Command::new(program).args(arguments)).unwrap_or_default();
            said.lines().next().unwrap_or_default().trim().to_owned()
        };
        let cpu = processor();
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let load = load.split(' ').next().unwrap_or_default().to_owned();
        let program = line(&program().display().to_string(), &["--version"]);
        let (rustc, sed) = (line("rustc", &["--version"]), line("sed", &["--version"]));
        let cat = line("cat", &["--version"]);
        Ok(format!(
            "# Speed\n\n`cargo xtask bench` writes this page. Each command runs {RUNS} times, the \
             program and what it is compared with in turn; the median of the whole process, and from the \
             shortest to the longest run. Files are in the page cache, and results on disk.\n\n\
             {program}, {rustc}, {sed}, {cat}. {processors} × {cpu}; load before the run: {load}.\n"
        ))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// A row for each command, measured in turn.
    fn table(
        &self,
        page: &mut String,
        title: &str,
        bytes: usize,
        rows: &[(&str, Run)],
    ) -> Result<Vec<Cost>> {
        println!("{title}");
        let _ = writeln!(
            page,
            "\n## {title}\n\n| command | median | spread | MB/s | memory |"
        );
        let _ = writeln!(page, "|---|--:|--:|--:|--:|");
        let mut runs: Vec<Vec<Duration>> = rows.iter().map(|_| Vec::new()).collect();
        for _ in 0..RUNS {
            for ((_, row), runs) in rows.iter().zip(&mut runs) {
                runs.push(self.measure(row)?);
            }
        }
        let mut costs = Vec::new();
        for ((name, row), mut runs) in rows.iter().zip(runs) {
            runs.sort();
            let at = |n: usize| runs.get(n).copied().unwrap_or_default();
            let cost = Cost {
                median: at(RUNS / 2),
                spread: [at(0), at(RUNS - 1)],
                memory: self.memory(row)?,
            };
            let _ = writeln!(page, "| {name} | {} |", cost.cells(bytes));
            costs.push(cost);
        }
        Ok(costs)
    }

    /// How long the command takes.
    fn measure(&self, row: &Run) -> Result<Duration> {
        row.clear();
        let mut command = Command::new(&row.program);
        self.run(row, command.args(&row.arguments))
    }

    /// The most memory that the command has, in MiB, where GNU time is installed.
    fn memory(&self, row: &Run) -> Result<Option<f64>> {
        let time = Path::new("/usr/bin/time");
        if !time.exists() {
            return Ok(None);
        }
        row.clear();
        let measured = self.path("memory.txt");
        let mut command = Command::new(time);
        command.args(["-f", "%M", "-o"]).arg(&measured);
        self.run(row, command.arg(&row.program).args(&row.arguments))?;
        let text = fs::read_to_string(&measured).unwrap_or_default();
        let kilobytes = text
            .lines()
            .last()
            .and_then(|line| line.trim().parse().ok());
        Ok(kilobytes.map(|kilobytes: f64| kilobytes / 1024.0))
    }

    fn run(&self, row: &Run, command: &mut Command) -> Result<Duration> {
        let fail = |error: std::io::Error| format!("{}: {error}", row.program);
        if let Some(path) = &row.stdin {
            command.stdin(File::open(path).map_err(fail)?);
        }
        let out = File::create(self.path("stdout")).map_err(fail)?;
        command.stdout(out).stderr(Stdio::null());
        let start = Instant::now();
        let status = command.status().map_err(fail)?;
        let took = start.elapsed();
        // What check finds is no failure here.
        match status.code() {
            Some(0 | 1) => Ok(took),
            _ => Err(format!("{} {:?}: {status}", row.program, row.arguments)),
        }
    }

    fn one(&self, page: &mut String, upstream: &Path, manifest: &str) -> Result<()> {
        let hardened = root().join("manifests/hardened/cnx-etcd.yaml");
        let sed: Vec<String> = [
            "s/# *apiserver.key:.*/apiserver.key: a2V5/",
            "s/# *apiserver.crt:.*/apiserver.crt: Y3J0/",
            "s/insecureSkipTLSVerify:.*/insecureSkipTLSVerify: false/",
            "s/# *caBundle:.*/caBundle: Y2E=/",
            "s/# *- name: apiserver-certs/- name: apiserver-certs/",
            "s/# *mountPath:/mountPath:/",
            "s/# *readOnly:/readOnly:/",
            "s/# *secret:/secret:/",
            "s/# *secretName:/secretName:/",
        ]
        .iter()
        .flat_map(|expression| ["-e".to_owned(), (*expression).to_owned()])
        .collect();
        let mut rows = vec![
            ("`apply`", Run::ours("apply").material().path(upstream)),
            ("`check`", Run::ours("check").path(upstream)),
            (
                "`certs verify`",
                Run::ours("certs").arg("verify").path(&hardened),
            ),
            ("`report`", Run::ours("report").path(&hardened)),
            (
                "sed with nine expressions",
                Run::of("sed").args(&sed).path(upstream),
            ),
            ("cat", Run::of("cat").path(upstream)),
        ];
        let kubectl = target().join("tools/bin/kubectl");
        let overlay = self.path("overlay");
        fs::create_dir_all(&overlay).map_err(|error| error.to_string())?;
        write(&overlay.join("cnx.yaml"), manifest)?;
        write(
            &overlay.join("kustomization.yaml"),
            "resources: [cnx.yaml]\n",
        )?;
        if kubectl.exists() {
            let kubectl = kubectl.display().to_string();
            rows.push((
                "`kubectl kustomize`, no edit",
                Run::of(&kubectl).arg("kustomize").path(&overlay),
            ));
        }
        self.table(page, "One manifest", manifest.len(), &rows)
            .map(drop)
    }

    fn stream(&self, page: &mut String, manifest: &str, manifests: usize) -> Result<()> {
        let path = self.path("stream.yaml");
        let text = inputs::stream(manifest, manifests);
        write(&path, &text)?;
        let rows = [
            ("`apply`", Run::ours("apply").material().path(&path)),
            (
                "`apply`, one processor",
                Run::ours("apply").material().path(&path).alone(),
            ),
            ("cat", Run::of("cat").path(&path)),
        ];
        let title = format!("One stream of {manifests} manifests, all hardened");
        self.table(page, &title, text.len(), &rows).map(drop)
    }

    fn files(&self, page: &mut String, manifest: &str, manifests: usize) -> Result<()> {
        let (folder, out) = (self.path("files"), self.path("out"));
        fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
        for number in 0..manifests {
            write(&folder.join(format!("m{number:05}.yaml")), manifest)?;
        }
        let apply = || {
            Run::ours("apply")
                .material()
                .arg("-o")
                .path(&out)
                .path(&folder)
                .clean(&out)
        };
        let check = || Run::ours("check").path(&folder);
        let rows = [
            ("`apply -o`", apply()),
            ("`apply -o`, one processor", apply().alone()),
            ("`check`", check()),
            ("`check`, one processor", check().alone()),
            (
                "`cp -r`",
                Run::of("cp").arg("-r").path(&folder).path(&out).clean(&out),
            ),
        ];
        let title = format!("{manifests} files, all hardened");
        self.table(page, &title, manifest.len() * manifests, &rows)
            .map(drop)
    }

    fn without_target(&self, page: &mut String, megabytes: usize) -> Result<()> {
        let path = self.path("unrelated.yaml");
        let bytes = inputs::unrelated(&path, megabytes * 1_000_000)?;
        let rows = [
            (
                "`apply` of the file",
                Run::ours("apply").material().path(&path),
            ),
            (
                "`apply` of stdin",
                Run::ours("apply").material().arg("-").stdin(&path),
            ),
            ("cat", Run::of("cat").path(&path)),
        ];
        let title = format!("{megabytes} MB of documents without an object to harden");
        self.table(page, &title, bytes, &rows)?;
        fs::remove_file(path).map_err(|error| error.to_string())
    }

    fn per_byte(&self, page: &mut String, largest: usize) -> Result<()> {
        println!("Cost per byte");
        let sizes = [0.001, 0.1, 1.0, 10.0, 100.0]
            .into_iter()
            .filter(|size| *size <= largest as f64 / 2.0);
        let sizes: Vec<f64> = sizes.collect();
        let _ = writeln!(
            page,
            "\n## Cost per byte\n\nNanoseconds per byte of `apply`, the start of the process included.\n"
        );
        let heads = sizes.iter().map(|size| format!(" {size} MB |"));
        let _ = writeln!(page, "| input |{}", heads.collect::<String>());
        let _ = writeln!(page, "|---|{}", "--:|".repeat(sizes.len()));
        for (name, make) in SHAPES {
            let mut row = String::new();
            for size in &sizes {
                let path = self.path("shape.yaml");
                let text = make((size * 1e6) as usize);
                write(&path, &text)?;
                let command = Run::ours("apply").material().path(&path);
                let mut times = Vec::new();
                for _ in 0..3 {
                    times.push(self.measure(&command)?);
                }
                times.sort();
                let median = times.get(1).map_or(0.0, Duration::as_secs_f64);
                let _ = write!(row, " {:.1} |", median * 1e9 / text.len() as f64);
            }
            let _ = writeln!(page, "| {name} |{row}");
        }
        Ok(())
    }
}

impl Cost {
    fn cells(&self, bytes: usize) -> String {
        let time = |time: Duration| match time.as_secs_f64() {
            seconds if seconds < 1.0 => format!("{:.1} ms", seconds * 1e3),
            seconds => format!("{seconds:.2} s"),
        };
        let [least, most] = self.spread.map(time);
        let rate = bytes as f64 / 1e6 / self.median.as_secs_f64().max(1e-9);
        let memory = self
            .memory
            .map_or("–".to_owned(), |memory| format!("{memory:.0} MiB"));
        format!(
            "{} | {least} – {most} | {rate:.0} | {memory}",
            time(self.median)
        )
    }
}

/// A command to measure.
struct Run {
    program: String,
    arguments: Vec<String>,
    stdin: Option<PathBuf>,
    /// What is removed before.
    clean: Vec<PathBuf>,
}

impl Run {
    fn of(program: &str) -> Self {
        Self {
            program: program.to_owned(),
            arguments: Vec::new(),
            stdin: None,
            clean: Vec::new(),
        }
    }

    fn ours(command: &str) -> Self {
        Self::of(&program().display().to_string()).arg(command)
    }

    fn arg(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    fn args(mut self, arguments: &[String]) -> Self {
        self.arguments.extend_from_slice(arguments);
        self
    }

    fn path(self, path: &Path) -> Self {
        self.arg(&path.display().to_string())
    }

    fn material(self) -> Self {
        self.args(&material())
    }

    fn stdin(mut self, path: &Path) -> Self {
        self.stdin = Some(path.to_owned());
        self
    }

    fn clean(mut self, path: &Path) -> Self {
        self.clean.push(path.to_owned());
        self
    }

    /// Removes what an earlier run has written.
    fn clear(&self) {
        for path in &self.clean {
            let _ = fs::remove_dir_all(path).or_else(|_| fs::remove_file(path));
        }
    }

    /// On one processor.
    fn alone(mut self) -> Self {
        let program = std::mem::replace(&mut self.program, "taskset".to_owned());
        self.arguments
            .splice(..0, ["-c".to_owned(), "0".to_owned(), program]);
        self
    }
}

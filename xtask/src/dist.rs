//! What a release is made of: one static program, as a tarball and as a Debian package,
//! with its completions, manual pages and licences, the bill of materials, and checksums.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest as _, Sha256};

use crate::book;
use crate::run::{Result, cargo, quiet, root, run, target};
use crate::sbom::sbom;

const NAME: &str = "cnx-harden";
const VERSION: &str = env!("CARGO_PKG_VERSION");
const MUSL: &str = "x86_64-unknown-linux-musl";
const GNU: &str = "x86_64-unknown-linux-gnu";
const SHELLS: [(&str, &str); 3] = [
    ("bash", "bash-completion/completions/cnx-harden"),
    ("zsh", "zsh/vendor-completions/_cnx-harden"),
    ("fish", "fish/vendor_completions.d/cnx-harden.fish"),
];

/// Writes target/dist: of a program that is there, or of one built for it.
pub(crate) fn dist(binary: Option<&Path>) -> Result<()> {
    let (program, platform) = match binary {
        Some(binary) => (root().join(binary), GNU),
        None => build()?,
    };
    let folder = target().join("dist");
    let _ = fs::remove_dir_all(&folder);
    let program = stripped(&program, &folder)?;
    let archive = tarball(&program, platform, &folder)?;
    let package = debian(&program, &folder)?;
    sbom()?;
    let bill = folder.join(format!("{NAME}-{VERSION}.cdx.json"));
    copy(&target().join("cnx-harden.cdx.json"), &bill)?;
    let files = [archive, package, bill];
    let mut sums = String::new();
    for path in &files {
        let bytes = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let sum: String = Sha256::digest(&bytes)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        sums.push_str(&format!("{sum}  {}\n", name(path)));
    }
    book::write(&folder.join("SHA256SUMS"), &sums)?;
    try_out(&folder, &files)?;
    print!("{sums}");
    Ok(())
}

/// A program that needs no library of the system: with musl where its target is installed,
/// else with a static glibc, which is enough for what the program calls.
fn build() -> Result<(PathBuf, &'static str)> {
    let mut rustc = Command::new("rustc");
    let library = quiet(rustc.args(["--print", "target-libdir", "--target", MUSL]))?;
    let platform = if Path::new(&library).is_dir() {
        MUSL
    } else {
        GNU
    };
    let mut build = cargo();
    build.args([
        "build",
        "--locked",
        "--release",
        "--package",
        "cnx-harden-cli",
    ]);
    build.args(["--target", platform]);
    run(build.env("RUSTFLAGS", "-C target-feature=+crt-static"))?;
    let program = target().join(platform).join("release").join(NAME);
    let linked = quiet(Command::new("ldd").arg(&program));
    match linked {
        Ok(libraries) if !libraries.contains("statically linked") => Err(format!(
            "{} needs libraries:\n{libraries}",
            program.display()
        )),
        _ => Ok((program, platform)),
    }
}

/// A copy without what debuggers read.
fn stripped(program: &Path, dist: &Path) -> Result<PathBuf> {
    let copied = dist.join("work/bin").join(NAME);
    copy(program, &copied)?;
    run(Command::new("strip").arg(&copied))?;
    Ok(copied)
}

fn tarball(program: &Path, platform: &str, dist: &Path) -> Result<PathBuf> {
    let base = format!("{NAME}-{VERSION}-{platform}");
    let work = dist.join("work/tarball");
    let folder = work.join(&base);
    copy(program, &folder.join(NAME))?;
    for file in ["README.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"] {
        copy(&root().join(file), &folder.join(file))?;
    }
    for (shell, place) in SHELLS {
        let file = folder
            .join("completions")
            .join(place.rsplit('/').next().unwrap_or(shell));
        completions(program, shell, &file)?;
    }
    run(quietly(program)
        .args(["install", "man"])
        .arg(folder.join("man")))?;
    let archive = dist.join(format!("{base}.tar.gz"));
    tar(&work, &archive, &base)?;
    Ok(archive)
}

/// A package as dpkg reads it: an archive of three members.
fn debian(program: &Path, dist: &Path) -> Result<PathBuf> {
    let work = dist.join("work/debian");
    let usr = work.join("data/usr");
    copy(program, &usr.join("bin").join(NAME))?;
    for (shell, place) in SHELLS {
        completions(program, shell, &usr.join("share").join(place))?;
    }
    let man = usr.join("share/man/man1");
    run(quietly(program).args(["install", "man"]).arg(&man))?;
    for page in fs::read_dir(&man)
        .map_err(|error| error.to_string())?
        .flatten()
    {
        run(Command::new("gzip").args(["-9n"]).arg(page.path()))?;
    }
    let docs = usr.join("share/doc").join(NAME);
    let read = |file: &str| book::read(&root().join(file));
    let copyright = format!(
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\
         Upstream-Name: {NAME}\n\nFiles: *\nCopyright: the authors of {NAME}\n\
         License: MIT or Apache-2.0\n\n{}\n\n{}",
        read("LICENSE-MIT")?,
        read("LICENSE-APACHE")?
    );
    book::write(&docs.join("copyright"), &copyright)?;
    let size = fs::metadata(program).map_or(0, |of| of.len() / 1024);
    let control = format!(
        "Package: {NAME}\nVersion: {VERSION}\nArchitecture: amd64\nMaintainer: the authors of {NAME}\n\
         Installed-Size: {size}\nSection: admin\nPriority: optional\n\
         Description: Verified TLS for Kubernetes manifests of Calico\n \
         Makes the documented edits of Tigera CNX manifests, and of any aggregated API\n \
         server, checks certificates before, and leaves every other byte as it is.\n"
    );
    book::write(&work.join("control/control"), &control)?;
    let members = ["control", "data"].map(|part| (part, work.join(format!("{part}.tar.gz"))));
    let mut package = b"!<arch>\n".to_vec();
    member(&mut package, "debian-binary", b"2.0\n");
    for (part, path) in members {
        tar(&work.join(part), &path, ".")?;
        let bytes = fs::read(&path).map_err(|error| error.to_string())?;
        member(&mut package, &format!("{part}.tar.gz"), &bytes);
    }
    let path = dist.join(format!("{NAME}_{VERSION}_amd64.deb"));
    fs::write(&path, package).map_err(|error| error.to_string())?;
    Ok(path)
}

/// Adds a member to an archive of ar(1).
fn member(archive: &mut Vec<u8>, name: &str, bytes: &[u8]) {
    let size = bytes.len();
    archive.extend(
        format!(
            "{name:<16}{:<12}{:<6}{:<6}{:<8}{size:<10}`\n",
            0, 0, 0, 100_644
        )
        .bytes(),
    );
    archive.extend(bytes);
    archive.extend((size % 2 == 1).then_some(b'\n'));
}

/// The same bytes for the same files.
fn tar(folder: &Path, archive: &Path, what: &str) -> Result<()> {
    let mut tar = Command::new("tar");
    tar.arg("-C").arg(folder);
    tar.args([
        "--sort=name",
        "--owner=0",
        "--group=0",
        "--numeric-owner",
        "--mtime=@0",
    ]);
    tar.args([
        "--mode=go=rX,u+rw,a-s",
        "--use-compress-program=gzip -n",
        "-cf",
    ]);
    run(tar.arg(archive).arg(what))
}

fn completions(program: &Path, shell: &str, to: &Path) -> Result<()> {
    let mut install = Command::new(program);
    let text = quiet(install.args(["install", "completions", shell]))?;
    book::write(to, &format!("{text}\n"))
}

/// Unpacks the one, installs the other, and runs what is in them.
fn try_out(dist: &Path, files: &[PathBuf; 3]) -> Result<()> {
    run(Command::new("sha256sum")
        .args(["--check", "--quiet", "SHA256SUMS"])
        .current_dir(dist))?;
    let [archive, package, _] = files;
    let place = dist.join("work/unpacked");
    fs::create_dir_all(&place).map_err(|error| error.to_string())?;
    run(Command::new("tar")
        .arg("-C")
        .arg(&place)
        .arg("-xf")
        .arg(archive))?;
    let base = name(archive).trim_end_matches(".tar.gz").to_owned();
    runs(&place.join(base))?;
    if quiet(Command::new("dpkg").arg("--version")).is_err() {
        println!("dpkg is not installed: the package was not tried");
        return Ok(());
    }
    let place = dist.join("work/installed");
    let admin = place.join("var/lib/dpkg");
    for folder in ["info", "updates", "triggers"] {
        fs::create_dir_all(admin.join(folder)).map_err(|error| error.to_string())?;
    }
    for file in ["status", "available"] {
        book::write(&admin.join(file), "")?;
    }
    let mut install = Command::new("dpkg");
    install.arg(format!("--instdir={}", place.display()));
    install.arg(format!("--admindir={}", admin.display()));
    install.args(["--force-not-root", "--log=/dev/null", "--install"]);
    quiet(install.arg(package))?;
    for file in [
        "share/man/man1/cnx-harden-apply.1.gz",
        "share/doc/cnx-harden/copyright",
    ] {
        if !place.join("usr").join(file).exists() {
            return Err(format!("{} has no {file}", package.display()));
        }
    }
    runs(&place.join("usr/bin"))
}

/// The program in this folder does what it is for.
fn runs(folder: &Path) -> Result<()> {
    let program = folder.join(NAME);
    let version = quiet(Command::new(&program).arg("--version"))?;
    if version != format!("{NAME} {VERSION}") {
        return Err(format!("{}: {version}", program.display()));
    }
    let manifests = root().join("manifests/hardened");
    run(quietly(&program).args(["check", "--quiet"]).arg(manifests))
}

fn quietly(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.stdout(std::process::Stdio::null());
    command
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    let folder = to.parent().unwrap_or(to);
    let done = fs::create_dir_all(folder).and_then(|()| fs::copy(from, to).map(drop));
    done.map_err(|error| format!("{}: {error}", from.display()))
}

fn name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

//! Programs from Debian's packages: downloaded and unpacked, never installed, so
//! no rights are needed. apt verifies what it downloads by the archive's signature.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run::{Result, on_path, quiet};

/// A program, and the package that has it.
struct Program {
    name: &'static str,
    package: &'static str,
    /// Debian 12's. Its last part changes when Debian builds the package anew; then
    /// the archive has the old one no more, and what it has is taken.
    version: &'static str,
}

const PROGRAMS: [Program; 3] = [
    Program {
        name: "etcd",
        package: "etcd-server",
        version: "3.4.23-4+b4",
    },
    Program {
        name: "etcdctl",
        package: "etcd-client",
        version: "3.4.23-4+b4",
    },
    // Its libraries, NSS and NSPR, are Chromium's too.
    Program {
        name: "certutil",
        package: "libnss3-tools",
        version: "2:3.87.1-1+deb12u4",
    },
];

/// Puts the programs into `folder/bin`, where they aren't there. What was got is
/// written to `folder/debian.txt`.
pub(crate) fn install(folder: &Path) -> Result<()> {
    let bin = folder.join("bin");
    let stamp = folder.join("debian.txt");
    let wanted: String = PROGRAMS
        .iter()
        .map(|program| format!("{} {}\n", program.package, program.version))
        .collect();
    let recorded = fs::read_to_string(&stamp).unwrap_or_default();
    let there = PROGRAMS.iter().all(|p| bin.join(p.name).exists());
    if there && recorded.starts_with(&wanted) {
        return Ok(());
    }
    let names: Vec<_> = PROGRAMS.iter().map(|program| program.name).collect();
    println!("installing {} into {}", names.join(", "), folder.display());
    let unpacked = folder.join("debian");
    let _ = fs::remove_dir_all(&unpacked);
    fs::create_dir_all(&unpacked).map_err(|error| error.to_string())?;
    let mut got = wanted;
    for program in &PROGRAMS {
        let (path, version) = match unpack(program, &unpacked) {
            Ok(version) => (unpacked.join("usr/bin").join(program.name), version),
            Err(error) => {
                let path = on_path(program.name).ok_or_else(|| help(program, &error))?;
                println!("note: {error}; taking {}, which is on PATH", path.display());
                let version = path.display().to_string();
                (path, version)
            }
        };
        fs::copy(&path, bin.join(program.name))
            .map_err(|error| format!("{}: {error}", path.display()))?;
        got.push_str(&format!("got {} {version}\n", program.package));
    }
    let _ = fs::remove_dir_all(&unpacked);
    fs::write(&stamp, got).map_err(|error| error.to_string())
}

/// Downloads and unpacks the package. Returns its version.
fn unpack(program: &Program, folder: &Path) -> Result<String> {
    let (package, version) = (program.package, program.version);
    let pinned = format!("{package}={version}");
    if download(&pinned, folder).is_err() {
        // A fresh machine has no lists of packages. Who isn't root may have them.
        let _ = quiet(Command::new("apt-get").args(["-qq", "update"]));
        if download(&pinned, folder).is_err() {
            download(package, folder)?;
            println!("note: Debian has no {package} {version} any more; taking what it has");
        }
    }
    let entries = fs::read_dir(folder).map_err(|error| error.to_string())?;
    let archive = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with(package) && name.ends_with(".deb")
        })
        .ok_or_else(|| format!("apt-get left no {package} in {}", folder.display()))?;
    quiet(Command::new("dpkg-deb").arg("-x").arg(&archive).arg(folder))?;
    quiet(
        Command::new("dpkg-deb")
            .arg("-f")
            .arg(&archive)
            .arg("Version"),
    )
}

fn download(package: &str, folder: &Path) -> Result<String> {
    // Without the option, root's apt complains that its own user cannot write here.
    let options = ["-qq", "-o", "APT::Sandbox::User=root", "download"];
    let mut download = Command::new("apt-get");
    quiet(download.args(options).arg(package).current_dir(folder))
}

fn help(program: &Program, error: &str) -> String {
    let Program {
        name,
        package,
        version,
    } = program;
    format!(
        "{error}\n  help: the tests need {name} ({package} {version}): on Debian or Ubuntu it is \
         downloaded (run `apt-get update` as root first); elsewhere put it on PATH"
    )
}

/// A program that needs more than can be unpacked beside it: the system's is taken,
/// or else it is installed with apt-get.
struct OfTheSystem {
    name: &'static str,
    /// What it is called on other systems.
    others: &'static [&'static str],
    packages: &'static [&'static str],
}

const OF_THE_SYSTEM: [OfTheSystem; 3] = [
    OfTheSystem {
        name: "chromium",
        others: &["chromium-browser", "google-chrome"],
        packages: &["chromium", "fonts-dejavu-core"],
    },
    OfTheSystem {
        name: "zsh",
        others: &[],
        packages: &["zsh"],
    },
    OfTheSystem {
        name: "fish",
        others: &[],
        packages: &["fish"],
    },
];

/// Counts the instructions that `cargo xtask bench --instructions` compares.
const VALGRIND: OfTheSystem = OfTheSystem {
    name: "valgrind",
    others: &[],
    packages: &["valgrind"],
};

/// Where valgrind is.
pub(crate) fn valgrind() -> Result<PathBuf> {
    VALGRIND.find_or_install()
}

/// Puts links to the system's programs into `bin`, by their first names.
pub(crate) fn link(bin: &Path) -> Result<()> {
    OF_THE_SYSTEM.iter().try_for_each(|program| {
        let link = bin.join(program.name);
        if link.exists() {
            return Ok(());
        }
        let found = program.find_or_install()?;
        // A link to a program that is gone is replaced.
        let _ = fs::remove_file(&link);
        std::os::unix::fs::symlink(&found, &link)
            .map_err(|error| format!("{}: {error}", link.display()))
    })
}

impl OfTheSystem {
    fn find(&self) -> Option<PathBuf> {
        let mut names = std::iter::once(&self.name).chain(self.others);
        names.find_map(|name| on_path(name))
    }

    fn find_or_install(&self) -> Result<PathBuf> {
        if let Some(path) = self.find() {
            return Ok(path);
        }
        let (name, packages) = (self.name, self.packages.join(" "));
        println!("installing Debian's {packages}");
        apt_install(self.packages).map_err(|error| {
            format!(
                "{error}\n  help: {name} is needed: run `apt-get install {packages}` as root, or put it on PATH"
            )
        })?;
        let path = self.find();
        path.ok_or_else(|| format!("apt-get installed {packages}, and {name} is not on PATH"))
    }
}

fn apt_install(packages: &[&str]) -> Result<()> {
    let install = || {
        let mut install = Command::new("apt-get");
        install.env("DEBIAN_FRONTEND", "noninteractive");
        let options = ["-qq", "-y", "--no-install-recommends", "install"];
        quiet(install.args(options).args(packages))
    };
    // A fresh machine has no lists of packages.
    if install().is_err() {
        quiet(Command::new("apt-get").args(["-qq", "update"]))?;
        install()?;
    }
    Ok(())
}

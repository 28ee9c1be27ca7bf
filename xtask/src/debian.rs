//! The programs that the tests run and that only distributions have: from
//! Debian's packages, unpacked, never installed.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use crate::run::{Result, run};

/// Packages, and the programs in them.
const PACKAGES: [(&str, &str); 2] = [
    ("etcd-server", "usr/bin/etcd"),
    ("etcd-client", "usr/bin/etcdctl"),
];

/// Puts the programs into `bin`, those that aren't there.
pub(crate) fn install(folder: &Path, bin: &Path) -> Result<()> {
    let debian = folder.join("debian");
    for (package, program) in PACKAGES {
        let name = program.rsplit('/').next().unwrap_or(program);
        let link = bin.join(name);
        if link.exists() {
            continue;
        }
        println!("unpacking Debian's {package} into {}", debian.display());
        let io = |error: std::io::Error| format!("{}: {error}", debian.display());
        let download = debian.join("packages").join(package);
        let _ = fs::remove_dir_all(&download);
        fs::create_dir_all(&download).map_err(io)?;
        let mut fetch = Command::new("apt-get");
        fetch
            .args(["--quiet", "--quiet", "download", package])
            .current_dir(&download);
        run(&mut fetch).map_err(|error| {
            format!(
                "{error}\n  help: off Debian, link {name} into {} yourself",
                bin.display()
            )
        })?;
        for file in fs::read_dir(&download).map_err(io)? {
            let file = file.map_err(io)?.path();
            run(Command::new("dpkg-deb")
                .arg("--extract")
                .arg(file)
                .arg(&debian))?;
        }
        let _ = fs::remove_file(&link);
        symlink(debian.join(program), &link).map_err(io)?;
    }
    Ok(())
}

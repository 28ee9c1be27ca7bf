//! The schema of SARIF 2.1.0, from npm, pinned by version and hash.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::run::{Result, run};

const PACKAGE: &str = "@microsoft/jest-sarif@1.0.0-beta.0";
const ARCHIVE: &str = "microsoft-jest-sarif-1.0.0-beta.0.tgz";
const SHA256: &str = "748e2c3d1a842e7bb258416685c7ea3a0da40005b72267b2052c2856d48ad102";
const SCHEMA: &str = "package/lib/schemas/sarif-2.1.0-rtm.5.json";

/// Takes the one file out of the archive, if the archive is the one that is known.
const TAKE_OUT: &str = "\
import hashlib, sys, tarfile
archive, sha256, member, target = sys.argv[1:]
found = hashlib.sha256(open(archive, 'rb').read()).hexdigest()
if found != sha256:
    sys.exit(f'{archive}: sha256 is {found}, and not {sha256}')
with tarfile.open(archive) as files:
    open(target, 'wb').write(files.extractfile(member).read())
";

/// Puts the schema into `folder`, where it isn't there.
pub(crate) fn install(folder: &Path) -> Result<()> {
    let target = folder.join("sarif-2.1.0.json");
    if target.exists() {
        return Ok(());
    }
    println!("taking SARIF's schema from {PACKAGE}");
    let download = folder.join("sarif");
    fs::create_dir_all(&download).map_err(|error| format!("{}: {error}", download.display()))?;
    let mut pack = Command::new("npm");
    pack.args(["pack", "--silent", PACKAGE, "--pack-destination"]);
    run(pack.arg(&download))
        .map_err(|error| format!("{error}\n  help: the tests of SARIF need npm (Debian: npm)"))?;
    let mut python = Command::new(folder.join("bin/python"));
    python.args(["-c", TAKE_OUT]).arg(download.join(ARCHIVE));
    run(python.args([SHA256, SCHEMA]).arg(target))
}

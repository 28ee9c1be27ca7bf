//! What other programs run: workflows of GitHub Actions, and images.

use std::process::Command;

use crate::book;
use crate::run::{Result, root, run};

const WORKFLOWS: [&str; 2] = [".github/workflows", "examples/github-actions/harden.yaml"];
const IMAGES: [&str; 2] = ["Dockerfile", "examples/argocd/Dockerfile"];

/// zizmor on the workflows, without its questions to GitHub, and hadolint on the images.
pub(crate) fn lint() -> Result<()> {
    let tools = book::tools()?;
    let linter = |name: &str, arguments: &[&str], files: &[&str]| {
        let mut linter = Command::new(tools.join(name));
        run(linter.current_dir(root()).args(arguments).args(files))
    };
    linter(
        "zizmor",
        &["--offline", "--quiet", "--no-progress"],
        &WORKFLOWS,
    )?;
    linter("hadolint", &[], &IMAGES)
}

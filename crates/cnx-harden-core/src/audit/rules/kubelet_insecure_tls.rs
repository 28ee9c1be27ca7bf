//! metrics-server's flags by which it takes any kubelet's certificate.

use cnx_certs::Severity;

use super::{Report, Rule, Scene};
use crate::audit::rule::Draft;
use crate::finding::Code;
use crate::survey::Program;

pub(super) struct KubeletInsecureTls;

/// The flags, with what each does.
const FLAGS: [(&str, &str); 2] = [
    ("--kubelet-insecure-tls", "takes any certificate for the kubelets'"),
    ("--deprecated-kubelet-completely-insecure", "talks to the kubelets without TLS"),
];

/// What Go's `strconv.ParseBool` takes for false.
const FALSE: [&str; 6] = ["0", "f", "F", "false", "False", "FALSE"];

impl Rule for KubeletInsecureTls {
    fn codes(&self) -> Vec<Code> {
        vec![Code::KubeletInsecureTls]
    }

    fn check(&self, scene: &Scene<'_, '_>, report: &mut Report<'_>) {
        for program in Program::all(scene.inventory) {
            let Some(object) = scene.objects.get(program.object.0) else {
                continue;
            };
            for (flag, what) in FLAGS {
                let words = program.container.arguments.iter().flat_map(|(at, text)| {
                    text.split_whitespace().map(move |word| (at, word.trim_matches(['"', '\''])))
                });
                let mut set = words.filter_map(|(at, word)| {
                    let value = word.strip_prefix(flag)?;
                    (value.is_empty() || value.starts_with('=')).then_some((at, value))
                });
                // Of two, the last one counts.
                let Some((at, value)) = set.next_back() else {
                    continue;
                };
                if FALSE.contains(&value.trim_start_matches('=')) {
                    continue;
                }
                let message = format!("{flag}: container {} {what}", program.container.name);
                let help = "let the kubelets get certificates of the cluster's CA \
                            (serverTLSBootstrap: true), then remove the flag; the APIService's \
                            verification is another matter, and changes nothing here";
                let draft = Draft::error(Code::KubeletInsecureTls, message, help);
                report.add(object, at, draft.severity(Severity::Warning));
            }
        }
    }
}

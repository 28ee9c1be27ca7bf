//! What a run changes, for people: a unified diff without private keys.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use cnx_certs::shown;
use cnx_harden_core::Run;
use similar::{ChangeTag, TextDiff};

use crate::input::Input;

const CONTEXT: usize = 3;

/// The diffs of all changed inputs, with colours.
pub(crate) fn render(inputs: &[Input], run: &Run) -> String {
    let mut out = String::new();
    for (input, output) in inputs.iter().zip(&run.outputs) {
        if output.changed {
            let (before, after) = (run.redacted(&input.text), run.redacted(&output.text));
            one(&mut out, &input.name, &before, &after);
        }
    }
    out
}

/// The diff of one text.
pub(crate) fn one(out: &mut String, name: &str, before: &str, after: &str) {
    let name = shown(name);
    let bold = Style::new().bold();
    let red = Style::new().fg_color(Some(AnsiColor::Red.into()));
    let green = Style::new().fg_color(Some(AnsiColor::Green.into()));
    let cyan = Style::new().fg_color(Some(AnsiColor::Cyan.into()));
    let plain = Style::new();
    let _ = writeln!(
        out,
        "{bold}--- {name}{bold:#}\n{bold}+++ {name} (hardened){bold:#}"
    );
    let diff = TextDiff::from_lines(before, after);
    for hunk in diff.unified_diff().context_radius(CONTEXT).iter_hunks() {
        let _ = writeln!(
            out,
            "{cyan}{}{cyan:#}",
            hunk.header().to_string().trim_end()
        );
        for change in hunk.iter_changes() {
            let style = match change.tag() {
                ChangeTag::Delete => red,
                ChangeTag::Insert => green,
                ChangeTag::Equal => plain,
            };
            let sign = change.tag();
            let line = change.value().trim_end_matches(['\n', '\r']);
            let line = line.split('\t').map(shown).collect::<Vec<_>>().join("\t");
            let _ = writeln!(out, "{style}{sign}{line}{style:#}");
            if !change.value().ends_with('\n') {
                let _ = writeln!(out, "\\ No newline at end of file");
            }
        }
    }
}

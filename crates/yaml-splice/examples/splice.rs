//! Edits any YAML: values are set, entries are added, removed and uncommented, and every
//! other byte stays.

use yaml_splice::{Error, Op, Route, Wanted, edit};

const TEXT: &str = "\
# The front.
name: web
replicas: 1     # for now
env:
- {name: MODE, value: test}
#image: web:1
debug: true
";

/// Returns the edited text.
pub(crate) fn run() -> Result<String, Error> {
    let root = Route::root();
    let mode = root.key("env").item("name", "MODE");
    let ops = [
        Op::set(root.key("replicas"), 3),
        Op::set(mode.key("value"), "live"),
        Op::uncomment_as(root.clone(), Wanted::Entry("image".into()), "web:2"),
        Op::remove(root.key("debug")),
        Op::insert_entry(root, "tier", "front"),
    ];
    // The document with the number 0 of the stream.
    edit(TEXT, 0, &ops)
}

#[allow(
    clippy::print_stdout,
    dead_code,
    reason = "an example, and a test of it"
)]
fn main() -> Result<(), Error> {
    print!("{}", run()?);
    Ok(())
}

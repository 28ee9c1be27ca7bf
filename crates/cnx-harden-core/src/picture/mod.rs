//! Pictures of [`Traffic`](crate::traffic::Traffic): a diagram, a page, and lines
//! for the terminal.
//!
//! Whatever comes from manifests and certificates is written by others: it is
//! escaped for where it goes, and control characters are shown as `�`.

mod card;
mod escape;
mod html;
mod layout;
mod mark;
mod narrow;
mod svg;
mod table;
mod terminal;
mod words;

pub use html::html;
pub use svg::svg;
pub use terminal::terminal;

/// What a picture is headed by, if nothing else is said.
pub const TITLE: &str = "TLS on the connections of Tigera CNX";

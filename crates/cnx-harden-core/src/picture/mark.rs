//! The marks of the states: drawn, since fonts differ.

use crate::traffic::State;

/// A path in a square of 16 by 16, to be stroked.
pub(super) const fn path(state: State) -> &'static str {
    match state {
        // A padlock that is open.
        State::Plain => "M4 7.5h8v6H4zM6 7.5V5a2.6 2.6 0 0 1 5-1",
        // A warning sign.
        State::NotVerified => "M8 2.2 14.2 13.4H1.8zM8 6.4v3.4M8 11.6v.2",
        // A cross.
        State::Broken => "M3.5 3.5l9 9M12.5 3.5l-9 9",
        State::Unknown => "M5.4 5.4a2.7 2.7 0 1 1 4.1 2.3C8.5 8.3 8 8.8 8 10M8 12.9v.2",
        State::Verified => "M3 8.6l3.3 3.3L13 4.8",
        State::Mutual => "M1.2 8.6l3 3L10 5M6.8 10.7l1 1L14.8 5",
        State::Absent => "M4 8h8",
    }
}

/// The same for the terminal.
pub(super) const fn character(state: State) -> char {
    match state {
        State::Plain => '○',
        State::NotVerified => '!',
        State::Broken => '✗',
        State::Unknown => '?',
        State::Verified => '✓',
        State::Mutual => '⇄',
        State::Absent => '·',
    }
}

/// What a line of the state ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ends {
    /// An arrow where it is taken.
    Arrow,
    /// Arrows on both ends: both verify.
    Arrows,
    /// It does not get there.
    Stop,
    /// Nothing.
    Nothing,
}

pub(super) const fn ends(state: State) -> Ends {
    match state {
        State::Mutual => Ends::Arrows,
        State::Broken => Ends::Stop,
        State::Absent => Ends::Nothing,
        _ => Ends::Arrow,
    }
}

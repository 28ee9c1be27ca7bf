//! The diagram for a narrow window: the connections below each other.

use std::fmt::Write as _;

use super::layout::Line;
use super::svg::{describe, draw_legend, draw_link, put};
use super::words;
use crate::traffic::Traffic;

const WIDTH: i32 = 392;
const ROW: i32 = 90;
const LEFT: i32 = 16;

/// Each connection with its ends above it, and a link to its row.
pub(super) fn narrow(out: &mut String, traffic: &Traffic) {
    let rows = i32::try_from(traffic.present().count()).unwrap_or(0);
    let bottom = rows * ROW;
    let height = bottom + 190;
    put!(
        out,
        "<svg class=\"diagram narrow\" viewBox=\"0 0 {WIDTH} {height}\" role=\"group\" \
         aria-labelledby=\"narrow-title narrow-description\">"
    );
    describe(out, "narrow", super::TITLE, &words::summary(traffic));
    for (row, connection) in (0..).zip(traffic.present()) {
        let top = row * ROW;
        let (from, to) = (connection.from.title(), connection.to.title());
        let (left, right) = (LEFT, WIDTH - LEFT);
        let y = top + 18;
        put!(out, "<g class=\"party\">");
        put!(
            out,
            "<text class=\"name from\" x=\"{left}\" y=\"{y}\">{from}</text>"
        );
        put!(
            out,
            "<text class=\"name to\" x=\"{right}\" y=\"{y}\">{to}</text>"
        );
        put!(out, "</g>");
        let line = Line {
            from: left,
            to: right,
            y: top + 42,
            label: WIDTH / 2,
        };
        draw_link(out, "line", connection, line);
    }
    draw_legend(out, bottom + 22, 6);
    put!(out, "</svg>");
}

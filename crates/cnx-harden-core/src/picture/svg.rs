//! The diagram.

use std::fmt::Write as _;

use super::escape::{escape, short};
use super::layout::{Frame, Layout, Line, WIDTH};
use super::mark::{self, Ends};
use super::words;
use crate::traffic::{Connection, Link, Party, State, Traffic};

/// The colours, light and dark and printed.
pub(super) const COLOURS: &str = include_str!("colours.css");
/// How the diagram looks.
pub(super) const DIAGRAM: &str = include_str!("diagram.css");

/// So many characters fit between two boxes.
const REMARK: usize = 28;

/// The diagram as an SVG document of its own.
///
/// States differ by line, mark, word and colour. It has titles and descriptions
/// for those who listen, and nothing of it is loaded from elsewhere.
#[must_use]
pub fn svg(traffic: &Traffic, title: &str) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let layout = Layout::new(traffic, 92);
    let (summary, height) = (words::summary(traffic), height(&layout));
    put!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"diagram\" width=\"{WIDTH}\" \
         height=\"{height}\" viewBox=\"0 0 {WIDTH} {height}\" role=\"group\" \
         aria-labelledby=\"diagram-title diagram-description\">"
    );
    describe(&mut out, "diagram", title, &summary);
    put!(out, "<style>{COLOURS}{DIAGRAM}</style>");
    put!(
        out,
        "<rect width=\"{WIDTH}\" height=\"{height}\" fill=\"var(--bg)\"/>"
    );
    let title = escape(&short(title, 74));
    put!(
        out,
        "<text class=\"title\" x=\"20\" y=\"38\">{title}</text>"
    );
    let day = words::day(&traffic.as_of);
    let summary = escape(&format!("{summary}; as of {day}"));
    put!(
        out,
        "<text class=\"summary\" x=\"20\" y=\"62\">{summary}</text>"
    );
    draw(&mut out, traffic, &layout, draw_alone);
    put!(out, "</svg>");
    out
}

/// The diagram inside of a page, whose connections are links to rows.
pub(super) fn wide(out: &mut String, traffic: &Traffic) {
    let layout = Layout::new(traffic, 8);
    let height = height(&layout);
    put!(
        out,
        "<svg class=\"diagram wide\" viewBox=\"0 0 {WIDTH} {height}\" role=\"group\" \
         aria-labelledby=\"wide-title wide-description\">"
    );
    describe(out, "wide", super::TITLE, &words::summary(traffic));
    draw(out, traffic, &layout, |out, connection, line| {
        draw_link(out, "link", connection, line);
    });
    put!(out, "</svg>");
}

// Writing to a `String` does not fail.
macro_rules! put {
    ($out:expr, $($arg:tt)*) => { let _ = writeln!($out, $($arg)*); };
}
pub(super) use put;

/// With the legend, which stands in two columns.
const fn height(layout: &Layout) -> i32 {
    layout.bottom() + 118
}

pub(super) fn describe(out: &mut String, id: &str, title: &str, summary: &str) {
    let (title, summary) = (escape(title), escape(summary));
    put!(out, "<title id=\"{id}-title\">{title}</title>");
    put!(out, "<desc id=\"{id}-description\">{summary}.</desc>");
}

fn draw(
    out: &mut String,
    traffic: &Traffic,
    layout: &Layout,
    present: impl Fn(&mut String, &Connection, Line),
) {
    for party in layout.parties() {
        let there = traffic.present().any(|c| c.from == party || c.to == party);
        draw_party(out, party, layout.frame(party), there);
    }
    let own = |link| matches!(link, Link::Own { .. });
    for connection in traffic.connections.iter().filter(|c| !own(c.link)) {
        let line = layout.line(connection.link);
        match connection.state {
            State::Absent if connection.link.is_of_others() => {}
            State::Absent => draw_absent(out, line),
            _ => present(out, connection, line),
        }
    }
    draw_legend(out, layout.bottom() + 40, 3);
}

/// What is below a party's name.
const fn role(party: Party) -> &'static str {
    match party {
        Party::Browser => "people",
        Party::Manager => "cnx-manager-proxy",
        Party::KubeApiserver => "Kubernetes",
        Party::ApiServer => "cnx-apiserver",
        Party::QueryServer => "cnx-queryserver",
        Party::OtherApis => "behind APIServices",
        Party::Etcd => "datastore",
        Party::Typha => "calico-typha",
        Party::CalicoNode => "Felix, CNI plugin",
        Party::KubeControllers => "controllers of Calico",
        Party::Calicoctl => "and calicoq, in pods",
        Party::Others => "of etcd",
        Party::Own(_) => "",
    }
}

fn draw_party(out: &mut String, party: Party, frame: Frame, there: bool) {
    let Frame {
        x,
        y,
        width,
        height,
    } = frame;
    let class = if there { "party" } else { "party absent" };
    put!(out, "<g class=\"{class}\" id=\"party-{}\">", party.id());
    put!(
        out,
        "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"9\"/>"
    );
    let (x, y) = (x + width / 2, y + height / 2);
    let name = party.title();
    put!(
        out,
        "<text class=\"name\" x=\"{x}\" y=\"{}\">{name}</text>",
        y - 2
    );
    let role = role(party);
    put!(
        out,
        "<text class=\"role\" x=\"{x}\" y=\"{}\">{role}</text>",
        y + 15
    );
    put!(out, "</g>");
}

fn draw_absent(out: &mut String, line: Line) {
    let Line { from, to, y, label } = line;
    put!(out, "<g class=\"absent\">");
    put!(out, "<path class=\"line\" d=\"M{from} {y}H{to}\"/>");
    put!(
        out,
        "<rect x=\"{}\" y=\"{}\" width=\"64\" height=\"18\" fill=\"var(--bg)\"/>",
        label - 32,
        y - 9
    );
    put!(
        out,
        "<text class=\"none\" x=\"{label}\" y=\"{}\">not there</text>",
        y + 4
    );
    put!(out, "</g>");
}

/// A connection that says everything by itself.
fn draw_alone(out: &mut String, connection: &Connection, line: Line) {
    let (id, state) = (connection.link.id(), connection.state.id());
    let spoken = escape(&words::spoken(connection));
    put!(
        out,
        "<g class=\"link {state}\" id=\"link-{id}\" data-state=\"{state}\" role=\"img\" \
         aria-labelledby=\"title-{id}\">"
    );
    put!(out, "<title id=\"title-{id}\">{spoken}</title>");
    draw_connection(out, connection, line);
    put!(out, "</g>");
}

/// A connection that leads to its row.
pub(super) fn draw_link(out: &mut String, prefix: &str, connection: &Connection, line: Line) {
    let (id, state) = (connection.link.id(), connection.state.id());
    let spoken = escape(&words::spoken(connection));
    put!(
        out,
        "<a class=\"link {state}\" id=\"{prefix}-{id}\" data-state=\"{state}\" href=\"#row-{id}\" \
         aria-label=\"{spoken}\">"
    );
    draw_connection(out, connection, line);
    put!(out, "</a>");
}

fn draw_connection(out: &mut String, connection: &Connection, line: Line) {
    let Line { from, to, y, label } = line;
    let state = connection.state;
    let ends = mark::ends(state);
    let start = if ends == Ends::Arrows {
        from + 10
    } else {
        from + 2
    };
    let stop = if ends == Ends::Stop { to - 20 } else { to - 10 };
    let path = format!("M{start} {y}H{stop}");
    put!(out, "<path class=\"hit\" d=\"{path}\"/>");
    put!(out, "<path class=\"line\" d=\"{path}\"/>");
    if state == State::Mutual {
        put!(out, "<path class=\"core\" d=\"{path}\"/>");
    }
    match ends {
        Ends::Arrow | Ends::Arrows => {
            put!(
                out,
                "<path class=\"end\" d=\"M{} {y}l-12 -7v14z\"/>",
                to - 1
            );
            if ends == Ends::Arrows {
                put!(
                    out,
                    "<path class=\"end\" d=\"M{} {y}l12 -7v14z\"/>",
                    from + 1
                );
            }
        }
        Ends::Stop => {
            let x = to - 17;
            put!(
                out,
                "<path class=\"stop\" d=\"M{x} {}l12 12M{x} {}l12 -12\"/>",
                y - 6,
                y + 6
            );
        }
        Ends::Nothing => {}
    }
    draw_pill(out, state, label, y);
    let lines = words::remark_lines(connection, REMARK);
    for (y, line) in (y + 27..).step_by(14).zip(lines) {
        let line = escape(&line);
        put!(
            out,
            "<text class=\"remark\" x=\"{label}\" y=\"{y}\">{line}</text>"
        );
    }
}

/// How wide a state's word is at most, in the widest of the fonts.
const fn word_width(state: State) -> i32 {
    match state {
        State::Plain => 42,
        State::NotVerified => 98,
        State::Broken => 58,
        State::Unknown => 68,
        State::Verified => 66,
        State::Mutual => 56,
        State::Absent => 72,
    }
}

fn draw_pill(out: &mut String, state: State, x: i32, y: i32) {
    let width = word_width(state) + 43;
    let left = x - width / 2;
    put!(
        out,
        "<rect class=\"ring\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"32\" rx=\"16\"/>",
        left - 3,
        y - 16,
        width + 6
    );
    put!(
        out,
        "<rect class=\"pill\" x=\"{left}\" y=\"{}\" width=\"{width}\" height=\"26\" rx=\"13\"/>",
        y - 13
    );
    draw_mark(out, state, left + 10, y - 8);
    put!(
        out,
        "<text class=\"state middle\" x=\"{}\" y=\"{}\">{state}</text>",
        left + 31 + word_width(state) / 2,
        y + 5
    );
}

fn draw_mark(out: &mut String, state: State, x: i32, y: i32) {
    let path = mark::path(state);
    put!(
        out,
        "<path class=\"mark\" transform=\"translate({x} {y})\" d=\"{path}\"/>"
    );
}

/// Each state with its line, its mark, its word and what it means; so many below
/// each other.
pub(super) fn draw_legend(out: &mut String, top: i32, rows: i32) {
    put!(out, "<g class=\"legend\" aria-hidden=\"true\">");
    let states = State::ALL.into_iter().filter(|s| *s != State::Absent);
    for (number, state) in (0..).zip(states) {
        let (x, y) = (20 + number / rows * 460, top + number % rows * 30);
        put!(out, "<g class=\"{}\">", state.id());
        let path = format!("M{x} {y}h42");
        put!(out, "<path class=\"line\" d=\"{path}\"/>");
        if state == State::Mutual {
            put!(out, "<path class=\"core\" d=\"{path}\"/>");
        }
        draw_mark(out, state, x + 50, y - 8);
        put!(
            out,
            "<text class=\"state\" x=\"{}\" y=\"{}\">{state}</text>",
            x + 71,
            y + 5
        );
        let meaning = x + 182;
        put!(
            out,
            "<text class=\"meaning\" x=\"{meaning}\" y=\"{}\">{}</text>",
            y + 5,
            state.meaning()
        );
        put!(out, "</g>");
    }
    put!(out, "</g>");
}

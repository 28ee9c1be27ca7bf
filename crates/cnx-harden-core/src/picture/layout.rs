//! Where everything is in the diagram. By hand: who opens connections is on the
//! left, etcd is a pillar on the right, and no two lines cross.

use crate::traffic::{Link, Party, Traffic};

pub(super) const WIDTH: i32 = 940;
const ROW: i32 = 76;
const BOX: i32 = 52;

/// The columns: where a box begins, and how wide it is.
const LEFT: (i32, i32) = (20, 170);
const MIDDLE: (i32, i32) = (400, 170);
const RIGHT: (i32, i32) = (780, 140);

/// A box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) x: i32,
    pub(super) y: i32,
    pub(super) width: i32,
    pub(super) height: i32,
}

/// A line from left to right, and the middle of its label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) from: i32,
    pub(super) to: i32,
    pub(super) y: i32,
    pub(super) label: i32,
}

/// The rows, below `top`.
pub(super) struct Layout {
    top: i32,
    /// Whether there are other clients of etcd.
    others: bool,
    /// Whether there are other API servers.
    servers: bool,
}

impl Layout {
    pub(super) fn new(traffic: &Traffic, top: i32) -> Self {
        let is_there = |link| traffic.present().any(|c| c.link == link);
        Self {
            top,
            others: is_there(Link::OthersEtcd),
            servers: is_there(Link::KubeApiserverOtherApis),
        }
    }

    const fn last(&self) -> i32 {
        self.below(if self.others { 7 } else { 6 })
    }

    /// The row, where that of the other API servers is above it.
    const fn below(&self, row: i32) -> i32 {
        if self.servers { row + 1 } else { row }
    }

    /// Below the last row.
    pub(super) const fn bottom(&self) -> i32 {
        self.top + self.last() * ROW + BOX
    }

    const fn middle(&self, row: i32) -> i32 {
        self.top + row * ROW + BOX / 2
    }

    pub(super) fn parties(&self) -> impl Iterator<Item = Party> {
        let all = [
            Party::Browser,
            Party::Manager,
            Party::KubeApiserver,
            Party::ApiServer,
            Party::QueryServer,
            Party::OtherApis,
            Party::KubeControllers,
            Party::Calicoctl,
            Party::CalicoNode,
            Party::Typha,
            Party::Others,
            Party::Etcd,
        ];
        let (others, servers) = (self.others, self.servers);
        all.into_iter().filter(move |party| match party {
            Party::Others => others,
            Party::OtherApis => servers,
            _ => true,
        })
    }

    pub(super) const fn frame(&self, party: Party) -> Frame {
        let ((x, width), first, last) = match party {
            Party::Browser => (LEFT, 0, 0),
            Party::Manager => (MIDDLE, 0, 0),
            Party::KubeApiserver => (LEFT, 1, self.below(2)),
            Party::ApiServer => (MIDDLE, 1, 1),
            Party::QueryServer => (MIDDLE, 2, 2),
            Party::OtherApis => (MIDDLE, 3, 3),
            Party::KubeControllers => (LEFT, self.below(3), self.below(3)),
            Party::Calicoctl => (LEFT, self.below(4), self.below(4)),
            Party::CalicoNode => (LEFT, self.below(5), self.below(6)),
            Party::Typha => (MIDDLE, self.below(5), self.below(5)),
            Party::Others | Party::Own(_) => (LEFT, self.below(7), self.below(7)),
            Party::Etcd => (RIGHT, 1, self.last()),
        };
        Frame {
            x,
            y: self.top + first * ROW,
            width,
            height: (last - first) * ROW + BOX,
        }
    }

    pub(super) const fn line(&self, link: Link) -> Line {
        let row = match link {
            Link::BrowserManager => 0,
            Link::KubeApiserverApiServer | Link::ApiServerEtcd => 1,
            Link::KubeApiserverQueryServer | Link::QueryServerEtcd => 2,
            Link::KubeApiserverOtherApis => 3,
            Link::KubeControllersEtcd => self.below(3),
            Link::CalicoctlEtcd => self.below(4),
            Link::CalicoNodeTypha | Link::TyphaEtcd => self.below(5),
            Link::CalicoNodeEtcd => self.below(6),
            Link::OthersEtcd | Link::Own { .. } => self.below(7),
        };
        let (from, to) = link.ends();
        let (from, to) = (self.frame(from), self.frame(to));
        // Labels stand below each other, on long lines too.
        let label = match to.x == MIDDLE.0 {
            true => (LEFT.0 + LEFT.1 + MIDDLE.0) / 2,
            false => (MIDDLE.0 + MIDDLE.1 + RIGHT.0) / 2,
        };
        Line {
            from: from.x + from.width,
            to: to.x,
            y: self.middle(row),
            label,
        }
    }
}

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
}

impl Layout {
    pub(super) fn new(traffic: &Traffic, top: i32) -> Self {
        let others = traffic.present().any(|c| c.link == Link::OthersEtcd);
        Self { top, others }
    }

    const fn last(&self) -> i32 {
        if self.others { 7 } else { 6 }
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
            Party::KubeControllers,
            Party::Calicoctl,
            Party::CalicoNode,
            Party::Typha,
            Party::Others,
            Party::Etcd,
        ];
        let others = self.others;
        all.into_iter()
            .filter(move |p| others || *p != Party::Others)
    }

    pub(super) const fn frame(&self, party: Party) -> Frame {
        let ((x, width), first, last) = match party {
            Party::Browser => (LEFT, 0, 0),
            Party::Manager => (MIDDLE, 0, 0),
            Party::KubeApiserver => (LEFT, 1, 2),
            Party::ApiServer => (MIDDLE, 1, 1),
            Party::QueryServer => (MIDDLE, 2, 2),
            Party::KubeControllers => (LEFT, 3, 3),
            Party::Calicoctl => (LEFT, 4, 4),
            Party::CalicoNode => (LEFT, 5, 6),
            Party::Typha => (MIDDLE, 5, 5),
            Party::Others | Party::Own(_) => (LEFT, 7, 7),
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
            Link::KubeControllersEtcd => 3,
            Link::CalicoctlEtcd => 4,
            Link::CalicoNodeTypha | Link::TyphaEtcd => 5,
            Link::CalicoNodeEtcd => 6,
            Link::OthersEtcd | Link::Own { .. } => 7,
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

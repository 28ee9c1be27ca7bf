//! The inventory: what the inputs hold that a connection can be about.
//!
//! Each document that can matter is parsed once per run, for all connections and
//! for every door: what `apply` edits, `check` finds, `report` draws and
//! `certs verify` tries is read here. `scan` finds the objects, `pod` reads what a
//! pod template says, `said` answers what a container's variable is, `follow`
//! where a path leads, `near` which object of a name belongs to another, `serving`
//! which container serves an APIService, `rights` which files a container can read,
//! `unread` what was passed by.

mod argument;
mod follow;
mod lines;
mod names;
mod near;
mod node;
mod pod;
mod rights;
mod said;
mod scan;
mod serving;
mod unread;
mod words;

pub(crate) use follow::{Break, FileRef, Trail};
pub(crate) use lines::{Lines, Origin};
pub(crate) use near::{Anchor, Near, Twins};
pub(crate) use node::Node;
pub(crate) use pod::{
    Container, Files, Mount, ObjectKey, Pod, Source as VariableSource, Volume, VolumeSource,
};
pub(crate) use rights::Mode;
pub(crate) use said::{At, Said};
pub(crate) use scan::{Inventory, Object, ObjectId, PassedBy, Place, is_open};
pub(crate) use serving::{Known, Lost, ServiceRef, Serving};
pub(crate) use unread::certainly_holds;
pub(crate) use words::Words;

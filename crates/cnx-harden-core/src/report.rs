//! What a run did, as data.

use cnx_certs::Door;
use schemars::JsonSchema;
use serde::Serialize;

use crate::channel::Channel;
use crate::finding::Finding;
use crate::identity::Peers;
use crate::reading::Reading;
use crate::resource::ResourceId;
use crate::rollout::Restart;
use crate::transform::Edit;

/// What a run did. It holds no key, and no certificate either.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Report {
    /// One entry for each input, in their order.
    pub files: Vec<FileReport>,
    /// One entry for each channel, in the page's order.
    pub channels: Vec<ChannelReport>,
    /// What is worth knowing; errors never get here.
    pub findings: Vec<Finding>,
    /// What the two sides of the Typha channel ask each other's certificates for.
    pub peers: Vec<Peers>,
    /// What has to be restarted once everything is applied, in this order.
    pub restarts: Vec<Restart>,
    /// What was read, and what was passed by.
    pub reading: Reading,
}

/// What became of one input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FileReport {
    /// The input's name.
    pub file: String,
    /// Whether its text changed.
    pub changed: bool,
    /// The edits of its objects, in the order of the text.
    pub edits: Vec<EditReport>,
}

/// What became of one edit of one object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct EditReport {
    /// The channel that it belongs to.
    pub channel: Channel,
    /// The edit.
    pub edit: Edit,
    /// Which part of the object it is about, where the edit alone doesn't say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// The object.
    pub resource: ResourceId,
    /// The field of the object that changed, or the first of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The line of the input at which the object starts, from 1; for an object
    /// that was added, that of the one that it was added for.
    pub line: usize,
    /// What happened.
    pub outcome: EditOutcome,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EditOutcome {
    /// The edit was made.
    Changed,
    /// It was there already.
    AlreadyHardened,
    /// It was made by adding the object that it is about.
    Added,
}

/// What became of one channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct ChannelReport {
    /// The channel.
    pub channel: Channel,
    /// What became of it.
    pub state: ChannelState,
}

/// What became of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ChannelState {
    /// Edits were made.
    Hardened,
    /// Its objects are there, and had all of the edits.
    AlreadyHardened,
    /// No material was given for it.
    NotAskedFor,
    /// None of its objects is in the input.
    NothingHere,
}

impl ChannelReport {
    pub(crate) fn new<'e>(
        channel: Channel,
        asked: bool,
        edits: impl Iterator<Item = &'e EditReport>,
    ) -> Self {
        let mut state = match asked {
            true => ChannelState::NothingHere,
            false => ChannelState::NotAskedFor,
        };
        for edit in edits {
            match edit.outcome {
                EditOutcome::AlreadyHardened if state == ChannelState::Hardened => {}
                EditOutcome::AlreadyHardened => state = ChannelState::AlreadyHardened,
                EditOutcome::Changed | EditOutcome::Added => state = ChannelState::Hardened,
            }
        }
        Self { channel, state }
    }
}

impl Report {
    /// The same, with each help in words for the users of a door.
    #[must_use]
    pub fn worded(mut self, door: Door) -> Self {
        let findings = self.findings.into_iter();
        self.findings = findings.map(|finding| finding.worded(door)).collect();
        self
    }

    /// How many edits have this outcome.
    #[must_use]
    pub fn count(&self, outcome: EditOutcome) -> usize {
        let edits = self.files.iter().flat_map(|file| &file.edits);
        edits.filter(|edit| edit.outcome == outcome).count()
    }
}

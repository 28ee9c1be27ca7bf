//! What a connection has to say to be hardened.

use crate::certificates::Presented;
use crate::channel::Channel;
use crate::inventory::Inventory;
use crate::plan::Plan;

/// A channel with its material: what a run asks of it.
///
/// The run parses each document once for all channels, hands all files to each
/// of them, and makes all that they plan for a document in one proved edit.
pub(crate) trait Harden {
    /// Which channel it is.
    fn channel(&self) -> Channel;

    /// Names of which a document has one if it holds one of the objects, as a whole
    /// word: one that cannot be read is an error then.
    fn needles(&self) -> Vec<&str>;

    /// Finds the objects in `inventory`, matches them up, and puts what is to be done
    /// into `plan`: edits, documents to add, keys not to be shown, and findings.
    fn plan(&self, inventory: &Inventory<'_>, plan: &mut Plan);

    /// What its roles present, to be checked; `plan` is what was planned.
    fn presented(&self, plan: &Plan) -> Vec<Presented<'_>>;
}

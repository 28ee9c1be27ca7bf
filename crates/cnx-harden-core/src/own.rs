//! A caller's own connections and rules, in all doors: what is asked of manifests
//! beside the vendor's page.
//!
//! A [`Connection`] says which objects it is about, and what each has to have: its
//! requirements, which are [`Transform`]s. From that `harden` makes the edits that are
//! missing, an audit finds them as [`unmet-requirement`](crate::Code::UnmetRequirement), and
//! a picture has a line for the connection: verified where nothing is left to do. A
//! [`Rule`] looks at one object and reports what is wrong with it.
//!
//! `examples/own_connection.rs` has one of each.
//!
//! # Limitations
//!
//! Manifests are read of the kinds that the vendor's connections are about: workloads and
//! pods, Secrets, ConfigMaps, Services and APIServices. The diagram draws the vendor's
//! connections; a caller's own are in its tables and in the text for the terminal.

use std::fmt;
use std::sync::Arc;

use crate::certificates::Presented;
use crate::channel::Channel;
use crate::connection::Harden;
use crate::finding::Finding;
use crate::inventory::Inventory;
use crate::material::PrivateKey;
use crate::plan::Plan;
use crate::resource::Resource;
use crate::transform::{Target, Transform};

/// A connection of a caller's own.
pub trait Connection: fmt::Debug + Send + Sync {
    /// What reports and findings call it, in kebab-case.
    fn name(&self) -> &'static str;

    /// Who opens it, and who takes it, for people.
    fn ends(&self) -> (&'static str, &'static str);

    /// Names of which a document has one if it holds one of the objects, as a whole
    /// word: a document that cannot be read and has one is an error.
    fn needles(&self) -> Vec<&str>;

    /// Says what is asked of which objects.
    fn plan(&self, planning: &mut Planning<'_, '_>);
}

/// A rule of a caller's own: one thing to look for in one object.
///
/// What it cannot tell it leaves alone.
pub trait Rule: fmt::Debug + Send + Sync {
    /// What is wrong with the object, each made by [`Target::finding`] with a
    /// [`Code::Own`](crate::Code::Own).
    fn check(&self, target: &Target<'_, '_>) -> Vec<Finding>;
}

/// Where a [`Connection`] says what it asks for.
pub struct Planning<'p, 't> {
    inventory: &'p Inventory<'t>,
    plan: &'p mut Plan,
}

// Whatever it holds, it is private keys.
impl fmt::Debug for Planning<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Planning").finish_non_exhaustive()
    }
}

impl Planning<'_, '_> {
    /// Asks for `requirement` of all objects that `is_one` picks. Returns how many there
    /// are.
    pub fn require(
        &mut self,
        is_one: impl Fn(&Resource<'_, '_>) -> bool,
        requirement: &dyn Transform,
    ) -> usize {
        let role = |_, resource: &Resource<'_, '_>| Ok(is_one(resource).then_some(((), None)));
        let objects = self.plan.select(self.inventory, role);
        for object in &objects {
            self.plan.edit(object, requirement);
        }
        objects.len()
    }

    /// Has the key replaced by a mark wherever a diff shows it.
    pub fn hide(&mut self, key: &PrivateKey) {
        self.plan.secrets.bring(key.to_base64());
    }

    /// Says what is wrong, or worth knowing. After an error nothing is written.
    pub fn find(&mut self, finding: Finding) {
        self.plan.find([finding]);
    }
}

/// One of a list.
#[derive(Debug)]
pub(crate) struct Shared<T: ?Sized>(Arc<T>);

impl<T: ?Sized> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: ?Sized> std::ops::Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// Whether they are the very same.
impl<T: ?Sized> PartialEq for Shared<T> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl<T: ?Sized> Eq for Shared<T> {}

macro_rules! list {
    ($(#[$doc:meta])* $name:ident, $of:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct $name(Vec<Shared<dyn $of>>);

        impl $name {
            /// Adds one.
            pub fn add(&mut self, one: impl $of + 'static) {
                self.0.push(Shared(Arc::new(one)));
            }

            pub(crate) fn iter(&self) -> std::slice::Iter<'_, Shared<dyn $of>> {
                self.0.iter()
            }
        }

        impl<T: $of + 'static> From<T> for $name {
            fn from(one: T) -> Self {
                let mut all = Self::default();
                all.add(one);
                all
            }
        }
    };
}

list! {
    /// A caller's own connections: see [`Connection`].
    Connections, Connection
}
list! {
    /// A caller's own rules: see [`Rule`].
    Rules, Rule
}

impl Harden for Shared<dyn Connection> {
    fn channel(&self) -> Channel {
        Channel::Own(self.0.name())
    }

    fn needles(&self) -> Vec<&str> {
        self.0.needles()
    }

    fn plan(&self, inventory: &Inventory<'_>, plan: &mut Plan) {
        self.0.plan(&mut Planning { inventory, plan });
    }

    fn presented(&self, _: &Plan) -> Vec<Presented<'_>> {
        Vec::new()
    }
}

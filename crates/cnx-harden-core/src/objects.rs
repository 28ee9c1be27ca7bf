//! The objects that a channel is about.

use cnx_certs::Help;
use yaml_splice::Span;

use crate::finding::{Code, Finding};
use crate::inventory::{Inventory, ObjectId, Origin, Place};
use crate::resource::Resource;
use crate::source::Source;
use crate::transform::Target;

/// An object that a channel is about, with the role that it has there.
pub(crate) struct Object<'a, 't, R> {
    pub(crate) place: Place,
    pub(crate) source: Source<'t>,
    pub(crate) origin: Origin<'a, 't>,
    /// Its number in the inventory.
    pub(crate) number: ObjectId,
    pub(crate) role: R,
    /// The namespace that it is matched up by.
    pub(crate) namespace: Option<String>,
    pub(crate) resource: Resource<'a, 't>,
}

impl<'a, 't, R> Object<'a, 't, R> {
    /// The object of this number, matched up by its own namespace.
    pub(crate) fn of(inventory: &'a Inventory<'t>, number: ObjectId, role: R) -> Option<Self> {
        let resource = inventory.resource(number)?;
        let place = inventory.object(number)?.place;
        Some(Self {
            place,
            source: inventory.sources.get(place.file).copied()?,
            origin: inventory.origin(place.file),
            number,
            role,
            namespace: resource.id.namespace.clone(),
            resource,
        })
    }
}

impl<'t, R> Object<'_, 't, R> {
    /// The object as what edits are planned on.
    pub(crate) const fn target(&self) -> Target<'_, 't> {
        Target::new(&self.resource, self.source).from(self.origin)
    }

    /// Where the object starts in its source.
    pub(crate) fn span(&self) -> Span {
        self.resource.span().unwrap_or(Span::at(0))
    }

    /// A finding about this object.
    pub(crate) fn finding(
        &self,
        code: Code,
        message: impl Into<String>,
        help: impl Into<Help>,
    ) -> Finding {
        let place = self
            .origin
            .place(self.span())
            .with_route(self.resource.root.clone());
        Finding::new(code, place, message, help).about(&self.resource.id)
    }

    /// That another object belongs to this one, and is not there.
    pub(crate) fn missing(&self, what: &str, help: impl Into<Help>) -> Finding {
        let message = format!("{what} belongs to this object and is not in the input");
        self.finding(Code::MissingObject, message, help)
    }
}

//! What cannot be read with certainty, inside of an object that a connection needs.

use yaml_splice::Span;

use super::{Report, Rule, Scene};
use crate::audit::rule::Draft;
use crate::audit::scene::Object;
use crate::pods::POD_KINDS;
use crate::finding::{Code, Finding};

pub(super) struct CannotEdit;

const HELP: &str = "write it out plainly, so that it can be told what it means";

impl Rule for CannotEdit {
    fn codes(&self) -> Vec<Code> {
        vec![Code::CannotEdit]
    }

    fn check(&self, scene: &Scene<'_, '_>, report: &mut Report<'_>) {
        let mut told: Vec<Finding> = Vec::new();
        let same = |a: &Finding, b: &Finding| {
            (a.place.position(), &a.message) == (b.place.position(), &b.message)
        };
        for (number, object) in scene.objects.iter().enumerate() {
            if !is_about(scene, number, object) {
                continue;
            }
            let Err(error) = read(object) else { continue };
            let finding = object.origin.yaml(&error).about(&object.resource.id);
            let draft = Draft::error(Code::CannotEdit, &finding.message, HELP);
            let mut shown = finding.clone();
            shown.help = HELP.into();
            shown.place.span = Some(Span::at(error.span.start));
            report.push(None, shown, draft);
            told.push(finding);
        }
        let remarks = scene.gaps.remarks.iter();
        for remark in remarks.filter(|remark| remark.finding.code == Code::CannotEdit) {
            if told.iter().any(|finding| same(finding, &remark.finding)) {
                continue;
            }
            let draft = Draft::error(Code::CannotEdit, &remark.finding.message, HELP);
            report.remark(remark, draft.of(remark.channel));
        }
    }
}

/// Whether all of the object can be read with certainty.
fn read(object: &Object<'_, '_>) -> Result<(), yaml_splice::Error> {
    let tree = object.resource.tree();
    match tree.find(&object.resource.root)? {
        Some(id) => tree.read(id).map(drop),
        None => Ok(()),
    }
}

/// Whether the object can be a part of a connection that an audit looks at.
fn is_about(scene: &Scene<'_, '_>, number: usize, object: &Object<'_, '_>) -> bool {
    let id = &object.resource.id;
    if id.kind == "APIService" || scene.is_carrier(number) || scene.gaps.about.contains_key(&number) {
        return true;
    }
    let text = object.span().of(object.source.text);
    POD_KINDS.contains(&id.kind.as_str()) && text.contains("TYPHA")
}

//! The contract of a rule, and where it puts what it finds.

use cnx_certs::{Help, HelpPart, Setting, Severity, help};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use sha2::{Digest as _, Sha256};
use yaml_splice::{Op, Route, Span};

use super::finding::AuditFinding;
use super::gap::{Gap, Remark};
use super::options::AuditOptions;
use super::place;
use super::scene::{Object, Scene};
use crate::channel::Channel;
use crate::finding::{Code, Finding};
use crate::inventory::Place;

/// One thing to look for.
///
/// A rule is certain: what it cannot tell it leaves alone. Objects that are in
/// none of the inputs may be in the cluster.
pub(super) trait Rule: Sync {
    /// Its codes: the first is the rule's name.
    fn codes(&self) -> Vec<Code>;

    /// The connection that it is about, where it is about one.
    fn channel(&self) -> Option<Channel> {
        None
    }

    /// Whether `apply` puts right what it finds.
    fn fixable(&self) -> bool {
        false
    }

    /// Looks at everything, and reports what is wrong.
    fn check(&self, scene: &Scene<'_, '_>, report: &mut Report<'_>);
}

/// What makes the five edits.
pub(super) const HARDEN_API_SERVER: HelpPart = HelpPart::Apply(&[
    Setting::ApiServerCa,
    Setting::ApiServerCert,
    Setting::ApiServerKey,
]);

/// What hardens etcd's clients.
pub(super) const HARDEN_ETCD: HelpPart =
    HelpPart::Apply(&[Setting::EtcdCa, Setting::EtcdCert, Setting::EtcdKey]);

/// What hardens both of Typha's sides.
pub(super) const HARDEN_TYPHA: HelpPart = HelpPart::Apply(&[
    Setting::TyphaCa,
    Setting::TyphaServerCert,
    Setting::TyphaServerKey,
    Setting::TyphaClientCert,
    Setting::TyphaClientKey,
]);

/// What hardens the Manager.
pub(super) const HARDEN_MANAGER: HelpPart =
    HelpPart::Apply(&[Setting::ManagerCert, Setting::ManagerKey]);

/// How most of what is found goes away.
pub(super) fn harden_it(how: HelpPart) -> Help {
    help!["harden the manifest: ", how]
}

/// How a server that is not the vendor's is hardened. A caBundle alone ends in an outage:
/// the certificate that such a server makes for itself is for `localhost`.
pub(super) fn harden_server() -> Help {
    help![
        "give the server a certificate and the APIService its CA in one step: ",
        HARDEN_SERVER,
        "; a caBundle alone breaks it; ",
        HelpPart::Explain("insecure-skip-tls-verify"),
        " lists the commands"
    ]
}

const HARDEN_SERVER: HelpPart = HelpPart::Apply(&[
    Setting::ApiService,
    Setting::ApiServiceCa,
    Setting::ApiServiceCert,
    Setting::ApiServiceKey,
]);

/// What a rule has to say of an object.
pub(super) struct Draft {
    pub(super) code: Code,
    pub(super) severity: Severity,
    pub(super) channel: Option<Channel>,
    pub(super) message: String,
    pub(super) help: Help,
    pub(super) fixable: bool,
    /// The operation that puts it right, where it needs no material.
    pub(super) fix: Vec<Op>,
}

impl Draft {
    pub(super) fn error(code: Code, message: impl Into<String>, help: impl Into<Help>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            channel: None,
            message: message.into(),
            help: help.into(),
            fixable: false,
            fix: Vec::new(),
        }
    }

    pub(super) const fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    pub(super) const fn of(mut self, channel: Channel) -> Self {
        self.channel = Some(channel);
        self
    }

    /// `apply` puts it right.
    pub(super) const fn fixable(mut self) -> Self {
        self.fixable = true;
        self
    }

    /// The operation puts it right.
    pub(super) fn fixed_by(mut self, ops: Vec<Op>) -> Self {
        self.fix = ops;
        self
    }
}

/// How many fixes of one document are worked out: each is proved on all of it.
const MOST_FIXES: usize = 64;

/// What the rules found.
pub(super) struct Report<'o> {
    options: &'o AuditOptions,
    findings: Vec<AuditFinding>,
    seen: HashSet<(Option<usize>, Option<Span>, Code, String)>,
    counts: HashMap<String, usize>,
    /// How many fixes of each document were worked out.
    proposed: BTreeMap<Place, usize>,
    /// The connections on which `apply` would stop: it makes none of their edits.
    stopped: BTreeSet<Channel>,
}

impl<'o> Report<'o> {
    pub(super) fn new(options: &'o AuditOptions) -> Self {
        Self {
            options,
            findings: Vec::new(),
            seen: HashSet::new(),
            counts: HashMap::new(),
            proposed: BTreeMap::new(),
            stopped: BTreeSet::new(),
        }
    }

    /// The connections of which nothing is put right, since `apply` would stop.
    pub(super) fn stop(&mut self, channels: BTreeSet<Channel>) {
        self.stopped = channels;
    }

    /// About the field `at` of the object, or else about the object.
    pub(super) fn add(&mut self, object: &Object<'_, '_>, at: &Route, draft: Draft) {
        let found = match *at == object.resource.root {
            true => None,
            false => place::point_at(object.resource.tree(), at),
        };
        let span = found.unwrap_or_else(|| object.head());
        self.add_at(object, at, span, draft);
    }

    /// About this extent, which stands for the field `at` of the object.
    pub(super) fn add_at(&mut self, object: &Object<'_, '_>, at: &Route, span: Span, draft: Draft) {
        let field = at.strip_prefix(&object.resource.root).unwrap_or_default();
        let field = field.to_string();
        let field = (!field.is_empty()).then_some(field);
        let Draft {
            code,
            message,
            help,
            ..
        } = &draft;
        let place = object.origin.place(span).with_route(at.clone());
        let finding = Finding::new(*code, place, message, help.clone())
            .within(object.resource.tree())
            .about(&object.resource.id);
        let wanted = self.options.fixes && !draft.fix.is_empty();
        let ops = match wanted && self.may_propose(object.place) {
            true => draft.fix.clone(),
            false => Vec::new(),
        };
        if let Some(found) = self.push(field, finding, draft).filter(|_| !ops.is_empty()) {
            found.fix = object.resource.tree().propose(&ops).ok();
        }
    }

    /// Whether one more fix of this document is worked out.
    fn may_propose(&mut self, document: Place) -> bool {
        let count = self.proposed.entry(document).or_insert(0);
        *count += 1;
        *count <= MOST_FIXES
    }

    /// About an edit that `apply` would make, and that needs no material.
    pub(super) fn add_gap(&mut self, object: &Object<'_, '_>, gap: &Gap, draft: Draft) {
        let draft = draft.severity(gap.severity());
        let draft = match gap.foreign {
            true => draft,
            false => draft.fixable().fixed_by(gap.fix.clone()),
        };
        self.add_at(object, &gap.route(), gap.span, draft);
    }

    /// What a channel's plan says.
    pub(super) fn remark(&mut self, remark: &Remark, draft: Draft) {
        let mut finding = remark.finding.clone();
        let severity = match remark.foreign {
            true => draft.severity.max(Severity::Warning),
            false => draft.severity,
        };
        let draft = draft.severity(severity);
        finding.help.clone_from(&draft.help);
        self.push(None, finding, draft);
    }

    /// A finding that is made already.
    pub(super) fn push(
        &mut self,
        field: Option<String>,
        mut finding: Finding,
        draft: Draft,
    ) -> Option<&mut AuditFinding> {
        if !self.options.wants(draft.channel) {
            return None;
        }
        finding.severity = draft.severity;
        // Objects that several others refer to are looked at with each of them.
        let (place, message) = (&finding.place, finding.message.clone());
        if !self
            .seen
            .insert((place.input, place.span, finding.code, message))
        {
            return None;
        }
        let fingerprint = self.fingerprint(&finding, field.as_deref());
        self.findings.push(AuditFinding {
            finding,
            channel: draft.channel,
            field,
            fixable: draft.fixable && !draft.channel.is_some_and(|c| self.stopped.contains(&c)),
            fix: None,
            fingerprint,
        });
        self.findings.last_mut()
    }

    /// About a document that cannot be read.
    pub(super) fn unread(&mut self, finding: Finding) {
        let draft = Draft::error(finding.code, "", "").severity(finding.severity);
        self.push(None, finding, draft);
    }

    /// What a finding is known by, whatever its line. Of several with all in
    /// common, each has its number.
    fn fingerprint(&mut self, finding: &Finding, field: Option<&str>) -> String {
        let object = finding.resource.as_ref();
        let object = object.map_or_else(String::new, |id| {
            let namespace = id.namespace.as_deref().unwrap_or_default();
            format!("{}\0{namespace}\0{}", id.kind, id.name)
        });
        let file = &finding.place.file;
        let file = self.options.fingerprint_names.get(file).unwrap_or(file);
        let file = file.trim_start_matches("./");
        let code = finding.code.as_str();
        let identity = format!("{code}\0{file}\0{object}\0{}", field.unwrap_or_default());
        let count = self.counts.entry(identity.clone()).or_insert(0);
        let hash = Sha256::digest(format!("{identity}\0{count}"));
        *count += 1;
        let bytes = hash.iter().take(16);
        bytes.map(|byte| format!("{byte:02x}")).collect()
    }

    /// All findings, in the order of the inputs and of their lines.
    pub(super) fn take(&mut self) -> Vec<AuditFinding> {
        let mut findings = std::mem::take(&mut self.findings);
        findings.sort_by_key(AuditFinding::order);
        findings
    }
}

//! Findings, as they are collected.

use crate::certificate::Certificate;
use crate::code::Code;
use crate::finding::{Details, Finding, Part, Severity};
use crate::generate::Host;
use crate::help::{Help, HelpPart, Make};
use crate::pem::PemError;
use crate::role::Role;

/// The findings on one role's material.
pub(super) struct Report {
    pub(super) role: Role,
    /// What the other side asks for.
    names: Vec<String>,
    pub(super) findings: Vec<Finding>,
}

/// How many names a help has: a command line with more is none to copy.
const MOST: usize = 5;

/// Where a certificate stands.
#[derive(Clone, Copy)]
pub(super) struct At {
    pub(super) part: Part,
    pub(super) line: usize,
}

/// What is wrong, in words and as data.
pub(super) struct Message {
    text: String,
    details: Details,
}

impl<T: Into<String>> From<T> for Message {
    fn from(text: T) -> Self {
        let (text, details) = (text.into(), Details::default());
        Self { text, details }
    }
}

impl Message {
    pub(super) fn new(text: String, details: Details) -> Self {
        Self { text, details }
    }

    /// About a certificate's end.
    pub(super) fn ends(text: String, certificate: &Certificate<'_>) -> Self {
        let not_after = Some(certificate.not_after());
        let details = Details {
            not_after,
            ..Details::default()
        };
        Self { text, details }
    }
}

impl At {
    pub(super) const fn certificate(part: Part, certificate: &Certificate<'_>) -> Self {
        let line = certificate.line;
        Self { part, line }
    }
}

impl Report {
    pub(super) fn new(role: Role, names: &[String]) -> Self {
        Self {
            role,
            // What is no host cannot be asked for.
            names: names
                .iter()
                .filter(|name| name.parse::<Host>().is_ok())
                .take(MOST)
                .cloned()
                .collect(),
            findings: Vec::new(),
        }
    }

    /// How to make the certificate of this role.
    pub(super) fn make(&self, again: bool) -> HelpPart {
        HelpPart::Generate(Some(Make {
            role: self.role,
            names: self.names.clone(),
            again,
        }))
    }

    pub(super) fn add(
        &mut self,
        severity: Severity,
        code: Code,
        At { part, line }: At,
        message: impl Into<Message>,
        help: impl Into<Help>,
    ) {
        let Message { text, details } = message.into();
        let finding = Finding {
            code,
            severity,
            role: self.role,
            part,
            line,
            details,
            message: text,
            help: help.into(),
        };
        // One certificate in two files is one thing to mend.
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }

    pub(super) fn error(
        &mut self,
        code: Code,
        at: At,
        message: impl Into<Message>,
        help: impl Into<Help>,
    ) {
        self.add(Severity::Error, code, at, message, help);
    }

    pub(super) fn warning(
        &mut self,
        code: Code,
        at: At,
        message: impl Into<Message>,
        help: impl Into<Help>,
    ) {
        self.add(Severity::Warning, code, at, message, help);
    }

    /// A file's value, if it could be read; what is wrong with it is told.
    pub(super) fn read<T>(&mut self, part: Part, read: Result<T, PemError>) -> Option<T> {
        read.map_err(|error| self.pem(Severity::Error, part, &error))
            .ok()
    }

    pub(super) fn unused(&mut self, part: Part, warnings: &[PemError]) {
        for warning in warnings {
            let severity = match warning.kind.code() {
                Code::TextAfterPem => Severity::Info,
                _ => Severity::Warning,
            };
            self.pem(severity, part, warning);
        }
    }

    /// A block of a CA file that etcd and its clients take for a certificate.
    pub(super) fn fatal_to_etcd(&mut self, error: &PemError) {
        let line = error.line;
        let message = format!(
            "etcd and its clients take every PEM block of a CA file for a certificate, whatever \
             its label, and do not start with this one: {}",
            error.kind
        );
        let help = "leave only certificates that Go reads in the CA file";
        // It is no longer a warning.
        self.findings
            .retain(|other| (other.part, other.line) != (Part::Ca, line));
        self.error(
            error.kind.code(),
            At {
                part: Part::Ca,
                line,
            },
            message,
            help,
        );
    }

    /// The certificates on these lines of a file are in no chain: what is wrong with
    /// them is a warning.
    pub(super) fn spare(&mut self, part: Part, lines: &[usize]) {
        for finding in &mut self.findings {
            let harmless = match finding.code {
                Code::UnknownCriticalExtension
                | Code::UnsupportedKey
                | Code::Sha1Signature
                | Code::Md5Signature
                | Code::UnsupportedSignature => true,
                // Of what is sent each has to be small enough.
                Code::RsaKeySize => part == Part::Ca,
                _ => false,
            };
            if harmless && finding.part == part && lines.contains(&finding.line) {
                finding.severity = Severity::Warning;
            }
        }
    }

    /// What to do about the first block that was passed over, and so may be what is
    /// missing.
    pub(super) fn unread(&self) -> Option<Help> {
        const UNREAD: [Code; 11] = [
            Code::BadBase64,
            Code::BadCertificate,
            Code::ByteOrderMark,
            Code::IndentedPem,
            Code::NegativeSerial,
            Code::OneLinePem,
            Code::PemHeaders,
            Code::SkippedBlock,
            Code::TrailingJunk,
            Code::TruncatedPem,
            Code::WrongPemEnd,
        ];
        let mut passed = self.findings.iter().filter(|finding| {
            finding.severity == Severity::Warning && UNREAD.contains(&finding.code)
        });
        let (passed, file) = passed.find_map(|finding| match finding.part {
            Part::Ca => Some((finding, "CA")),
            Part::Certificate => Some((finding, "certificate")),
            Part::Key => None,
        })?;
        let place = format!(
            "line {} of the {file} file: {}; ",
            passed.line, passed.message
        );
        let parts = passed.help.parts().iter().cloned();
        Some(Help::new(std::iter::once(place.into()).chain(parts)))
    }

    fn pem(&mut self, severity: Severity, part: Part, error: &PemError) {
        let line = error.line;
        let (message, help) = (error.kind.to_string(), error.help());
        self.add(
            severity,
            error.kind.code(),
            At { part, line },
            message,
            help,
        );
    }

    pub(super) fn has_error(&self, codes: &[Code]) -> bool {
        let mut errors = self
            .findings
            .iter()
            .filter(|finding| finding.severity == Severity::Error);
        errors.any(|finding| codes.contains(&finding.code))
    }
}

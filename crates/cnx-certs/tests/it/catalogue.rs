//! The cases of `testdata/certs`: their files, and what is expected of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use cnx_certs::{Finding, Identity, Material, Policy, Role, Severity, UnixTime, check};
use serde::Deserialize;

/// The name that the aggregator asks for.
pub(crate) const NAME: &str = "cnx-api.kube-system.svc";

/// A folder of certificates, and its entry in `catalogue.toml`.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) expected: Expected,
    pub(crate) folder: PathBuf,
    ca: Vec<u8>,
    certificate: Vec<u8>,
    key: Vec<u8>,
}

/// An entry of `catalogue.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Expected {
    /// What is wrong, or why it is good.
    pub(crate) is: String,
    /// Whose material it is.
    #[serde(default = "api_server")]
    pub(crate) role: String,
    /// Whose it is as well.
    pub(crate) second_role: Option<String>,
    /// What the other side asks for.
    #[serde(default)]
    pub(crate) names: Vec<String>,
    /// What the other side compares with.
    pub(crate) common_name: Option<String>,
    /// What the other side compares with.
    pub(crate) uri_san: Option<String>,
    /// When it is looked at.
    #[serde(default = "now")]
    pub(crate) now: toml::value::Date,
    /// `severity code`, sorted.
    #[serde(default)]
    pub(crate) findings: Vec<String>,
    /// `accepts`, or words of the error with which it refuses.
    pub(crate) go: String,
    /// The same of Go 1.22, where it decides otherwise.
    pub(crate) go_1_22: Option<String>,
    /// `accepts`, or words of the error with which it refuses.
    pub(crate) openssl: String,
}

fn api_server() -> String {
    Role::ApiServer.to_string()
}

const fn now() -> toml::value::Date {
    toml::value::Date {
        year: 2030,
        month: 6,
        day: 1,
    }
}

/// What a verifier says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Accepts,
    /// With its words.
    Refuses(String),
}

impl Verdict {
    pub(crate) const fn accepts(&self) -> bool {
        matches!(self, Self::Accepts)
    }

    /// Whether it is what the catalogue has.
    pub(crate) fn is(&self, expected: &str) -> bool {
        match self {
            Self::Accepts => expected == "accepts",
            Self::Refuses(words) => expected != "accepts" && words.contains(expected),
        }
    }
}

impl Case {
    pub(crate) fn path(&self, part: &str) -> PathBuf {
        self.folder.join(part)
    }

    pub(crate) fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    pub(crate) fn material<'m>(
        &'m self,
        role: Role,
        names: &'m [String],
        identity: &'m Identity,
    ) -> Material<'m> {
        Material {
            role,
            ca: Some(&self.ca),
            certificate: &self.certificate,
            key: Some(&self.key),
            names,
            identity,
        }
    }

    /// What is found in the case's own roles.
    pub(crate) fn findings(&self) -> Vec<Finding> {
        let Expected {
            role,
            second_role,
            names,
            common_name,
            uri_san,
            now,
            ..
        } = &self.expected;
        let default = [NAME.to_owned()];
        let names = if names.is_empty() {
            &default
        } else {
            names.as_slice()
        };
        let identity = Identity {
            common_name: common_name.clone(),
            uri_san: uri_san.clone(),
        };
        let roles = [Some(role), second_role.as_ref()].into_iter().flatten();
        let materials: Vec<_> = roles
            .map(|role| self.material(named(role), names, &identity))
            .collect();
        check(&materials, &Policy::at(midnight(*now)))
    }

    /// What we say of it as the API server's, now: whether it has no error.
    pub(crate) fn our_verdict(&self) -> Verdict {
        let (names, identity) = ([NAME.to_owned()], Identity::default());
        let material = self.material(Role::ApiServer, &names, &identity);
        let findings = check(&[material], &Policy::at(UnixTime::now()));
        let errors = findings
            .iter()
            .filter(|finding| finding.severity == Severity::Error);
        match errors
            .map(|finding| finding.code.as_str())
            .collect::<Vec<_>>()
            .as_slice()
        {
            [] => Verdict::Accepts,
            codes => Verdict::Refuses(codes.join(", ")),
        }
    }
}

fn named(role: &str) -> Role {
    let mut roles = Role::ALL.into_iter().filter(|known| known.as_str() == role);
    roles
        .next()
        .unwrap_or_else(|| panic!("there is no role {role}"))
}

/// All of the cases.
pub(crate) fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/certs");
    let text = std::fs::read_to_string(folder.join("catalogue.toml")).unwrap();
    let catalogue: BTreeMap<String, Expected> = toml::from_str(&text).unwrap();
    let case = |(name, expected): (String, Expected)| {
        let folder = folder.join(&name);
        let read =
            |part| std::fs::read(folder.join(part)).unwrap_or_else(|e| panic!("{name}: {e}"));
        let [ca, certificate, key] = ["ca.crt", "tls.crt", "tls.key"].map(read);
        Case {
            ca,
            certificate,
            key,
            expected,
            folder,
            name,
        }
    };
    catalogue.into_iter().map(case).collect()
}

/// Asks a verifier about each case, in a few threads.
pub(crate) fn ask<T: Send>(
    cases: &[Case],
    verifier: impl Fn(&Case) -> T + Sync,
) -> Vec<(&Case, T)> {
    let (next, said) = (Mutex::new(cases.iter()), Mutex::new(Vec::new()));
    let threads = std::thread::available_parallelism().map_or(2, usize::from) * 2;
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let Some(case) = next.lock().unwrap().next() else {
                        return;
                    };
                    let answer = verifier(case);
                    said.lock().unwrap().push((case, answer));
                }
            });
        }
    });
    said.into_inner().unwrap()
}

fn midnight(date: toml::value::Date) -> UnixTime {
    let month = time::Month::try_from(date.month).unwrap();
    let day = time::Date::from_calendar_date(date.year.into(), month, date.day).unwrap();
    let seconds = day.midnight().assume_utc().unix_timestamp();
    UnixTime::since_unix_epoch(Duration::from_secs(seconds.try_into().unwrap()))
}

//! What to do about a finding, as data: each door words it for those who use it.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use crate::role::Role;
pub use crate::setting::Setting;
use crate::shown::shell_word;

/// Who reads a help, and so how it calls what can be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Door {
    /// The command: by its flags.
    Command,
    /// A config, as of the KRM function and kustomize's plugin: by its fields.
    Config,
    /// The library: by fields of its types, and by its functions.
    Library,
}

/// A part of a [`Help`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum HelpPart {
    /// Words.
    Text(String),
    /// A setting's name.
    Setting(Setting),
    /// To harden manifests with these settings, or with any.
    Apply(&'static [Setting]),
    /// To make certificates, for one role or for all.
    Generate(Option<Make>),
    /// To make those that the manifests in these files need, in place of those that are
    /// there.
    GenerateFor(Vec<String>),
    /// Where to read more of a code.
    Explain(&'static str),
    /// What takes the text that a command before this one prints.
    Piped,
}

/// Certificates to make.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Make {
    /// Whose.
    pub role: Role,
    /// The names that the other side asks for.
    pub names: Vec<String>,
    /// Whether there are some that are to be replaced.
    pub again: bool,
}

impl Make {
    /// The flag for the names that the command must have, and what stands there where
    /// they are not known.
    fn names(&self) -> Option<(&'static str, String)> {
        // What `--apiserver-name` is if it isn't given.
        const DEFAULT: &str = "cnx-api.kube-system.svc";
        let names = self.names.join(",");
        match self.role {
            Role::ApiServer if names.is_empty() || names == DEFAULT => None,
            Role::ApiServer => Some(("--apiserver-name", names)),
            Role::EtcdServer if names.is_empty() => Some(("--etcd-host", "HOST".to_owned())),
            Role::EtcdServer => Some(("--etcd-host", names)),
            Role::Manager if names.is_empty() => Some(("--manager-host", "HOST".to_owned())),
            Role::Manager => Some(("--manager-host", names)),
            Role::EtcdClient | Role::TyphaServer | Role::TyphaClient => None,
        }
    }

    fn write(&self, f: &mut impl fmt::Write) -> fmt::Result {
        let role = self.role;
        write!(f, "cnx-harden certs generate --pki pki --only {role}")?;
        if let Some((flag, names)) = self.names() {
            write!(f, " {flag} {}", shell_word(&names))?;
        }
        f.write_str(if self.again { " --force" } else { "" })
    }
}

/// What to do about a finding. `Display` words it for the library; other doors use
/// [`for_door`](Self::for_door).
///
/// ```
/// use cnx_certs::{Door, Help, Setting, help};
/// let help: Help = help!["give its name with ", Setting::EtcdSecret];
/// assert_eq!(help.for_door(Door::Command), "give its name with --etcd-secret");
/// assert_eq!(help.for_door(Door::Config), "give its name with spec.etcd.names.secret");
/// assert_eq!(help.to_string(), "give its name with EtcdNames::secret");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Help(Vec<HelpPart>);

/// A [`Help`] of texts, settings and other parts.
#[macro_export]
macro_rules! help {
    ($($part:expr),* $(,)?) => {
        $crate::Help::new([$($crate::HelpPart::from($part)),*])
    };
}

impl Help {
    /// A help of these parts.
    pub fn new(parts: impl IntoIterator<Item = HelpPart>) -> Self {
        Self(parts.into_iter().collect())
    }

    /// Its parts.
    #[must_use]
    pub fn parts(&self) -> &[HelpPart] {
        &self.0
    }

    /// The same, with an API server's certificate made for what the manifests in these
    /// files say of it: it is not CNX's, whose names have flags of their own.
    #[must_use]
    pub fn made_for(self, files: &[String]) -> Self {
        let of = |part| match part {
            HelpPart::Generate(Some(make)) if make.role == Role::ApiServer => {
                HelpPart::GenerateFor(files.to_vec())
            }
            other => other,
        };
        match files {
            [] => self,
            _ => Self(self.0.into_iter().map(of).collect()),
        }
    }

    /// The words for the users of a door.
    #[must_use]
    pub fn for_door(&self, door: Door) -> String {
        let mut words = String::new();
        for part in &self.0 {
            // Writing to a string does not fail.
            let _ = part.write(&mut words, door);
        }
        words
    }

    /// The same, as words that stay what they are at any door.
    #[must_use]
    pub fn worded(&self, door: Door) -> Self {
        self.for_door(door).into()
    }
}

impl HelpPart {
    fn write(&self, f: &mut impl fmt::Write, door: Door) -> fmt::Result {
        match (self, door) {
            (Self::Text(text), _) => f.write_str(text),
            (Self::Setting(setting), _) => f.write_str(setting.for_door(door)),
            (Self::Apply(settings), Door::Command) => {
                f.write_str("cnx-harden apply")?;
                settings.iter().try_for_each(|setting| {
                    let gap = if setting.value().is_empty() { "" } else { " " };
                    write!(f, " {}{gap}{}", setting.flag(), setting.value())
                })?;
                f.write_str(if settings.is_empty() { "" } else { " PATH" })
            }
            (Self::Apply([]), Door::Config) => f.write_str("cnx-harden"),
            (Self::Apply([]), Door::Library) => f.write_str("harden"),
            (Self::Apply(settings), _) => {
                f.write_str("set ")?;
                let last = settings.len() - 1;
                settings.iter().enumerate().try_for_each(|(at, setting)| {
                    let between = match at {
                        0 => "",
                        at if at == last => " and ",
                        _ => ", ",
                    };
                    write!(f, "{between}{}", setting.for_door(door))
                })
            }
            (Self::Generate(Some(make)), Door::Command) => make.write(f),
            (Self::GenerateFor(files), Door::Command) => {
                f.write_str("cnx-harden certs generate --pki pki --force --for")?;
                let mut files = files.iter();
                files.try_for_each(|file| write!(f, " {}", shell_word(file)))
            }
            (Self::Generate(None), Door::Command) => {
                f.write_str("cnx-harden certs generate --pki pki")
            }
            (Self::Generate(_) | Self::GenerateFor(_), Door::Library) => {
                f.write_str("cnx_certs::generate")
            }
            (Self::Generate(_) | Self::GenerateFor(_), _) => {
                f.write_str("cnx-harden certs generate")
            }
            (Self::Explain(code), Door::Library) => write!(f, "`Code::page` of {code}"),
            (Self::Explain(code), _) => write!(f, "`cnx-harden explain {code}`"),
            (Self::Piped, Door::Command) => f.write_str(" | cnx-harden check -"),
            (Self::Piped, _) => Ok(()),
        }
    }
}

impl fmt::Display for Help {
    /// The words for the library's users.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = self.0.iter();
        parts.try_for_each(|part| part.write(f, Door::Library))
    }
}

/// As words, like `Display`.
impl Serialize for Help {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Help {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

impl JsonSchema for Help {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Help".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        String::json_schema(generator)
    }
}

impl<T: Into<HelpPart>> From<T> for Help {
    fn from(part: T) -> Self {
        Self(vec![part.into()])
    }
}

impl From<&str> for HelpPart {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for HelpPart {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Setting> for HelpPart {
    fn from(setting: Setting) -> Self {
        Self::Setting(setting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_for_the_command_alone() {
        const SETTINGS: &[Setting] = &[Setting::EtcdCa, Setting::EtcdCert, Setting::AssumeSecret];
        let make = Some(Make {
            role: Role::Manager,
            names: Vec::new(),
            again: true,
        });
        let parts = [
            HelpPart::Apply(SETTINGS),
            HelpPart::Apply(&[]),
            HelpPart::Generate(make),
            HelpPart::GenerateFor(vec!["a.yaml".to_owned()]),
            HelpPart::Explain("expired"),
            HelpPart::Piped,
        ];
        let settings = Setting::ALL.iter().map(|setting| (*setting).into());
        for part in parts.into_iter().chain(settings) {
            for door in [Door::Config, Door::Library] {
                let words = Help::from(part.clone()).for_door(door);
                assert!(!words.contains("--"), "{words}");
            }
        }
        let help = help![
            "harden: ",
            HelpPart::Apply(SETTINGS),
            ", ",
            Setting::TyphaCa
        ];
        let words = "harden: cnx-harden apply --etcd-ca CA --etcd-cert CERT --assume-secret PATH, --typha-ca";
        assert_eq!(help.for_door(Door::Command), words);
        let fields = "harden: set spec.etcd.caFile, spec.etcd.certFile and spec.etcd.assumeSecret, \
                      spec.typha.caFile";
        assert_eq!(help.for_door(Door::Config), fields);
        assert_eq!(help.worded(Door::Config).for_door(Door::Command), fields);
    }
}

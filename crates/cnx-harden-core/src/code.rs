//! The codes of findings: stable names, each with a page of documentation.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

macro_rules! codes {
    ($($name:ident $code:literal $summary:literal;)*) => {
        /// What is wrong. The name of each in kebab-case is stable.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $(#[doc = $summary] $name,)*
        }

        impl Code {
            /// All codes.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The stable name, in kebab-case.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }

            /// What it says, in one line.
            #[must_use]
            pub const fn summary(self) -> &'static str {
                match self {
                    $(Self::$name => $summary,)*
                }
            }

            /// Its page, as Markdown: the cause, how it fails in a cluster, the
            /// remedy. A code without a page does not compile.
            #[must_use]
            pub const fn page(self) -> &'static str {
                match self {
                    $(Self::$name => include_str!(concat!("codes/", $code, ".md")),)*
                }
            }
        }
    };
}

codes! {
    NotYaml "not-yaml" "The text is not YAML.";
    CannotEdit "cannot-edit" "Valid YAML that cannot be edited with certainty.";
    MissingObject "missing-object" "Some of the objects that belong together are there, this one is not.";
    MissingContainer "missing-container" "The workload has no container of the name.";
    VolumeConflict "volume-conflict" "A volume of the name is there, and is not the Secret.";
    MountConflict "mount-conflict" "A mount of the name or at the path is there, and is another one.";
    StringDataConflict "string-data-conflict" "stringData has the key, and would win over data.";
    UnexpectedValue "unexpected-value" "A value has none of the forms that the edit knows.";
    OtherProduct "other-product" "An APIService of another product (operator or open-source Calico).";
    NotBase64 "not-base64" "A value of a Secret or a caBundle is not base64.";
    MissingValue "missing-value" "Some of the values that a connection needs are set, this one is not.";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Code {
    type Err = UnknownCode;

    fn from_str(name: &str) -> Result<Self, UnknownCode> {
        let found = Self::ALL.iter().find(|code| code.as_str() == name);
        found.copied().ok_or_else(|| UnknownCode(name.to_owned()))
    }
}

impl Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A name that is no [`Code`]'s.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no finding {0:?}")]
pub struct UnknownCode(pub String);

//! Symbolic routes to a node.

use std::fmt;

/// One step of a [`Route`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// The value under a key of a mapping.
    Key(String),
    /// The item of a sequence with this number, from 0.
    Index(usize),
    /// The one item of a sequence whose field has this value.
    Item {
        /// The field that items are told apart by, `name` in Kubernetes.
        field: String,
        /// The field's value.
        value: String,
    },
}

/// Where a node is, said by names: valid for every text that has them.
///
/// ```
/// use yaml_splice::Route;
/// let route = Route::root().key("spec").key("containers").item("name", "web").key("image");
/// assert_eq!(route.to_string(), "spec.containers[name=web].image");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Route(Vec<Step>);

impl Route {
    /// The document's root node.
    #[must_use]
    pub const fn root() -> Self {
        Self(Vec::new())
    }

    /// This route and the value under `key`.
    #[must_use]
    pub fn key(&self, key: impl Into<String>) -> Self {
        self.step(Step::Key(key.into()))
    }

    /// This route and the values under `keys`, one inside of the other.
    #[must_use]
    pub fn keys(&self, keys: &[&str]) -> Self {
        keys.iter().fold(self.clone(), |route, key| route.key(*key))
    }

    /// This route and the item of this number, from 0.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        self.step(Step::Index(index))
    }

    /// This route and the item whose `field` is `value`.
    #[must_use]
    pub fn item(&self, field: impl Into<String>, value: impl Into<String>) -> Self {
        self.step(Step::Item {
            field: field.into(),
            value: value.into(),
        })
    }

    /// This route and one more step.
    #[must_use]
    pub fn step(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }

    /// The steps, from the root on.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// The route without its last step; none for the root.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        self.split().map(|(parent, _)| parent)
    }

    /// The route from the node at `prefix` on; none where this route does not
    /// lead through that node by the same steps.
    ///
    /// ```
    /// use yaml_splice::Route;
    /// let spec = Route::root().key("spec");
    /// let field = spec.key("template").key("metadata");
    /// assert_eq!(field.strip_prefix(&spec).unwrap().to_string(), "template.metadata");
    /// assert_eq!(spec.strip_prefix(&field), None);
    /// ```
    #[must_use]
    pub fn strip_prefix(&self, prefix: &Self) -> Option<Self> {
        let rest = self.0.strip_prefix(prefix.0.as_slice())?;
        Some(Self(rest.to_vec()))
    }

    /// The route in words, also where it is empty.
    pub(crate) fn describe(&self) -> String {
        match self.0.is_empty() {
            true => "the document's root".to_owned(),
            false => self.to_string(),
        }
    }

    /// The last step and the route to what it starts from.
    pub(crate) fn split(&self) -> Option<(Self, &Step)> {
        let (last, parents) = self.0.split_last()?;
        Some((Self(parents.to_vec()), last))
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) if key.is_empty() || key.contains(is_odd) => {
                    write!(f, "[{key:?}]")?;
                }
                Step::Key(key) if number == 0 => f.write_str(key)?,
                Step::Key(key) => write!(f, ".{key}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Item { field, value } if value.contains(char::is_control) => {
                    write!(f, "[{field}={value:?}]")?;
                }
                Step::Item { field, value } => write!(f, "[{field}={value}]")?,
            }
        }
        Ok(())
    }
}

/// What a key is shown in quotes for.
fn is_odd(c: char) -> bool {
    matches!(c, '.' | '[' | ']' | '"') || c.is_control()
}

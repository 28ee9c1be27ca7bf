//! Files that Secrets and ConfigMaps carry.

use yaml_splice::Value;
use zeroize::Zeroizing;

use super::{Addition, Plan};
use crate::edits::{set_config_data, set_secret_data};
use crate::finding::{Code, Finding};
use crate::inventory::ObjectKey;
use crate::material::{CaBundle, Certificate, PrivateKey};
use crate::objects::Object;
use crate::report::EditOutcome;
use crate::resource::ResourceId;
use crate::transform::{Edit, Outcome, Target, Transform};

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content<'m> {
    Ca(&'m CaBundle),
    Certificate(&'m Certificate),
    Key(&'m PrivateKey),
}

impl Content<'_> {
    /// As a Secret holds it in the place of `old`.
    fn base64_over(self, old: &str) -> Zeroizing<String> {
        match self {
            Self::Ca(ca) => ca.base64_over(old).into(),
            Self::Certificate(certificate) => certificate.to_base64().into(),
            Self::Key(key) => key.to_base64(),
        }
    }
}

/// Sets a file of a Secret, or of a ConfigMap.
///
/// ```text
/// kind: Secret               kind: Secret
/// data:               ->     data:
///   # etcd-key: null           etcd-key: LS0tLS1CRUdJTi…
/// kind: ConfigMap            kind: ConfigMap
/// data:                      data:
///   typhaca.crt: |    ->       typhaca.crt: |
///     <replace …>                -----BEGIN CERTIFICATE-----
///                                …
/// ```
#[derive(Clone, Copy, Debug)]
pub(crate) struct FileEdit<'m> {
    pub(crate) edit: Edit,
    /// Its name there.
    pub(crate) key: &'m str,
    pub(crate) content: Content<'m>,
}

impl Transform for FileEdit<'_> {
    fn edit(&self) -> Edit {
        self.edit
    }

    fn plan(&self, target: &Target<'_, '_>) -> Result<Outcome, Finding> {
        let key = self.key;
        let resource = target.resource;
        let old = resource.text(&["data", key]);
        let old = old.map_err(|e| target.yaml(&e))?.unwrap_or_default();
        if resource.id.kind != "ConfigMap" {
            return set_secret_data(target, key, &self.content.base64_over(old));
        }
        let Content::Ca(ca) = self.content else {
            return Err(target.conflict(
                Code::UnexpectedValue,
                &resource.route(&["data", key]),
                format!("{key} is read as a client's certificate or key from a ConfigMap"),
                "keep it in a Secret, and make the volume one of that",
            ));
        };
        let binary = resource.route(&["binaryData"]).key(key);
        let found = resource.tree().find(&binary);
        if found.map_err(|e| target.yaml(&e))?.is_some() {
            return Err(target.conflict(
                Code::UnexpectedValue,
                &binary,
                format!("binaryData has {key}, which cannot be in data as well"),
                format!("remove {key} from binaryData"),
            ));
        }
        set_config_data(target, key, &ca.text_over(old))
    }
}

/// A Secret, or a ConfigMap, with these files. Without a namespace it
/// goes where kubectl puts it, as the object does that it is for.
pub(crate) fn carrier(namespace: Option<&str>, id: &ObjectKey, files: &[FileEdit<'_>]) -> Value {
    let mut entries = vec![
        ("apiVersion", Value::string("v1")),
        ("kind", Value::string(id.kind)),
    ];
    let has = |key: &str| files.iter().any(|file| file.key == key);
    if id.kind == "Secret" {
        // The type that is named after them asks for both.
        let kind = match has("tls.crt") && has("tls.key") {
            true => "kubernetes.io/tls",
            false => "Opaque",
        };
        entries.push(("type", Value::string(kind)));
    }
    let mut metadata = vec![("name", Value::string(&id.name))];
    metadata.extend(namespace.map(|namespace| ("namespace", Value::string(namespace))));
    entries.push(("metadata", Value::mapping(metadata)));
    let data = files.iter().map(|file| {
        let text = match file.content {
            Content::Ca(ca) if id.kind == "ConfigMap" => ca.text_over("").into(),
            content => content.base64_over(""),
        };
        (file.key, Value::string(text.as_str()))
    });
    entries.push(("data", Value::mapping(data)));
    Value::mapping(entries)
}

impl Plan {
    /// Plans a file of an object. Returns whether it changes. The key that it holds now
    /// is not to be shown; a CA that it loses is told.
    pub(crate) fn fill<R>(&mut self, object: &Object<'_, '_, R>, file: &FileEdit<'_>) -> bool {
        let field = object.resource.route(&["data"]).key(file.key);
        match file.content {
            Content::Ca(ca) => self.warn_of_ca(object, &field, ca),
            Content::Key(_) => self.hide(object, &field),
            Content::Certificate(_) => {}
        }
        self.edit(object, file)
    }

    /// Plans a new object with these files, beside an object that is there. Asked for
    /// twice, it is added once.
    pub(crate) fn add<R>(
        &mut self,
        beside: &Object<'_, '_, R>,
        namespace: Option<&str>,
        carried: &ObjectKey,
        files: &[FileEdit<'_>],
    ) {
        let id = ResourceId {
            api_version: "v1".to_owned(),
            kind: carried.kind.to_owned(),
            namespace: namespace.map(str::to_owned),
            name: carried.name.clone(),
        };
        let edits: Vec<Edit> = files.iter().map(|file| file.edit).collect();
        self.add_object(beside, id, carrier(namespace, carried, files), &edits);
    }

    /// Plans a new object, of the edits that it makes unnecessary. Asked for twice, it is
    /// added once.
    pub(crate) fn add_object<R>(
        &mut self,
        beside: &Object<'_, '_, R>,
        id: ResourceId,
        value: Value,
        edits: &[Edit],
    ) {
        let line = beside.origin.place(beside.span()).line;
        let report = |edit: &Edit| self.report(*edit, &id, line, EditOutcome::Added);
        let reports = edits.iter().map(report).collect();
        self.edits.add(Addition {
            place: beside.place,
            beside: beside.number,
            id,
            list: beside.resource.root.parent(),
            value,
            reports,
        });
    }
}

//! `cni_network_config` of the ConfigMap: what the CNI plugin, which runs on the host,
//! is told of etcd.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::de::IgnoredAny;
use yaml_splice::Op;

use super::endpoints::{Endpoints, Found};
use super::files::FileOf;
use crate::finding::{Code, Finding};
use crate::names::EtcdNames;
use crate::transform::{Edit, Outcome, Target, Transform};

/// The ConfigMap's key.
const FIELD: &str = "cni_network_config";
/// The field that makes the plugin a client of etcd.
const ENDPOINTS: &str = "etcd_endpoints";

/// Writes the fields for the three files that are missing or wrong, and `https://`.
/// Every other byte of the configuration stays.
///
/// ```text
///   "etcd_endpoints": "__ETCD_ENDPOINTS__",   ->   "etcd_endpoints": "__ETCD_ENDPOINTS__",
///                                                  "etcd_key_file": "__ETCD_KEY_FILE__",
///                                                  "etcd_cert_file": "__ETCD_CERT_FILE__",
///                                                  "etcd_ca_cert_file": "__ETCD_CA_CERT_FILE__",
/// ```
///
/// The installer replaces the placeholders by paths on the host. An absolute path of the
/// host stays.
pub(super) struct CniConfig<'m> {
    pub(super) names: &'m EtcdNames,
    pub(super) given: Option<&'m Endpoints>,
}

impl Transform for CniConfig<'_> {
    fn edit(&self) -> Edit {
        Edit::CniConfig
    }

    fn plan(&self, target: &Target<'_, '_>) -> Result<Outcome, Finding> {
        let at = target.resource.route(&["data", FIELD]);
        let text = target.resource.tree().text_at(&at);
        let text = text
            .map_err(|error| target.yaml(&error))?
            .unwrap_or_default();
        match self.edited(text) {
            Ok(None) => Ok(Outcome::AlreadyHardened),
            Ok(Some(text)) => Ok(Outcome::Change(vec![Op::set(at, text)])),
            Err(what) => {
                let message = format!("{FIELD} {what}");
                let help = "correct it by hand; the plugin's fields for etcd are \
                            \"etcd_endpoints\": \"__ETCD_ENDPOINTS__\", \
                            \"etcd_key_file\": \"__ETCD_KEY_FILE__\", \
                            \"etcd_cert_file\": \"__ETCD_CERT_FILE__\", \
                            \"etcd_ca_cert_file\": \"__ETCD_CA_CERT_FILE__\"";
                Err(target.conflict(Code::CniConfig, &at, message, help))
            }
        }
    }
}

impl CniConfig<'_> {
    /// Whether a ConfigMap's configuration says anything of etcd.
    pub(super) fn is_mentioned(target: &Target<'_, '_>) -> bool {
        let at = target.resource.route(&["data", FIELD]);
        let text = target.resource.tree().text_at(&at).ok().flatten();
        text.is_some_and(|text| text.contains(ENDPOINTS))
    }

    /// The text with the fields as they have to be; none where they are.
    fn edited(&self, text: &str) -> Result<Option<String>, String> {
        let plugins = clients(text);
        if plugins.is_empty() {
            return Ok(None);
        }
        // A template is JSON once it is rendered.
        if !text.contains("{{") && serde_json::from_str::<IgnoredAny>(&filled(text)).is_err() {
            return Err("is not JSON once its placeholders are replaced".to_owned());
        }
        let mut edits = Vec::new();
        for plugin in &plugins {
            self.edit_plugin(text, plugin, &mut edits)?;
        }
        edits.sort_by_key(|(range, _)| range.start);
        let mut edited = text.to_owned();
        for (range, new) in edits.iter().rev() {
            edited.replace_range(range.clone(), new);
        }
        Ok((!edits.is_empty()).then_some(edited))
    }

    fn edit_plugin(
        &self,
        text: &str,
        plugin: &Plugin,
        edits: &mut Vec<(Range<usize>, String)>,
    ) -> Result<(), String> {
        let value = |name: &str| {
            let range = plugin.get(name)?.clone();
            text.get(range.clone()).map(|value| (range, value))
        };
        let Some((range, endpoints)) = value(ENDPOINTS) else {
            return Ok(());
        };
        if !endpoints.contains("__") {
            match Found::read(endpoints) {
                Found::Secure => {}
                Found::Insecure(secured) => {
                    let given = self.given.map(ToString::to_string);
                    edits.push((range.clone(), given.unwrap_or(secured)));
                }
                Found::Unset => edits.push((range.clone(), "__ETCD_ENDPOINTS__".to_owned())),
                Found::Malformed(error) => {
                    return Err(format!("has an endpoint that {}", error.fault));
                }
            }
        }
        let mut missing = Vec::new();
        let mut paths: BTreeMap<&str, FileOf> = BTreeMap::new();
        for file in [FileOf::Key, FileOf::Cert, FileOf::Ca] {
            let placeholder = placeholder(file);
            match value(file.cni_field()) {
                None => missing.push(format!("\"{}\": \"{placeholder}\"", file.cni_field())),
                Some((_, path)) if self.is_right(path, file) => {
                    if let Some(other) = paths.insert(path, file) {
                        let (one, other) = (other.cni_field(), file.cni_field());
                        return Err(format!("has one file for {one} and {other}"));
                    }
                }
                Some((range, _)) => edits.push((range, placeholder.to_owned())),
            }
        }
        if !missing.is_empty() {
            edits.push(insertion(text, range.end, &missing));
        }
        Ok(())
    }

    /// Whether a field has its own placeholder, one that is not known, or a path of the
    /// host: the folder of the pod's mount is not there.
    fn is_right(&self, path: &str, file: FileOf) -> bool {
        let known = FileOf::ALL
            .iter()
            .any(|other| path.contains(placeholder(*other)));
        let in_pod = path
            .strip_prefix(self.names.mount_path.trim_end_matches('/'))
            .is_some_and(|rest| rest.starts_with('/'));
        path == placeholder(file)
            || (path.contains("__") && !known)
            || (path.starts_with('/') && !known && !in_pod)
    }
}

const fn placeholder(file: FileOf) -> &'static str {
    match file {
        FileOf::Key => "__ETCD_KEY_FILE__",
        FileOf::Cert => "__ETCD_CERT_FILE__",
        FileOf::Ca => "__ETCD_CA_CERT_FILE__",
    }
}

/// Where the fields go: behind the endpoints, whose value ends at `end`, on lines of their
/// own if the endpoints stand on one.
fn insertion(text: &str, end: usize, fields: &[String]) -> (Range<usize>, String) {
    let at = end + 1;
    let before = text.get(..end).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    let indent = line
        .get(..line.len() - line.trim_start().len())
        .unwrap_or_default();
    let gap = match line.trim_start().starts_with(&format!("\"{ENDPOINTS}\"")) {
        true => format!("\n{indent}"),
        false => " ".to_owned(),
    };
    let rest = text.get(at..).unwrap_or_default();
    let blanks = rest.len() - rest.trim_start().len();
    match rest.trim_start().starts_with(',') {
        true => {
            let new: String = fields
                .iter()
                .map(|field| format!("{gap}{field},"))
                .collect();
            (at + blanks + 1..at + blanks + 1, new)
        }
        false => {
            let new: String = fields
                .iter()
                .map(|field| format!(",{gap}{field}"))
                .collect();
            (at..at, new)
        }
    }
}

/// The text fields of one JSON object: where each value stands, without its quotes.
type Plugin = BTreeMap<String, Range<usize>>;

/// The objects that say where etcd is.
fn clients(text: &str) -> Vec<Plugin> {
    let mut done = Vec::new();
    let mut open: Vec<Plugin> = Vec::new();
    // The last text, and the key that a value is awaited for.
    let (mut last, mut key) = (None, None);
    for token in tokens(text) {
        match token {
            Token::Text(range) => {
                if let (Some(name), Some(object)) = (key.take(), open.last_mut()) {
                    object.insert(name, range);
                } else {
                    last = text.get(range);
                }
            }
            Token::Sign(':') => key = last.take().map(str::to_owned),
            Token::Sign('{' | '[') => {
                key = None;
                open.push(Plugin::new());
            }
            Token::Sign('}' | ']') => {
                key = None;
                done.extend(open.pop());
            }
            Token::Sign(_) => key = None,
        }
    }
    done.retain(|plugin| plugin.contains_key(ENDPOINTS));
    done
}

enum Token {
    /// What stands between two quotes.
    Text(Range<usize>),
    /// A brace, a bracket, a colon, a comma.
    Sign(char),
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut characters = text.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => loop {
                match characters.next() {
                    Some((_, '\\')) => drop(characters.next()),
                    Some((end, '"')) => {
                        tokens.push(Token::Text(at + 1..end));
                        break;
                    }
                    Some(_) => {}
                    None => return tokens,
                }
            },
            '{' | '}' | '[' | ']' | ':' | ',' => tokens.push(Token::Sign(c)),
            _ => {}
        }
    }
    tokens
}

/// The text with a number for each placeholder that stands there bare.
fn filled(text: &str) -> String {
    let mut filled = String::new();
    let mut at = 0;
    let texts = tokens(text).into_iter().filter_map(|token| match token {
        Token::Text(range) => Some(range),
        Token::Sign(_) => None,
    });
    for range in texts.chain(std::iter::once(text.len()..text.len())) {
        let bare = text.get(at..range.start).unwrap_or_default();
        let mut parts = bare.split("__");
        filled.push_str(parts.next().unwrap_or_default());
        // Every other part is a placeholder's name.
        let mut inside = true;
        for part in parts {
            filled.push_str(if inside { "0" } else { part });
            inside = !inside;
        }
        filled.push_str(text.get(range.clone()).unwrap_or_default());
        at = range.end;
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edited(text: &str) -> Result<Option<String>, String> {
        let names = EtcdNames::default();
        let given = None;
        let names = &names;
        CniConfig { names, given }.edited(text)
    }

    const WHOLE: &str = r#"{"name": "x", "plugins": [{"type": "calico",
  "etcd_endpoints": "__ETCD_ENDPOINTS__",
  "etcd_key_file": "__ETCD_KEY_FILE__",
  "etcd_cert_file": "__ETCD_CERT_FILE__",
  "etcd_ca_cert_file": "__ETCD_CA_CERT_FILE__",
  "k8s_api_root": "https://__HOST__:__PORT__", "mtu": __CNI_MTU__}]}"#;

    #[test]
    fn what_is_right_stays() {
        for text in [
            WHOLE,
            "",
            "{\"type\": \"calico\", \"datastore_type\": \"kubernetes\"}",
            &WHOLE.replace("__ETCD_KEY_FILE__", "/etc/cni/net.d/calico-tls/etcd-key"),
            &WHOLE.replace("__ETCD_KEY_FILE__", "__MY_KEY__"),
            &WHOLE.replace("__ETCD_ENDPOINTS__", "https://10.0.0.1:2379"),
        ] {
            assert_eq!(edited(text), Ok(None), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_put_right() {
        let swapped = WHOLE
            .replace("__ETCD_KEY_FILE__", "__X__")
            .replace("__ETCD_CERT_FILE__", "__ETCD_KEY_FILE__")
            .replace("__X__", "__ETCD_CERT_FILE__");
        for text in [
            swapped,
            WHOLE.replace("__ETCD_KEY_FILE__", ""),
            WHOLE.replace("__ETCD_KEY_FILE__", "=/etc/key"),
            WHOLE.replace("__ETCD_KEY_FILE__", "/calico-secrets/etcd-key"),
            WHOLE.replace("__ETCD_KEY_FILE__", "__ETCD_CERT_FILE__"),
            WHOLE.replace("  \"etcd_key_file\": \"__ETCD_KEY_FILE__\",\n", ""),
            WHOLE.replace("__ETCD_ENDPOINTS__", ""),
        ] {
            let got = edited(&text).unwrap();
            assert_eq!(got.as_deref(), Some(WHOLE), "{text}");
        }
        let plain = WHOLE.replace("__ETCD_ENDPOINTS__", "http://10.0.0.1:2379");
        let secure = WHOLE.replace("__ETCD_ENDPOINTS__", "https://10.0.0.1:2379");
        assert_eq!(edited(&plain), Ok(Some(secure)));
        let one_line = r#"{"delegate": {"etcd_endpoints": "__ETCD_ENDPOINTS__"}, "mtu": __M__}"#;
        let got = edited(one_line).unwrap().unwrap();
        assert_eq!(
            got,
            r#"{"delegate": {"etcd_endpoints": "__ETCD_ENDPOINTS__", "etcd_key_file": "__ETCD_KEY_FILE__", "etcd_cert_file": "__ETCD_CERT_FILE__", "etcd_ca_cert_file": "__ETCD_CA_CERT_FILE__"}, "mtu": __M__}"#
        );
        assert_eq!(edited(&got), Ok(None));
    }

    #[test]
    fn what_cannot_be_put_right_is_refused() {
        for (from, to, what) in [
            ("\"x\",", "\"x\"", "is not JSON"),
            (
                "__ETCD_ENDPOINTS__",
                "https://a",
                "has an endpoint that has no valid port",
            ),
        ] {
            let error = edited(&WHOLE.replace(from, to)).unwrap_err();
            assert!(error.contains(what), "{error}");
        }
        let one = WHOLE
            .replace("__ETCD_KEY_FILE__", "/etc/etcd.pem")
            .replace("__ETCD_CERT_FILE__", "/etc/etcd.pem");
        let error = edited(&one).unwrap_err();
        assert_eq!(error, "has one file for etcd_key_file and etcd_cert_file");
    }
}

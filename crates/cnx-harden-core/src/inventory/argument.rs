//! What a container's arguments say.

use super::pod::Container;
use super::said::{At, Said};
use super::scan::{Inventory, ObjectId};

impl Inventory<'_> {
    /// What the flag `name` (`--etcd-servers`) of a container of `object` is: of an
    /// argument by itself or in a command line for a shell, with `=` or with the
    /// value behind it.
    pub(crate) fn flag(&self, object: ObjectId, container: &Container, name: &str) -> Said {
        let words = container.arguments.iter().flat_map(|(route, text)| {
            let words = text.split_whitespace();
            words.map(move |word| (route, word.trim_matches(['"', '\''])))
        });
        let mut words = words.peekable();
        // Of two, the last one counts.
        let mut found = Said::Nothing;
        while let Some((route, word)) = words.next() {
            let Some(rest) = word.strip_prefix(name) else {
                continue;
            };
            let value = match rest.strip_prefix('=') {
                Some(value) => Some((route, value)),
                None if rest.is_empty() => words.peek().copied(),
                None => continue,
            };
            let Some((route, value)) = value.filter(|(_, value)| !value.starts_with("--")) else {
                continue;
            };
            let route = route.clone();
            let text = self.expanded(object, container, value.trim_matches(['"', '\'']));
            found = match text.is_empty() {
                true => Said::Nothing,
                false => Said::Text(text, At { object, route }),
            };
        }
        found
    }

    /// The text with `$(NAME)` replaced by that variable, as Kubernetes does in the
    /// values of `env` and in arguments. What it cannot replace stays.
    pub(crate) fn expanded(&self, object: ObjectId, container: &Container, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once("$(") {
            out.push_str(before);
            let Some((name, behind)) = behind.split_once(')') else {
                out.push_str("$(");
                rest = behind;
                continue;
            };
            // A variable whose own value has a reference stays: Kubernetes looks at
            // the order of the variables then.
            match self.unexpanded(object, container, name) {
                Said::Text(value, _) if !value.contains("$(") => out.push_str(&value),
                _ => {
                    out.push_str("$(");
                    out.push_str(name);
                    out.push(')');
                }
            }
            rest = behind;
        }
        out.push_str(rest);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;

    fn said(arguments: &str, name: &str) -> Option<String> {
        let text = format!(
            "kind: Pod\nmetadata: {{name: p}}\nspec:\n  containers:\n  - name: c\n    env:\n    \
             - {{name: IP, value: 10.0.0.1}}\n    - {{name: LOOP, value: $(LOOP)}}\n    \
             args: {arguments}\n"
        );
        let sources = [Source {
            name: "-",
            text: &text,
        }];
        let inventory = Inventory::read(&sources);
        let (id, object) = inventory.objects().next()?;
        let container = object.pod.as_ref()?.containers.first()?;
        inventory
            .flag(id, container, name)
            .text()
            .map(str::to_owned)
    }

    #[test]
    fn flags_stand_by_themselves_and_in_command_lines() {
        for (arguments, value) in [
            ("[--etcd-servers=http://a:1]", Some("http://a:1")),
            ("[--etcd-servers, 'http://a:1']", Some("http://a:1")),
            (
                "[-c, 'exec x --etcd-servers=\"http://a:1\" --b']",
                Some("http://a:1"),
            ),
            ("[--etcd-servers=a, --etcd-servers=b]", Some("b")),
            (
                "['--etcd-servers=https://$(IP):1']",
                Some("https://10.0.0.1:1"),
            ),
            ("['--etcd-servers=$(NO)$(LOOP)$(']", Some("$(NO)$(LOOP)$(")),
            ("[--etcd-servers-overrides=a]", None),
            ("[--etcd-servers, --b]", None),
            ("[--etcd-servers]", None),
            ("[--etcd-servers=]", None),
        ] {
            assert_eq!(
                said(arguments, "--etcd-servers").as_deref(),
                value,
                "{arguments}"
            );
        }
    }
}

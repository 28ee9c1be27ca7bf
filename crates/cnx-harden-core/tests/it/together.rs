//! Published manifests with all channels at once: what one run makes of them is
//! what runs with one channel each make, one behind the other.

use crate::common::{etcd, hardening, manager, objects, published, typha};
use crate::etcd_model::normal;
use cnx_harden_core::{Hardening, Source, etcd, harden};

fn apply(text: &str, hardening: &Hardening) -> Option<String> {
    let source = Source { name: "it", text };
    let run = harden(&[source], hardening).ok()?;
    Some(run.outputs[0].text.clone())
}

#[test]
fn one_run_with_all_channels_is_a_run_with_each() {
    let Some(published) = published() else { return };
    let mut etcd = etcd();
    etcd.missing_secret = etcd::MissingSecret::Assume;
    let all = Hardening {
        etcd: Some(etcd),
        typha: Some(typha()),
        manager: Some(manager()),
        rollout_annotation: true,
        ..hardening()
    };
    let none = || Hardening {
        rollout_annotation: true,
        ..Hardening::default()
    };
    let each = [
        Hardening {
            api_server: all.api_server.clone(),
            ..none()
        },
        Hardening {
            etcd: all.etcd.clone(),
            ..none()
        },
        Hardening {
            typha: all.typha.clone(),
            ..none()
        },
        Hardening {
            manager: all.manager.clone(),
            ..none()
        },
    ];
    let (mut same, mut refused) = (0, 0);
    let mut failures = Vec::new();
    for file in published.iter().filter(|file| file.parses) {
        let together = apply(&file.text, &all);
        let first = file.text.clone();
        let one_by_one = each
            .iter()
            .try_fold(first, |text, channel| apply(&text, channel));
        match (together, one_by_one) {
            (None, None) => refused += 1,
            (Some(together), Some(one_by_one)) => {
                // Objects that are added may be in another order.
                let sorted = |text: &str| {
                    let mut all = normal(objects(text));
                    all.sort_by_key(|o| format!("{:?}", (&o["kind"], &o["metadata"])));
                    all
                };
                if sorted(&together) != sorted(&one_by_one) {
                    failures.push(format!("{}: other objects", file.name));
                }
                if apply(&together, &all).as_ref() != Some(&together) {
                    failures.push(format!("{}: the second run changes it", file.name));
                }
                same += 1;
            }
            (together, _) => failures.push(format!(
                "{}: refused {}",
                file.name,
                if together.is_none() {
                    "together"
                } else {
                    "one by one"
                }
            )),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    println!("{same} hardened, {refused} refused");
    assert!(same > 100 && refused > 10, "{same} {refused}");
}

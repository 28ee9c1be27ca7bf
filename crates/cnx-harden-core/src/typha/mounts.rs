//! The mounts and volumes of either side.

use cnx_certs::Help;
use yaml_splice::Route;

use super::wiring::Wire;
use crate::edits::{Mount, PodVolume, VolumeSource};
use crate::finding::Finding;
use crate::transform::{Edit, Outcome, Target, Transform};

/// Mounts the volumes that a side's files are in.
///
/// ```text
///                                        volumeMounts:
///                                 ->     - mountPath: /calico-typha-ca
///                                          name: calico-typha-ca
/// ```
#[derive(Debug)]
pub(super) struct Mounts<'p> {
    pub(super) container: &'p Route,
    pub(super) wires: &'p [Wire; 3],
}

impl Transform for Mounts<'_> {
    fn edit(&self) -> Edit {
        Edit::VolumeMount
    }

    fn plan(&self, target: &Target<'_, '_>) -> Result<Outcome, Finding> {
        let mut all = Vec::new();
        for wire in self.wires {
            let Some((volume, path)) = &wire.mount else {
                continue;
            };
            let help = Help::from(format!(
                "{} is looked for in {path}; mount the volume {volume} there, or set the \
                 variable to where the file is",
                wire.variable
            ));
            let mount = Mount {
                volume,
                path,
                read_only: false,
                help: &help,
            };
            collect(&mut all, mount.plan(target, self.container)?);
        }
        Ok(outcome(all))
    }
}

/// Adds the volumes that a side's files are in.
///
/// ```text
///                                        volumes:
///                                        - name: calico-typha-ca
///                                 ->       configMap:
///                                            name: calico-typha-ca
///                                        - name: calico-typha-certs
///                                          secret:
///                                            secretName: calico-typha-certs
/// ```
#[derive(Debug)]
pub(super) struct Volumes<'p> {
    pub(super) pod: &'p Route,
    pub(super) wires: &'p [Wire; 3],
}

impl Transform for Volumes<'_> {
    fn edit(&self) -> Edit {
        Edit::Volume
    }

    fn plan(&self, target: &Target<'_, '_>) -> Result<Outcome, Finding> {
        let mut all = Vec::new();
        for wire in self.wires {
            let (Some(name), Some((carrier, _))) = (&wire.volume, &wire.carried) else {
                continue;
            };
            let volume = PodVolume {
                name,
                source: match carrier.kind {
                    "Secret" => VolumeSource::Secret(&carrier.name),
                    _ => VolumeSource::ConfigMap(&carrier.name),
                },
                mode: None,
                help: &"give this volume another name".into(),
            };
            collect(&mut all, volume.plan(target, self.pod)?);
        }
        Ok(outcome(all))
    }
}

type Ops = Vec<yaml_splice::Op>;

/// Two files may be in one volume.
fn collect(all: &mut Ops, outcome: Outcome) {
    if let Outcome::Change(ops) = outcome {
        for op in ops {
            if !all.contains(&op) {
                all.push(op);
            }
        }
    }
}

fn outcome(all: Ops) -> Outcome {
    match all.is_empty() {
        true => Outcome::AlreadyHardened,
        false => Outcome::Change(all),
    }
}

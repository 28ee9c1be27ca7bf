//! The Manager's Secret in a file of its own.

use std::fs;
use std::path::PathBuf;

use cnx_harden_core::{
    Channel, ChannelState, Edit, EditOutcome, EditReport, FileReport, Hardening, Report,
    ResourceId, Run,
};
use zeroize::Zeroizing;

use crate::args::ChannelArgs;
use crate::error::Error;

/// The Secret as a manifest, and where it goes.
pub(crate) struct ManagerSecret {
    pub(crate) path: PathBuf,
    pub(crate) text: Zeroizing<String>,
    id: ResourceId,
    /// The workload that reads it, where it is in the inputs.
    workload: Option<ResourceId>,
}

const NO_MANAGER: &str = "--manager-secret-file: there is no material for the Manager
  help: give --manager-cert and --manager-key, or a folder of material that has a folder manager";

impl ManagerSecret {
    /// Of a run, where it is asked for. It belongs where the run found the Manager.
    pub(crate) fn of(
        args: &ChannelArgs,
        hardening: &Hardening,
        run: &Run,
    ) -> Result<Option<Self>, Error> {
        let Some(path) = &args.manager.output.manager_secret_file else {
            return Ok(None);
        };
        let Some(manager) = &hardening.manager else {
            return Err(Error::Usage(NO_MANAGER));
        };
        let mut edits = run.report.files.iter().flat_map(|file| &file.edits);
        let mounts = edits.find(|edit| edit.edit == Edit::ManagerMounts);
        let workload = mounts.map(|edit| edit.resource.clone());
        let namespace = workload.as_ref().and_then(|id| id.namespace.as_deref());
        let text = manager.secret_manifest(namespace);
        let text = text.map_err(|error| Error::Secret(path.clone(), error.to_string()))?;
        Ok(Some(Self {
            path: path.clone(),
            text: text.into(),
            id: ResourceId {
                api_version: "v1".to_owned(),
                kind: "Secret".to_owned(),
                namespace: namespace.map(str::to_owned),
                name: manager.names.secret.clone(),
            },
            workload,
        }))
    }

    /// What the file holds now.
    pub(crate) fn before(&self) -> Option<Zeroizing<Vec<u8>>> {
        // What is no file is refused when it is to be written.
        let old = Some(&self.path).filter(|path| path.is_file());
        old.and_then(|path| fs::read(path).ok()).map(Zeroizing::new)
    }

    /// Notes what becomes of the file. If it stays as it is, nothing has to be
    /// restarted for it.
    pub(crate) fn tell(&self, report: &mut Report) {
        let outcome = match self.before() {
            None => EditOutcome::Added,
            Some(old) if *old == self.text.as_bytes() => EditOutcome::AlreadyHardened,
            Some(_) => EditOutcome::Changed,
        };
        let edit = |edit| EditReport {
            channel: Channel::Manager,
            edit,
            part: None,
            resource: self.id.clone(),
            field: None,
            line: 1,
            outcome,
        };
        let changed = outcome != EditOutcome::AlreadyHardened;
        report.files.push(FileReport {
            file: self.path.display().to_string(),
            changed,
            edits: [Edit::ManagerCert, Edit::ManagerKey].map(edit).into(),
        });
        for channel in &mut report.channels {
            match channel.channel == Channel::Manager {
                true if changed => channel.state = ChannelState::Hardened,
                true if channel.state == ChannelState::NothingHere => {
                    channel.state = ChannelState::AlreadyHardened;
                }
                _ => {}
            }
        }
        if let (false, Some(workload)) = (changed, &self.workload) {
            let reads = |name: &str, namespace: Option<&str>| {
                name == workload.name && namespace == workload.namespace.as_deref()
            };
            report
                .restarts
                .retain(|restart| !reads(&restart.name, restart.namespace.as_deref()));
        }
    }
}

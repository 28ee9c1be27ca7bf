//! From a server's files to the Secret that holds them: what is there is followed, and
//! what is missing of the way is added.

use cnx_certs::{Setting, help};
use yaml_splice::{Route, Wanted};

use super::layout::Layout;
use super::leads::{FILLED, Leads, leads, secret_of, split};
use super::new::{NewItems, NewMount, NewVolume, pairs};
use super::server::Server;
use super::trust::TLS;
use crate::edits::same_folder;
use crate::finding::{Code, Finding};
use crate::inventory::{ObjectId, Volume};

/// The way to a server's files.
pub(super) struct Files {
    /// The mount that is missing.
    pub(super) mount: Option<NewMount>,
    /// The volume that is missing.
    pub(super) volume: Option<NewVolume>,
    /// What is missing in a volume's `items`.
    pub(super) items: Option<NewItems>,
    /// Where the certificate and its key are.
    pub(super) keys: [Key; 2],
}

/// A key of a Secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) secret: String,
    pub(super) key: String,
    /// The Secret, where it is in the input.
    pub(super) object: Option<ObjectId>,
}

impl Files {
    /// The way to the files of `layout`. `issued`: cert-manager fills the Secret, under
    /// names of its own.
    pub(super) fn of(
        server: &Server<'_, '_>,
        layout: &Layout,
        issued: bool,
    ) -> Result<Self, Finding> {
        let [certificate, key] = &layout.paths;
        let (folder, certificate_file) = split(certificate);
        let (key_folder, key_file) = split(key);
        let files = [certificate_file, key_file];
        match (leads(server, certificate)?, leads(server, key)?) {
            (Leads::Key(certificate), Leads::Key(key)) => {
                Self::found(server, files, [certificate, key], issued)
            }
            (Leads::NoItem(volume), _) | (_, Leads::NoItem(volume)) => {
                Self::without_items(server, files, &volume, issued)
            }
            (Leads::NoVolume(name), _) | (_, Leads::NoVolume(name)) => {
                Ok(Self::new_volume(server, None, name, files, issued))
            }
            (Leads::NoMount, Leads::NoMount) if same_folder(folder, key_folder) => {
                Self::unmounted(server, folder, files, issued)
            }
            _ => Err(server.conflict(
                Code::MountConflict,
                &server.container.at,
                format!("{certificate} and {key} are not in one folder of a Secret"),
                FILLED,
            )),
        }
    }

    /// Both files are keys of Secrets already.
    fn found(
        server: &Server<'_, '_>,
        files: [&str; 2],
        keys: [Key; 2],
        issued: bool,
    ) -> Result<Self, Finding> {
        let mut items = None;
        let mut keys = keys;
        let outside = |volume: &&Volume| {
            secret_of(volume).is_some_and(|files| {
                let mut outside = keys.iter().filter(|key| key.object.is_none());
                outside.any(|key| key.secret == files.object.name)
            })
        };
        let mut outside = server.pod.volumes.iter().filter(outside);
        if let Some(volume) = outside.find(|volume| server.names_other_file(volume, files))
            && !issued
        {
            return Err(server.conflict(
                Code::MissingObject,
                &volume.at,
                "the volume's Secret is not in the input, and the server reads more of it than its \
                 certificate and key",
                "give the Secret's file too",
            ));
        }
        let names = [&keys[0].key, &keys[1].key];
        if issued && names != TLS {
            // cert-manager fills other keys: the volume's items name the files.
            let secret = keys[0].secret.clone();
            let volume =
                server.pod.volumes.iter().find(|volume| {
                    secret_of(volume).is_some_and(|files| files.object.name == secret)
                });
            let volume = volume.filter(|v| secret_of(v).is_some_and(|f| f.items.is_none()));
            let shared = volume.is_some_and(|volume| server.names_other_file(volume, files));
            let Some(volume) = volume.filter(|_| !shared) else {
                return Err(server.conflict(
                    Code::VolumeConflict,
                    &server.pod.at.key("volumes"),
                    format!(
                        "the volume of Secret {secret} takes other keys than cert-manager fills"
                    ),
                    "let its items be {key: tls.crt} and {key: tls.key}, with the paths that the \
                     server reads",
                ));
            };
            items = Some(NewItems {
                volume: volume.at.clone(),
                there: false,
                items: pairs(TLS, files),
            });
            for (key, name) in keys.iter_mut().zip(TLS) {
                key.key = name.to_owned();
            }
        }
        Ok(Self {
            mount: None,
            volume: None,
            items,
            keys,
        })
    }

    /// The volume has `items`, and not all that are needed.
    fn without_items(
        server: &Server<'_, '_>,
        files: [&str; 2],
        at: &Route,
        issued: bool,
    ) -> Result<Self, Finding> {
        let volume = server.pod.volumes.iter().find(|volume| volume.at == *at);
        let Some(found) = volume.and_then(secret_of) else {
            let message = "the volume has no item for a file that the server reads";
            return Err(server.conflict(Code::VolumeConflict, at, message, FILLED));
        };
        let there = found.items.as_deref().unwrap_or_default();
        let wanted = keys_for(server, &found.object.name, files, issued);
        let is_there = |file: &str| {
            there
                .iter()
                .find(|(_, path)| path.trim_matches('/') == file)
        };
        let keys = [0, 1].map(|n| {
            let file = files.get(n).copied().unwrap_or_default();
            let key = wanted.get(n).cloned().unwrap_or_default();
            is_there(file).map_or(key, |(key, _)| key.clone())
        });
        let items = keys
            .iter()
            .zip(files)
            .filter(|(_, file)| is_there(file).is_none());
        let items = items.map(|(key, file)| (key.clone(), file.to_owned()));
        Ok(Self {
            mount: None,
            volume: None,
            items: Some(NewItems {
                volume: at.clone(),
                there: true,
                items: items.collect(),
            }),
            keys: server.keys(&found.object.name, keys),
        })
    }

    /// Nothing is mounted there: the pod may have the volume.
    fn unmounted(
        server: &Server<'_, '_>,
        folder: &str,
        files: [&str; 2],
        issued: bool,
    ) -> Result<Self, Finding> {
        let names = &server.names;
        let mut volumes = server.pod.volumes.iter();
        let of_secret = volumes.find(|volume| {
            secret_of(volume).is_some_and(|files| files.object.name == names.secret)
        });
        let volume = of_secret.or_else(|| server.pod.volume(&names.volume));
        let mount = |volume: &str| {
            Some(NewMount {
                volume: volume.to_owned(),
                folder: folder.to_owned(),
            })
        };
        let Some(volume) = volume else {
            let name = names.volume.clone();
            return Ok(Self::new_volume(server, mount(&name), name, files, issued));
        };
        let Some(found) = secret_of(volume) else {
            return Err(server.conflict(
                Code::VolumeConflict,
                &volume.at,
                format!("the volume {} is there, and is not a Secret", volume.name),
                help![
                    "give the Secret's volume another name with ",
                    Setting::ApiServiceVolume
                ],
            ));
        };
        let mount = mount(&volume.name);
        if found.items.is_some() {
            let files = Self::without_items(server, files, &volume.at, issued)?;
            let items = files.items.filter(|items| !items.items.is_empty());
            return Ok(Self {
                mount,
                items,
                ..files
            });
        }
        let keys = files.map(str::to_owned);
        let found = Self::found(server, files, server.keys(&found.object.name, keys), issued)?;
        Ok(Self { mount, ..found })
    }

    fn new_volume(
        server: &Server<'_, '_>,
        mount: Option<NewMount>,
        name: String,
        files: [&str; 2],
        issued: bool,
    ) -> Self {
        let secret = server.names.secret.clone();
        let keys = keys_for(server, &secret, files, issued);
        let same = keys.iter().zip(files).all(|(key, file)| key == file);
        let items = match same {
            true => Vec::new(),
            false => pairs([&keys[0], &keys[1]], files),
        };
        Self {
            mount,
            volume: Some(NewVolume {
                name,
                secret: secret.clone(),
                items,
            }),
            items: None,
            keys: server.keys(&secret, keys),
        }
    }
}

impl Server<'_, '_> {
    fn keys(&self, secret: &str, keys: [String; 2]) -> [Key; 2] {
        let object = self.secret(secret);
        keys.map(|key| Key {
            secret: secret.to_owned(),
            key,
            object,
        })
    }

    /// Whether an argument names a file of a mount of `volume` that is not one of
    /// `files`: it would be gone once the volume has items.
    fn names_other_file(&self, volume: &Volume, files: [&str; 2]) -> bool {
        let containers = self.pod.containers.iter();
        let mut mounts = containers.flat_map(|container| {
            let mounts = container.mounts.iter().filter(|m| m.volume == volume.name);
            mounts.map(move |mount| (container, mount))
        });
        mounts.any(|(container, mount)| {
            let folder = format!("{}/", mount.path.trim_end_matches('/'));
            let mut arguments = container.arguments.iter();
            arguments.any(|(_, text)| {
                let mut named = text.split(&folder).skip(1);
                named.any(|rest| {
                    let end = rest.find(|c: char| c.is_whitespace() || "'\",".contains(c));
                    let file = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
                    !file.is_empty() && !files.contains(&file)
                })
            })
        })
    }
}

/// The keys of a Secret that files of these names are to be made of: of their names, if
/// it has such keys, or else those of the type `kubernetes.io/tls`.
fn keys_for(server: &Server<'_, '_>, secret: &str, files: [&str; 2], issued: bool) -> [String; 2] {
    let has = |id: ObjectId, file: &str| {
        let data = server
            .inventory
            .object(id)
            .map(|object| object.root.key("data"));
        let tree = server
            .inventory
            .object(id)
            .and_then(|o| server.inventory.tree(o.place));
        let wanted = Wanted::Entry(file.to_owned());
        let commented = tree
            .zip(data)
            .map(|(tree, data)| tree.find_commented(&data, &wanted));
        server.inventory.entry(id, file).is_some() || matches!(commented, Some(Ok(Some(_))))
    };
    let object = server.secret(secret).filter(|_| !issued);
    match object {
        Some(id) if files.iter().any(|file| has(id, file)) => files.map(str::to_owned),
        _ => TLS.map(str::to_owned),
    }
}

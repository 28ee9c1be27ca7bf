//! What the objects of each connection are called: one flag for each name, the
//! same with every command that reads manifests.

use clap::builder::NonEmptyStringValueParser;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches};
use cnx_harden_core::Names;

/// A name, and the flag that sets it.
struct Name {
    flag: &'static str,
    help: &'static str,
    slot: fn(&mut Names) -> Slot<'_>,
}

/// Where a name is kept.
enum Slot<'n> {
    One(&'n mut String),
    /// The flag may be given several times.
    Several(&'n mut Vec<String>),
}

macro_rules! names {
    ($($flag:literal $slot:ident $connection:ident.$field:ident $help:literal)*) => {
        const NAMES: &[Name] = &[$(Name {
            flag: $flag,
            help: $help,
            slot: |names| Slot::$slot(&mut names.$connection.$field),
        },)*];
    };
}

names! {
    "apiserver-group" One api_server.group "The API group of the APIService"
    "apiserver-secret" One api_server.secret "The API server's Secret"
    "apiserver-deployment" One api_server.deployment "The API server's Deployment"
    "apiserver-container" One api_server.container "Its container"
    "apiserver-volume" One api_server.volume "The volume that holds the Secret"
    "apiserver-mount-path" One api_server.mount_path "Where the container looks for its certificate"
    "api-service-secret" One api_service.secret "The Secret of an aggregated API server; {service} is its Service's name"
    "api-service-volume" One api_service.volume "The volume that holds the Secret"
    "api-service-mount-path" One api_service.mount_path "Where the volume is mounted"
    "api-service-workload" One api_service.workload "The workload, instead of the one that the Service selects"
    "api-service-container" One api_service.container "Its container, instead of the one with the Service's targetPort"
    "etcd-secret" One etcd.secret "The Secret of etcd's clients"
    "etcd-config-map" Several etcd.config_maps "A ConfigMap with etcd's endpoints; repeat it for several"
    "etcd-volume" One etcd.volume "The volume that holds the Secret"
    "etcd-mount-path" One etcd.mount_path "Where the containers find the Secret's files"
    "typha-deployment" One typha.deployment "Typha's Deployment"
    "typha-container" One typha.container "Its container"
    "typha-daemon-set" Several typha.daemon_sets "A DaemonSet that Felix runs in; repeat it for several"
    "typha-node-container" One typha.node_container "Their container with Felix"
    "typha-ca-config-map" One typha.ca_config_map "The ConfigMap with the CA of Typha and Felix"
    "typha-server-secret" One typha.server_secret "Typha's Secret"
    "typha-client-secret" One typha.client_secret "Felix's Secret"
    "manager-deployment" One manager.deployment "The Manager's Deployment"
    "manager-secret" One manager.secret "The Manager's Secret"
    "manager-service" One manager.service "The Service that browsers ask for"
    "manager-mount-path" One manager.mount_path "Where the Manager finds the Secret's files"
}

const HEADING: &str = "Names of objects, where they differ from the vendor's";

/// The names that flags give.
#[derive(Clone, Debug, Default)]
pub(crate) struct NameArgs(Vec<(&'static str, Vec<String>)>);

impl NameArgs {
    /// Sets the names that were given. They override those of a config.
    pub(crate) fn set(&self, names: &mut Names) {
        for (flag, given) in &self.0 {
            let Some(name) = NAMES.iter().find(|name| name.flag == *flag) else {
                continue;
            };
            match (name.slot)(names) {
                Slot::One(name) => given.iter().for_each(|given| given.clone_into(name)),
                Slot::Several(names) => given.clone_into(names),
            }
        }
    }
}

impl Args for NameArgs {
    /// Added where the subcommand is used: seven of them have these flags.
    fn augment_args(command: Command) -> Command {
        command.defer(add)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

fn add(command: Command) -> Command {
    let mut vendor = Names::default();
    NAMES.iter().fold(command, |command, name| {
        let (default, action) = match (name.slot)(&mut vendor) {
            Slot::One(name) => (name.clone(), ArgAction::Set),
            Slot::Several(names) => (names.join(" "), ArgAction::Append),
        };
        let is_path = name.flag.ends_with("-path");
        let argument = Arg::new(name.flag)
            .long(name.flag)
            .value_name(if is_path { "PATH" } else { "NAME" })
            .help(match default.as_str() {
                "" => name.help.to_owned(),
                default => format!("{} [default: {default}]", name.help),
            })
            .help_heading(HEADING)
            .hide_short_help(true)
            .action(action)
            .value_parser(NonEmptyStringValueParser::new());
        command.arg(argument)
    })
}

impl FromArgMatches for NameArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let given = NAMES.iter().filter_map(|name| {
            let values = matches.get_many::<String>(name.flag)?;
            Some((name.flag, values.cloned().collect()))
        });
        Ok(Self(given.collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// The names by the paths of their fields in a config.
    fn fields(names: &Names) -> BTreeMap<String, serde_json::Value> {
        let connections = serde_json::to_value(names).unwrap();
        let connections = connections.as_object().unwrap().iter();
        let fields = connections.flat_map(|(connection, names)| {
            let names = names.as_object().unwrap().iter();
            names.map(move |(field, name)| (format!("{connection}.{field}"), name.clone()))
        });
        fields.collect()
    }

    /// How a field's flag is spelled.
    fn spelled(field: &str) -> String {
        let lower = |c: char| match c {
            '.' => "-".to_owned(),
            c if c.is_uppercase() => format!("-{}", c.to_lowercase()),
            c => c.to_string(),
        };
        let flag = field.chars().map(lower).collect::<String>();
        // Of a list, a flag gives one.
        let flag = flag.strip_suffix('s').unwrap_or(&flag);
        flag.replace("api-server-", "apiserver-")
    }

    #[test]
    fn each_name_has_one_flag_that_is_spelled_like_its_field() {
        let vendor = fields(&Names::default());
        let mut set = Vec::new();
        for name in NAMES {
            let mut given = Names::default();
            NameArgs(vec![(name.flag, vec!["other".to_owned()])]).set(&mut given);
            let given = fields(&given);
            let changed = vendor
                .iter()
                .filter(|(field, name)| given[*field] != **name);
            let changed: Vec<_> = changed.map(|(field, _)| field.clone()).collect();
            let [field] = changed.as_slice() else {
                panic!("--{}: {changed:?}", name.flag);
            };
            assert_eq!(name.flag, spelled(field));
            set.push(field.clone());
        }
        set.sort();
        assert_eq!(set, vendor.into_keys().collect::<Vec<_>>());
    }
}

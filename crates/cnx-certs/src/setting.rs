//! The settings that a help can name, each as every door calls it.

use crate::help::Door;

macro_rules! settings {
    ($($name:ident $flag:literal $value:literal $config:literal $library:literal)*) => {
        /// Something that whoever asks for a run can set.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Setting {
            $(#[doc = concat!("`", $flag, "`; in the library `", $library, "`.")] $name,)*
        }

        impl Setting {
            /// All settings.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The command's flag.
            #[must_use]
            pub const fn flag(self) -> &'static str {
                match self {
                    $(Self::$name => $flag,)*
                }
            }

            /// What stands behind the flag; nothing where it takes no value.
            pub(crate) const fn value(self) -> &'static str {
                match self {
                    $(Self::$name => $value,)*
                }
            }

            /// The config's field; none where a config has no say.
            #[must_use]
            pub fn field(self) -> Option<&'static str> {
                let field = match self {
                    $(Self::$name => $config,)*
                };
                (!field.is_empty()).then_some(field)
            }

            /// The library's field or function.
            #[must_use]
            pub const fn library(self) -> &'static str {
                match self {
                    $(Self::$name => $library,)*
                }
            }
        }
    };
}

settings! {
    ApiServerCa "--apiserver-ca" "CA" "spec.apiServer.caFile" "KubeApiserver::ca"
    ApiServerCert "--apiserver-cert" "CERT" "spec.apiServer.certFile" "KubeApiserver::certificate"
    ApiServerKey "--apiserver-key" "KEY" "spec.apiServer.keyFile" "KubeApiserver::key"
    AddSecret "--add-secret" "" "spec.apiServer.addSecret" "KubeApiserver::missing_secret"
    ApiServerSecret "--apiserver-secret" "NAME" "spec.apiServer.names.secret" "ApiServerNames::secret"
    ApiServerDeployment "--apiserver-deployment" "NAME" "spec.apiServer.names.deployment" "ApiServerNames::deployment"
    ApiServerContainer "--apiserver-container" "NAME" "spec.apiServer.names.container" "ApiServerNames::container"
    ApiServerVolume "--apiserver-volume" "NAME" "spec.apiServer.names.volume" "ApiServerNames::volume"
    ApiServerMountPath "--apiserver-mount-path" "PATH" "spec.apiServer.names.mountPath" "ApiServerNames::mount_path"
    ApiService "--api-service" "NAME" "spec.apiServices[].name" "ApiService::name"
    ApiServiceCa "--api-service-ca" "CA" "spec.apiServices[].caFile" "Pair::ca"
    ApiServiceCert "--api-service-cert" "CERT" "spec.apiServices[].certFile" "Pair::certificate"
    ApiServiceKey "--api-service-key" "KEY" "spec.apiServices[].keyFile" "Pair::key"
    ApiServiceStrategy "--api-service-strategy" "STRATEGY" "spec.apiServices[].strategy" "ApiService::strategy"
    ApiServiceVolume "--api-service-volume" "NAME" "spec.apiServices[].names.volume" "ApiServiceNames::volume"
    ApiServiceMountPath "--api-service-mount-path" "PATH" "spec.apiServices[].names.mountPath" "ApiServiceNames::mount_path"
    ApiServiceWorkload "--api-service-workload" "NAME" "spec.apiServices[].names.workload" "ApiServiceNames::workload"
    ApiServiceContainer "--api-service-container" "NAME" "spec.apiServices[].names.container" "ApiServiceNames::container"
    EtcdCa "--etcd-ca" "CA" "spec.etcd.caFile" "Etcd::ca"
    EtcdCert "--etcd-cert" "CERT" "spec.etcd.certFile" "Etcd::certificate"
    EtcdKey "--etcd-key" "KEY" "spec.etcd.keyFile" "Etcd::key"
    EtcdEndpoints "--etcd-endpoints" "URLS" "spec.etcd.endpoints" "Etcd::endpoints"
    AssumeSecret "--assume-secret" "" "spec.etcd.assumeSecret" "Etcd::missing_secret"
    EtcdSecret "--etcd-secret" "NAME" "spec.etcd.names.secret" "EtcdNames::secret"
    EtcdVolume "--etcd-volume" "NAME" "spec.etcd.names.volume" "EtcdNames::volume"
    EtcdMountPath "--etcd-mount-path" "PATH" "spec.etcd.names.mountPath" "EtcdNames::mount_path"
    TyphaCa "--typha-ca" "CA" "spec.typha.caFile" "Typha::ca"
    TyphaServerCert "--typha-server-cert" "CERT" "spec.typha.server.certFile" "Server::certificate"
    TyphaServerKey "--typha-server-key" "KEY" "spec.typha.server.keyFile" "Server::key"
    TyphaServerCn "--typha-server-cn" "NAME" "spec.typha.server.commonName" "Identity::CommonName"
    TyphaServerUriSan "--typha-server-uri-san" "URI" "spec.typha.server.uriSan" "Identity::UriSan"
    TyphaClientCert "--typha-client-cert" "CERT" "spec.typha.client.certFile" "Client::certificate"
    TyphaClientKey "--typha-client-key" "KEY" "spec.typha.client.keyFile" "Client::key"
    TyphaClientCn "--typha-client-cn" "NAME" "spec.typha.client.commonName" "Identity::CommonName"
    TyphaClientUriSan "--typha-client-uri-san" "URI" "spec.typha.client.uriSan" "Identity::UriSan"
    TyphaContainer "--typha-container" "NAME" "spec.typha.names.container" "TyphaNames::container"
    TyphaNodeContainer "--typha-node-container" "NAME" "spec.typha.names.nodeContainer" "TyphaNames::node_container"
    ManagerCert "--manager-cert" "CERT" "spec.manager.certFile" "Manager::certificate"
    ManagerKey "--manager-key" "KEY" "spec.manager.keyFile" "Manager::key"
    ManagerHost "--manager-host" "HOST" "spec.manager.hosts" "Manager::hosts"
    Except "--except" "CONNECTION" "spec.except" "Hardening::manager"
    CaOverlap "--ca-overlap" "" "spec.caOverlap" "Hardening::keeping_old_cas"
    Allow "--allow" "CODE" "spec.audit.allow" "AuditOptions::allowances"
    SigningRequests "--csr" "" "" "generate::request"
}

impl Setting {
    /// What the door calls it.
    ///
    /// ```
    /// use cnx_certs::{Door, Setting};
    /// assert_eq!(Setting::EtcdSecret.for_door(Door::Command), "--etcd-secret");
    /// assert_eq!(Setting::EtcdSecret.for_door(Door::Config), "spec.etcd.names.secret");
    /// assert_eq!(Setting::EtcdSecret.for_door(Door::Library), "EtcdNames::secret");
    /// ```
    #[must_use]
    pub fn for_door(self, door: Door) -> &'static str {
        match door {
            Door::Command => self.flag(),
            Door::Config => self.field().unwrap_or(self.library()),
            Door::Library => self.library(),
        }
    }
}

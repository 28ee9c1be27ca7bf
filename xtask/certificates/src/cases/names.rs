//! What a certificate is for: names, identities and usages.

use std::net::{IpAddr, Ipv4Addr};

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5912::{ANY_EXTENDED_KEY_USAGE, ID_KP_CLIENT_AUTH, ID_KP_SERVER_AUTH};
use x509_cert::ext::pkix::KeyUsages;

use super::{Case, Cases, client, server};
use crate::draft::{Draft, NAME, San, raw_names};

const TYPHA_CLIENT: &str = "spiffe://cnx.example.com/ns/kube-system/sa/calico-node";
const MANAGER: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 10));

pub(super) const CASES: Cases = &[
    ("common-name-only", |name| {
        Case::usual(&server(name)?.named(&[]))
    }),
    ("other-name", |name| {
        Case::usual(&server(name)?.named(&["cnx-apiserver.kube-system.svc"]))
    }),
    ("other-namespace", |name| {
        Case::usual(&server(name)?.named(&["cnx-api.calico-system.svc"]))
    }),
    ("short-name", |name| {
        Case::usual(&server(name)?.named(&["cnx-api", "cnx-api.kube-system"]))
    }),
    ("name-with-final-dot", |name| {
        Case::usual(&server(name)?.named(&["cnx-api.kube-system.svc."]))
    }),
    ("wildcard-too-high", |name| {
        Case::usual(&server(name)?.named(&["*.svc"]))
    }),
    ("wildcard-within-label", |name| {
        Case::usual(&server(name)?.named(&["cnx-*.kube-system.svc"]))
    }),
    ("wildcard-in-the-middle", |name| {
        Case::usual(&server(name)?.named(&["cnx-api.*.svc"]))
    }),
    ("address-as-dns-name", |name| {
        Case::usual(&server(name)?.named(&["192.0.2.10"]))
    }),
    ("address-of-five-bytes", |name| {
        // Beside the right name: Go refuses to read it.
        let names: [(u8, &[u8]); 2] = [(2, NAME.as_bytes()), (7, &[192, 0, 2, 10, 0])];
        Case::usual(&Draft {
            others: vec![raw_names(false, &names)?],
            ..server(name)?.named(&[])
        })
    }),
    ("uri-with-a-blank", |name| {
        let names: [(u8, &[u8]); 2] = [(2, NAME.as_bytes()), (6, b"https://cnx example.com/")];
        Case::usual(&Draft {
            others: vec![raw_names(false, &names)?],
            ..server(name)?.named(&[])
        })
    }),
    ("name-in-utf-8", |name| {
        let names: [(u8, &[u8]); 2] = [(2, NAME.as_bytes()), (2, "cnx-\u{e4}pi.svc".as_bytes())];
        Case::usual(&Draft {
            others: vec![raw_names(false, &names)?],
            ..server(name)?.named(&[])
        })
    }),
    ("critical-names-of-no-known-kind", |name| {
        // A registered identifier alone, critical.
        let names: [(u8, &[u8]); 1] = [(8, &[0x2a, 3, 4])];
        Case::usual(&Draft {
            others: vec![raw_names(true, &names)?],
            ..server(name)?.named(&[])
        })
    }),
    ("name-with-blank", |name| {
        Case::usual(&server(name)?.named(&["cnx-api.kube-system.svc "]))
    }),
    ("manager-other-host", |name| {
        Case::usual(&server(name)?.named(&["cnx.example.org"]))
    }),
    ("manager-other-address", |name| {
        let other = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 11));
        Case::usual(&Draft {
            names: vec![San::Ip(other)],
            ..server(name)?
        })
    }),
    ("typha-server-other-name", |name| {
        Case::usual(&server(name)?.called("typha"))
    }),
    ("typha-client-other-name", |name| {
        Case::usual(&client(name, "calico-node")?)
    }),
    ("typha-client-other-case", |name| {
        Case::usual(&client(name, "Typha-Client")?)
    }),
    ("typha-client-name-in-san", |name| {
        Case::usual(&client(name, "calico-node")?.named(&["typha-client"]))
    }),
    ("typha-client-other-uri", |name| {
        let names = vec![San::Uri(
            "spiffe://cnx.example.com/ns/kube-system/sa/calico-typha",
        )];
        Case::usual(&Draft {
            names,
            ..client(name, "calico-node")?
        })
    }),
    ("server-for-clients-only", |name| {
        Case::usual(&Draft {
            purposes: vec![ID_KP_CLIENT_AUTH],
            ..server(name)?
        })
    }),
    ("unknown-purpose", |name| {
        // Microsoft's smart card logon, alone.
        let logon = ObjectIdentifier::new("1.3.6.1.4.1.311.20.2.2")?;
        Case::usual(&Draft {
            purposes: vec![logon],
            ..server(name)?
        })
    }),
    ("typha-client-for-servers-only", |name| {
        Case::usual(&Draft {
            purposes: vec![ID_KP_SERVER_AUTH],
            ..client(name, "typha-client")?
        })
    }),
    ("etcd-client-for-servers-only", |name| {
        Case::usual(&Draft {
            purposes: vec![ID_KP_SERVER_AUTH],
            ..client(name, "calico-node")?
        })
    }),
    ("no-digital-signature", |name| {
        Case::usual(&Draft {
            usage: Some(KeyUsages::KeyCertSign.into()),
            ..server(name)?
        })
    }),
    ("no-digital-signature-manager", |name| {
        let leaf = server(name)?.named(&["cnx.example.com"]);
        Case::usual(&Draft {
            usage: Some(KeyUsages::KeyCertSign.into()),
            ..leaf
        })
    }),
    // Good ones.
    ("wildcard", |name| {
        Case::usual(&server(name)?.named(&["*.kube-system.svc"]))
    }),
    ("upper-case-name", |name| {
        Case::usual(&server(name)?.named(&["CNX-API.Kube-System.SVC"]))
    }),
    ("several-names", |name| {
        let names = [
            "cnx-api",
            "cnx-api.kube-system",
            "*.example.com",
            "cnx-api.kube-system.svc",
        ];
        Case::usual(&server(name)?.named(&names))
    }),
    ("empty-subject", |name| {
        Case::usual(&server(name)?.called(""))
    }),
    ("other-common-name", |name| {
        Case::usual(&server(name)?.called("cnx-apiserver"))
    }),
    ("manager-by-address", |name| {
        Case::usual(&Draft {
            names: vec![San::Ip(MANAGER)],
            ..server(name)?
        })
    }),
    ("manager-by-name", |name| {
        Case::usual(&server(name)?.named(&["cnx.example.com"]))
    }),
    ("typha-server-without-san", |name| {
        Case::usual(&server(name)?.called("typha-server").named(&[]))
    }),
    ("typha-client-by-name", |name| {
        Case::usual(&client(name, "typha-client")?)
    }),
    ("typha-client-by-uri", |name| {
        Case::usual(&Draft {
            names: vec![San::Uri(TYPHA_CLIENT)],
            ..client(name, "")?
        })
    }),
    ("typha-client-by-either", |name| {
        let names = vec![San::Uri(TYPHA_CLIENT)];
        Case::usual(&Draft {
            names,
            ..client(name, "calico-node")?
        })
    }),
    ("etcd-client", |name| {
        Case::usual(&client(name, "calico-node")?)
    }),
    ("etcd-server", |name| {
        let purposes = vec![ID_KP_CLIENT_AUTH, ID_KP_SERVER_AUTH];
        let leaf = server(name)?.named(&["etcd.example.com"]);
        Case::usual(&Draft { purposes, ..leaf })
    }),
    ("etcd-server-for-servers-only", |name| {
        Case::usual(&server(name)?.named(&["etcd.example.com"]))
    }),
    ("shared-key", |name| {
        let purposes = vec![ID_KP_CLIENT_AUTH, ID_KP_SERVER_AUTH];
        let leaf = server(name)?.called("typha-server").named(&[]);
        Case::usual(&Draft { purposes, ..leaf })
    }),
    ("no-purposes", |name| {
        Case::usual(&Draft {
            purposes: vec![],
            ..server(name)?
        })
    }),
    ("any-purpose", |name| {
        Case::usual(&Draft {
            purposes: vec![ANY_EXTENDED_KEY_USAGE],
            ..server(name)?
        })
    }),
    ("both-purposes", |name| {
        let purposes = vec![ID_KP_CLIENT_AUTH, ID_KP_SERVER_AUTH];
        Case::usual(&Draft {
            purposes,
            ..server(name)?
        })
    }),
    ("no-key-usage", |name| {
        Case::usual(&Draft {
            usage: None,
            ..server(name)?
        })
    }),
];

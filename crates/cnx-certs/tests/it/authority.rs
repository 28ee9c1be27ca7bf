//! Certificates that are made in the test.

use cnx_certs::UnixTime;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType,
};

/// 2026-01-01, within the validity of all that is not made otherwise.
pub(crate) const NOW: UnixTime =
    UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_767_225_600));

/// A CA that signs.
pub(crate) struct Authority {
    pub(crate) pem: String,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate and its key, as PEM.
#[derive(Clone)]
pub(crate) struct Leaf {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

/// What a certificate is to have.
#[derive(Default)]
pub(crate) struct Wanted {
    pub(crate) cn: Option<&'static str>,
    pub(crate) names: Vec<&'static str>,
    pub(crate) uri: Option<&'static str>,
    pub(crate) usages: Vec<ExtendedKeyUsagePurpose>,
    /// Years of the first and the last day.
    pub(crate) years: Option<(i32, i32)>,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.distinguished_name.remove(DnType::CommonName);
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let pem = params.self_signed(&key).unwrap().pem();
        Self {
            pem,
            issuer: Issuer::new(params, key),
        }
    }

    pub(crate) fn leaf(&self, wanted: &Wanted) -> Leaf {
        let key = KeyPair::generate().unwrap();
        let names: Vec<_> = wanted.names.iter().map(|n| (*n).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.distinguished_name.remove(DnType::CommonName);
        if let Some(cn) = wanted.cn {
            params.distinguished_name.push(DnType::CommonName, cn);
        }
        if let Some(uri) = wanted.uri {
            let uri = SanType::URI(uri.try_into().unwrap());
            params.subject_alt_names.push(uri);
        }
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = wanted.usages.clone();
        if let Some((first, last)) = wanted.years {
            params.not_before = rcgen::date_time_ymd(first, 1, 1);
            params.not_after = rcgen::date_time_ymd(last, 12, 31);
        }
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Leaf {
            certificate: certificate.pem(),
            key: key.serialize_pem(),
        }
    }
}

//! Files that are not what Go's PEM reader takes.

use der::pem::decode_vec;

use super::{Case, Cases, authority, root, server};
use crate::Wrong;
use crate::key::{Key, pem};

/// Files of `testdata/pki`, which OpenSSL made.
macro_rules! pki {
    ($name:literal) => {
        include_bytes!(concat!("../../../../testdata/pki/", $name)).to_vec()
    };
}

pub(super) const CASES: Cases = &[
    ("empty-key", |name| {
        Ok(Case::usual(&server(name)?)?.keeping(vec![]))
    }),
    ("ca-is-text", |name| {
        let text = "Please find the certificate attached.\n";
        Ok(Case::usual(&server(name)?)?.trusting(text.into()))
    }),
    ("certificate-is-der", |name| {
        let leaf = server(name)?;
        Ok(Case::usual(&leaf)?.presenting(leaf.sign(&root()?)?))
    }),
    ("ca-is-der", |name| {
        let root = root()?;
        Ok(Case::usual(&server(name)?)?.trusting(root.sign(&root)?))
    }),
    ("certificate-is-pkcs12", |_| {
        Ok(pki().presenting(pki!("tls.p12")))
    }),
    ("certificate-is-utf-16", |name| {
        let case = Case::usual(&server(name)?)?;
        let text = String::from_utf8(case.certificate.clone())?;
        let units = [0xfeff].into_iter().chain(text.encode_utf16());
        Ok(case.presenting(units.flat_map(u16::to_le_bytes).collect()))
    }),
    ("byte-order-mark", |name| {
        certificate(name, |text| format!("\u{feff}{text}"))
    }),
    ("ca-is-base64-of-pem", |name| {
        let case = Case::usual(&server(name)?)?;
        // The body of a PEM block, with no frame.
        let framed = String::from_utf8(pem("X", &case.ca)?)?;
        let lines: Vec<_> = framed
            .lines()
            .filter(|line| !line.starts_with('-'))
            .collect();
        Ok(case.trusting((lines.join("\n") + "\n").into()))
    }),
    ("manager-without-line-break", |name| {
        let case = Case::usual(&server(name)?.named(&["cnx.example.com"]))?;
        let text = case.certificate.trim_ascii_end().to_vec();
        Ok(case.presenting(text))
    }),
    ("certificate-cut-off", |name| {
        certificate(name, |text| text.chars().take(text.len() / 2).collect())
    }),
    ("ca-on-one-line", |name| {
        ca(name, |text| text.trim_end().replace('\n', " "))
    }),
    ("certificate-indented", |name| {
        certificate(name, |text| {
            text.lines().map(|line| format!("    {line}\n")).collect()
        })
    }),
    ("wrong-end-label", |name| {
        certificate(name, |text| {
            text.replace("END CERTIFICATE", "END TRUSTED CERTIFICATE")
        })
    }),
    ("junk-behind-end", |name| {
        certificate(name, |text| {
            text.replace("END CERTIFICATE-----", "END CERTIFICATE-----;")
        })
    }),
    ("junk-behind-begin", |name| {
        ca(name, |text| {
            text.replace("BEGIN CERTIFICATE-----", "BEGIN CERTIFICATE----- # CA")
        })
    }),
    ("no-break-space", |name| {
        // As copied from a web page.
        certificate(name, |text| {
            text.replace("END CERTIFICATE-----", "END CERTIFICATE-----\u{a0}")
        })
    }),
    ("doubled-carriage-returns", |name| {
        // CRLF, converted to CRLF once more.
        certificate(name, |text| text.replace('\n', "\r\r\n"))
    }),
    ("carriage-returns-alone", |name| {
        certificate(name, |text| text.replace('\n', "\r"))
    }),
    ("cut-off-beside-ca", |name| {
        let (case, other) = (
            Case::usual(&server(name)?)?,
            authority("cnx-harden TEST other CA")?.pem(&authority("cnx-harden TEST other CA")?)?,
        );
        let half = other.get(..other.len() / 2).unwrap_or_default();
        let trusted = [half, b"\n", &case.ca].concat();
        Ok(case.trusting(trusted))
    }),
    ("key-with-header", |name| {
        let case = Case::usual(&server(name)?)?;
        let text = String::from_utf8(case.key.clone())?;
        let frame = "-----BEGIN PRIVATE KEY-----\n";
        let text = text.replace(frame, &format!("{frame}Comment: made by hand\n\n"));
        Ok(case.keeping(text.into()))
    }),
    ("glued-blocks", |name| {
        // `cat other.crt ca.crt`, where the first file has no final newline.
        let (case, other) = (
            Case::usual(&server(name)?)?,
            authority("cnx-harden TEST other CA")?,
        );
        let trusted = [other.pem(&other)?.trim_ascii_end(), &case.ca].concat();
        Ok(case.trusting(trusted))
    }),
    ("key-is-openssh", |name| {
        let text = b"openssh-key-v1\0 and no more: this is a test of the label";
        Ok(Case::usual(&server(name)?)?.keeping(pem("OPENSSH PRIVATE KEY", text)?))
    }),
    ("other-label-of-key", |name| {
        let case = Case::usual(&server(name)?)?;
        let text = String::from_utf8(case.key.clone())?;
        Ok(case.keeping(text.replace("PRIVATE KEY", "RSA PRIVATE KEY").into()))
    }),
    ("byte-order-mark-on-bundle", |name| {
        let (case, other) = (
            Case::usual(&server(name)?)?,
            authority("cnx-harden TEST other CA")?,
        );
        let trusted = ["\u{feff}".as_bytes(), &other.pem(&other)?, &case.ca].concat();
        Ok(case.trusting(trusted))
    }),
    ("bad-base64", |name| {
        ca(name, |text| text.replacen("MII", "M*I", 1))
    }),
    (
        "encrypted-key",
        |_| Ok(pki().keeping(pki!("encrypted.key"))),
    ),
    ("encrypted-key-legacy", |_| {
        Ok(pki()
            .presenting(pki!("rsa.crt"))
            .keeping(pki!("encrypted-legacy.key")))
    }),
    ("several-keys", |name| {
        let case = Case::usual(&server(name)?)?;
        let keys = [case.key.clone(), Key::p256("another key")?.pkcs8()?].concat();
        Ok(case.keeping(keys))
    }),
    ("several-keys-wrong-first", |name| {
        let case = Case::usual(&server(name)?)?;
        let keys = [Key::p256("another key")?.pkcs8()?, case.key.clone()].concat();
        Ok(case.keeping(keys))
    }),
    ("key-beside-certificate", |name| {
        let case = Case::usual(&server(name)?)?;
        let both = [case.certificate.clone(), case.key.clone()].concat();
        Ok(case.presenting(both))
    }),
    ("key-beside-ca", |name| {
        let (case, root) = (Case::usual(&server(name)?)?, root()?);
        let both = [case.ca.clone(), root.key.pkcs8()?].concat();
        Ok(case.trusting(both))
    }),
    ("certificate-is-key", |name| {
        let case = Case::usual(&server(name)?)?;
        let key = case.key.clone();
        Ok(case.presenting(key))
    }),
    ("key-is-certificate", |name| {
        let case = Case::usual(&server(name)?)?;
        let certificate = case.certificate.clone();
        Ok(case.keeping(certificate))
    }),
    ("certificate-beside-key", |name| {
        let case = Case::usual(&server(name)?)?;
        let both = [case.certificate.clone(), case.key.clone()].concat();
        Ok(case.keeping(both))
    }),
    ("key-is-public", |name| {
        let leaf = server(name)?;
        Ok(Case::usual(&leaf)?.keeping(leaf.key.public_pem()?))
    }),
    ("certificate-is-request", |name| {
        let leaf = server(name)?;
        Ok(Case::usual(&leaf)?.presenting(leaf.request()?))
    }),
    ("ca-with-headers", |name| ca(name, with_headers)),
    ("certificate-with-headers", |name| {
        certificate(name, with_headers)
    }),
    ("trusted-certificate", |name| {
        // As `openssl x509 -trustout` writes it: the certificate, then OpenSSL's own settings.
        let root = root()?;
        let trusted = [root.sign(&root)?, vec![0x30, 0]].concat();
        Ok(Case::usual(&server(name)?)?.trusting(pem("TRUSTED CERTIFICATE", &trusted)?))
    }),
    ("crl-beside-ca", |name| {
        let case = Case::usual(&server(name)?)?;
        let both = [root()?.revocation_list()?, case.ca.clone()].concat();
        Ok(case.trusting(both))
    }),
    ("text-after-pem", |name| {
        ca(name, |text| {
            format!("{text}issued by the usual authority\n")
        })
    }),
    ("ca-is-garbage", |name| {
        Ok(Case::usual(&server(name)?)?.trusting(pem("CERTIFICATE", b"no certificate at all")?))
    }),
    ("garbage-in-chain", |name| {
        let case = Case::usual(&server(name)?)?;
        let garbage = pem("CERTIFICATE", b"no certificate at all")?;
        let certificate = [case.certificate.clone(), garbage].concat();
        Ok(case.presenting(certificate))
    }),
    ("garbage-beside-ca", |name| {
        let case = Case::usual(&server(name)?)?;
        let garbage = pem("CERTIFICATE", b"no certificate at all")?;
        let trusted = [case.ca.clone(), garbage].concat();
        Ok(case.trusting(trusted))
    }),
    ("certificate-cut-short", |name| {
        // The frame is whole, the DER is not.
        let leaf = server(name)?.sign(&root()?)?;
        let short = leaf.get(..leaf.len() - 40).unwrap_or_default();
        Ok(Case::usual(&server(name)?)?.presenting(pem("CERTIFICATE", short)?))
    }),
    ("damaged-key", |name| {
        let case = Case::usual(&server(name)?)?;
        let (_, der) = decode_vec(&case.key).map_err(|error| error.to_string())?;
        let short = der.get(..der.len() / 2).unwrap_or_default();
        Ok(case.keeping(pem("PRIVATE KEY", short)?))
    }),
];

/// The usual pair of `testdata/pki`.
fn pki() -> Case {
    Case {
        ca: pki!("ca.crt"),
        certificate: pki!("tls.crt"),
        key: pki!("tls.key"),
    }
}

/// A usual case with its CA file changed as text.
fn ca(name: &str, change: impl Fn(&str) -> String) -> Result<Case, Wrong> {
    let case = Case::usual(&server(name)?)?;
    let text = change(std::str::from_utf8(&case.ca)?);
    Ok(case.trusting(text.into()))
}

/// A usual case with its certificate file changed as text.
fn certificate(name: &str, change: impl Fn(&str) -> String) -> Result<Case, Wrong> {
    let case = Case::usual(&server(name)?)?;
    let text = change(std::str::from_utf8(&case.certificate)?);
    Ok(case.presenting(text.into()))
}

fn with_headers(text: &str) -> String {
    let frame = "-----BEGIN CERTIFICATE-----\n";
    text.replace(frame, &format!("{frame}Comment: made by hand\n\n"))
}

/// The block's body on a line of its own.
pub(super) fn one_body_line(pem: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(pem);
    let (frame, body): (Vec<_>, Vec<_>) = text.lines().partition(|line| line.starts_with('-'));
    let mut frame = frame.into_iter();
    let (begin, end) = (
        frame.next().unwrap_or_default(),
        frame.next().unwrap_or_default(),
    );
    format!("{begin}\n{}\n{end}\n", body.concat()).into_bytes()
}

use crate::{Input, PemErrorKind};

const OPENSSH: &str = "OPENSSH PRIVATE KEY";

impl PemErrorKind {
    /// What to do about it, with the command that mends the file where there is
    /// one. `IN`, `OUT`, `CERT` and `KEY` stand for file names.
    pub fn help(self, input: Input) -> String {
        let rewrite = rewrite(input);
        let wanted = wanted(input);
        match self {
            Self::Empty => format!(
                "The file should hold {wanted}. See whether the command that made it failed, or \
                 whether another file was meant."
            ),
            Self::NotPem => format!(
                "The file should hold {wanted}, as text. `openssl storeutl -noout -text -certs IN` \
                 lists the certificates that OpenSSL finds in a file, and `-keys` the private keys."
            ),
            Self::Utf8Bom => format!(
                "Save the file as UTF-8 without a byte order mark, or remove it with \
                 `sed '1s/^\\xef\\xbb\\xbf//' IN > OUT`; then `{rewrite}` checks it."
            ),
            Self::Utf16 => format!(
                "Convert the file with `iconv -f UTF-16 -t UTF-8 IN > OUT`; then `{rewrite}` \
                 checks it. In PowerShell, write with `Set-Content -Encoding ascii` and not `>`."
            ),
            Self::Der => format!("Convert it: `{}`.", from_der(input)),
            Self::Pkcs12 => format!("Take it out of the PKCS#12 file: `{}`.", from_pkcs12(input)),
            Self::Base64OfPem => format!(
                "Give the PEM itself, the base64 is applied when the manifest is written: \
                 `openssl base64 -d -A -in IN -out OUT`; then `{rewrite}` checks it."
            ),
            Self::Base64OfDer => format!(
                "Write it as PEM: `openssl base64 -d -A -in IN -out IN.der`, then `{}`. (If the \
                 base64 is broken into lines, leave out `-A`.)",
                from_der(input).replace("IN", "IN.der")
            ),
            Self::Indented => format!(
                "Remove the indentation: `sed 's/^[[:space:]]*//' IN > OUT`; then `{rewrite}` \
                 checks it."
            ),
            Self::LinesJoined => format!(
                "Put the line breaks back. If they are written as a backslash and an n: \
                 `sed 's/\\\\n/\\n/g' IN > OUT`; if they are bare carriage returns: \
                 `tr '\\r' '\\n' < IN > OUT`; otherwise copy the file anew. `{rewrite}` then \
                 checks it."
            ),
            Self::BlocksJoined => format!(
                "Put a line break between them: `sed 's/-----BEGIN/\\n-----BEGIN/2; \
                 s/^\\(-----END [A-Z0-9 ]*-----\\)-----BEGIN/\\1\\n-----BEGIN/' IN > OUT`; then \
                 `{rewrite}` checks it."
            ),
            Self::MalformedMarker => format!(
                "The line must be `-----BEGIN NAME-----` or `-----END NAME-----`, with five \
                 hyphens on either side and nothing else on it. Copy the file anew, or mend the \
                 line by hand; then `{rewrite}` checks it."
            ),
            Self::MissingBegin | Self::Truncated | Self::BadBase64 => format!(
                "The file was cut off or changed on its way. Copy it anew; `{rewrite}` checks it."
            ),
            Self::LabelMismatch => format!(
                "Two files seem to be mixed up, or a piece is missing between them. Copy the file \
                 anew; `{rewrite}` checks it."
            ),
            Self::BlockHeaders => {
                format!("Write the block anew, which leaves the headers out: `{rewrite}`.")
            }
            Self::EncryptedKey => "Servers in a cluster can't be asked for a passphrase. Remove \
                 it: `openssl pkey -in IN -out OUT`, which asks for it once. Keep the result \
                 where only you can read it."
                .to_owned(),
            Self::KeyInsteadOfCertificate => format!(
                "The file should hold {wanted}. Perhaps the arguments are swapped. Never publish \
                 this file; `openssl x509 -noout -subject -in IN` shows whether another file is a \
                 certificate."
            ),
            Self::CertificateInsteadOfKey => "The file should hold the private key. Perhaps the \
                 arguments are swapped; `openssl pkey -noout -text_pub -in IN` shows whether \
                 another file is a private key."
                .to_owned(),
            Self::SeveralKeys => "The file must hold one private key, that of the first \
                 certificate. Divide the file, and compare each key with the certificate: \
                 `openssl pkey -pubout -in KEY` and `openssl x509 -noout -pubkey -in CERT` must \
                 print the same."
                .to_owned(),
            Self::KeyInCertificateFile => "This file is given to clients or stored where many may \
                 read it, so the key must not be in it. Keep only the certificates: \
                 `openssl storeutl -certs IN | sed -n '/-BEGIN/,/-END/p' > OUT`. If the file was \
                 already published, make a new key."
                .to_owned(),
            Self::CertificateInKeyFile => "This file must hold only the private key; the \
                 certificate has a field of its own in the Secret. Keep only the key: \
                 `openssl pkey -in IN -out OUT`."
                .to_owned(),
            Self::SigningRequest => match input {
                Input::PrivateKey => "Keep only the private key in the file: \
                     `openssl pkey -in IN -out OUT`."
                    .to_owned(),
                Input::CaBundle | Input::Certificate => "A request has to be signed by an \
                     authority first, which answers with the certificate: \
                     `openssl x509 -req -in IN -CA CA.crt -CAkey CA.key -copy_extensions copy \
                     -out OUT`."
                    .to_owned(),
            },
            Self::PublicKey => format!(
                "The file should hold {wanted} and nothing else; a public key is not enough. If \
                 it is there too, `{rewrite}` keeps only that."
            ),
            Self::UnsupportedBlock(label) => unsupported(label, input),
            Self::NotACertificate => "Have `openssl x509 -noout -text -in IN` say what is wrong, \
                 and get the certificate anew from who issued it."
                .to_owned(),
            Self::BadKey => "Have `openssl pkey -noout -check -in IN` say whether the key is \
                 damaged. If OpenSSL reads it, `openssl pkey -in IN -out OUT` writes it as PKCS#8."
                .to_owned(),
            Self::TrailingData => format!("Write the block anew: `{rewrite}`."),
        }
    }
}

fn wanted(input: Input) -> &'static str {
    match input {
        Input::CaBundle => "one or more certificates (`-----BEGIN CERTIFICATE-----`)",
        Input::Certificate => {
            "the certificate, then its intermediates if any (`-----BEGIN CERTIFICATE-----`)"
        }
        Input::PrivateKey => "one private key (`-----BEGIN PRIVATE KEY-----`)",
    }
}

/// Reads what is wanted and writes it as it should be.
fn rewrite(input: Input) -> &'static str {
    match input {
        Input::CaBundle | Input::Certificate => "openssl x509 -in IN -out OUT",
        Input::PrivateKey => "openssl pkey -in IN -out OUT",
    }
}

fn from_der(input: Input) -> &'static str {
    match input {
        Input::CaBundle | Input::Certificate => "openssl x509 -inform DER -in IN -out OUT",
        Input::PrivateKey => "openssl pkey -inform DER -in IN -out OUT",
    }
}

fn from_pkcs12(input: Input) -> &'static str {
    match input {
        Input::CaBundle => "openssl pkcs12 -in IN -cacerts -nokeys -out OUT",
        Input::Certificate => "openssl pkcs12 -in IN -clcerts -nokeys -out OUT",
        Input::PrivateKey => "openssl pkcs12 -in IN -nocerts -noenc -out OUT",
    }
}

fn unsupported(label: Option<&'static str>, input: Input) -> String {
    let wanted = wanted(input);
    match label {
        Some(OPENSSH) => "Write the key in a form that TLS servers read: \
             `ssh-keygen -p -N '' -m PEM -f KEY` changes the file in place."
            .to_owned(),
        Some("PKCS7" | "CMS") => {
            "Take the certificates out of it: `openssl pkcs7 -in IN -print_certs -out OUT`."
                .to_owned()
        }
        Some("TRUSTED CERTIFICATE" | "X509 CERTIFICATE") => {
            "Go skips blocks with this label. Write it anew: `openssl x509 -in IN -out OUT`."
                .to_owned()
        }
        _ => format!(
            "Go skips such blocks. The file should hold {wanted} and nothing else; \
             `{}` keeps only the first.",
            rewrite(input)
        ),
    }
}

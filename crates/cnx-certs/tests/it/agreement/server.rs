//! TLS servers on loopback that present just what they are told to.

use std::fmt;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::aws_lc_rs::{default_provider, sign::any_supported_type};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{
    DigitallySignedStruct, DistinguishedName, Error, ServerConfig, ServerConnection,
    SignatureScheme, Stream,
};

/// Certificates, the first one first.
pub(super) type Chain = Vec<CertificateDer<'static>>;

/// Stops what serves when dropped.
pub(super) struct Server {
    pub(super) port: u16,
    process: Option<Child>,
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// Presents this chain whatever is in it: with rustls where it can sign with the
/// key, else with OpenSSL.
pub(super) fn serve(chain: Chain, key: &Path, folder: &Path) -> Server {
    // Go passes over headers, the reader here does not.
    let text = String::from_utf8_lossy(&std::fs::read(key).unwrap()).into_owned();
    let lines: Vec<_> = text.lines().filter(|line| !line.contains(": ")).collect();
    let signer = PrivateKeyDer::from_pem_slice(lines.join("\n").as_bytes()).ok();
    match signer.and_then(|key| any_supported_type(&key).ok()) {
        Some(signer) => serve_rustls(CertifiedKey::new(chain, signer), None),
        None => serve_openssl(&chain, key, folder),
    }
}

/// Presents this chain, and keeps what its clients present.
pub(super) fn serve_recording(chain: Chain, key: &Path, record: Arc<Mutex<Chain>>) -> Server {
    let key = PrivateKeyDer::from_pem_file(key).unwrap();
    let signer = any_supported_type(&key).unwrap();
    serve_rustls(CertifiedKey::new(chain, signer), Some(record))
}

fn serve_rustls(pair: CertifiedKey, record: Option<Arc<Mutex<Chain>>>) -> Server {
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap();
    let config = match record {
        Some(record) => config.with_client_cert_verifier(Arc::new(Recorder(record))),
        None => config.with_no_client_auth(),
    };
    let config = Arc::new(config.with_cert_resolver(Arc::new(Always(Arc::new(pair)))));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut tls = Stream::new(&mut connection, &mut stream);
            // A refusal is the client's to tell.
            if tls.read(&mut [0; 4096]).is_ok() {
                let _ = tls.write_all(
                    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}",
                );
                tls.conn.send_close_notify();
                let _ = tls.flush();
            }
        }
    });
    Server {
        port,
        process: None,
    }
}

fn serve_openssl(chain: &Chain, key: &Path, folder: &Path) -> Server {
    let file = |name: &str, certificates: &[CertificateDer<'_>]| -> PathBuf {
        let path = folder.join(name);
        std::fs::write(
            &path,
            certificates.iter().map(|der| pem(der)).collect::<String>(),
        )
        .unwrap();
        path
    };
    let (leaf, rest) = chain.split_first().unwrap();
    let mut openssl = Command::new("openssl");
    openssl.args([
        "s_server",
        "-tls1_2",
        "-www",
        "-accept",
        "127.0.0.1:0",
        "-cipher",
        "ALL:@SECLEVEL=0",
    ]);
    openssl
        .arg("-cert")
        .arg(file("leaf.crt", std::slice::from_ref(leaf)));
    openssl.arg("-key").arg(key);
    if !rest.is_empty() {
        openssl.arg("-cert_chain").arg(file("chain.crt", rest));
    }
    openssl
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut process = openssl.spawn().unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let address = lines.find_map(|line| Some(line.unwrap().strip_prefix("ACCEPT ")?.to_owned()));
    let address = address.unwrap_or_else(|| panic!("{}: openssl does not serve", key.display()));
    let port = address.parse::<SocketAddr>().unwrap().port();
    // It stops when nobody takes what it says.
    std::thread::spawn(move || lines.for_each(drop));
    Server {
        port,
        process: Some(process),
    }
}

fn pem(der: &[u8]) -> String {
    use base64::Engine as _;
    let body = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<_> = body
        .as_bytes()
        .chunks(64)
        .map(String::from_utf8_lossy)
        .collect();
    format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        lines.join("\n")
    )
}

#[derive(Debug)]
struct Always(Arc<CertifiedKey>);

impl ResolvesServerCert for Always {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

/// Accepts any client, and keeps what it presented.
struct Recorder(Arc<Mutex<Chain>>);

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recorder")
    }
}

impl ClientCertVerifier for Recorder {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let chain = std::iter::once(leaf).chain(intermediates);
        *self.0.lock().unwrap() = chain.map(|der| der.clone().into_owned()).collect();
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        default_provider()
            .signature_verification_algorithms
            .supported_schemes()
    }
}

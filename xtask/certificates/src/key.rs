//! Keys that are the same in every run.

use const_oid::ObjectIdentifier;
use const_oid::db::{rfc5912, rfc8410};
use der::asn1::{AnyRef, BitString, Null, OctetStringRef};
use der::pem::{LineEnding, encode_string};
use der::{Decode as _, Document, Encode as _};
use ed25519_dalek::pkcs8::KeypairBytes;
use md5::Md5;
use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use pkcs8::{
    DecodePrivateKey as _, EncodePrivateKey as _, EncodePublicKey as _, PrivateKeyInfoRef,
};
use rsa::pkcs1::RsaPrivateKeyRef;
use rsa::pkcs1v15::Pkcs1v15Sign;
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha384, Sha512};
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

use super::Wrong;

/// ANSI X9.62, ecdsa-with-SHA1.
const ECDSA_WITH_SHA_1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.1");

/// A key pair. An elliptic curve's is the hash of its name; the others, which
/// are slow or rare to make, are files in `keys/`.
#[derive(Clone)]
pub(crate) struct Key {
    kind: Kind,
    /// PKCS#8, in DER.
    private: Vec<u8>,
    /// The certificate's field.
    pub(crate) public: SubjectPublicKeyInfoOwned,
}

#[derive(Clone, Copy)]
enum Kind {
    P256,
    P384,
    P521,
    Ed25519,
    Rsa,
    /// Cannot sign here.
    Foreign,
}

/// What a signature is made over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hash {
    Md5,
    Sha1,
    /// SHA-256, or what the key asks for.
    Usual,
    Sha256,
    Sha384,
    Sha512,
}

impl Key {
    pub(crate) fn p256(name: &str) -> Result<Self, Wrong> {
        let secret = p256::SecretKey::from_slice(&Sha256::digest(named(name)))?;
        Self::new(
            Kind::P256,
            &secret.to_pkcs8_der()?,
            &secret.public_key().to_public_key_der()?,
        )
    }

    pub(crate) fn p384(name: &str) -> Result<Self, Wrong> {
        let secret = p384::SecretKey::from_slice(&Sha384::digest(named(name)))?;
        Self::new(
            Kind::P384,
            &secret.to_pkcs8_der()?,
            &secret.public_key().to_public_key_der()?,
        )
    }

    pub(crate) fn p521(name: &str) -> Result<Self, Wrong> {
        // 66 bytes, the first two zero: below the order.
        let mut scalar = vec![0; 2];
        scalar.extend(Sha512::digest(named(name)));
        let secret = p521::SecretKey::from_slice(&scalar)?;
        Self::new(
            Kind::P521,
            &secret.to_pkcs8_der()?,
            &secret.public_key().to_public_key_der()?,
        )
    }

    pub(crate) fn ed25519(name: &str) -> Result<Self, Wrong> {
        let secret = ed25519_dalek::SigningKey::from_bytes(&Sha256::digest(named(name)).into());
        let private = KeypairBytes {
            secret_key: secret.to_bytes(),
            // OpenSSL 3.0 does not read a key with its public key beside it.
            public_key: None,
        }
        .to_pkcs8_der()?;
        Self::new(
            Kind::Ed25519,
            &private,
            &secret.verifying_key().to_public_key_der()?,
        )
    }

    /// A key of `keys/`, PKCS#8.
    pub(crate) fn kept(pem: &str) -> Result<Self, Wrong> {
        let (_, document) = Document::from_pem(pem)?;
        let info = PrivateKeyInfoRef::from_der(document.as_bytes())?;
        let inner = info.private_key.as_bytes();
        let kind = match info.algorithm.oid {
            rfc5912::RSA_ENCRYPTION => Kind::Rsa,
            _ => Kind::Foreign,
        };
        let bits = if info.algorithm.oid == rfc5912::ID_EC_PUBLIC_KEY {
            let key = sec1::EcPrivateKey::from_der(inner)?;
            key.public_key
                .ok_or("an EC key without its public key")?
                .to_vec()
        } else {
            let key = RsaPrivateKeyRef::from_der(inner)?;
            key.public_key().to_der()?
        };
        let public = SubjectPublicKeyInfoOwned {
            algorithm: AlgorithmIdentifierOwned::from_der(&info.algorithm.to_der()?)?,
            subject_public_key: BitString::from_bytes(&bits)?,
        };
        let private = document.as_bytes().to_vec();
        Ok(Self {
            kind,
            private,
            public,
        })
    }

    fn new(kind: Kind, private: &pkcs8::SecretDocument, public: &Document) -> Result<Self, Wrong> {
        Ok(Self {
            kind,
            private: private.as_bytes().to_vec(),
            public: SubjectPublicKeyInfoOwned::from_der(public.as_bytes())?,
        })
    }

    /// The subject's or authority's key identifier (RFC 5280, 4.2.1.2, method 1).
    pub(crate) fn identifier(&self) -> Vec<u8> {
        Sha1::digest(self.public.subject_public_key.raw_bytes()).to_vec()
    }

    /// `BEGIN PRIVATE KEY`.
    pub(crate) fn pkcs8(&self) -> Result<Vec<u8>, Wrong> {
        pem("PRIVATE KEY", &self.private)
    }

    /// `BEGIN PRIVATE KEY` with the public key beside it (RFC 5958), as ring and
    /// rcgen write an Ed25519 key.
    pub(crate) fn pkcs8_version_2(&self) -> Result<Vec<u8>, Wrong> {
        let key = ed25519_dalek::SigningKey::from_pkcs8_der(&self.private)?;
        pem("PRIVATE KEY", key.to_pkcs8_der()?.as_bytes())
    }

    /// `BEGIN RSA PRIVATE KEY`, or `BEGIN EC PRIVATE KEY` with its `EC PARAMETERS`.
    pub(crate) fn traditional(&self) -> Result<Vec<u8>, Wrong> {
        let info = PrivateKeyInfoRef::from_der(&self.private)?;
        let inner = info.private_key.as_bytes();
        if matches!(self.kind, Kind::Rsa) {
            return pem("RSA PRIVATE KEY", inner);
        }
        let curve = info.algorithm.parameters_oid()?;
        let mut key = sec1::EcPrivateKey::from_der(inner)?;
        key.parameters = Some(curve.into());
        let mut text = pem("EC PARAMETERS", &curve.to_der()?)?;
        text.extend(pem("EC PRIVATE KEY", &key.to_der()?)?);
        Ok(text)
    }

    /// `BEGIN EC PRIVATE KEY` that does not say on which curve.
    pub(crate) fn sec1_without_parameters(&self) -> Result<Vec<u8>, Wrong> {
        let info = PrivateKeyInfoRef::from_der(&self.private)?;
        let mut key = sec1::EcPrivateKey::from_der(info.private_key.as_bytes())?;
        key.parameters = None;
        pem("EC PRIVATE KEY", &key.to_der()?)
    }

    /// `BEGIN PRIVATE KEY` of an elliptic curve without the public key, which is
    /// optional.
    pub(crate) fn pkcs8_without_public_key(&self) -> Result<Vec<u8>, Wrong> {
        let info = PrivateKeyInfoRef::from_der(&self.private)?;
        let mut key = sec1::EcPrivateKey::from_der(info.private_key.as_bytes())?;
        key.public_key = None;
        let inner = key.to_der()?;
        let inner = OctetStringRef::new(&inner)?;
        let info = PrivateKeyInfoRef::new(info.algorithm, inner);
        pem("PRIVATE KEY", &info.to_der()?)
    }

    /// SEC1, in binary.
    pub(crate) fn sec1_der(&self) -> Result<Vec<u8>, Wrong> {
        let info = PrivateKeyInfoRef::from_der(&self.private)?;
        let mut key = sec1::EcPrivateKey::from_der(info.private_key.as_bytes())?;
        key.parameters = Some(info.algorithm.parameters_oid()?.into());
        Ok(key.to_der()?)
    }

    /// With a public key that is none.
    pub(crate) fn off_the_curve(mut self) -> Result<Self, Wrong> {
        let mut point = self.public.subject_public_key.raw_bytes().to_vec();
        *point.last_mut().ok_or("no public key")? ^= 1;
        self.public.subject_public_key = BitString::from_bytes(&point)?;
        Ok(self)
    }

    /// `BEGIN RSA PRIVATE KEY` with another private exponent.
    pub(crate) fn damaged(&self) -> Result<Vec<u8>, Wrong> {
        let info = PrivateKeyInfoRef::from_der(&self.private)?;
        let mut key = info.private_key.as_bytes().to_vec();
        let exponent = RsaPrivateKeyRef::from_der(info.private_key.as_bytes())?;
        let exponent = exponent.private_exponent.as_bytes();
        let found = key
            .windows(exponent.len())
            .position(|window| window == exponent);
        let last = found.ok_or("no private exponent")? + exponent.len() - 1;
        *key.get_mut(last).ok_or("no private exponent")? ^= 2;
        pem("RSA PRIVATE KEY", &key)
    }

    /// `BEGIN PUBLIC KEY`.
    pub(crate) fn public_pem(&self) -> Result<Vec<u8>, Wrong> {
        pem("PUBLIC KEY", &self.public.to_der()?)
    }

    /// The algorithm of this key's signatures.
    pub(crate) fn algorithm(&self, hash: Hash) -> Result<AlgorithmIdentifierOwned, Wrong> {
        let oid = match (self.kind, hash) {
            (Kind::Rsa, Hash::Md5) => rfc5912::MD_5_WITH_RSA_ENCRYPTION,
            (Kind::Rsa, Hash::Sha1) => rfc5912::SHA_1_WITH_RSA_ENCRYPTION,
            (Kind::Rsa, Hash::Usual | Hash::Sha256) => rfc5912::SHA_256_WITH_RSA_ENCRYPTION,
            (Kind::Rsa, Hash::Sha384) => rfc5912::SHA_384_WITH_RSA_ENCRYPTION,
            (Kind::Rsa, Hash::Sha512) => rfc5912::SHA_512_WITH_RSA_ENCRYPTION,
            (Kind::Ed25519, Hash::Usual) => rfc8410::ID_ED_25519,
            (Kind::Foreign | Kind::Ed25519, _) => {
                return Err("this key does not sign with this hash".into());
            }
            (Kind::P256, Hash::Sha1) => ECDSA_WITH_SHA_1,
            (Kind::P256, Hash::Usual) | (_, Hash::Sha256) => rfc5912::ECDSA_WITH_SHA_256,
            (Kind::P384, Hash::Usual) | (_, Hash::Sha384) => rfc5912::ECDSA_WITH_SHA_384,
            (Kind::P521, Hash::Usual) | (_, Hash::Sha512) => rfc5912::ECDSA_WITH_SHA_512,
            _ => return Err("this key does not sign with this hash".into()),
        };
        let null = matches!(self.kind, Kind::Rsa).then(|| AnyRef::from(Null).into());
        Ok(AlgorithmIdentifierOwned {
            oid,
            parameters: null,
        })
    }

    /// Signs: RFC 6979, PKCS#1 v1.5 or Ed25519, each without chance.
    pub(crate) fn sign(&self, hash: Hash, message: &[u8]) -> Result<Vec<u8>, Wrong> {
        let digest = match (self.kind, hash) {
            (_, Hash::Md5) => Md5::digest(message).to_vec(),
            (_, Hash::Sha1) => Sha1::digest(message).to_vec(),
            (Kind::P384, Hash::Usual) | (_, Hash::Sha384) => Sha384::digest(message).to_vec(),
            (Kind::P521, Hash::Usual) | (_, Hash::Sha512) => Sha512::digest(message).to_vec(),
            (_, Hash::Usual | Hash::Sha256) => Sha256::digest(message).to_vec(),
        };
        Ok(match self.kind {
            Kind::P256 => {
                let key = p256::ecdsa::SigningKey::from_pkcs8_der(&self.private)?;
                let signature: p256::ecdsa::Signature = key.sign_prehash(&digest)?;
                signature.to_der().as_bytes().to_vec()
            }
            Kind::P384 => {
                let key = p384::ecdsa::SigningKey::from_pkcs8_der(&self.private)?;
                let signature: p384::ecdsa::Signature = key.sign_prehash(&digest)?;
                signature.to_der().as_bytes().to_vec()
            }
            Kind::P521 => {
                let key = p521::ecdsa::SigningKey::from_pkcs8_der(&self.private)?;
                let signature: p521::ecdsa::Signature = key.sign_prehash(&digest)?;
                signature.to_der().as_bytes().to_vec()
            }
            Kind::Ed25519 => {
                use ed25519_dalek::Signer as _;
                let key = ed25519_dalek::SigningKey::from_pkcs8_der(&self.private)?;
                key.sign(message).to_bytes().to_vec()
            }
            Kind::Rsa => {
                let key = rsa::PrivateKey::from_pkcs8_der(&self.private)?;
                let scheme = match hash {
                    Hash::Md5 => Pkcs1v15Sign::new::<Md5>(),
                    Hash::Sha1 => Pkcs1v15Sign::new::<Sha1>(),
                    Hash::Usual | Hash::Sha256 => Pkcs1v15Sign::new::<Sha256>(),
                    Hash::Sha384 => Pkcs1v15Sign::new::<Sha384>(),
                    Hash::Sha512 => Pkcs1v15Sign::new::<Sha512>(),
                };
                key.sign(scheme, &digest)?
            }
            Kind::Foreign => return Err("this key does not sign".into()),
        })
    }
}

/// What a key's bytes are the hash of.
fn named(name: &str) -> String {
    format!("cnx-harden test material, never use: {name}")
}

/// A PEM block.
pub(crate) fn pem(label: &str, der: &[u8]) -> Result<Vec<u8>, Wrong> {
    Ok(encode_string(label, LineEnding::LF, der)
        .map_err(|error| error.to_string())?
        .into_bytes())
}

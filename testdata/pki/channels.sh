#!/bin/sh
# Makes the test certificates and keys of the folders etcd/, typha/, manager/ and
# apiservices/ anew; README.md says what each is. Replaces those that are there, once all are made.
#
# Needs a POSIX shell and openssl (1.1.1 or newer). The authority's key is
# thrown away, hence a single certificate cannot be added later.
set -eu
umask 077

organization='cnx-harden test material, never use'
not_before=20240101000000Z
not_after=21240101000000Z

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work"
metrics=apiservices/v1beta1.metrics.k8s.io
mkdir -p ca.d issued.d etcd typha manager "$metrics"

# section NAME PURPOSE NAMES
section() {
    cat <<CONF
[$1]
basicConstraints       = critical, CA:FALSE
keyUsage               = critical, digitalSignature
extendedKeyUsage       = $2
subjectKeyIdentifier   = hash
authorityKeyIdentifier = keyid
subjectAltName         = $3
CONF
}

{
    cat <<CONF
[req]
distinguished_name = nothing
string_mask        = utf8only
prompt             = no
[nothing]
[ca]
default_ca = settings
[settings]
database        = $work/ca.d/index
rand_serial     = yes
new_certs_dir   = $work/issued.d
unique_subject  = no
default_md      = sha256
policy          = subject
copy_extensions = none
email_in_dn     = no
[subject]
organizationName = supplied
commonName       = supplied
[authority]
basicConstraints     = critical, CA:TRUE
keyUsage             = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
CONF
    section etcd-server serverAuth,clientAuth 'DNS:etcd.example.com,DNS:localhost,IP:127.0.0.1'
    section etcd-client clientAuth 'DNS:calico-etcd-client'
    section typha-server serverAuth 'DNS:calico-typha,URI:spiffe://cnx.example.com/typha-server'
    section typha-client clientAuth 'DNS:calico-node,URI:spiffe://cnx.example.com/typha-client'
    section metrics-server serverAuth \
        'DNS:metrics-server.kube-system.svc,DNS:metrics-server.kube-system.svc.cluster.local'
    section cnx.example.com serverAuth 'DNS:cnx.example.com,IP:192.0.2.10'
} > openssl.cnf
: > ca.d/index

quiet() {
    "$@" > log 2>&1 || {
        cat log >&2
        echo "channels.sh: failed: $*" >&2
        exit 1
    }
}

# sign NAME COMMON-NAME SECTION ISSUER...: a P-256 key, and its certificate.
sign() {
    name=$1 common_name=$2 section=$3
    shift 3
    quiet openssl genpkey -algorithm EC \
        -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:named_curve -out "$name.key"
    quiet openssl req -new -config openssl.cnf -key "$name.key" \
        -subj "/O=$organization/CN=$common_name" -out request
    quiet openssl ca -batch -notext -config openssl.cnf -md sha256 \
        -startdate "$not_before" -enddate "$not_after" -extensions "$section" \
        -in request -out "$name.crt" "$@"
}

sign ca 'cnx-harden TEST CA of the channels' authority -selfsign -keyfile ca.key
for pair in '' rotated-; do
    sign "typha/${pair}server" typha-server typha-server -cert ca.crt -keyfile ca.key
    sign "typha/${pair}client" typha-client typha-client -cert ca.crt -keyfile ca.key
    sign "etcd/${pair}server" etcd-server etcd-server -cert ca.crt -keyfile ca.key
    sign "etcd/${pair}client" calico-etcd-client etcd-client -cert ca.crt -keyfile ca.key
    sign "$metrics/${pair}tls" metrics-server.kube-system.svc metrics-server -cert ca.crt -keyfile ca.key
    sign "manager/${pair}tls" cnx.example.com cnx.example.com -cert ca.crt -keyfile ca.key
done
cp ca.crt etcd/ca.crt
cp ca.crt typha/ca.crt
cp ca.crt manager/ca.crt
cp ca.crt "$metrics/ca.crt"

for name in server rotated-server; do
    quiet openssl verify -CAfile ca.crt -purpose sslserver "typha/$name.crt"
    quiet openssl verify -CAfile ca.crt -purpose sslserver "etcd/$name.crt"
    quiet openssl verify -CAfile ca.crt -purpose sslclient "etcd/$name.crt"
done
for name in client rotated-client; do
    quiet openssl verify -CAfile ca.crt -purpose sslclient "typha/$name.crt"
    quiet openssl verify -CAfile ca.crt -purpose sslclient "etcd/$name.crt"
done
for name in tls rotated-tls; do
    quiet openssl verify -CAfile ca.crt -purpose sslserver \
        -verify_hostname metrics-server.kube-system.svc "$metrics/$name.crt"
    quiet openssl verify -CAfile ca.crt -purpose sslserver \
        -verify_hostname cnx.example.com "manager/$name.crt"
done

for folder in etcd typha manager "$metrics"; do
    mkdir -p "$here/$folder"
    chmod 0755 "$here/$folder"
    chmod 0644 $folder/*.crt
    mv -f $folder/* "$here/$folder"
done
